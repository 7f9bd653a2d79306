"""Persons and their works come of facts that hold on the day, and of nothing else."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.people import NONE, ROLES, PersonFacts, person_from, relation_to
from service.keyholder.facts import Fact as KeyholdersFact
from tests.access.expected import CASE, AFact

WHO, OTHER, ELSEWHERE = UUID(int=7), UUID(int=8), UUID(int=9)
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
REVIEWER = AFact(WHO, "post", {"office": "cao", "role": "reviewer"})
CLEARED = AFact(WHO, "clearance", {"level": 1}, until=TODAY)
ASSIGNED = AFact(WHO, "assignment", {"work": "review"}, CASE)
GRANTED = AFact(WHO, "grant", {"documents": "claims description", "purpose": "expertise"}, CASE)


def test_a_person_is_what_his_facts_make_him() -> None:
    compartments = [AFact(WHO, "compartment", {"name": name}) for name in ("a", "b")]
    person = person_from(WHO, [REVIEWER, CLEARED, *compartments, ASSIGNED, GRANTED], TODAY)
    assert (person.id, person.offices, person.roles) == (WHO, frozenset(["cao"]), frozenset(["reviewer"]))
    assert (person.cleared_until, person.compartments) == (TODAY.toordinal(), frozenset("ab"))


def test_a_relation_is_his_works_and_grants_on_this_case() -> None:
    relation = relation_to(WHO, [REVIEWER, ASSIGNED, GRANTED], CASE, TODAY)
    assert (relation.work, relation.granted) == (frozenset(["review"]), frozenset(["claims", "description"]))


def test_without_facts_a_person_is_nobody() -> None:
    person = person_from(WHO, [], TODAY)
    assert person == PersonFacts(WHO)
    assert relation_to(WHO, [], CASE, TODAY) == NONE


@pytest.mark.parametrize(
    ("start", "until", "holds"),
    [(0, 0, True), (-1, -1, False), (1, 9, False), (-9, 9, True), (-9, None, True), (1, None, False)],
)
def test_a_fact_holds_from_its_first_to_its_last_day_both_included(start: int, until: int | None, holds: bool) -> None:
    dates: dict[str, Any] = {"start": TODAY + start * DAY, "until": None if until is None else TODAY + until * DAY}
    held = [replace(fact, **dates) for fact in (REVIEWER, CLEARED, ASSIGNED, GRANTED)]
    person, relation = person_from(WHO, held, TODAY), relation_to(WHO, held, CASE, TODAY)
    assert (bool(person.roles), bool(person.cleared_until), bool(relation.work), bool(relation.granted)) == (holds,) * 4


def test_a_fact_about_another_person_says_nothing_of_this_one() -> None:
    facts = [REVIEWER, CLEARED, ASSIGNED, GRANTED]
    assert person_from(OTHER, facts, TODAY).roles == set()
    assert person_from(OTHER, facts, TODAY).cleared_until == 0
    assert relation_to(OTHER, facts, CASE, TODAY) == NONE


def test_a_fact_on_another_case_says_nothing_of_this_one() -> None:
    assert relation_to(WHO, [ASSIGNED, GRANTED], ELSEWHERE, TODAY) == NONE
    assert relation_to(WHO, [replace(ASSIGNED, case_id=None), replace(GRANTED, case_id=None)], CASE, TODAY) == NONE
    assert relation_to(WHO, [replace(ASSIGNED, case_id=None)], None, TODAY) == NONE


def test_a_post_or_clearance_that_is_bound_to_a_case_is_none() -> None:
    person = person_from(WHO, [replace(REVIEWER, case_id=CASE), replace(CLEARED, case_id=CASE)], TODAY)
    assert person == PersonFacts(WHO)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_is_held_in_its_own_office_only(role: str) -> None:
    for office in set(ROLES.values()):
        person = person_from(WHO, [AFact(WHO, "post", {"office": office, "role": role})], TODAY)
        held = PersonFacts(WHO, frozenset([office]), frozenset([role]))
        assert person == (held if ROLES[role] == office else PersonFacts(WHO))


def test_the_longest_of_several_clearances_counts_and_one_without_end_does_not_end() -> None:
    longer = replace(CLEARED, until=TODAY + 9 * DAY)
    assert person_from(WHO, [longer, CLEARED], TODAY).cleared_until == (TODAY + 9 * DAY).toordinal()
    assert person_from(WHO, [CLEARED, replace(CLEARED, until=None)], TODAY).cleared_until == date.max.toordinal()


def test_a_clearance_that_has_not_begun_does_not_lengthen_one_that_holds() -> None:
    later = replace(CLEARED, start=TODAY + DAY, until=TODAY + 99 * DAY)
    assert person_from(WHO, [CLEARED, later], TODAY).cleared_until == TODAY.toordinal()


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)


@given(
    st.sampled_from(["post", "clearance", "compartment", "assignment", "grant", "party", "subject", "novel"]),
    st.dictionaries(st.sampled_from(["office", "role", "level", "name", "work", "documents", "case"]), VALUES),
)
def test_values_of_another_type_give_nothing_and_raise_nothing(kind: str, values: dict[str, Any]) -> None:
    for case in (None, CASE):
        fact = AFact(WHO, kind, values, case)
        person, relation = person_from(WHO, [fact], TODAY), relation_to(WHO, [fact], CASE, TODAY)
        assert all(isinstance(x, str) and x for x in (*person.compartments, *relation.work, *relation.granted))
        assert not person.roles and type(person.cleared_until) is int


@pytest.mark.parametrize("work", ["", "Review", "reviewer", "owner", None, True])
def test_a_work_that_does_not_exist_is_none(work: object) -> None:
    assert relation_to(WHO, [AFact(WHO, "assignment", {"work": work}, CASE)], CASE, TODAY) == NONE


@pytest.mark.parametrize("level", [0, -1, "1", True, None, 1.0])
def test_a_clearance_below_the_lowest_level_is_none(level: object) -> None:
    assert person_from(WHO, [AFact(WHO, "clearance", {"level": level})], TODAY).cleared_until == 0


def test_what_the_keyholder_opens_is_a_fact_here() -> None:
    post = KeyholdersFact(UUID(int=1), WHO, None, "post", 3, TODAY, TODAY, {"office": "jpo", "role": "clerk"})
    work = KeyholdersFact(UUID(int=2), WHO, CASE, "assignment", 3, TODAY, None, {"work": "intake"})
    assert person_from(WHO, [post, work], TODAY).roles == {"clerk"}
    assert relation_to(WHO, [post, work], CASE, TODAY).work == {"intake"}
