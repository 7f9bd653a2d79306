"""Who may do what on a case, written from the Act, the Cabinet Office Order, the guides and SECURITY.md. It imports nothing of the service.

One sentence a row: `GIVES` says what somebody may do, `BARS` what nobody may whatever else he holds. `may` = a sentence gives it and none
bars it. A person is his facts: what of them holds on a day is read here, not taken from anyone.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.attacks.access_words import (
    CABINET_OFFICE_WORK,
    ENTERS_DATES,
    OF_A_PARTY,
    OF_APPLICANT,
    OF_DECISION,
    OF_INTAKE,
    OF_REVIEW,
    OF_SCREENING,
    OF_TIME,
    OFFICE_OF,
    OFFICES_OF_STATE,
    PATENT_OFFICE_WORK,
    SEES,
    A,
    Asked,
    C,
    J,
    Q,
)

Sentence = Callable[[Q, str, Mapping[str, Any]], bool]
GIVES: dict[str, tuple[str, Sentence]] = {}
BARS: dict[str, tuple[str, Sentence]] = {}


def gives(on: str) -> Callable[[Sentence], Sentence]:
    def keep(sentence: Sentence) -> Sentence:
        GIVES[sentence.__name__] = on, sentence
        return sentence

    return keep


def bars(on: str) -> Callable[[Sentence], Sentence]:
    def keep(sentence: Sentence) -> Sentence:
        BARS[sentence.__name__] = on, sentence
        return sentence

    return keep


def may(asked: Asked) -> bool:
    """Whether it is to be allowed."""
    q = Q.of(asked)
    there = any(s(q, asked.action, asked.thing) for on, s in GIVES.values() if on == asked.on)
    return there and not any(s(q, asked.action, asked.thing) for on, s in BARS.values() if on in (asked.on, "all"))


# Cases.
@gives("case")
def whoever_works_on_it_or_was_shown_something_knows_it(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    return action == "know" and bool(q.works or q.shown)


@gives("case")
def the_applicant_sees_his_case_and_acts_on_it(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    return q.is_("applicant", "applicant") and action in SEES | OF_APPLICANT | {"change_parties"}


@gives("case")
def the_attorney_acts_as_the_applicant_and_gives_up_by_express_power_alone(
    q: Q, action: str, case: Mapping[str, Any]
) -> bool:
    """Patent Act 9, 12; who else acts for his principal is not his to say."""
    gives_up = {"withdraw", "abandon", "cancel"}
    expressly = gives_up if "special_powers" in q.works else set()
    return q.is_("applicant", "attorney") and action in SEES | (OF_APPLICANT - gives_up) | expressly


@gives("case")
def the_clerk_receives_and_enters_dates(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    return q.is_("clerk", "intake") and action in SEES | OF_INTAKE | ENTERS_DATES | {"change_parties"}


@gives("case")
def the_examiner_screens_66(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    return q.is_("screening_examiner", "screening") and action in SEES | OF_SCREENING | ENTERS_DATES | {"link_cases"}


@gives("case")
def the_reviewer_reviews_67(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    return q.is_("reviewer", "review") and action in SEES | OF_REVIEW | ENTERS_DATES


@gives("case")
def the_decider_decides_70_71_77(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    return q.is_("decider", "decision") and action in SEES | OF_DECISION | ENTERS_DATES


@gives("case")
def heads_see_their_cases_and_hand_them_on(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    return (q.is_("section_head", "head") or q.is_("review_head", "review_head")) and action in SEES | {"reassign"}


@gives("case")
def the_examination_is_told_whether_it_waits_66_7(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    return "examination_system" in q.roles and action in {"know", "read_stay"}


@gives("case")
def time_passes_on_its_day(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    return "timer" in q.roles and action in OF_TIME | {"know", "backdate"}


# Papers.
@gives("part")
def the_applicant_reads_what_passes_with_him(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    own = q.is_("applicant", "applicant") or q.is_("applicant", "attorney")
    return own and action in {"know", "read_content"} and A in q.paper


@gives("part")
def the_clerk_reads_what_all_three_have(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    return q.is_("clerk", "intake") and action in {"know", "read_content"} and q.paper == {A, J, C}


@gives("part")
def the_examiner_reads_what_his_office_has(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    return q.is_("screening_examiner", "screening") and action in {"know", "read_content"} and J in q.paper


@gives("part")
def reviewer_and_decider_read_the_case(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    return (q.is_("reviewer", "review") or q.is_("decider", "decision")) and action in {"know", "read_content"}


@gives("part")
def heads_see_which_papers_there_are(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    return action == "know" and (
        (q.is_("section_head", "head") and J in q.paper) or q.is_("review_head", "review_head")
    )


@gives("part")
def the_section_head_reads_the_tallies_of_his_section(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    return q.is_("section_head", "head") and action in {"know", "read_content"} and q.code == "tally"


@gives("part")
def a_new_definition_is_tried_over_results_of_open_cases(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    open_case = part["state"] == "PRIMARY_REVIEW" and part["label"] != "designated"
    return "what_if" in q.roles and action in {"know", "read_content"} and q.code == "screening" and open_case


@gives("part")
def outsiders_read_what_was_disclosed_67_4_to_6(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    outside = q.is_("expert", "expertise") or q.is_("consulted_officer", "consultation")
    return outside and action in {"know", "read_content"} and q.code in q.shown


@gives("part")
def the_decision_brings_its_label(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    """70(1) designates out of the filed document; 77(1) lifts; 77(2) ends."""
    if action != "relabel" or not q.is_("decider", "decision") or q.asked.to is None:
        return False
    leads = {"designated": {"DOCS_FILED"}, "application": {"DESIGNATED"}, "released": {"LIFTED", "EXPIRED"}}
    return part["state"] in leads.get(q.asked.to[0], set())


# Facts about persons.
@gives("fact")
def the_security_officer_says_who_is_who(q: Q, action: str, fact: Mapping[str, Any]) -> bool:
    who = {"subject", "post", "clearance", "compartment", "mandate"}
    return "security_officer" in q.roles and action in {"attest", "revoke"} and fact["kind"] in who


@gives("fact")
def heads_hand_out_the_work_of_their_unit(q: Q, action: str, fact: Mapping[str, Any]) -> bool:
    work = fact["work"] if fact["kind"] == "assignment" and action in {"attest", "revoke"} else None
    section = q.is_("section_head", "head") and work in {"intake", "screening"}
    return section or (q.is_("review_head", "review_head") and work in CABINET_OFFICE_WORK - {"review_head"})


@gives("fact")
def the_head_of_review_discloses(q: Q, action: str, fact: Mapping[str, Any]) -> bool:
    return q.is_("review_head", "review_head") and action in {"attest", "revoke"} and fact["kind"] == "grant"


@gives("fact")
def a_filing_finds_its_hands(q: Q, action: str, fact: Mapping[str, Any]) -> bool:
    """The Patent Office's hands by the rule; as applicant the one who files, or whom the clerk of a paper filing names."""
    if action != "attest_by_rule" or q.asked.step != "file" or fact["kind"] != "assignment":
        return False
    if fact["work"] == "applicant":
        return ("applicant" if fact["mine"] else "clerk") in q.roles
    return fact["work"] in PATENT_OFFICE_WORK and bool({"applicant", "clerk"} & q.roles)


