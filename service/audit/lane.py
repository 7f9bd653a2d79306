"""The records of one database connection, and how one is written in an act's own transaction.

Promise: the numbers of a lane run 1, 2, 3, .. over its committed records, also after rollbacks and failures: a number moves only when a
COMMIT is known, and a connection whose COMMIT is in doubt ends together with its lane. So a row taken out afterwards is a gap.
"""

from typing import TypeAlias
from uuid import UUID, uuid4

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from service import clock
from service.audit.leaf import Draft, Position, check, placed

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

INSERT = "insert into records (id, writer, number, body) values ($1, $2, $3, $4)"


class RecordUnavailable(Exception):
    """The record could not be made durable in time: nothing that needs it may happen."""


class Lane:
    """The records of one database connection: a random writer id and the number of its last committed record.

    Use: `insert_record` (not under a savepoint) in a transaction; then `committed` when its COMMIT is known, `rolled_back` when its
    rollback is. In doubt: close the connection and drop the lane with it, never use either again.
    """

    def __init__(self) -> None:
        self.writer = uuid4()
        self._last = 0
        self._drawn = 0

    def draw(self, offset: int = 0, known_as: UUID | None = None) -> Position:
        """The place of what would be the next record but `offset`; it counts only after `drawn`."""
        return Position(known_as or uuid4(), self.writer, self._last + self._drawn + offset + 1, clock.now())

    def drawn(self, count: int = 1) -> None:
        """The next `count` records stand in the open transaction."""
        self._drawn += count

    def committed(self) -> None:
        """The transaction's COMMIT is known."""
        self._last += self._drawn
        self._drawn = 0

    def rolled_back(self) -> None:
        """The transaction left nothing."""
        self._drawn = 0


async def insert_record(connection: Connection, lane: Lane, draft: Draft, known_as: UUID | None = None) -> Position:
    """Write one record in the connection's open transaction, with this id where one was given away before. Raises NotARecord before the
    database is asked, RecordUnavailable where it refused the row for whatever reason, or took the statement and kept none: the transaction
    must then end in a rollback."""
    place = lane.draw(known_as=known_as)
    body = placed(check(draft), place)
    try:
        kept(await connection.execute(INSERT, place.id, place.writer, place.number, body), 1)
    except asyncpg.PostgresError as refused:
        raise RecordUnavailable("the database did not take it") from refused
    lane.drawn()
    return place


def kept(tag: str, count: int) -> None:
    """A statement without an error may still have kept nothing (a trigger, a rule): only its tag says how many rows stand.

    Raises RecordUnavailable unless all do.
    """
    if tag != f"INSERT 0 {count}":
        raise RecordUnavailable(f"{count} sent, the database says {tag}")
