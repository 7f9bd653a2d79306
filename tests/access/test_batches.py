"""A batch decides each question as it would alone, whoever stands beside it."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from service.access.decide import Ask, Question
from service.access.people import PersonFacts, Relation
from service.access.things import PartThing
from tests.access.expected import CAST, POLICIES, expected

ASKS = [case.ask for case in expected()]
ALONE = [POLICIES.decide_batch([ask])[0] for ask in ASKS]
TODAY = CAST["today"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(range(len(ASKS))), max_size=48))
def test_a_batch_decides_as_one_by_one_in_any_order(chosen: list[int]) -> None:
    assert POLICIES.decide_batch([ASKS[n] for n in chosen]) == [ALONE[n] for n in chosen]


def test_an_empty_batch_decides_nothing() -> None:
    assert POLICIES.decide_batch([]) == []


def test_two_versions_of_one_person_in_one_batch_do_not_mix() -> None:
    who = ASKS[0].person.id
    then = PersonFacts(who, frozenset(["cao"]), frozenset(["reviewer"]), TODAY.toordinal(), frozenset(["a"]))
    now = replace(then, cleared_until=0)
    part, review = PartThing("claims", "designated", "a", "DESIGNATED"), Relation(frozenset(["review"]))
    asks = [Ask(person, "read_content", part, review, TODAY) for person in (then, now, then, now)]
    assert [d.allow for d in POLICIES.decide_batch(asks)] == [True, False, True, False]


def test_two_versions_of_one_part_in_one_batch_do_not_mix() -> None:
    person = PersonFacts(ASKS[0].person.id, frozenset(["cao"]), frozenset(["reviewer"]))
    review = Relation(frozenset(["review"]))
    asks = [
        Ask(person, "read_content", PartThing("claims", label, None, "X"), review, TODAY)
        for label in ("application", "designated")
    ]
    assert [d.allow for d in POLICIES.decide_batch(asks + asks[::-1])] == [True, False, False, True]


def test_the_relation_of_one_question_is_not_that_of_its_neighbour() -> None:
    person = PersonFacts(ASKS[0].person.id, frozenset(["cao"]), frozenset(["reviewer"]))
    part = PartThing("claims", "application", None, "UNDER_REVIEW")
    asks = [
        Ask(person, "read_content", part, Relation(frozenset(w)), TODAY)
        for w in (["review"], [], ["decision"], ["review"])
    ]
    assert [d.allow for d in POLICIES.decide_batch(asks)] == [True, False, False, True]


def test_a_question_that_cannot_be_read_hurts_no_neighbour() -> None:
    good = [POLICIES.question(ask) for ask in ASKS[:40]]
    bad: list[Question] = [
        replace(good[0], person={"roles": 7}),
        replace(good[1], context={"today": {1, 2}}),
        replace(good[2], action="\udc80"),
        replace(good[3], type='Case", "id'),
        replace(good[4], thing={"kind": 2**80}),
    ]
    mixed = [*bad[:2], *good[:20], *bad[2:], *good[20:]]
    decisions = POLICIES.decide_questions(mixed)
    assert [d for q, d in zip(mixed, decisions, strict=True) if any(q is g for g in good)] == ALONE[:40]
    assert [(d.allow, d.failed) for q, d in zip(mixed, decisions, strict=True) if any(q is b for b in bad)] == [
        (False, True)
    ] * 5


def test_the_snapshot_names_all_that_the_decision_rests_on() -> None:
    ask = next(a for a in ASKS if a.action == "read_content")
    others = [
        replace(ask, person=replace(ask.person, id=UUID(int=1))),
        replace(ask, person=replace(ask.person, cleared_until=1)),
        replace(ask, action="know"),
        replace(ask, thing=PartThing("title", "released", "c", "RELEASED")),
        replace(ask, relation=Relation(frozenset(["head"]))),
        replace(ask, today=TODAY.replace(year=2031)),
    ]
    snapshots = [d.snapshot for d in POLICIES.decide_batch([ask, *others])]
    assert len(set(snapshots)) == len(snapshots)
    assert POLICIES.decide_batch([ask])[0].snapshot == snapshots[0]
    assert all(len(bytes.fromhex(s)) == 32 for s in snapshots)
