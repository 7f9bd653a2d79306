"""What the law of access speaks of: whose act each step is, between whom each paper passes, what of a person's facts holds on a day.

It imports nothing of the service; `access_law.py` says the sentences over it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

OFFICE_OF = {
    "applicant": "applicant", "clerk": "jpo", "screening_examiner": "jpo", "section_head": "jpo", "reviewer": "cao", "decider": "cao",
    "review_head": "cao", "consulted_officer": "agency", "expert": "expert", "auditor": "audit", "security_officer": "security",
    "operator": "operations", "timer": "system", "sequencer": "system", "intake_service": "system", "examination_system": "system",
    "what_if": "jpo", "courier": "system",
}  # fmt: skip
"""A post is held in the office that it belongs to, or not at all."""

A, J, C = "applicant's side", "Patent Office", "Cabinet Office"
FOR = {
    "claims": {A, J, C}, "source": {A, J, C}, "NTC-66-3": {A, J, C}, "NTC-70-1": {A, J, C}, "act-withdraw": {A, J, C}, "party": {A, J, C},
    "NTC-67-9": {A, C}, "DOC-67-10": {A, C}, "act-answer_demand": {A, C},
    "ANS-79-4": {A, J, C}, "act-cancel": {A, J, C}, "REF-79-3": {J, C}, "act-answer_referral": {J, C},
    "screening": {J, C}, "NTC-66-8": {J, C}, "act-send": {J, C}, "act-lapse": {J, C},
    "opinion": {C}, "proposal": {C}, "CON-67-5": {C}, "act-designate": {C}, "act-correct": {C},
}  # fmt: skip
"""Between whom a paper passes: 66(3), 66(8), 67(5), 67(9)-(10), 70(1), 79(3)-(4). What stands nowhere is the Cabinet Office's alone."""
FOR_BEFORE_SENDING = {"proposal": {J, C}, "act-correct": {J, C}, "act-answer_demand": {A, J, C}}
"""The same where the paper was written before the case was sent (66(6)): its name says `.screening`."""

OF_APPLICANT = set(
    "request_review answer_demand request_non_sending_notice file_document correct_document explain withdraw abandon"
    " cancel later_filing".split()
)
"""66(2), 66(6), 66(10), 67(2), 67(10), 67(11), 69(2), 79(1); Patent Act."""
OF_INTAKE = set(
    "start exclude_pct translation_filed reference_documents_filed missing_part_completed divided converted transfer_right".split()
)
"""66(1), 66(4), 66(5)."""
OF_SCREENING = set(
    "ask_documents send judge_not_to_send give_non_sending_notice sending_notice_dispatched tell_of_coming_dismissal dismiss"
    " dismiss_for_breach tell_pm_of_pct_hit correct_classification hold_priority_certificate release_priority_certificate"
    " notify_pm_of_exit notify_pm_of_transfer"
    " accept_request ask_for_more reject_on_formality answer_not_applicable refer pass_on_answer".split()
)
"""66(1), 66(3), 66(6), 66(7), 66(9), 66(10), 69(4), 78(4), 78(7), 79(2)-(4); Patent Act 186(1); CAO-METI Order 5."""
OF_REVIEW = set(
    "receive ask_in_review record_expert_consent hear_applicant give_pre_notice pre_notice_received ask_correction notice_termination"
    " resume_review notice_breach".split()
)
"""67(1), 67(2), 67(5), 67(9)-(11), 69(1)-(2), 73(7); CAO Order 3, 8."""
OF_DECISION = set(
    "designate decide_not_to_designate extend lift notify_end terminate find_dismissal_proper set_dismissal_pending"
    " answer_referral".split()
)
"""69(3), 70(1), 70(3), 71, 73(6), 77(1)-(2), 78(5), 79(3)."""
OF_TIME = {"lapse", "expire"}
"""66(7), 70(2)."""
OF_A_PARTY = {"applicant", "attorney", "special_powers", "representative"}
"""Patent Act 9-14: who stands on the applicant's side."""
SEES = {"read_case", "workbench"}
ENTERS_DATES = {"correct", "backdate"}
OFFICES_OF_STATE = {"jpo", "cao", "agency"}
PATENT_OFFICE_WORK, CABINET_OFFICE_WORK = (
    {"intake", "screening", "head"},
    {"review", "decision", "review_head", "consultation", "expertise"},
)


@dataclass(frozen=True)
class Said:
    """A fact as somebody made it: it holds from `start` to `until`, both included."""

    kind: str
    start: date
    until: date | None
    case: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """One question. on: case, part, fact, service; thing: its words; case: which one it is of; to, step: of relabel and attest_by_rule."""

    facts: tuple[Said, ...]
    action: str
    on: str
    thing: Mapping[str, Any]
    case: str | None
    day: date
    to: tuple[str, str | None] | None = None
    step: str | None = None


@dataclass
class Q:
    """The question with what its person holds on the day."""

    asked: Asked
    roles: set[str] = field(default_factory=set)
    offices: set[str] = field(default_factory=set)
    compartments: set[str] = field(default_factory=set)
    works: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    cleared: bool = False

    @classmethod
    def of(cls, asked: Asked) -> "Q":
        q = cls(asked)
        for fact in asked.facts:
            if fact.start <= asked.day and not (fact.until and fact.until < asked.day):
                q._hold(fact)
        return q

    def _hold(self, fact: Said) -> None:
        said = fact.values
        if fact.case is None:
            if fact.kind == "post" and OFFICE_OF.get(said["role"]) == said["office"]:
                self.roles.add(said["role"])
                self.offices.add(said["office"])
            self.cleared |= fact.kind == "clearance" and said["level"] >= 1
            if fact.kind == "compartment":
                self.compartments.add(said["name"])
        elif fact.case == self.asked.case:
            if fact.kind == "assignment":
                self.works.add(said["work"])
            if fact.kind == "grant":
                self.shown |= set(said["documents"].split())

    def is_(self, role: str, work: str) -> bool:
        return role in self.roles and work in self.works

    def may_enter(self, label: str, compartment: str | None) -> bool:
        """Not designated, or cleared today and within the compartment."""
        return label != "designated" or (self.cleared and compartment in {None, *self.compartments})

    @property
    def code(self) -> str:
        return str(self.asked.thing.get("document", "")).split(".")[0]

    @property
    def paper(self) -> set[str]:
        name = str(self.asked.thing.get("document", ""))
        if name.endswith(".screening") and self.code in FOR_BEFORE_SENDING:
            return FOR_BEFORE_SENDING[self.code]
        return FOR.get(self.code, {C})
