"""The policies decide as a second reading of the same rules does, on persons, cases and acts drawn at random (differential test)."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from service.access.decide import Ask
from service.access.people import ROLES, WORKS, PersonFacts, Relation
from service.access.things import SERVICE as WHOLE
from service.access.things import CaseThing, FactThing, PartThing, Thing
from service.filings.road import ROAD
from tests.access import oracle
from tests.access.expected import POLICIES

STEPS = (
    "file", "file", "request_confirmation", "request_confirmation", "send", "send", "refer", "dismiss", "change_parties", "change_parties",
    "transfer_right", "tell_pm_of_pct_hit",
)  # fmt: skip
SEED, MANY, BATCH = 20261123, 60_000, 50
TODAY = date(2026, 11, 23)
MATCHING = {**{role: hand.work for role, hand in oracle.HANDS.items()}, **oracle.SHOWN}
DOCUMENTS = (
    "claims",
    "source.3",
    "DOC-67-10",
    "screening",
    "opinion",
    "act-answer_demand",
    "proposal.screening",
    "unheard-of",
    "tally",
)
STATES = ("PRIMARY_REVIEW", "SENT", "DOCS_FILED", "DESIGNATED", "LIFTED", "EXPIRED", "RELEASED")
LABELS = (
    ("application", None),
    ("application", "a"),
    ("designated", None),
    ("designated", "a"),
    ("designated", "b"),
    ("released", None),
)
CASE_ACTIONS = sorted(
    ROAD.names()
    | {"know", "read_case", "read_stay", "workbench", "reassign", "correct", "backdate", "change_parties", "link_cases"}
)
KINDS = (
    *6 * ["assignment"],
    "grant",
    "post",
    "clearance",
    "compartment",
    "subject",
    "party",
    "mandate",
    "link",
    "contact",
)


def a_person(chance: random.Random) -> PersonFacts:
    roles = chance.sample([*sorted(ROLES), "applicant"], chance.choice([0, 1, 1, 1, 1, 2, 2, 3]))
    offices = {ROLES[r] for r in roles} | ({chance.choice(sorted(ROLES.values()))} if chance.random() < 0.05 else set())
    cleared = chance.choice([0, *(2 * [(TODAY + timedelta(days=n)).toordinal() for n in (-1, 0, 1)])])
    compartments = chance.choice([(), ("a",), ("a",), ("b",), ("a", "b")])
    return PersonFacts(UUID(int=1), frozenset(offices), frozenset(roles), cleared, frozenset(compartments))


def a_relation(chance: random.Random, person: PersonFacts) -> Relation:
    fitting = [MATCHING[role] for role in sorted(person.roles) if role in MATCHING and chance.random() < 0.9]
    if "applicant" in person.roles and chance.random() < 0.4:
        fitting = [
            *(w for w in fitting if w != "applicant"),
            "attorney",
            *(["special_powers"] if chance.random() < 0.5 else []),
        ]
    others = chance.sample(sorted(WORKS), chance.choice([0, 0, 0, 1, 1, 2]))
    granted = chance.choice([(), (), ("claims",), ("source", "opinion"), ("screening", "DOC-67-10")])
    return Relation(frozenset([*fitting, *others]), frozenset(granted))


def an_ask(chance: random.Random) -> Ask:
    person = a_person(chance)
    relation = a_relation(chance, person)
    state, (label, compartment) = chance.choice(STATES), chance.choice(LABELS)
    case = CaseThing("filing", state, label, compartment)
    on = chance.choice(["case", "case", "part", "part", "fact", "fact", "fact", "service"])
    thing, actions = _thing(chance, on, case)
    action = chance.choice(actions)
    to = chance.choice(LABELS) if action == "relabel" else None
    step = chance.choice(STEPS) if action in ("attest_by_rule", "revoke_by_rule") else None
    return Ask(person, action, thing, relation, TODAY, to, step)


def _thing(chance: random.Random, on: str, case: CaseThing) -> tuple[Thing, list[str]]:
    """What it is about, and the actions there are on it."""
    if on == "part":
        part = PartThing(chance.choice(DOCUMENTS), case.label, case.compartment, case.state)
        return part, ["know", "read_content", "relabel"]
    if on == "fact":
        return a_fact(chance, case), ["attest", "revoke", "attest_by_rule", "attest_by_rule", "revoke_by_rule"]
    return (WHOLE, sorted(oracle.SERVICE)) if on == "service" else (case, CASE_ACTIONS)


def a_fact(chance: random.Random, case: CaseThing) -> Thing:
    kind = chance.choice(KINDS)
    values = {
        "work": chance.choice([*sorted(WORKS), *3 * ["attorney"]]),
        "role": "decider",
        "office": "cao",
        "name": "a",
    }
    return FactThing(kind, values, chance.random() < 0.25, case if chance.random() < 0.5 else None)


def test_the_policies_decide_as_the_second_reading_does() -> None:
    chance = random.Random(SEED)
    asks = [an_ask(chance) for _ in range(MANY)]
    allowed: Counter[str] = Counter()
    for start in range(0, MANY, BATCH):
        questions = [POLICIES.question(ask) for ask in asks[start : start + BATCH]]
        for question, decision in zip(questions, POLICIES.decide_questions(questions), strict=True):
            assert not decision.failed, question
            assert decision.allow == oracle.may(question), (question, decision.policies)
            allowed.update(decision.policies)
    assert POLICIES.ids == set(allowed), "the draw never came to these"


def test_a_question_asked_alone_is_decided_as_the_second_reading_does() -> None:
    """By the smallest slice of the policies: those of its act, its type of thing and, of a person with one role, that role."""
    chance = random.Random(SEED + 2)
    for ask in (an_ask(chance) for _ in range(MANY // 6)):
        question = POLICIES.question(ask)
        assert POLICIES.decide_questions([question])[0].allow == oracle.may(question), question


def test_whoever_is_told_to_know_by_another_act_may_know_by_the_policies() -> None:
    """Who may read a part is not asked again whether he may know of it: the policies say that themselves."""
    chance = random.Random(SEED + 1)
    asks = [ask for ask in (an_ask(chance) for _ in range(MANY)) if POLICIES.tells(ask)]
    told = [ask for ask, may in zip(asks, POLICIES.decide_batch(asks), strict=True) if may.allow]
    assert all(d.allow for d in POLICIES.decide_batch([replace(ask, action="know") for ask in told]))
    assert "read_content" in {ask.action for ask in told}
    assert not POLICIES.tells(replace(told[0], action="relabel"))
