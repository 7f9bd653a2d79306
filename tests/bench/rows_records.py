"""What a durable record costs: in an act's transaction, in batches, and from one connection to thirty-two.

Cost is processor time of the writing process and PostgreSQL together for one record; every record is committed (synchronous_commit on)
before its caller goes on. Plain inserts are of the same bytes into a table of the same columns and indexes, without its rules.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import uuid4

import asyncpg
import uvloop

from service import clock
from service.audit.leaf import Draft, Position, check, placed
from service.audit.writer import BatchedWriter
from service.demo.run import DATABASE
from service.starting import connector
from service.store import Store
from tests.bench.cost import Meter
from tests.bench.scale import scale
from tests.bench.scene import Scene, scene
from tests.bench.table import Round, row

PLAIN = "create table if not exists bench_records (like records including defaults including indexes)"
INSERT = "insert into bench_records (id, writer, number, body) values ($1, $2, $3, $4)"
Write = Callable[[], Awaitable[object]]


def draft() -> Draft:
    """What a record of an act says."""
    return Draft(
        what="act",
        action="send",
        outcome="allowed",
        request=uuid4(),
        person=uuid4(),
        office="jpo",
        roles=("screening_examiner",),
        cleared_until=date(2027, 3, 31),
        kind="filing",
        case=uuid4(),
        label="application",
        status=200,
        policies=("examiner-acts-on-screening",),
        policy_set="0" * 64,
        snapshot="1" * 64,
        step={"from": "PRIMARY_REVIEW", "to": "SENT", "name": "send", "happened_on": "2026-11-20"},
    )


DRAFT = draft()
BODY = placed(check(DRAFT), Position(uuid4(), uuid4(), 1, clock.now()))


async def _cost(at: Scene, write: Write, connections: int, count: int | None = None) -> tuple[dict[str, float], float]:
    """Microseconds of processor for each record by process, and seconds of wall time for each, with so many callers at once."""
    total = count or scale().records

    async def caller() -> None:
        for _ in range(total // connections):
            await write()

    await asyncio.gather(*(write() for _ in range(connections)))
    meter = Meter({"postgresql": at.postgres})
    used, begun = time.process_time(), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(connections)))
    took, written = time.perf_counter() - begun, total // connections * connections
    writer = (time.process_time() - used) * 1e6 / written
    postgres = meter.read()["postgresql"] / written
    return {"all": writer + postgres, "writer": writer, "postgresql": postgres}, took / written


async def _rounds(at: Scene, ours: Write, theirs: Write) -> list[Round]:
    rounds = []
    for _ in range(scale().rounds):
        his, _ = await _cost(at, theirs, 32)
        mine, _ = await _cost(at, ours, 32)
        rounds.append(Round(mine.pop("all"), his["all"], mine))
    return rounds


async def _plain(at: Scene) -> "asyncpg.Pool[asyncpg.Record]":
    pool = await asyncpg.create_pool(**at.dsn, min_size=32, max_size=32)
    await pool.execute(PLAIN)
    return pool


@row("record_in_act", goal=0.95, against="a plain insert of the same bytes in a transaction, 32 connections; CPU us")
def record_in_act() -> list[Round]:
    """An act's record: drawn, checked, encoded and inserted in the act's own transaction."""
    return uvloop.run(_in_act(scene()))


async def _in_act(at: Scene) -> list[Round]:
    store = await Store.open(at.demo.server.dsn("hozen_web", DATABASE), size=32)
    pool = await _plain(at)

    async def ours() -> None:
        async with store.transaction() as work:
            await work.record(DRAFT)

    async def theirs() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(INSERT, uuid4(), uuid4(), 1, BODY)

    try:
        return await _rounds(at, ours, theirs)
    finally:
        await store.close()
        await pool.close()


@row("record_batched", goal=5.0, against="a plain insert of the same bytes, 32 connections; CPU us")
def record_batched() -> list[Round]:
    """Records of reads and refusals: whatever waits goes in one statement."""
    return uvloop.run(_batched(scene()))


async def _batched(at: Scene) -> list[Round]:
    writer = BatchedWriter(connector(at.demo.server.dsn("hozen_web", DATABASE)))
    writer.start()
    pool = await _plain(at)
    try:
        return await _rounds(
            at,
            lambda: writer.record(DRAFT),
            lambda: pool.execute(INSERT, uuid4(), uuid4(), 1, os.urandom(8) + BODY[8:]),
        )
    finally:
        await writer.stop()
        await pool.close()


@row("record_scaling", goal=5.0, against="one caller; seconds for each record, with 32 callers")
def record_scaling() -> list[Round]:
    """No lock is held over a COMMIT: records for each second grow with those who write."""
    return uvloop.run(_scaling(scene()))


async def _scaling(at: Scene) -> list[Round]:
    writer = BatchedWriter(connector(at.demo.server.dsn("hozen_web", DATABASE)))
    writer.start()
    rounds = []
    try:
        for _ in range(scale().rounds):
            _, one = await _cost(at, lambda: writer.record(DRAFT), 1, max(1, scale().records // 32))
            _, many = await _cost(at, lambda: writer.record(DRAFT), 32)
            rounds.append(Round(many, one))
    finally:
        await writer.stop()
    return rounds
