"""What a superuser can do to the tables of the log, his triggers off (PROMISES P3). Each is done in a transaction that is rolled back."""

import random
import re
from collections.abc import Awaitable, Callable
from uuid import UUID

from tests.attacks.history_bundles import History, leaf_of
from tests.attacks.history_lines import field_edit, flipped, identity_edit, invented
from tests.store.databases import Connection

Tampering = Callable[[Connection, History, random.Random], Awaitable[None]]
FAR = 10**6


async def _at(connection: Connection, history: History, rng: random.Random) -> tuple[int, UUID, bytes]:
    """(index, id, body) of some record, often the first or last."""
    last = len(history.whole.bodies) - 1
    index = rng.choice([0, last, *[rng.randrange(last + 1)] * 4])
    row = await connection.fetchrow(
        "select record, body from leaves l join records r on r.id = l.record where idx = $1", index
    )
    assert row is not None
    return index, row["record"], row["body"]


async def _shift(connection: Connection, start: int, by: int) -> None:
    """Every leaf from `start` on moves by so many places."""
    await connection.execute("update leaves set idx = idx + $2 where idx >= $1", start, FAR)
    await connection.execute("update leaves set idx = idx - $1 + $2::bigint where idx >= $1", FAR, by)


async def bytes_and_fields(connection: Connection, history: History, rng: random.Random) -> None:
    """A record's bytes; sometimes its leaf hash made anew."""
    index, record, body = await _at(connection, history, rng)
    new = rng.choice([flipped, field_edit])(body, rng)
    await connection.execute("update records set body = $2 where id = $1", record, new)
    if rng.randrange(2):
        await connection.execute("update leaves set hash = $2 where idx = $1", index, leaf_of(new))


async def leaf_hashes(connection: Connection, history: History, rng: random.Random) -> None:
    index, _, _ = await _at(connection, history, rng)
    new = rng.choice(
        [rng.randbytes(32), b"", rng.randbytes(31), rng.randbytes(33), rng.randbytes(40_000), leaf_of(b"")]
    )
    await connection.execute("update leaves set hash = $2 where idx = $1", index, new)


async def identity(connection: Connection, history: History, rng: random.Random) -> None:
    """Id, time, number or writer within a record and in its columns."""
    index, record, body = await _at(connection, history, rng)
    new = identity_edit(body, rng)
    await connection.execute("update records set body = $2, number = number + 100000 where id = $1", record, new)
    if rng.randrange(2):
        await connection.execute("update leaves set hash = $2 where idx = $1", index, leaf_of(new))


async def columns(connection: Connection, history: History, rng: random.Random) -> None:
    """The columns beside a record, which no bundle holds: xid, number, writer, and id together with its leaf's."""
    _, record, _ = await _at(connection, history, rng)
    statement = rng.choice([
        "update records set xid = '9' where id = $1",
        "update records set xid = (xid::text::bigint + 1)::text::xid8 where id = $1",
        "update records set number = number + 100000 where id = $1",
        "update records set writer = gen_random_uuid() where id = $1",
        "with new as (update records set id = gen_random_uuid() where id = $1 returning id)"
        " update leaves set record = new.id from new where record = $1",
    ])  # fmt: skip
    await connection.execute(statement, record)


async def deleted(connection: Connection, history: History, rng: random.Random) -> None:
    """Records, leaves, or both; the places behind closed up or left open."""
    index, _, _ = await _at(connection, history, rng)
    many = rng.choice([1, 1, 2, 10, 500])
    of_these = "idx >= $1 and idx < $2"
    range_ = (index, index + many)
    how = rng.randrange(4)
    if how != 1:
        await connection.execute(
            f"delete from records where id in (select record from leaves where {of_these})", *range_
        )
    if how != 0:
        await connection.execute(f"delete from leaves where {of_these}", *range_)
    if how == 3:
        await _shift(connection, index + many, -many)


