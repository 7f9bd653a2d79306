"""The record as it leaves: a range as a bundle under the newest checkpoint, as CSV or as JSON Lines, streamed from one snapshot.

Promise: what is exported is what the database holds, in one snapshot, in the log's order; a record that is missing goes out as missing, so
that the verifier names it. Not promised: that the database was not changed before; that is the verifier's to find.
"""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from service.audit import tree
from service.audit.bundle import BundleWriter
from service.audit.leaf import NotARecord, decode
from service.audit.sheet import FORMS, Form, NotPlain, apart, together
from service.errors import Refusal, Text
from service.store import Connection, Store

CHUNK = 1000
"""Rows held at a time."""
WINDOW = 256
"""Rows asked for at a time, one window ahead: as many as a socket holds, so that PostgreSQL reads on while we write."""

NEWEST = "select size, note from checkpoints order by size desc limit 1"
LEAVES = "select idx, hash from leaves where idx >= $1 and idx < $2 order by idx"
RECORDS = """select l.idx, coalesce(r.body, ''::bytea) as body from leaves l left join records r on r.id = l.record
where l.idx >= $1 and l.idx < $2 order by l.idx"""
TOGETHER = (
    f"""select coalesce(array_agg(idx), '{{}}'), coalesce(string_agg(body, '\\x0a'), '') from ({RECORDS}) window_"""  # noqa: S608  (our own text)
)
ONE = "select r.body from leaves l join records r on r.id = l.record where l.idx = $1"


@dataclass(frozen=True)
class Head:
    """The newest signed checkpoint: its size and note."""

    size: int
    note: str


async def head(store: Store) -> Head:
    """The newest checkpoint. Raises Refusal no-checkpoint before the first."""
    rows = await store.fetch(NEWEST)
    if not rows:
        raise Refusal("no-checkpoint", 409, Text("まだチェックポイントがありません。", "There is no checkpoint yet."))
    return Head(rows[0]["size"], rows[0]["note"])


async def index_at(store: Store, moment: datetime, size: int) -> int:
    """The index of the first of `size` records that was made at `moment` or later, taking the log's order for the order of time."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        rows = await store.fetch(ONE, middle)
        if rows and _made_before(rows[0]["body"], moment.astimezone(UTC)):
            low = middle + 1
        else:
            high = middle
    return low


def _made_before(body: bytes, moment: datetime) -> bool:
    """Whether a record says that it was made before `moment`; one that was altered says nothing, and is left for the verifier to name."""
    try:
        return decode(body).at < moment
    except NotARecord:
        return False


async def bundle(store: Store, top: Head, first: int, count: int) -> AsyncIterator[bytes]:
    """The bundle's bytes, in pieces, for the records [first, first + count) of the log under `top`."""
    out = io.BytesIO()
    async with store.snapshot() as connection:
        whole = (first, count) == (0, top.size)
        left, right = ([], []) if whole else await _beside(connection, first, count, top.size)
        writer = BundleWriter(out, top.note, first, count, left, right)
        async for piece in _pieces(connection, LEAVES, first, count, out, lambda value: writer.leaf(_hash(value))):
            yield piece
        async for piece in _pieces(connection, RECORDS, first, count, out, writer.record):
            yield piece
    writer.finish()
    yield out.getvalue()


async def table(store: Store, form: str, first: int, count: int) -> AsyncIterator[bytes]:
    """The records [first, first + count) as one of sheet.FORMS, in pieces. Raises KeyError for another form."""
    shape, end = FORMS[form], first + count
    yield shape.header
    asked: asyncio.Task[Any] | None = None
    async with store.snapshot() as connection:
        statement = await connection.prepare(TOGETHER)
        try:
            for start in range(first, end, WINDOW):
                stop = min(start + WINDOW, end)
                found = await (asked or statement.fetchrow(start, stop))
                asked = asyncio.create_task(statement.fetchrow(stop, min(stop + WINDOW, end))) if stop < end else None
                await asyncio.sleep(0)  # the question is on its way before this window is written
                try:
                    lines = _plain(shape, start, stop, found)
                except NotPlain:
                    if asked:  # one statement at a time
                        await asyncio.wait([asked])
                    rows = await connection.fetch(RECORDS, start, stop)
                    lines = apart(shape, start, _in_place(rows, start, stop))
                yield lines
        finally:
            if asked:  # the reader went away
                await asyncio.gather(asked, return_exceptions=True)


def _plain(shape: Form, start: int, stop: int, found: Any) -> bytes:
    """The lines of a window in which every place is taken once, by a sound record. Raises NotPlain."""
    if found[0] != list(range(start, stop)):
        raise NotPlain
    return together(shape, start, stop - start, found[1])


def _in_place(rows: Sequence[Any], start: int, stop: int) -> list[bytes]:
    """The bodies of [start, stop), b"" where there is none; of a place taken twice, the first."""
    found = {row[0]: row[1] for row in reversed(rows)}
    return [found.get(index, b"") for index in range(start, stop)]


async def _beside(connection: Connection, first: int, count: int, size: int) -> tuple[list[bytes], list[bytes]]:
    """The range proof; a leaf that is missing or no hash counts as zeros, so that its root is not the signed one."""
    hashes = [bytes(tree.HASH_SIZE)] * size
    for row in await connection.fetch(LEAVES, 0, size):
        hashes[row["idx"]] = _hash(bytes(row["hash"])) or bytes(tree.HASH_SIZE)
    return tree.range_proof(first, count, hashes, size)


def _hash(value: bytes) -> bytes:
    """A leaf hash; b"" for what is none."""
    return value if len(value) == tree.HASH_SIZE else b""


async def _pieces(
    connection: Connection, statement: str, first: int, count: int, out: io.BytesIO, put: Callable[[bytes], None]
) -> AsyncIterator[bytes]:
    """Put one value for every index, b"" where there is no row, and give what has been written, chunk by chunk."""
    at = first
    async for row in connection.cursor(statement, first, first + count, prefetch=CHUNK):
        index, value = row
        for _ in range(at, index):
            put(b"")
        if index >= at:  # else it stands there twice: the first one goes out
            put(bytes(value))
        at = max(at, index + 1)
        if at % CHUNK == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    for _ in range(at, first + count):
        put(b"")
