"""The one door to PostgreSQL: a pool of connections, transactions that keep a record's number and its act together, plain row writes.

What must hold: only this module opens connections (the keyholder and the sequencer open theirs through it too). Every connection is
one lane of records (`audit.lane.Lane`): its number moves only when a COMMIT is known, and a connection whose COMMIT is in doubt is
thrown away with its lane. Not promised: anything against the owner of the database; that is what sealing and the record are for.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, TypeAlias, cast
from uuid import uuid4

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlmodel import SQLModel

from service.audit.lane import Lane, RecordUnavailable, insert_record
from service.audit.leaf import Draft, Position
from service.errors import unavailable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

TROUBLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg makes of a server killed while it answers
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,  # disk or memory full, no connection left
    asyncpg.PostgresSystemError,  # the disk does not read or write
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,  # a deadlock, or what cannot be serialised: undone whole
    asyncpg.ReadOnlySQLTransactionError,  # a standby, until it is promoted
    RecordUnavailable,
    OSError,
    TimeoutError,
)


RACES = asyncpg.IntegrityConstraintViolationError
"""What a COMMIT says where another act came first; all else that it says is that the database cannot."""
WITHIN = 60.0
"""Seconds until a transaction that has not ended is given up: a server that stands still answers no statement timeout."""
ENDING = 5.0
"""Seconds for a rollback, for giving a connection back, or for closing them all."""


class _LaneConnection(asyncpg.Connection):
    """A connection that carries its lane of records."""

    lane: Lane


async def _give_lane(connection: _LaneConnection) -> None:
    connection.lane = Lane()


async def _as_left(connection: _LaneConnection) -> None:
    """A connection given back needs no RESET ALL: nothing here sets, locks or listens beyond its transaction (asyncpg ends an open one)."""


class Work:
    """An open transaction: `connection` for statements, `record` for the act's record."""

    def __init__(self, connection: Connection, lane: Lane) -> None:
        self.connection = connection
        self._lane = lane
        self.record_id = uuid4()
        """The id that the transaction's record will have: events name it before it is written."""
        self.recorded = False

    async def record(self, draft: Draft) -> Position:
        """Write the act's record in this transaction. Raises RuntimeError for a second one."""
        if self.recorded:
            raise RuntimeError("one transaction, one record")
        self.recorded = True
        return await insert_record(self.connection, self._lane, draft, self.record_id)

    async def insert(self, *rows: SQLModel) -> None:
        """Store rows, one statement each."""
        for row in rows:
            statement, names = _insert(type(row))
            await self.connection.execute(statement, *(getattr(row, name) for name in names))


class Store:
    """A pool for one process and role."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @classmethod
    async def open(cls, connect: Mapping[str, Any], *, size: int = 8, statement_timeout_ms: int = 5000) -> "Store":
        """Open the pool. Raises OSError or asyncpg's errors when the database cannot be reached."""
        how: dict[str, Any] = {
            **connect,
            "min_size": 1,
            "max_size": size,
            "connection_class": _LaneConnection,
            "init": _give_lane,
            "reset": _as_left,
            "timeout": 5,
            "server_settings": {
                "statement_timeout": str(statement_timeout_ms),
                "timezone": "UTC",
                "synchronous_commit": "on",
            },
        }
        return cls(await asyncpg.create_pool(**how))

    async def close(self) -> None:
        """Close every connection once it is given back; one that is not, ENDING seconds later all the same."""
        try:
            async with asyncio.timeout(ENDING):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def fetch(self, statement: str, *args: object) -> list[asyncpg.Record]:
        """Rows of one statement outside any act. Raises Refusal unavailable when the database is away."""
        try:
            connection = await self._acquired()
            try:
                return await connection.fetch(statement, *args)
            finally:
                await self._pool.release(connection)
        except TROUBLE:
            raise unavailable() from None

    async def _acquired(self) -> "PoolConnectionProxy[asyncpg.Record]":
        """A connection of the pool. Raises TROUBLE. (The pool's own timeout makes a task for each.)"""
        async with asyncio.timeout(5):
            return await self._pool.acquire()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """A connection that reads one unchanging state of the database, for as long as a stream takes."""
        try:
            async with (
                self._pool.acquire(timeout=5) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                await connection.execute("set local statement_timeout = 0")
                yield connection
        except TROUBLE:
            raise unavailable() from None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Work]:
        """One transaction. Left normally it is committed; left by an exception, rolled back and the exception goes on.

        Raises Refusal unavailable when the database is away, the outcome of COMMIT is not known, or it has not ended WITHIN seconds.
        """
        try:
            connection = await self._acquired()
        except TROUBLE:
            raise unavailable() from None
        lane = cast(Lane, getattr(connection, "lane"))  # noqa: B009  (the pool's proxy hides our subclass from the type checker)
        work = Work(connection, lane)
        try:
            async with asyncio.timeout(WITHIN):
                transaction = connection.transaction()
                await transaction.start()
                try:
                    yield work
                except BaseException:
                    await _quietly(transaction.rollback(), connection)
                    lane.rolled_back()
                    raise
                try:
                    await transaction.commit()
                except BaseException as fault:
                    connection.terminate()  # in doubt: the lane ends with its connection
                    if isinstance(fault, Exception) and not isinstance(fault, RACES):
                        raise RecordUnavailable("not committed") from fault
                    raise
                lane.committed()
        except TROUBLE:
            raise unavailable() from None
        finally:
            await _quietly(self._pool.release(connection), connection)


async def _quietly(ending: Any, connection: Connection) -> None:
    """Roll back or give back; a connection that cannot is thrown away (the server rolls back by itself)."""
    try:
        async with asyncio.timeout(ENDING):
            await ending
    except TROUBLE:
        connection.terminate()


@cache
def _insert(table: type[SQLModel]) -> tuple[str, tuple[str, ...]]:
    """The INSERT of a table and the names of its columns; columns the database fills are left out."""
    columns = table.metadata.tables[str(table.__tablename__)].columns
    names = tuple(c.name for c in columns if c.server_default is None)
    places = ", ".join(f"${i}" for i in range(1, len(names) + 1))
    return f"insert into {table.__tablename__} ({', '.join(names)}) values ({places})", names  # noqa: S608  (names of our own tables)
