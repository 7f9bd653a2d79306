"""The road of a patent filing, whole: ESPA Art. 66-78 as one table (LAW.md 3(a)).

States carry the names of the review as the Act has it. Art. 72 (no exit while designated) is the absence of a step: no row
leaves DESIGNATED, LIFTED or EXPIRED by the applicant's will. A row marked `fact` only records a date that the law counts from.
"""

from enum import StrEnum

from service.filings import rules as r
from service.workflow import Actor, Road, Rule, Step


class S(StrEnum):
    """States of a filing."""

    RECEIVED = "RECEIVED"
    OUT_OF_SCOPE_PCT = "OUT_OF_SCOPE_PCT"
    PRIMARY_REVIEW = "PRIMARY_REVIEW"
    SENT = "SENT"
    NOT_SENT = "NOT_SENT"
    UNSENT_LAPSED = "UNSENT_LAPSED"
    UNDER_REVIEW = "UNDER_REVIEW"
    PRE_NOTICE = "PRE_NOTICE"
    DOCS_FILED = "DOCS_FILED"
    CORRECTION_ASKED = "CORRECTION_ASKED"
    TERMINATION_NOTICED = "TERMINATION_NOTICED"
    TERMINATED = "TERMINATED"
    NOT_DESIGNATED = "NOT_DESIGNATED"
    DESIGNATED = "DESIGNATED"
    LIFTED = "LIFTED"
    EXPIRED = "EXPIRED"
    RELEASED = "RELEASED"
    WITHDRAWN = "WITHDRAWN"
    ABANDONED = "ABANDONED"
    DISMISSED = "DISMISSED"


APPLICANT, JPO, PM, TIMER = Actor.APPLICANT, Actor.JPO, Actor.PM, Actor.TIMER

REVIEW = (S.UNDER_REVIEW, S.PRE_NOTICE, S.DOCS_FILED, S.CORRECTION_ASKED)
AFTER_SENDING = (S.SENT, *REVIEW, S.TERMINATION_NOTICED)
BEFORE_DESIGNATION = (S.PRIMARY_REVIEW, *AFTER_SENDING)
PROTECTED = (S.DESIGNATED, S.LIFTED, S.EXPIRED)
EXAMINED = (S.UNDER_REVIEW, S.PRE_NOTICE, S.DOCS_FILED, S.CORRECTION_ASKED, S.DESIGNATED)


def _start_of_the_road() -> list[Step]:
    """Art. 66: filing, primary review, sending or not."""
    start_days = ("translation_filed", "reference_documents_filed", "missing_part_completed", "divided", "converted")
    return [
        Step(S.RECEIVED, "request_review", S.RECEIVED, APPLICANT, "ESPA 66(2)", "REQ-66-2"),
        Step(S.RECEIVED, "start", S.PRIMARY_REVIEW, JPO, "ESPA 66(1)", guards=(r.not_pct_national,)),
        Step(S.RECEIVED, "exclude_pct", S.OUT_OF_SCOPE_PCT, JPO, "ESPA 66(5)", guards=(r.pct_national,)),
        Step(S.OUT_OF_SCOPE_PCT, "tell_pm_of_pct_hit", S.OUT_OF_SCOPE_PCT, JPO, "ESPA 78(4)", "NTC-78-4"),
        *(Step(S.PRIMARY_REVIEW, name, S.PRIMARY_REVIEW, JPO, "ESPA 66(4)", fact=True) for name in start_days),
        Step(
            S.PRIMARY_REVIEW,
            "ask_documents",
            S.PRIMARY_REVIEW,
            JPO,
            "ESPA 66(6)",
            "ASK-66-6",
            (r.items_of_the_order,),
        ),
        Step(S.PRIMARY_REVIEW, "answer_demand", S.PRIMARY_REVIEW, APPLICANT, "ESPA 66(6)"),
        # Until its own last day (which moves on a holiday, the sending period does not), also where JPO has judged or time has passed.
        *(
            Step(s, "request_non_sending_notice", s, APPLICANT, "ESPA 66(10)", "REQ-66-10", (r.within_request_period,))
            for s in (S.PRIMARY_REVIEW, S.NOT_SENT, S.UNSENT_LAPSED)
        ),
        Step(
            S.PRIMARY_REVIEW,
            "send",
            S.SENT,
            JPO,
            "ESPA 66(1)",
            guards=(r.start_day_known, r.within_sending_period, r.items_of_the_order, r.has_ground_for_sending),
        ),
        Step(
            S.PRIMARY_REVIEW,
            "judge_not_to_send",
            S.NOT_SENT,
            JPO,
            "ESPA 66(7)",
            guards=(r.items_of_the_order, r.no_ground_for_sending_left, r.judged_by_itself),
        ),
        Step(S.PRIMARY_REVIEW, "correct_classification", S.PRIMARY_REVIEW, JPO, "ESPA 66(1)"),
        Step(S.PRIMARY_REVIEW, "lapse", S.UNSENT_LAPSED, TIMER, "ESPA 66(7)", guards=(r.sending_period_over,)),
        Step(
            S.NOT_SENT,
            "give_non_sending_notice",
            S.NOT_SENT,
            JPO,
            "ESPA 66(10)",
            "NTC-66-10",
            (r.non_sending_notice_requested,),
        ),
        # The stay is the Act's own; the certificate follows it unless the Patent Office says otherwise, and never while designated.
        *(
            Step(s, name, s, JPO, "Patent Act 186(1)")
            for s in (*BEFORE_DESIGNATION, S.NOT_SENT, S.UNSENT_LAPSED, S.NOT_DESIGNATED, S.RELEASED)
            for name in ("hold_priority_certificate", "release_priority_certificate")
        ),
        *(Step(s, "sending_notice_dispatched", s, JPO, "ESPA 66(3)", "NTC-66-3", fact=True) for s in AFTER_SENDING),
    ]