async def inserted(connection: Connection, history: History, rng: random.Random) -> None:
    """Records that never were, with their hashes, everything behind moved up; the tail cut to the signed size or left."""
    index, _, _ = await _at(connection, history, rng)
    new = [invented(history, rng) for _ in range(rng.choice([1, 1, 3]))]
    await _shift(connection, index, len(new))
    for n, body in enumerate(new):
        new_id = UUID(bytes=rng.randbytes(16))
        await connection.execute("insert into records (id, writer, number, body) values ($1, $1, 1, $2)", new_id, body)
        await connection.execute("insert into leaves values ($1, $2, $3)", index + n, new_id, leaf_of(body))


async def reordered(connection: Connection, history: History, rng: random.Random) -> None:
    """Leaves pointed to each other's records, with their hashes or without; exchanged hashes alone; a place given twice."""
    a, b = rng.sample(range(len(history.whole.bodies)), 2)
    taken = rng.choice(["record = o.record", "record = o.record, hash = o.hash", "hash = o.hash", ""])
    if not taken:
        await connection.execute("update leaves set idx = $1 where idx = $2", a, b)
        return
    await connection.execute(
        f"update leaves l set {taken} from (select $1::bigint + $2::bigint - idx as idx, record, hash from leaves where idx in ($1, $2)) o"
        " where l.idx = o.idx", a, b,
    )  # fmt: skip


async def checkpoints(connection: Connection, history: History, rng: random.Random) -> None:
    """Heads edited, taken away, exchanged, or put under another size."""
    size, before = history.sizes[-1], history.sizes[-rng.randrange(2, 50)]
    note = history.notes[size].decode()
    at = rng.randrange(len(note))
    match rng.randrange(6):
        case 0 | 1:
            new = note[:at] + chr(33 + (ord(note[at]) + rng.randrange(93)) % 94) + note[at + 1 :]
            await connection.execute(
                "update checkpoints set note = $2 where size = $1", size, new if new != note else note + "x"
            )
        case 2:
            await connection.execute("delete from checkpoints where size > $1", before)
        case 3:
            await connection.execute(
                "update checkpoints set note = $2 where size = $1", size, history.notes[before].decode()
            )
        case 4:
            await connection.execute("update checkpoints set size = size + 1 where size = $1", size)
        case _:
            await connection.execute("delete from checkpoints")


async def rewritten(connection: Connection, history: History, rng: random.Random) -> None:
    """Every record from one on says another thing, every hash made anew; sometimes a record is deleted behind."""
    index, _, _ = await _at(connection, history, rng)
    rows = await connection.fetch(
        "select idx, record, body from leaves l join records r on r.id = l.record where idx >= $1", index
    )
    other = b'"request":"' + rng.randbytes(16).hex().encode() + b'"'
    new = [re.sub(rb'"request":"[0-9a-f]{32}"', other, row["body"]) for row in rows]
    ids, places = [row["record"] for row in rows], [row["idx"] for row in rows]
    await connection.execute(
        "update records r set body = n.body from unnest($1::uuid[], $2::bytea[]) n (id, body) where n.id = r.id",
        ids,
        new,
    )
    await connection.execute(
        "update leaves l set hash = n.hash from unnest($1::bigint[], $2::bytea[]) n (idx, hash) where n.idx = l.idx",
        places, [leaf_of(body) for body in new],
    )  # fmt: skip
    if rng.randrange(2):
        await connection.execute("delete from records where id = $1", rng.choice(ids))


TAMPERINGS: dict[str, tuple[int, Tampering]] = {
    "bytes and fields, in the table": (200, bytes_and_fields),
    "deletions, in the table": (300, deleted),
    "insertions, in the table": (300, inserted),
    "reorderings, in the table": (150, reordered),
    "ids and times, in the table": (100, identity),
    "columns, in the table": (50, columns),
    "leaf hashes, in the table": (50, leaf_hashes),
    "checkpoints, in the table": (100, checkpoints),
    "rewritings, in the table": (100, rewritten),
}
"""How many of ten thousand."""
