"""The road of a prior confirmation, whole: ESPA 79 and CAO-METI Order 5 as one table (LAW.md 3(b)).

The Act has three answers: no invention of Art. 66(1) (79(2)); one, and clearly harmless, or one, and not clearly so (79(4)). The two of the
Prime Minister end in one state: which it was stands in sealed papers alone (docs/decisions/0009-one-state-for-two-answers.md).
What the requester is not told of (79(3)) takes nothing from him: as long as he awaits his answer he may answer, cancel and name a later
filing, so that no refusal tells him how far it went.
"""

from enum import StrEnum

from service.foreign import rules as r
from service.workflow import Actor, Road, Step


class S(StrEnum):
    """States of a prior confirmation."""

    SUBMITTED = "SUBMITTED"
    FIELD_CHECK = "FIELD_CHECK"
    REFERRED = "REFERRED"
    PM_ANSWERED = "PM_ANSWERED"
    ANSWERED_NOT_APPLICABLE = "ANSWERED_NOT_APPLICABLE"
    ANSWERED = "ANSWERED"
    REJECTED_FORMAL = "REJECTED_FORMAL"
    CANCELLED = "CANCELLED"


REQUESTER, JPO, PM = Actor.APPLICANT, Actor.JPO, Actor.PM

AWAITING = (S.SUBMITTED, S.FIELD_CHECK, S.REFERRED, S.PM_ANSWERED)
TERMINAL = (S.ANSWERED_NOT_APPLICABLE, S.ANSWERED, S.REJECTED_FORMAL, S.CANCELLED)
ORDER = "CAO-METI Order 5"


def _formalities() -> list[Step]:
    """Form 3, its papers and the fee: returned for correction, rejected, or taken up."""
    return [
        Step(S.SUBMITTED, "accept_request", S.FIELD_CHECK, JPO, ORDER, guards=(r.nothing_awaited,)),
        *(Step(s, "ask_for_more", s, JPO, ORDER) for s in (S.SUBMITTED, S.FIELD_CHECK)),
        *(Step(s, "answer_demand", s, REQUESTER, ORDER, guards=(r.something_asked,)) for s in AWAITING),
        *(
            Step(
                s, "reject_on_formality", S.REJECTED_FORMAL, JPO, "ESPA 79(1), 79(5); " + ORDER, guards=(r.may_reject,)
            )
            for s in (S.SUBMITTED, S.FIELD_CHECK)
        ),
        *(Step(s, "cancel", S.CANCELLED, REQUESTER, "ESPA 79(1)") for s in AWAITING),
        *(Step(s, "later_filing", s, REQUESTER, "ESPA 78(1)") for s in S),
    ]


def _answers() -> list[Step]:
    """79(2)-(4): the field test is the Commissioner's, harmlessness the Prime Minister's, who answers to the Commissioner."""
    return [
        Step(S.FIELD_CHECK, "answer_not_applicable", S.ANSWERED_NOT_APPLICABLE, JPO, "ESPA 79(2)", "ANS-79-2"),
        Step(
            S.FIELD_CHECK, "refer", S.REFERRED, JPO, "ESPA 79(3)", "REF-79-3", (r.items_of_the_order, r.meets_an_item)
        ),
        Step(S.REFERRED, "answer_referral", S.PM_ANSWERED, PM, "ESPA 79(3)"),
        Step(S.PM_ANSWERED, "pass_on_answer", S.ANSWERED, JPO, "ESPA 79(4)", "ANS-79-4", (r.is_the_answer,)),
    ]


ROAD = Road("confirmation", S.SUBMITTED, TERMINAL, [*_formalities(), *_answers()])