@gives("fact")
def a_request_for_confirmation_finds_its_hands_79_1(q: Q, action: str, fact: Mapping[str, Any]) -> bool:
    """Who screens and who heads the section; as requester nobody but the one who asks."""
    if action != "attest_by_rule" or q.asked.step != "request_confirmation" or fact["kind"] != "assignment":
        return False
    mine = fact["work"] == "applicant" and fact["mine"]
    return "applicant" in q.roles and (mine or fact["work"] in {"screening", "head"})


@gives("fact")
def a_case_that_is_sent_or_referred_finds_its_hands(q: Q, action: str, fact: Mapping[str, Any]) -> bool:
    new = fact["kind"] == "assignment" and fact["work"] in {"review", "decision", "review_head"}
    return (
        action == "attest_by_rule"
        and q.asked.step in {"send", "refer", "tell_pm_of_pct_hit"}
        and new
        and q.is_("screening_examiner", "screening")
    )


@gives("fact")
def parties_change_by_the_act_that_says_so(q: Q, action: str, fact: Mapping[str, Any]) -> bool:
    """Patent Act 9-14, 34(4)-(5): the clerk enters what is notified; a party says who acts for him. Nobody for himself."""
    if action not in {"attest_by_rule", "revoke_by_rule"} or fact["kind"] != "assignment" or fact["mine"]:
        return False
    entered = q.is_("clerk", "intake") and q.asked.step in {"transfer_right", "change_parties"}
    said = q.is_("applicant", "applicant") and q.asked.step == "change_parties" and fact["work"] != "applicant"
    return fact["work"] in OF_A_PARTY and (entered or said)


