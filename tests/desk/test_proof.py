"""Every open case has a clock or a stated reason, and the proof finds each way in which that could stop being so."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.desk import proof
from service.desk.proof import Proof
from service.embedded import Server
from service.errors import Text
from service.filings.kind import FILING
from service.filings.road import ROAD
from service.keyholder.answers import Caller
from service.law.calendar import calendar
from tests.attacks.histories_draw import past
from tests.attacks.histories_model import Case
from tests.attacks.histories_tables import Ground, today
from tests.attacks.inside import a_service

KINDS = {FILING.name: FILING}
STATES = ("PRIMARY_REVIEW", "SENT", "UNDER_REVIEW", "PRE_NOTICE", "DOCS_FILED", "DESIGNATED", "WITHDRAWN")


@pytest.fixture
async def ground(postgres: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    async with a_service(postgres, tmp_path_factory.mktemp("proof"), template) as service:
        yield Ground(service)


def _caller(ground: Ground) -> Caller:
    return Caller(ground.service.world.token("suzuki"), uuid4())


async def _prove(ground: Ground) -> Proof:
    house = ground.service.house
    return await proof.prove(house.store, house.keyholder, KINDS, _caller(ground))


async def _rederive(ground: Ground, case: UUID) -> bool:
    house = ground.service.house
    return await proof.rederive(house.store, house.keyholder, KINDS, house.desk._keys, _caller(ground), case)


async def _laid(ground: Ground, *states: str) -> list[UUID]:
    """Cases in these states, with the clocks that their events give."""
    cases = [uuid4() for _ in states]
    for seed, (case, state) in enumerate(zip(cases, states, strict=True)):
        await ground.lay(case, _ordinary(seed, state))
        await _rederive(ground, case)
    return cases


def _ordinary(seed: int, state: str) -> Case:
    """A past of an ordinary application, whose limits run from its filing, without a request for the non-sending notice."""
    drawn = (past(random.Random(f"{seed}/{n}"), today(), state) for n in range(1000))
    asked = "request_non_sending_notice"
    return next(c for c in drawn if c.events[0].application == "ordinary" and asked not in {e.name for e in c.events})


async def test_cases_along_the_whole_road_have_a_clock_or_a_reason(ground: Ground) -> None:
    await _laid(ground, *STATES)
    found = await _prove(ground)
    assert found.faults == []
    assert (found.cases, found.ended, found.running + found.reasons) == (len(STATES), 1, len(STATES) - 1)
    (record,) = [r for r in await ground.service.records() if r["action"] == "prove-clocks"]
    assert (record["outcome"], record["digest"]) == ("allowed", found.digest())


BROKEN: dict[str, tuple[str, str]] = {
    "a last day moved": ("update clocks set due = due + 1 where case_id = $1", "clock-stale"),
    "a clock gone": ("delete from clocks where case_id = $1 and limit_name = 'sending'", "clock-stale"),
    "a clock said to be met": ("update clocks set state = 'met' where case_id = $1 and limit_name = 'sending'", "clock-stale"),
    "a queue's day moved": ("update queue set due = due + 1 where case_id = $1", "queue-stale"),
    "an event out of the calendar": ("update events set happened_on = '1900-01-01' where case_id = $1", "clock-not-derivable"),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
async def test_what_is_broken_is_named_with_its_case_and_fails_the_record(ground: Ground, how: str) -> None:
    case, _ = await _laid(ground, "PRIMARY_REVIEW", "UNDER_REVIEW")
    statement, name = BROKEN[how]
    await ground.service.world.admin.execute("set session_replication_role = replica")
    await ground.service.world.admin.execute(
        "insert into queue select person, case_id, '2027-01-01', '2027-01-01', 0 from facts where case_id = $1"
        " and $2 = 'queue-stale' limit 1 on conflict do nothing", case, name,
    )  # fmt: skip
    await ground.service.world.admin.execute(statement, case)
    found = await _prove(ground)
    assert (case, name) in [(f.case, f.name) for f in found.faults]
    assert {f.case for f in found.faults} == {case}
    (record,) = [r for r in await ground.service.records() if r["action"] == "prove-clocks"]
    assert record["outcome"] == "failed"


async def test_a_state_without_clock_and_without_reason_is_a_fault(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case,) = await _laid(ground, "DOCS_FILED")
    monkeypatch.setattr(proof, "next_or_reason", lambda *_: None)
    assert [(f.case, f.name) for f in (await _prove(ground)).faults] == [(case, "no-clock-no-reason")]


async def test_what_is_stale_is_derived_anew_once_and_recorded(ground: Ground) -> None:
    (case,) = await _laid(ground, "PRIMARY_REVIEW")
    await ground.service.world.admin.execute("update clocks set due = due + 1 where case_id = $1", case)
    assert await _rederive(ground, case)
    assert not await _rederive(ground, case), "nothing changes a second time"
    assert (await _prove(ground)).faults == []
    records = [r for r in await ground.service.records() if r["action"] == "rederive-clocks"]
    assert [r["case"] for r in records] == [case.hex, case.hex], "when it was laid, and now"
    assert {r["digest"] for r in records} == {calendar().sha256}


async def test_a_holiday_added_later_shows_what_it_would_move_and_moves_nothing(ground: Ground) -> None:  # T19
    (case,) = await _laid(ground, "PRIMARY_REVIEW")
    rows = await ground.service.world.admin.fetch(
        "select limit_name, due from clocks where case_id = $1 and state = 'running'", case
    )
    due = {r["limit_name"]: r["due"] for r in rows}
    moved = due["non_sending_notice_request"]
    now = calendar()
    new = replace(now, days={**now.days, moved: Text("臨時の休日", "a holiday for once")}, sha256="0" * 64)
    changes: list[Any] = [c async for c in proof.preview(ground.service.house.store, KINDS, new)]
    assert [(c, limit, was) for c, limit, was, _ in changes] == [(case, "non_sending_notice_request", moved)]
    assert changes[0][3] > moved, "the applicant's request moves; the State's own limit of the same day does not"
    after = await ground.service.world.admin.fetch(
        "select limit_name, due from clocks where case_id = $1 and state = 'running'", case
    )
    assert {r["limit_name"]: r["due"] for r in after} == due


def test_every_state_that_is_open_is_looked_at() -> None:
    assert set(STATES) - {"WITHDRAWN"} <= ROAD.states - ROAD.terminal
