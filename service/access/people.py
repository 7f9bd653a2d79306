"""A person as the policies see him, and his relation to one case, from facts that hold on a day. Pure.

Promise: only facts about this person that hold on `today` (first and last day included) count; a post counts only in the office its role
belongs to; a fact of an unknown kind, or with a value of the wrong type, gives nothing.
Not promised: that a fact is authentic. Whoever opens facts (the keyholder) vouches for that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

ROLES: Mapping[str, str] = {
    "applicant": "applicant",
    "clerk": "jpo",
    "screening_examiner": "jpo",
    "section_head": "jpo",
    "reviewer": "cao",
    "decider": "cao",
    "review_head": "cao",
    "consulted_officer": "agency",
    "expert": "expert",
    "auditor": "audit",
    "security_officer": "security",
    "operator": "operations",
    "timer": "system",
    "sequencer": "system",
    "intake_service": "system",
    "examination_system": "system",
    "courier": "system",
    "what_if": "jpo",
}
"""Every role and the one office in which it can be held."""

OF_A_PARTY = frozenset({"applicant", "attorney", "special_powers", "representative"})
"""What a person can be on the applicant's side: party; attorney of one, with the powers that are given expressly; common representative."""

WORKS = OF_A_PARTY | frozenset(
    {"intake", "screening", "head", "review", "decision", "review_head", "consultation", "expertise"}
)
"""What a person can be on a case."""

LOWEST_CLEARANCE = 1

AUTHORITIES = frozenset({"commissioner", "prime_minister"})
"""For whom a mandate lets somebody act: the Commissioner of the Patent Office (ESPA 66), the Prime Minister (67-77)."""


class Fact(Protocol):
    """An opened fact: it holds from `start` to `until` (None: without end), both days included.

    values by kind: post {office, role}; clearance {level}; compartment {name}; assignment {work}; grant {documents: codes, blank between}.
    """

    @property
    def kind(self) -> str: ...
    @property
    def person(self) -> UUID: ...
    @property
    def case_id(self) -> UUID | None: ...
    @property
    def start(self) -> date: ...
    @property
    def until(self) -> date | None: ...
    @property
    def values(self) -> Mapping[str, str | int | bool | None]: ...


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the policies know of a person. cleared_until: ordinal of the last day of his clearance, 0 without one."""

    id: UUID
    offices: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    cleared_until: int = 0
    compartments: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Relation:
    """A person's works on one case, and the codes of its documents that were granted to him."""

    work: frozenset[str] = frozenset()
    granted: frozenset[str] = frozenset()


NONE = Relation()
"""Nothing to do with a case."""


def person_from(person: UUID, facts: Iterable[Fact], today: date) -> PersonFacts:
    """The person, of his facts that hold today and are about no case."""
    held = [f for f in facts if f.person == person and f.case_id is None and _holds(f, today)]
    posts = [p for f in held if f.kind == "post" and (p := _post(f)) is not None]
    return PersonFacts(
        id=person,
        offices=frozenset(office for office, _ in posts),
        roles=frozenset(role for _, role in posts),
        cleared_until=max((_last_day(f) for f in held if f.kind == "clearance" and _clears(f)), default=0),
        compartments=frozenset(
            n for f in held if f.kind == "compartment" and isinstance(n := f.values.get("name"), str) and n
        ),
    )


def relation_to(person: UUID, facts: Iterable[Fact], case: UUID | None, today: date) -> Relation:
    """The person's relation to the case, of his facts on this case that hold today; none to no case."""
    if case is None:
        return NONE
    held = [f for f in facts if f.person == person and f.case_id == case and _holds(f, today)]
    works = (f.values.get("work") for f in held if f.kind == "assignment")
    documents = (f.values.get("documents") for f in held if f.kind == "grant")
    return Relation(
        work=frozenset(w for w in works if isinstance(w, str) and w in WORKS),
        granted=frozenset(code for codes in documents if isinstance(codes, str) for code in codes.split()),
    )


def _holds(fact: Fact, today: date) -> bool:
    return fact.start <= today and (fact.until is None or today <= fact.until)


def _last_day(fact: Fact) -> int:
    return (fact.until or date.max).toordinal()


def _clears(fact: Fact) -> bool:
    level = fact.values.get("level")
    return type(level) is int and level >= LOWEST_CLEARANCE


def _post(fact: Fact) -> tuple[str, str] | None:
    """(office, role), or None where the role is not held in that office."""
    office, role = fact.values.get("office"), fact.values.get("role")
    if isinstance(office, str) and isinstance(role, str) and ROLES.get(role) == office:
        return office, role
    return None