def _review() -> list[Step]:
    """Art. 67-69: the Prime Minister's review, the pre-designation notice, its document, termination."""
    return [
        Step(S.SENT, "receive", S.UNDER_REVIEW, PM, "ESPA 67(1)"),
        *(Step(s, "ask_in_review", s, PM, "ESPA 67(2), 70(4)", "ASK-67-2") for s in EXAMINED),
        *(Step(s, "answer_demand", s, APPLICANT, "ESPA 67(2), 70(4)") for s in EXAMINED),
        *(Step(s, "record_expert_consent", s, PM, "ESPA 67(5), 70(4)", "CON-67-5") for s in EXAMINED),
        Step(S.UNDER_REVIEW, "hear_applicant", S.UNDER_REVIEW, PM, "CAO Order 3"),
        Step(
            S.UNDER_REVIEW,
            "give_pre_notice",
            S.PRE_NOTICE,
            PM,
            "ESPA 67(9)",
            "NTC-67-9",
            (r.applicant_heard, r.names_a_candidate_invention),
        ),
        Step(S.PRE_NOTICE, "pre_notice_received", S.PRE_NOTICE, PM, "ESPA 67(10)", fact=True),
        Step(S.PRE_NOTICE, "file_document", S.DOCS_FILED, APPLICANT, "ESPA 67(10)", "DOC-67-10"),
        Step(S.DOCS_FILED, "ask_correction", S.CORRECTION_ASKED, PM, "ESPA 67(11)", "ASK-67-11"),
        Step(S.CORRECTION_ASKED, "correct_document", S.DOCS_FILED, APPLICANT, "ESPA 67(11)", "DOC-67-10"),
        *(
            Step(s, "decide_not_to_designate", S.NOT_DESIGNATED, PM, "ESPA 71", "NTC-71")
            for s in (*REVIEW, S.TERMINATION_NOTICED)
        ),
        *(
            Step(
                s,
                "notice_termination",
                S.TERMINATION_NOTICED,
                PM,
                "ESPA 69(2)",
                "NTC-69-2",
                (r.sets_explanation_period, *early),
            )
            for s, early in ((s, (r.reviewed_at_applicants_request,) if s == S.UNDER_REVIEW else ()) for s in REVIEW)
        ),
        Step(S.TERMINATION_NOTICED, "explain", S.TERMINATION_NOTICED, APPLICANT, "ESPA 69(2)"),
        *(Step(S.TERMINATION_NOTICED, "resume_review", s, PM, "ESPA 69(1)", guards=(r.came_from(s),)) for s in REVIEW),
        Step(
            S.TERMINATION_NOTICED, "terminate", S.TERMINATED, PM, "ESPA 69(3)", "NTC-69-3", (r.explanation_period_over,)
        ),
        Step(S.TERMINATED, "dismiss", S.DISMISSED, JPO, "ESPA 69(4)", "DIS-69-4"),
    ]


def _designation() -> list[Step]:
    """Art. 70-72, 77: designation, extension, lifting, expiry, the notice that ends everything."""
    designated = "designated"
    return [
        Step(
            S.DOCS_FILED,
            "designate",
            S.DESIGNATED,
            PM,
            "ESPA 70(1)",
            "NTC-70-1",
            (r.names_an_invention, r.ends_within_a_year),
            label=designated,
        ),
        # No `withdraw`, `abandon` or `convert` row below this line: Art. 72 is the absence of a step.
        Step(S.DESIGNATED, "hear_applicant", S.DESIGNATED, PM, "CAO Order 8"),
        Step(
            S.DESIGNATED,
            "extend",
            S.DESIGNATED,
            PM,
            "ESPA 70(3)",
            "NTC-70-5",
            (r.applicant_heard_again, r.decided_in_time, r.extends_by_at_most_a_year),
        ),
        Step(S.DESIGNATED, "lift", S.LIFTED, PM, "ESPA 77(1)", label="application"),
        Step(S.DESIGNATED, "expire", S.EXPIRED, TIMER, "ESPA 70(2), 77(2)", guards=(r.designation_over,)),
        *(
            Step(s, "notify_end", S.RELEASED, PM, "ESPA 77(2)", "NTC-77-2", label="released")
            for s in (S.LIFTED, S.EXPIRED)
        ),
    ]


