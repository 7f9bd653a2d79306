"""Lists: what SQL narrows to, decided row by row, is what deciding on every case there is would give."""

import random
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.access.decide import Ask
from service.access.people import ROLES, WORKS, person_from, relation_to
from service.access.things import CaseThing
from service.access.visible import narrowing
from service.embedded import SUPERUSER, Server
from tests.access.expected import POLICIES, AFact

TODAY = date(2026, 11, 23)
SEED = 20261123


@pytest.fixture
async def rows(postgres: Server) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(**postgres.dsn(SUPERUSER, "postgres"))
    await connection.execute("create temp table cases (id uuid primary key)")
    await connection.execute(
        "create temp table facts (id uuid primary key, person uuid not null, case_id uuid, tag bytea, body bytea)"
    )
    yield connection
    await connection.close()


def a_world(chance: random.Random) -> tuple[list[UUID], dict[UUID, CaseThing], list[AFact]]:
    """Persons of every role, cases of every label, and facts on them: in time and out of it, fitting and not."""
    new: Callable[[], UUID] = lambda: UUID(int=chance.getrandbits(128))
    persons = [new() for _ in range(2 * len(ROLES))]
    cases = {
        new(): CaseThing("filing", "DESIGNATED", chance.choice(["application", "designated", "released"]))
        for _ in range(60)
    }
    facts = [
        AFact(p, "post", {"office": ROLES[role], "role": role})
        for p, role in zip(persons, [*ROLES, *ROLES], strict=True)
    ]
    for _ in range(600):
        start = TODAY + timedelta(days=chance.randint(-3, 1))
        until = chance.choice([None, start + timedelta(days=chance.randint(0, 3))])
        kind, values = chance.choice(
            [("assignment", {"work": chance.choice(sorted(WORKS))}), ("grant", {"documents": "claims"})]
        )
        facts.append(AFact(chance.choice(persons), kind, values, chance.choice(list(cases)), start, until))
    return persons, cases, facts


async def test_the_narrowed_list_decided_is_the_list_of_all_that_may_be_seen(
    rows: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    chance = random.Random(SEED)
    persons, cases, facts = a_world(chance)
    await rows.executemany("insert into cases values ($1)", [(case,) for case in cases])
    stored = [(UUID(int=chance.getrandbits(128)), f.person, f.case_id) for f in facts]
    await rows.executemany("insert into facts (id, person, case_id) values ($1, $2, $3)", stored)
    for person in persons:
        condition, arguments = narrowing(person)
        found = await rows.fetch(f"select c.id from cases c where {condition}", *arguments)
        narrowed = {row["id"] for row in found}
        assert narrowed == {f.case_id for f in facts if f.person == person and f.case_id is not None}
        seen = may_see(person, facts, cases)
        assert seen <= narrowed
        assert seen == may_see(person, facts, {case: cases[case] for case in narrowed})
    assert any(may_see(person, facts, cases) for person in persons)


def may_see(person: UUID, facts: list[AFact], cases: dict[UUID, CaseThing]) -> set[UUID]:
    who = person_from(person, facts, TODAY)
    asks = [
        Ask(who, "read_case", thing, relation_to(person, facts, case, TODAY), TODAY) for case, thing in cases.items()
    ]
    return {case for case, decision in zip(cases, POLICIES.decide_batch(asks), strict=True) if decision.allow}
