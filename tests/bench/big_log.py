"""A scratch database with a log of any length: real canonical records in their places, and a signed head over them."""

import asyncio
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from service import embedded
from service.audit.checkpoint import Checkpoint, sign
from service.audit.leaf import decode, encode, leaf_hash
from service.audit.tree import Frontier
from service.embedded import Server
from tests.audit.logs import KEY, ORIGIN, START, a_draft, complete, some_id
from tests.store.databases import migrated

AT_ONCE = 50_000
WRITERS = 8
SIZE = 1_000_000


@dataclass(frozen=True)
class BigLog:
    """The database `name` of `server`, with `size` records in the log."""

    server: Server
    name: str
    size: int

    def dsn(self, role: str) -> dict[str, Any]:
        return self.server.dsn(role, self.name)


@contextmanager
def big_log(size: int = SIZE) -> Iterator[BigLog]:
    """Make it in a server of its own; all is gone when left."""
    with tempfile.TemporaryDirectory(prefix="hozen-bench-") as folder:
        Path(folder).chmod(0o711)
        server = embedded.start(Path(folder) / "home")
        try:
            name = asyncio.run(migrated(server, "bench"))
            asyncio.run(fill(server.dsn(embedded.SUPERUSER, name), size))
            yield BigLog(server, name, size)
        finally:
            server.stop()


async def fill(connect: dict[str, Any], size: int) -> None:
    """`size` records of several writers into an empty log, each as `encode` writes it, and one checkpoint."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(**connect)
    frontier, made = Frontier(), _records(size)
    try:
        while rows := [row for _, row in zip(range(AT_ONCE), made, strict=False)]:
            hashes = [leaf_hash(body) for *_, body in rows]
            leaves = [
                (frontier.size + n, row[0], hashed) for n, (row, hashed) in enumerate(zip(rows, hashes, strict=True))
            ]
            for hashed in hashes:
                frontier.append(hashed)
            await connection.copy_records_to_table("records", records=rows, columns=("id", "writer", "number", "body"))
            await connection.copy_records_to_table("leaves", records=leaves, columns=("idx", "record", "hash"))
        note = sign(Checkpoint(ORIGIN, size, frontier.root()), KEY)
        await connection.execute("insert into checkpoints (size, note) values ($1, $2)", size, note)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


def _records(size: int) -> Iterator[tuple[UUID, UUID, int, bytes]]:
    """Rows of `records`: drafts encoded once, with ids, number and time exchanged in the canonical text; some are read back."""
    rng = random.Random(7)
    writers = [some_id(rng) for _ in range(WRITERS)]
    ids = some_id(rng), some_id(rng)
    forms = [
        _form(encode(complete(a_draft(rng), id=ids[0], writer=ids[1], number=1, at=START)), *ids) for _ in range(997)
    ]
    for n in range(size):
        own, writer, number = some_id(rng), writers[n % WRITERS], n // WRITERS + 1
        at = (START + timedelta(milliseconds=n)).isoformat(timespec="microseconds")[:26].encode()
        body = forms[n % len(forms)] % (at, own.hex.encode(), number, writer.hex.encode())
        if n % 1000 == 0:
            decode(body)
        yield own, writer, number, body


def _form(body: bytes, own: UUID, writer: UUID) -> bytes:
    """A format of four places, in the order in which the canonical text has them."""
    at = START.isoformat(timespec="microseconds")[:26].encode()
    for text in (at, own.hex.encode(), writer.hex.encode()):
        body = body.replace(text, b"%b")
    return body.replace(b'"number":1,', b'"number":%d,')