def _ends_otherwise() -> list[Step]:
    """Withdrawal and abandonment before designation; dismissal on other grounds (66(8)-(9))."""
    return [
        *(Step(s, "withdraw", S.WITHDRAWN, APPLICANT, "Patent Act") for s in BEFORE_DESIGNATION),
        *(Step(s, "abandon", S.ABANDONED, APPLICANT, "Patent Act") for s in BEFORE_DESIGNATION),
        *(
            Step(s, "notify_pm_of_exit", s, JPO, "ESPA 66(8)", "NTC-66-8", (r.exit_after_sending_not_told,))
            for s in (S.WITHDRAWN, S.ABANDONED)
        ),
        Step(S.PRIMARY_REVIEW, "dismiss", S.DISMISSED, JPO, "Patent Act"),
        *(Step(s, "tell_of_coming_dismissal", s, JPO, "ESPA 66(9)", "NTC-66-9") for s in AFTER_SENDING),
        *(Step(s, "dismiss", S.DISMISSED, JPO, "ESPA 66(9)", guards=(r.pm_told_of_dismissal,)) for s in AFTER_SENDING),
    ]


def _changes_hands() -> list[Step]:
    """Patent Act 34(4)-(5), 66(8), 70(5): the right passes when its transfer is notified, and the Prime Minister is told of it."""
    alive = [s for s in S if s not in (S.RECEIVED, S.WITHDRAWN, S.ABANDONED, S.DISMISSED)]
    told = (*AFTER_SENDING, S.TERMINATED, *PROTECTED, S.NOT_DESIGNATED, S.RELEASED)
    return [
        *(Step(s, "transfer_right", s, JPO, "Patent Act 34(4)-(5); ESPA 70(5)") for s in alive),
        *(
            Step(s, "notify_pm_of_transfer", s, JPO, "ESPA 66(8)", "NTC-66-8", (r.transfer_after_sending_not_told,))
            for s in told
        ),
    ]


def _foreign_filing_breach(source: S, notified: Rule) -> list[Step]:
    """78(5)-(7) in one state, where nothing is designated: reasons, written explanation, notice, dismissal."""
    return [
        Step(
            source,
            "notice_breach",
            source,
            PM,
            "ESPA 78(6)",
            "NTC-78-6",
            (notified, r.sets_explanation_period),
        ),
        *([] if source == S.TERMINATION_NOTICED else [Step(source, "explain", source, APPLICANT, "ESPA 78(6)")]),
        Step(
            source,
            "find_dismissal_proper",
            source,
            PM,
            "ESPA 78(5)",
            "NTC-78-5",
            (notified, r.breach_explanation_period_over),
        ),
        Step(source, "dismiss_for_breach", S.DISMISSED, JPO, "ESPA 78(7)", "DIS-78-7", (r.dismissal_found_proper,)),
    ]


def _breach() -> list[Step]:
    """73(6)-(8), 74(2)-(3), 78(5)-(7): dismissal for a breach; of a designated application only after the 77(2) notice."""
    reasons = "ESPA 73(7), 74(3), 78(6)"
    notified = (S.SENT, *REVIEW, S.TERMINATION_NOTICED, S.NOT_DESIGNATED)
    return [
        *(step for s in notified for step in _foreign_filing_breach(s, r.sending_notice_given)),
        *_foreign_filing_breach(S.OUT_OF_SCOPE_PCT, r.pm_told_of_pct_hit),
        Step(S.DESIGNATED, "notice_breach", S.DESIGNATED, PM, reasons, "NTC-73-7", (r.sets_explanation_period,)),
        Step(S.DESIGNATED, "explain", S.DESIGNATED, APPLICANT, reasons),
        Step(
            S.DESIGNATED,
            "set_dismissal_pending",
            S.DESIGNATED,
            PM,
            "ESPA 73(6), 74(2), 78(5)",
            "NTC-73-6",
            (r.breach_explanation_period_over,),
        ),
        Step(S.RELEASED, "dismiss", S.DISMISSED, JPO, "ESPA 73(8), 78(7)", "DIS-73-8", (r.dismissal_found_proper,)),
    ]


TERMINAL = (
    S.OUT_OF_SCOPE_PCT,
    S.NOT_SENT,
    S.UNSENT_LAPSED,
    S.NOT_DESIGNATED,
    S.RELEASED,
    S.WITHDRAWN,
    S.ABANDONED,
    S.DISMISSED,
)
ROAD = Road(
    "filing",
    S.RECEIVED,
    TERMINAL,
    [*_start_of_the_road(), *_review(), *_designation(), *_ends_otherwise(), *_changes_hands(), *_breach()],
)
