"""Gives every record its place in the log, and has each new head signed by the keyholder.

Promise: a committed record gets exactly one place, and places run 0, 1, 2, .. ; a place never changes. Records are placed in the order of
their transactions' ids, and only below the snapshot horizon, so that none can still appear before one that is placed; the numbers of a
writer therefore stand in the log in their order. Leaves are committed before the keyholder is asked to sign them, a note is stored
after: whatever is killed when, the next round goes on. A log behind, beside or out of order is a named error, never mended here.
Not promised: speed while a long transaction holds the horizon back; that a record not yet under a signed head cannot be taken out
unseen (its writer's next number shows it, unless there is none).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg

from service.audit.checkpoint import claimed
from service.audit.leaf import leaf_hash
from service.audit.tree import Frontier

Connection: TypeAlias = "asyncpg.Connection[Any]"
Sign: TypeAlias = Callable[[int, list[bytes]], Awaitable[str]]
"""(size before, leaf hashes that follow) -> the signed note over both. The keyholder refuses what does not extend its own head."""
Signed: TypeAlias = Callable[[], Awaitable[int]]
"""The size of the log that the keyholder signed last."""

LOCK = 0x686F7A656E  # any constant that no other advisory lock of this database uses
BATCH = 1000
SIGNED_AT_ONCE = 10_000

END = """select l.idx + 1, r.xid::text from leaves l join records r on r.id = l.record order by l.idx desc limit 1"""
NEXT = """select r.id, r.body from records r
where r.xid >= $1::text::xid8 and r.xid < pg_snapshot_xmin(pg_current_snapshot())
and not exists (select from leaves l where l.record = r.id) order by r.xid, r.writer, r.number limit $2"""
PLACE = """insert into leaves (idx, record, hash)
select $1::bigint + n - 1, record, hash from unnest($2::uuid[], $3::bytea[]) with ordinality as new (record, hash, n)"""
MISPLACED = """select exists (select from records where xid >= pg_snapshot_xmax(pg_current_snapshot())) or exists (
select from records r where r.xid < $1::text::xid8 and not exists (select from leaves l where l.record = r.id))"""


class LogBehind(Exception):
    """PostgreSQL has fewer leaves than the keyholder has signed: the database was put back."""


class LogForked(Exception):
    """The leaves in PostgreSQL are not those that were signed."""


class LogMisplaced(Exception):
    """A record claims a transaction that this server never ran, or one before the log's end: written past the service,
    or brought in from another server by something other than a physical backup.
    """


@asynccontextmanager
async def lock(connection: Connection) -> AsyncIterator[None]:
    """Be the one sequencer until the connection closes (close it on leaving); waits two seconds for another to go.

    Raises asyncpg.LockNotAvailableError, LogMisplaced.
    """
    await connection.execute("set lock_timeout = '2s'")
    await connection.execute("select pg_advisory_lock($1)", LOCK)
    async with connection.transaction(readonly=True):
        await connection.execute("set local statement_timeout = 0")
        if await connection.fetchval(MISPLACED, (await _end(connection))[1]):
            raise LogMisplaced
    yield


async def check(connection: Connection, sign: Sign, signed: Signed) -> None:
    """Compare the whole log with the head the keyholder signed; to be called once at the start, under the lock.

    Raises LogBehind, LogForked.
    """
    size = await signed()
    frontier = Frontier()
    async with connection.transaction(readonly=True):
        await connection.execute("set local statement_timeout = 0")
        async for row in connection.cursor("select idx, hash from leaves order by idx limit $1", size, prefetch=BATCH):
            if row["idx"] != frontier.size:
                raise LogForked
            frontier.append(row["hash"])
    if frontier.size < size:
        raise LogBehind
    if size and claimed(await sign(size, [])).root != frontier.root():
        raise LogForked


async def sequence_once(connection: Connection, sign: Sign, signed: Signed) -> int:
    """Place what waits (at most BATCH records) and have every leaf signed; how many were placed.

    Raises LogBehind, LogForked, and what `sign` and `signed` raise; leaves placed before stay placed.
    """
    at = await signed()
    size, xid = await _end(connection)
    if at > size:
        raise LogBehind
    placed = await _place(connection, size, xid)
    while at < size + placed:
        rows = await connection.fetch(
            "select hash from leaves where idx >= $1 order by idx limit $2", at, SIGNED_AT_ONCE
        )
        await _store(connection, at + len(rows), await sign(at, [row["hash"] for row in rows]))
        at += len(rows)
    if at and not await connection.fetchval("select exists (select from checkpoints where size = $1)", at):
        await _store(connection, at, await sign(at, []))  # signed before, but the note was lost on its way
    return placed


async def _end(connection: Connection) -> tuple[int, str]:
    """(size of the log, transaction id of its last record)."""
    row = await connection.fetchrow(END)
    return (row[0], row[1]) if row else (0, "0")


async def _place(connection: Connection, size: int, xid: str) -> int:
    """Two sequencers cannot both succeed: a place is a primary key."""
    async with connection.transaction():
        rows = await connection.fetch(NEXT, xid, BATCH)
        if rows:
            hashes = [leaf_hash(row["body"]) for row in rows]
            await connection.execute(PLACE, size, [row["id"] for row in rows], hashes)
    return len(rows)


async def _store(connection: Connection, size: int, note: str) -> None:
    """Keep a note; one that is there already must say the same."""
    await connection.execute("insert into checkpoints (size, note) values ($1, $2) on conflict do nothing", size, note)
    kept = await connection.fetchval("select note from checkpoints where size = $1", size)
    if claimed(kept) != claimed(note) or claimed(note).size != size:
        raise LogForked
