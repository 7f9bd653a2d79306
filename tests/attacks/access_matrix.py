"""The whole matrix of P14: 48 principals x 120 resources x 40 actions x 3 days, as questions for both readings.

A cell is a number; `cell` says what it asks. A principal is a list of facts with their days, so that what holds when is judged too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle, islice
from typing import Any
from uuid import UUID

from service.access.decide import Ask, Policies
from service.access.people import PersonFacts, Relation, person_from, relation_to
from service.access.things import SERVICE, CaseThing, FactThing, PartThing, Thing
from tests.attacks.access_words import (
    OF_APPLICANT,
    OF_DECISION,
    OF_INTAKE,
    OF_REVIEW,
    OF_SCREENING,
    OF_TIME,
    Asked,
    Said,
)

BEFORE, ON, LATER = date(2026, 11, 22), date(2026, 11, 23), date(2027, 4, 1)
DAYS = (BEFORE, ON, LATER)
EVER, END = date(2025, 1, 1), date(2030, 3, 31)
PERSON = UUID(int=1)
CASES = {"A": UUID(int=0xA), "B": UUID(int=0xB)}


def _said(kind: str, case: str | None, start: date = EVER, until: date | None = END, **values: Any) -> Said:
    return Said(kind, start, until, case, values)


def post(role: str, office: str | None = None, **days: Any) -> Said:
    """A post, in the office that the role belongs to unless told otherwise."""
    return _said("post", None, role=role, office=office or OFFICES[role], **days)


def work(name: str, case: str = "A", **days: Any) -> Said:
    return _said("assignment", case, work=name, **days)


def clear(until: date | None = END, start: date = EVER, level: int = 1) -> Said:
    return _said("clearance", None, start, until, level=level)


def into(*names: str) -> list[Said]:
    return [_said("compartment", None, name=name) for name in names]


def shown(documents: str, case: str = "A", **days: Any) -> Said:
    return _said("grant", case, documents=documents, purpose="expertise", **days)


OFFICES = {
    "applicant": "applicant", "clerk": "jpo", "screening_examiner": "jpo", "section_head": "jpo", "reviewer": "cao", "decider": "cao",
    "review_head": "cao", "consulted_officer": "agency", "expert": "expert", "auditor": "audit", "security_officer": "security",
    "operator": "operations", "timer": "system", "sequencer": "system", "intake_service": "system", "examination_system": "system",
    "what_if": "jpo", "courier": "system",
}  # fmt: skip
CLEARED = [clear(), *into("a")]
ENDED: dict[str, Any] = {"until": BEFORE}
BEGINS: dict[str, Any] = {"start": ON}

PRINCIPALS: dict[str, Sequence[Said]] = {
    "applicant": [post("applicant"), work("applicant")],
    "applicant of another case": [post("applicant"), work("applicant", "B")],
    "applicant until yesterday": [post("applicant"), work("applicant", **ENDED)],
    "applicant whose post ended": [post("applicant", **ENDED), work("applicant")],
    "applicant from today": [post("applicant", **BEGINS), work("applicant", **BEGINS)],
    "attorney": [post("applicant"), work("attorney")],
    "attorney with express powers": [post("applicant"), work("attorney"), work("special_powers")],
    "clerk": [post("clerk"), work("intake")],
    "applicant with a post at the Patent Office": [post("applicant"), post("clerk"), work("applicant")],
    "examiner": [post("screening_examiner"), work("screening")],
    "examiner of another case": [post("screening_examiner"), work("screening", "B")],
    "section head": [post("section_head"), work("head")],
    "examination system": [post("examination_system")],
    "reviewer": [post("reviewer"), work("review"), *CLEARED],
    "reviewer of another case": [post("reviewer"), work("review", "B"), *CLEARED],
    "uncleared reviewer": [post("reviewer"), work("review"), *into("a")],
    "lapsed reviewer": [post("reviewer"), work("review"), clear(BEFORE), *into("a")],
    "reviewer on his last day": [post("reviewer"), work("review"), clear(ON), *into("a")],
    "reviewer in b": [post("reviewer"), work("review"), clear(), *into("b")],
    "reviewer in both": [post("reviewer"), work("review"), clear(until=None), *into("a", "b")],
    "what-if": [post("what_if")],
    "reviewer of level 0": [post("reviewer"), work("review"), clear(level=0), *into("a")],
    "decider": [post("decider"), work("decision"), *CLEARED],
    "uncleared decider": [post("decider"), work("decision"), *into("a")],
    "decider lapsed today": [post("decider"), work("decision"), clear(ON), *into("a")],
    "decider without compartment": [post("decider"), work("decision"), clear()],
    "decider of no such office": [post("decider", "jpo"), work("decision"), *CLEARED],
    "review head": [post("review_head"), work("review_head"), *CLEARED],
    "uncleared review head": [post("review_head"), work("review_head")],
    "consulted officer": [post("consulted_officer"), work("consultation"), *CLEARED, shown("claims source NTC-67-9")],
    "consulted officer shown nothing": [post("consulted_officer"), work("consultation"), *CLEARED],
    "consulted officer, disclosure over": [
        post("consulted_officer"), work("consultation"), *CLEARED, shown("claims", **ENDED),
    ],
    "expert": [post("expert"), work("expertise"), *CLEARED, shown("claims opinion"), shown("source", "B")],
    "uncleared expert": [post("expert"), work("expertise"), shown("claims source")],
    "expert from today": [post("expert"), work("expertise"), *CLEARED, shown("claims act-designate", **BEGINS)],
    "auditor": [post("auditor")],
    "security officer": [post("security_officer")],
    "operator": [post("operator")],
    "timer": [post("timer")],
    "sequencer and intake service": [post("sequencer"), post("intake_service")],
    "nobody with clearance and work": [work("review"), work("decision"), *CLEARED, shown("claims")],
    "applicant and reviewer": [post("applicant"), post("reviewer"), work("applicant"), work("review"), *CLEARED],
    "applicant and auditor": [post("applicant"), post("auditor"), work("applicant")],
    "examiner and decider": [
        post("screening_examiner"), post("decider"), work("screening", **ENDED), work("decision"), *CLEARED,
    ],
    "reviewer and decider": [post("reviewer"), post("decider"), work("review"), work("decision"), *CLEARED],
    "reviewer, consulted, security officer": [
        post("reviewer"), post("consulted_officer", **ENDED), post("security_officer", **BEGINS), work("review"),
        work("consultation", **ENDED), *CLEARED,
    ],
    "clerk, operator later timer": [
        post("clerk"), post("operator", start=LATER), post("timer", **ENDED), work("intake"), work("review", **ENDED),
    ],
    "auditor and security officer": [post("auditor"), post("security_officer", start=LATER), work("head"), work("review_head")],
}  # fmt: skip

LABELS: tuple[tuple[str, str | None], ...] = (
    ("application", None), ("designated", None), ("designated", "a"), ("designated", "b"), ("released", None), ("application", "a"),
)  # fmt: skip
STATES = ("PRIMARY_REVIEW", "DOCS_FILED", "DESIGNATED", "LIFTED", "EXPIRED")
DOCUMENTS = (
    "claims", "source.3", "NTC-67-9", "act-answer_demand", "act-answer_demand.screening", "screening", "proposal.screening", "opinion",
    "act-correct", "unheard-of", "tally",
)  # fmt: skip
WORKS = (
    "applicant",
    "intake",
    "screening",
    "head",
    "review",
    "decision",
    "review_head",
    "consultation",
    "expertise",
    "attorney",
    "special_powers",
    "representative",
)


@dataclass(frozen=True)
class Resource:
    """One of the 120: as the oracle reads it (`said`), and as the service does (`thing`)."""

    on: str
    case: str | None
    said: Mapping[str, Any]
    thing: Thing


def _case(n: int) -> Resource:
    state, (label, compartment) = STATES[n % 5], LABELS[n % 6]
    said = {"state": state, "label": label, "compartment": compartment}
    return Resource("case", "B" if n % 7 == 6 else "A", said, CaseThing("filing", state, label, compartment))


def _part(n: int) -> Resource:
    document, (label, compartment) = DOCUMENTS[n % len(DOCUMENTS)], LABELS[(n + n // 10) % 6]
    state = STATES[(n + n // 5) % 5]
    said = {"document": document, "label": label, "compartment": compartment, "state": state}
    return Resource("part", "B" if n % 11 == 10 else "A", said, PartThing(document, label, compartment, state))


def _fact(n: int) -> Resource:
    """Assignments of each work, of oneself or another, on each label; then the kinds that have no work."""
    kind = "assignment" if n < 29 else ("grant", "post", "clearance", "compartment", "subject", "party")[n % 6]
    name = WORKS[n % len(WORKS)] if kind == "assignment" else ""
    label, compartment = LABELS[(n + n // 9 + 2) % 6]
    mine, of_case = n % 4 == 3 or 18 <= n < 27, n % 5 != 4
    values = {"work": name} if kind == "assignment" else {"role": "decider", "office": "cao", "name": "a"}
    case = CaseThing("filing", "SENT", label, compartment) if of_case else None
    said = {"kind": kind, "work": name, "mine": mine, "label": label if of_case else "", "compartment": compartment}
    return Resource("fact", "A" if of_case else None, said, FactThing(kind, values, mine, case))


RESOURCES: tuple[Resource, ...] = (
    *(_case(n) for n in range(30)),
    *(_part(n) for n in range(50)),
    *(_fact(n) for n in range(39)),
    Resource("service", None, {}, SERVICE),
)

Act = tuple[str, tuple[str, str | None] | None, str | None]
"""action, to (of relabel), step (of attest_by_rule)."""
SERVICES = (
    "file",
    "keep_draft",
    "keep_contact",
    "carry_mail",
    "backdate",
    "list_filings",
    "list_confirmations",
    "request_confirmation",
    "read_records",
    "export_records",
    "sign_checkpoint",
    "read_health",
    "read_quality",
    "take_stay_events",
    "screen_what_if",
)
UNHEARD = ("Know", "read_content ", "", "relabel_all", "*", "__entity", "designate\n", "review_acts", "利用")
ON_CASES = sorted(OF_APPLICANT | OF_INTAKE | OF_SCREENING | OF_REVIEW | OF_DECISION | OF_TIME)
TARGETS = [(label, c) for label in ("application", "designated", "released") for c in (None, "a", "b")]
ACTS: dict[str, list[Act]] = {
    "case": [
        (a, None, None)
        for a in (
            *ON_CASES,
            "know",
            "read_case",
            "read_stay",
            "workbench",
            "reassign",
            "correct",
            "backdate",
            "change_parties",
            "link_cases",
        )
    ],
    "part": [("know", None, None), ("read_content", None, None), *(("relabel", to, None) for to in TARGETS)],
    "fact": [
        ("attest", None, None),
        ("revoke", None, None),
        *(
            ("attest_by_rule", None, step)
            for step in (
                "file",
                "request_confirmation",
                "send",
                "refer",
                "tell_pm_of_pct_hit",
                "dismiss",
                "",
                "change_parties",
                "transfer_right",
            )
        ),
        *(("revoke_by_rule", None, step) for step in ("file", "change_parties", "transfer_right")),
    ],
    "service": [(a, None, None) for a in SERVICES],
}


def acts_on(number: int) -> list[Act]:
    """40 actions for a resource: those that there are on its kind, in turn, then others and unheard-of ones."""
    own = ACTS[RESOURCES[number].on]
    begun = own[number * 10 % len(own) :] + own
    kinds = [a for on, acts in ACTS.items() if on != RESOURCES[number].on for a in acts]
    foreign = [a for a in kinds if (a[0], RESOURCES[number].on) not in BOTH]
    others = [*((name, None, None) for name in UNHEARD), *islice(cycle(foreign), number, number + 40)]
    return [*begun[: min(40, len(own))], *others][:40]


BOTH = {("know", "case"), ("know", "part"), ("backdate", "case"), ("backdate", "service")}
ACTIONS = [acts_on(n) for n in range(len(RESOURCES))]
TOTAL = len(PRINCIPALS) * len(RESOURCES) * 40 * len(DAYS)
_NAMES = tuple(PRINCIPALS)


@dataclass(frozen=True)
class Cell:
    """One question of the matrix: who, about what, which act, when."""

    who: str
    resource: Resource
    act: Act
    day: date

    def asked(self) -> Asked:
        action, to, step = self.act
        r = self.resource
        return Asked(tuple(PRINCIPALS[self.who]), action, r.on, r.said, r.case, self.day, to, step)

    def ask(self) -> Ask:
        action, to, step = self.act
        person, relation = held(self.who, self.resource.case, self.day)
        return Ask(person, action, self.resource.thing, relation, self.day, to, step)


def cell(number: int) -> Cell:
    """The cell of this number, 0 <= number < TOTAL."""
    rest, day = divmod(number, len(DAYS))
    rest, act = divmod(rest, 40)
    who, resource = divmod(rest, len(RESOURCES))
    return Cell(_NAMES[who], RESOURCES[resource], ACTIONS[resource][act], DAYS[day])


@dataclass(frozen=True)
class Opened:
    """A fact as the keyholder opens it."""

    kind: str
    person: UUID
    case_id: UUID | None
    start: date
    until: date | None
    values: Mapping[str, Any]


_HELD: dict[tuple[str, str | None, date], tuple[PersonFacts, Relation]] = {}


def held(who: str, case: str | None, day: date) -> tuple[PersonFacts, Relation]:
    """The principal as the service reads his facts on this day."""
    key = who, case, day
    if key not in _HELD:
        facts = opened(who)
        _HELD[key] = person_from(PERSON, facts, day), relation_to(PERSON, facts, CASES[case] if case else None, day)
    return _HELD[key]


def opened(who: str) -> list[Opened]:
    """His facts, and the same facts of somebody else, that give him nothing."""
    other = Opened("post", UUID(int=2), None, EVER, None, {"role": "decider", "office": "cao"})
    mine = [
        Opened(f.kind, PERSON, CASES[f.case] if f.case else None, f.start, f.until, f.values) for f in PRINCIPALS[who]
    ]
    return [other, *mine]


def differences(cells: Iterable[Cell], policies: Policies, oracle: Any) -> list[str]:
    """Where the policies decide otherwise than the oracle; one batch for each action, as an engine is fastest at it."""
    by_action: dict[str, list[Cell]] = {}
    for one in cells:
        by_action.setdefault(one.act[0], []).append(one)
    found = []
    for batch in by_action.values():
        decisions = policies.decide_batch([c.ask() for c in batch])
        found += [
            f"{c.who}: {c.act} on {c.resource.on} {dict(c.resource.said)} of {c.resource.case}, {c.day}: {d.allow}"
            for c, d in zip(batch, decisions, strict=True)
            if d.allow != oracle(c.asked())
        ]
    return found