# The service.
@gives("service")
def each_role_has_its_place(q: Q, action: str, service: Mapping[str, Any]) -> bool:
    on_cases = set(OFFICE_OF) - {"auditor", "security_officer", "operator", "timer", "sequencer", "intake_service"}
    on_cases -= {"examination_system", "what_if", "courier"}
    who = {
        "file": {"applicant", "clerk"},
        "keep_draft": {"applicant"},
        "keep_contact": on_cases,
        "carry_mail": {"courier"},
        "backdate": {"clerk"},
        "list_filings": on_cases,
        "list_confirmations": on_cases,
        "request_confirmation": {"applicant"},
        "read_records": {"auditor"},
        "export_records": {"auditor"},
        "sign_checkpoint": {"sequencer"},
        "read_health": {"operator"},
        "read_quality": {"section_head"},
        "take_stay_events": {"examination_system"},
        "screen_what_if": {"what_if"},
    }
    return bool(who.get(action, set()) & q.roles)


# What nobody may.
@bars("all")
def one_case_one_side(q: Q, action: str, thing: Mapping[str, Any]) -> bool:
    """The applicant holds no office in his own case; screening and review are two hands. That the case exists is not kept from him."""
    sides = [OF_A_PARTY & q.works, PATENT_OFFICE_WORK & q.works, CABINET_OFFICE_WORK & q.works]
    return action != "know" and sum(map(bool, sides)) >= 2


@bars("case")
def who_reviews_does_not_decide(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    return "review" in q.works and action in OF_DECISION


@bars("case")
def who_runs_or_watches_takes_no_step(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    steps = (
        OF_APPLICANT | OF_INTAKE | OF_SCREENING | OF_REVIEW | OF_DECISION | {"correct", "change_parties", "link_cases"}
    )
    return bool({"operator", "security_officer", "auditor"} & q.roles) and action in steps


@bars("case")
def a_designated_case_is_for_the_cleared(q: Q, action: str, case: Mapping[str, Any]) -> bool:
    return action in OF_REVIEW | OF_DECISION | {"correct"} and not q.may_enter(case["label"], case["compartment"])


@bars("part")
def designated_content_is_for_the_cleared_and_its_applicant(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    open_to = q.may_enter(part["label"], part["compartment"]) or bool(
        "applicant" in q.roles and q.works & {"applicant", "attorney"}
    )
    return action in {"read_content", "relabel"} and not open_to


@bars("part")
def nobody_seals_where_he_could_not_read(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    return action == "relabel" and (q.asked.to is None or not q.may_enter(*q.asked.to) or "review" in q.works)


@bars("part")
def papers_of_the_offices_stay_inside(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    return action in {"know", "read_content"} and A not in q.paper and not OFFICES_OF_STATE & q.offices


@bars("part")
def who_was_asked_sees_what_was_disclosed(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    asked = {"expertise", "consultation"} & q.works
    return action in {"know", "read_content"} and bool(asked) and q.code not in q.shown


@bars("part")
def who_runs_or_watches_reads_nothing(q: Q, action: str, part: Mapping[str, Any]) -> bool:
    return action == "read_content" and bool(
        {"operator", "security_officer", "auditor", "timer", "sequencer", "examination_system", "courier"} & q.roles
    )


@bars("fact")
def nobody_gives_to_himself(q: Q, action: str, fact: Mapping[str, Any]) -> bool:
    """By the rule of filing one becomes applicant or clerk of it, nothing more."""
    return fact["mine"] and (
        action in {"attest", "revoke", "revoke_by_rule"} or fact["work"] not in {"applicant", "intake"}
    )


@bars("fact")
def nobody_gives_what_he_could_not_open(q: Q, action: str, fact: Mapping[str, Any]) -> bool:
    return action in {"attest", "attest_by_rule"} and not q.may_enter(fact["label"], fact["compartment"])


@bars("service")
def who_administers_does_not_audit(q: Q, action: str, service: Mapping[str, Any]) -> bool:
    return action in {"read_records", "export_records"} and bool({"operator", "security_officer"} & q.roles)
