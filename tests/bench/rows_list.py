"""What a page of the list costs: narrowed in SQL, each row decided with its facts, against one indexed query of the same rows."""

import asyncio
import json
import os

import asyncpg
import httpx2

from tests.bench import bare
from tests.bench.bare import READER_ID
from tests.bench.scale import scale
from tests.bench.scene import Scene, scene
from tests.bench.table import Round, row

PATH = "/filings?limit=20"
HELD = 100
"""Of how many cases of the table one is the reader's: an examiner has had a hundredth of all."""

CASES = """
insert into cases (id, kind, state, version, label, recorded_at)
select gen_random_uuid(), 'filing', 'PRIMARY_REVIEW', 1, 'application', timestamptz '2020-01-01' + n * interval '10 minutes'
from generate_series(1, $1::int) n
"""
FACTS = """
insert into facts (id, person, case_id, body)
select gen_random_uuid(), $1, id, $2 from (select id, row_number() over (order by id) n from cases where recorded_at < '2026-01-01') c
where n % $3 = 0
"""
QUEUE = """
insert into queue (person, case_id, due, told, newest)
select $1, f.case_id, 'infinity', 'infinity', -(extract(epoch from c.recorded_at) * 1000000)::bigint
from facts f join cases c on c.id = f.case_id and c.recorded_at < '2026-01-01' where f.person = $1
"""


@row("list_page", goal=0.1, against="bare indexed query of the same 20 rows, 32 connections, 100,000 cases; CPU us")
def list_page() -> list[Round]:
    """The first page for an examiner with a hundredth of all cases: each row is decided by the keyholder before it is shown."""
    at = scene()
    headers = {"authorization": f"Bearer {at.token()}"}
    asyncio.run(_lay(at))
    said = httpx2.get(f"http://{at.service.address}{PATH}", headers=headers).json()
    asyncio.run(_keep(at, headers))
    side = at.beside("listed")
    theirs = httpx2.get(f"http://{side.address}{PATH}").json()
    shown, plain = ([f["id"] for f in page["filings"]] for page in (said, theirs))
    assert len(shown) == min(20, scale().filings) and shown == plain[: len(shown)], "other rows"
    return list(at.rounds(at.service, side, [PATH], 32))


async def _lay(at: Scene) -> None:
    """Cases of long ago, a part of them the reader's (of facts that no longer open, as those of an older epoch are)."""
    connection = await asyncpg.connect(**at.dsn, server_settings={"session_replication_role": "replica"})
    try:
        if await connection.fetchval("select count(*) from cases where recorded_at < '2026-01-01'"):
            return
        await connection.execute(CASES, scale().cases)
        await connection.execute(FACTS, READER_ID, os.urandom(284), HELD)
        await connection.execute(QUEUE, READER_ID)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


async def _keep(at: Scene, headers: dict[str, str]) -> None:
    """The same rows, and as many others, in a plain table."""
    shown = httpx2.get(f"http://{at.service.address}/filings?limit=100", headers=headers).json()["filings"]
    columns = ("id", "state", "version", "label", "due", "recorded_at")
    connection = await asyncpg.connect(**at.dsn)
    try:
        await connection.execute(bare.LISTED)
        await connection.execute("truncate bench_cases")
        await connection.execute(
            "insert into bench_cases select * from jsonb_populate_recordset(null::bench_cases, $1::jsonb)",
            json.dumps([{**{c: f[c] for c in columns}, "reader": str(READER_ID)} for f in shown]),
        )
        await connection.execute(
            "insert into bench_cases select id, $1, state, version, label, null, recorded_at from cases where recorded_at < '2026-01-01'",
            READER_ID,
        )
        await connection.execute("vacuum analyze bench_cases")
    finally:
        await connection.close()
