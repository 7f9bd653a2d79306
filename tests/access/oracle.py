"""A second reading of who may do what, in other words than the policies': tables by role, and a list of bars. It shares no code with them.

It reads the road for whose step is whose, and takes attributes as the schema names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.access.decide import Question
from service.filings.road import ROAD
from service.foreign.road import ROAD as CONFIRMATION
from service.workflow import Actor

STEPS = (*ROAD.steps, *CONFIRMATION.steps)
APPLICANTS = {s.name for s in STEPS if s.actor == Actor.APPLICANT}
TIMERS = {s.name for s in ROAD.steps if s.actor == Actor.TIMER}
INTAKE = {"start", "exclude_pct", "transfer_right"} | {
    s.name for s in ROAD.steps if s.actor == Actor.JPO and s.fact
} - {"sending_notice_dispatched"}
SCREENING = {s.name for s in STEPS if s.actor == Actor.JPO} - INTAKE
ENDS_OR_DESIGNATES = (
    "designate extend lift notify_end decide_not_to_designate terminate find_dismissal_proper set_dismissal_pending"
    " answer_referral"
)
DECIDING = set(ENDS_OR_DESIGNATES.split())
REVIEWING = {s.name for s in STEPS if s.actor == Actor.PM} - DECIDING
RELABELS = {(s.source, s.label) for s in ROAD.steps if s.label}

SEEN = {"read_case", "workbench"}
DATES = {"correct", "backdate"}
PARTY, BETWEEN, OFFICE, REVIEW, QUALITY = {"party"}, {"review_party"}, {"office"}, {"review"}, {"quality"}
JPO_WORKS = {"intake", "screening", "head"}
CAO_WORKS = {"review", "decision", "review_head", "consultation", "expertise"}


@dataclass(frozen=True)
class Hand:
    """What a role does with its work. case: actions on the case; reads, knows: audiences; gives: works he assigns and takes."""

    work: str
    case: set[str]
    reads: frozenset[str] = frozenset()
    knows: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()
    grants: bool = False


def _hand(work: str, case: set[str], reads: set[str] = frozenset(), knows: set[str] = frozenset(), **more: Any) -> Hand:  # type: ignore[assignment]
    return Hand(work, case, frozenset(reads), frozenset(reads | knows), **more)


HANDS = {
    "applicant": _hand("applicant", SEEN | APPLICANTS | {"change_parties"}, PARTY | BETWEEN),
    "clerk": _hand("intake", SEEN | INTAKE | DATES | {"change_parties"}, PARTY),
    "screening_examiner": _hand("screening", SEEN | SCREENING | DATES | {"link_cases"}, PARTY | OFFICE),
    "section_head": _hand(
        "head", SEEN | {"reassign"}, QUALITY, PARTY | OFFICE, gives=frozenset({"intake", "screening"})
    ),
    "reviewer": _hand("review", SEEN | REVIEWING | DATES, PARTY | BETWEEN | OFFICE | REVIEW | QUALITY),
    "decider": _hand("decision", SEEN | DECIDING | DATES, PARTY | BETWEEN | OFFICE | REVIEW | QUALITY),
    "review_head": _hand(
        "review_head",
        SEEN | {"reassign"},
        set(),
        PARTY | BETWEEN | OFFICE | REVIEW | QUALITY,
        gives=frozenset({"review", "decision", "consultation", "expertise"}),
        grants=True,
    ),
}
ATTORNEY = _hand("attorney", SEEN | APPLICANTS - {"withdraw", "abandon", "cancel"}, PARTY | BETWEEN)
APPLICANTS_SIDE = {"applicant", "attorney", "special_powers", "representative"}
SHOWN = {"consulted_officer": "consultation", "expert": "expertise"}
SERVICE = {
    "file": {"applicant", "clerk"},
    "keep_draft": {"applicant"},
    "keep_contact": set(HANDS) | set(SHOWN),
    "carry_mail": {"courier"},
    "backdate": {"clerk"},
    "list_filings": set(HANDS) | set(SHOWN),
    "list_confirmations": set(HANDS) | set(SHOWN),
    "request_confirmation": {"applicant"},
    "read_records": {"auditor"},
    "export_records": {"auditor"},
    "sign_checkpoint": {"sequencer"},
    "read_health": {"operator"},
    "read_quality": {"section_head"},
    "take_stay_events": {"examination_system"},
    "screen_what_if": {"what_if"},
}
KEEPERS = {"operator", "security_officer", "auditor"}


def may(question: Question) -> bool:
    """Whether the question is to be allowed."""
    who, thing, context, action = question.person, question.thing, question.context, question.action
    roles, work = set(who["roles"]), set(context["work"])
    opened = {"Case": _case, "Part": _part, "Fact": _fact, "Service": _service}[question.type](
        action, roles, work, thing, context
    )
    return opened and not _barred(question, roles, work, thing, context)


def _case(action: str, roles: set[str], work: set[str], thing: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    if action == "know":
        return bool(work or context["granted"] or {"timer", "examination_system"} & roles)
    if action == "read_stay":
        return "examination_system" in roles
    if "timer" in roles and action in TIMERS | {"backdate"}:
        return True
    if action in {"withdraw", "abandon", "cancel"} and "applicant" in roles and work >= {"attorney", "special_powers"}:
        return True
    return any(action in hand.case for hand in _hands(roles, work))


def _part(action: str, roles: set[str], work: set[str], thing: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    if action == "relabel":
        return "decider" in roles and "decision" in work and (thing["state"], context["to_label"]) in RELABELS
    shown = any(r in roles and w in work for r, w in SHOWN.items()) and thing["document"] in context["granted"]
    audiences = [hand.knows if action == "know" else hand.reads for hand in _hands(roles, work)]
    tries = "what_if" in roles and (thing["document"], thing["state"]) == ("screening", "PRIMARY_REVIEW")
    if tries and not thing["protected"]:
        return True
    return shown or any(thing["audience"] in audience for audience in audiences)


def _fact(action: str, roles: set[str], work: set[str], thing: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    kind, gives = thing["kind"], thing["work"]
    if action in {"attest_by_rule", "revoke_by_rule"} and context["step"] in {"change_parties", "transfer_right"}:
        return _party(roles, work, thing, context["step"])
    if action == "revoke_by_rule":
        return False
    if action == "attest_by_rule":
        if kind != "assignment":
            return False
        if context["step"] in {"send", "refer", "tell_pm_of_pct_hit"}:
            return (
                "screening_examiner" in roles and "screening" in work and gives in {"review", "decision", "review_head"}
            )
        if context["step"] == "request_confirmation":
            own = gives == "applicant" and thing["of_self"]
            return "applicant" in roles and (gives in JPO_WORKS - {"intake"} or own)
        files = roles & {"applicant", "clerk"}
        named = gives == "applicant" and ("applicant" if thing["of_self"] else "clerk") in roles
        return context["step"] == "file" and bool(files) and (gives in JPO_WORKS or named)
    if "security_officer" in roles and kind in {"subject", "post", "clearance", "compartment", "mandate"}:
        return True
    hands = _hands(roles, work)
    return any((kind == "assignment" and gives in hand.gives) or (kind == "grant" and hand.grants) for hand in hands)


def _party(roles: set[str], work: set[str], thing: Mapping[str, Any], step: str) -> bool:
    if thing["kind"] != "assignment" or thing["of_self"]:
        return False
    by_clerk = "clerk" in roles and "intake" in work and thing["work"] in APPLICANTS_SIDE
    by_party = "applicant" in roles and "applicant" in work and thing["work"] in APPLICANTS_SIDE - {"applicant"}
    return by_clerk or (by_party and step == "change_parties")


def _service(
    action: str, roles: set[str], work: set[str], thing: Mapping[str, Any], context: Mapping[str, Any]
) -> bool:
    return bool(SERVICE[action] & roles)


def _hands(roles: set[str], work: set[str]) -> list[Hand]:
    own = [hand for role, hand in HANDS.items() if role in roles and hand.work in work]
    return own + ([ATTORNEY] if "applicant" in roles and "attorney" in work else [])


def _barred(
    question: Question, roles: set[str], work: set[str], thing: Mapping[str, Any], context: Mapping[str, Any]
) -> bool:
    action = question.action
    checks = {"Case": _barred_on_case, "Part": _barred_on_part, "Fact": _barred_on_fact, "Service": _barred_on_service}
    mixed = len([side for side in (APPLICANTS_SIDE, JPO_WORKS, CAO_WORKS) if side & work]) > 1
    if mixed and action != "know":
        return True
    return checks[question.type](question, roles, work, thing, context)


def _cleared(question: Question, compartments: list[str]) -> bool:
    enters = all(c in question.person["compartments"] for c in compartments)
    return bool(enters and question.person["cleared_until"] - question.context["today"] >= 0)


def _barred_on_case(
    question: Question, roles: set[str], work: set[str], thing: Mapping[str, Any], context: Mapping[str, Any]
) -> bool:
    action = question.action
    if action in DECIDING and "review" in work:
        return True
    if (
        action in APPLICANTS | INTAKE | SCREENING | REVIEWING | DECIDING | {"correct", "change_parties", "link_cases"}
        and roles & KEEPERS
    ):
        return True
    return (
        action in REVIEWING | DECIDING | {"correct"}
        and thing["protected"]
        and not _cleared(question, thing["compartments"])
    )


def _barred_on_part(
    question: Question, roles: set[str], work: set[str], thing: Mapping[str, Any], context: Mapping[str, Any]
) -> bool:
    own = "applicant" in roles and bool({"applicant", "attorney"} & work)
    closed = thing["protected"] and not own and not _cleared(question, thing["compartments"])
    if question.action == "relabel":
        return (
            closed
            or "review" in work
            or (context["to_protected"] and not _cleared(question, context["to_compartments"]))
        )
    if thing["audience"] in OFFICE | REVIEW | QUALITY and not {"jpo", "cao", "agency"} & set(
        question.person["offices"]
    ):
        return True
    if {"consultation", "expertise"} & work and thing["document"] not in context["granted"]:
        return True
    return question.action == "read_content" and (
        closed or bool(roles & (KEEPERS | {"timer", "sequencer", "examination_system", "courier"}))
    )


def _barred_on_fact(
    question: Question, roles: set[str], work: set[str], thing: Mapping[str, Any], context: Mapping[str, Any]
) -> bool:
    if thing["of_self"] and (question.action != "attest_by_rule" or thing["work"] not in {"applicant", "intake"}):
        return True
    return (
        question.action in {"attest", "attest_by_rule"}
        and thing["protected"]
        and not _cleared(question, thing["compartments"])
    )


def _barred_on_service(
    question: Question, roles: set[str], work: set[str], thing: Mapping[str, Any], context: Mapping[str, Any]
) -> bool:
    return question.action in {"read_records", "export_records"} and bool(roles & {"operator", "security_officer"})
