"""Lapse of time as the running worker brings it about: on its day, for every case, whatever is wrong with another one."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from service import clock, embedded
from service.demo.client import Person
from service.demo.run import DATABASE, Demo
from service.worker import BATCH

PAPER = "【書類名】特許願\n【整理番号】W-1\n【あて先】特許庁長官殿\n【発明の名称】留め具\n【特許請求の範囲】\n【請求項１】\n留め具。\n"
BROKEN = """
with c as (insert into cases (id, kind, state, version, label, recorded_at)
    select lpad(to_hex(n), 32, '0')::uuid, 'filing', 'PRIMARY_REVIEW', 1, 'application', now() from generate_series(1, $1) n returning id)
insert into clocks (id, case_id, limit_name, start_event, start, due, state)
    select gen_random_uuid(), id, 'sending', id, date '2026-01-01', date '2026-04-01', 'running' from c
"""
"""Cases that no act can move: they have a clock that is over, and no event at all; their ids come first."""


def filed_on_paper(people: dict[str, Person], day: date) -> str:
    """A paper filing received on `day`, entered today: its sending period may be over already."""
    answer = people["kato"].file(
        {"paper.txt": PAPER.encode()},
        happened_on=day.isoformat(),
        date_reason="紙で受け付けた。Received on paper.",
        party=str(people["sato"].id),
    )
    assert answer.status_code == 201, answer.text
    case: str = answer.json()["case"]
    return case


def lapsed(people: dict[str, Person], case: str) -> dict[str, Any]:
    """The case once the worker has let its period lapse."""
    end = time.monotonic() + 60
    while (shown := people["kato"].get(f"/filings/{case}"))["state"] != "UNSENT_LAPSED":
        assert time.monotonic() < end, "the worker does not raise the lapse"
        time.sleep(0.1)
    found: dict[str, Any] = shown
    return found


async def clock_of(demo: Demo, case: str) -> asyncpg.Record:
    connection = await asyncpg.connect(**demo.server.dsn(embedded.SUPERUSER, DATABASE))
    try:
        found: asyncpg.Record = await connection.fetchrow(
            """select e.happened_on, e.person, k.due, p.document from events e
            join clocks k on k.case_id = e.case_id and k.limit_name = 'sending'
            left join parts p on p.id = e.part_id where e.case_id = $1 and e.name = 'lapse'""",
            UUID(case),
        )
        return found
    finally:
        await connection.close()


@contextmanager
def immovable(demo: Demo, count: int) -> Iterator[None]:
    """So many cases that raise an error whenever their clock is looked at."""

    async def do(*statements: str) -> None:
        connection = await asyncpg.connect(**demo.server.dsn(embedded.SUPERUSER, DATABASE))
        await connection.execute("set session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement, *([count] if "$1" in statement else []))
        await connection.close()

    asyncio.run(do(BROKEN))
    try:
        yield
    finally:
        few = "where {} < '00000000-0000-0000-0001-000000000000'"
        asyncio.run(do(f"delete from clocks {few.format('case_id')}", f"delete from cases {few.format('id')}"))


async def test_a_lapse_bears_the_day_after_the_last_day_also_where_the_service_slept(
    demo: Demo, people: dict[str, Person]
) -> None:
    case = filed_on_paper(people, clock.today() - timedelta(weeks=17))
    lapsed(people, case)
    stored = await clock_of(demo, case)
    assert stored["happened_on"] == stored["due"] + timedelta(days=1) < clock.today()
    assert stored["person"] == people["worker"].id
    assert stored["document"] == "act-lapse", "the reason for the past day is a sealed paper"


async def test_where_a_later_step_stands_already_the_lapse_bears_today(demo: Demo, people: dict[str, Person]) -> None:
    demo.processes["worker"].kill()
    try:
        case = filed_on_paper(people, clock.today() - timedelta(weeks=17))
        people["suzuki"].act(case, "ask_documents", reason="説明を求める。")
    finally:
        demo.processes["worker"].start()
    lapsed(people, case)
    assert (await clock_of(demo, case))["happened_on"] == clock.today()


def test_cases_that_cannot_be_moved_stop_no_other_however_many_they_are(demo: Demo, people: dict[str, Person]) -> None:
    with immovable(demo, BATCH + 5):
        lapsed(people, filed_on_paper(people, clock.today() - timedelta(weeks=17)))
        assert not demo.processes["worker"].ended()
    assert "not raised" in (demo.folder / "worker.log").read_text()


def test_a_case_that_cannot_be_moved_is_tried_later_and_later(demo: Demo, people: dict[str, Person]) -> None:
    before = (demo.folder / "worker.log").read_text().count("again in")
    with immovable(demo, 1):
        for _ in range(5):  # rounds of the worker: each of these lapses is one
            lapsed(people, filed_on_paper(people, clock.today() - timedelta(weeks=17)))
    tries = (demo.folder / "worker.log").read_text().count("again in") - before
    assert 1 <= tries <= 3


def test_the_worker_goes_on_when_the_keyholder_comes_back(demo: Demo, people: dict[str, Person]) -> None:
    demo.processes["keyholder"].kill()
    demo.processes["keyholder"].start()
    end = time.monotonic() + 60
    while people["yamada"].status("/filings") == 503:
        assert time.monotonic() < end
    lapsed(people, filed_on_paper(people, clock.today() - timedelta(weeks=17)))
    assert not demo.processes["worker"].ended()
