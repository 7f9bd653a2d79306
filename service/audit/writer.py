"""Makes records durable in batches, each batch one COMMIT; those of acts are written in the act's own transaction (lane.py).

Promise: when `record` returns, the record is committed; when it raises, no caller may act as if it were. A connection whose COMMIT is in
doubt ends together with its lane (lane.py).
Not promised: that a record exists only where an answer went out. A record says "decided"; a waiter who gave up may leave one behind.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg

from service.audit.lane import INSERT, Lane, RecordUnavailable, kept
from service.audit.leaf import Draft, Fields, Position, check, placed

Connect: TypeAlias = Callable[[], Awaitable["asyncpg.Connection[Any]"]]

INSERT_MANY = """insert into records (id, writer, number, body)
select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[])"""


class _Waiter:
    """A checked draft in the queue and the caller who waits for it; `gone` when he has been told RecordUnavailable."""

    def __init__(self, checked: Fields, loop: asyncio.AbstractEventLoop, wait: float) -> None:
        self.checked = checked
        self.gone = False
        self.until = loop.time() + wait
        self.future: asyncio.Future[Position] = loop.create_future()

    def give_up(self) -> None:
        """Tell the caller that it takes too long."""
        if not self.future.done():
            self.gone = True
        self.refuse(RecordUnavailable("not durable in time"))

    def refuse(self, why: RecordUnavailable) -> None:
        """Tell the caller, where he still waits."""
        if not self.future.done():
            self.future.set_exception(why)
            self.future.exception()  # he may leave before he hears it: nobody else looks at it then


class BatchedWriter:
    """Records outside any act's transaction: whatever waits goes together, one INSERT and one COMMIT, on a connection of its own.

    connect: makes that connection. queue_limit: more waiters are refused at once. batch_limit: records per COMMIT. wait: seconds until a
    waiter is told RecordUnavailable, and until a hung INSERT is given up.
    """

    def __init__(self, connect: Connect, *, queue_limit: int = 1024, batch_limit: int = 256, wait: float = 5.0) -> None:
        self._connect = connect
        self._queue_limit, self._batch_limit, self._wait = queue_limit, batch_limit, wait
        self._queue: deque[_Waiter] = deque()
        self._waiting: deque[_Waiter] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._connection: asyncpg.Connection[Any] | None = None
        self._lane = Lane()
        self._task: asyncio.Task[None] | None = None
        self.healthy = True

    @property
    def writer(self) -> UUID:
        """The id of the present lane."""
        return self._lane.writer

    def start(self) -> None:
        """Begin to write (the connection is made with the first record)."""
        self._task = asyncio.create_task(self._run(), name="records")

    async def stop(self) -> None:
        """Write what waits, take nothing more, close the connection."""
        task, self._task = self._task, None
        self._wake.set()
        if task is not None:
            await task
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def record(self, draft: Draft) -> Position:
        """Return when the record is durable. Raises RecordUnavailable, NotARecord (this draft only)."""
        return await self._enqueue(check(draft)).future

    async def record_all(self, drafts: Sequence[tuple[Draft, Fields]]) -> list[Position | RecordUnavailable]:
        """As `record` for many at once, each with its fields as `check` gave them; each one's own outcome, in order."""
        waiters: list[_Waiter | RecordUnavailable] = []
        for _, checked in drafts:
            try:
                waiters.append(self._enqueue(checked))
            except RecordUnavailable as refused:
                waiters.append(refused)
        return [await _outcome(waiter) for waiter in waiters]

    def _enqueue(self, checked: Fields) -> _Waiter:
        """Put a draft in the queue. Raises RecordUnavailable."""
        if self._task is None or len(self._queue) >= self._queue_limit:
            raise RecordUnavailable("the writer takes no more records")
        loop = asyncio.get_running_loop()
        waiter = _Waiter(checked, loop, self._wait)
        self._queue.append(waiter)
        while self._waiting and self._waiting[0].future.done():
            self._waiting.popleft()
        self._waiting.append(waiter)
        if self._timer is None:
            self._timer = loop.call_at(waiter.until, self._give_up)
        self._wake.set()
        return waiter

    def _give_up(self) -> None:
        """One timer for all who wait: the first in the queue is the first whose time is over."""
        loop = asyncio.get_running_loop()
        while self._waiting and (self._waiting[0].future.done() or self._waiting[0].until <= loop.time()):
            self._waiting.popleft().give_up()
        self._timer = loop.call_at(self._waiting[0].until, self._give_up) if self._waiting else None

    async def ready(self) -> bool:
        """Whether records can be made durable, as far as can be told without making one: after a failure it is tried, and rolled back.

        So a process that takes no requests while it is not ready comes back by itself.
        """
        if not self.healthy:
            try:
                async with asyncio.timeout(self._wait):
                    await self._try_in_vain()
            except (
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
                OSError,
                RecordUnavailable,
            ):
                return False
            self.healthy = True
        return True

    async def _try_in_vain(self) -> None:
        """Insert a row and roll it back, on a connection of its own."""
        connection = await self._connect()
        try:
            transaction = connection.transaction()
            await transaction.start()
            kept(await connection.execute(INSERT, uuid4(), uuid4(), 1, b""), 1)
            await transaction.rollback()
        finally:
            connection.terminate()

    async def _run(self) -> None:
        try:
            while batch := await self._next_batch():
                await self._flush(batch)
        finally:
            self._end_lane()
            _refuse(self._queue, None)

    async def _next_batch(self) -> list[_Waiter]:
        """What waits, at most batch_limit; empty only at the end."""
        while True:
            self._wake.clear()
            batch: list[_Waiter] = []
            while self._queue and len(batch) < self._batch_limit:
                waiter = self._queue.popleft()
                if not waiter.gone:
                    batch.append(waiter)
            if batch or self._task is None:
                return batch
            await self._wake.wait()

    async def _flush(self, batch: Sequence[_Waiter]) -> None:
        """Release every waiter of the batch after the COMMIT, or refuse every one and end the lane."""
        try:
            places = await self._write(batch)
        except BaseException as fault:
            self.healthy = False
            self._end_lane()
            _refuse(batch, fault)
            if not isinstance(fault, Exception):
                raise
            return
        self.healthy = True
        for waiter, place in zip(batch, places, strict=True):
            if not waiter.future.done():
                waiter.future.set_result(place)

    async def _write(self, batch: Sequence[_Waiter]) -> list[Position]:
        """One statement is one transaction: its answer is the COMMIT's."""
        async with asyncio.timeout(self._wait):
            connection = await self._connected()
            places = [self._lane.draw(offset) for offset in range(len(batch))]
            tag = await connection.execute(
                INSERT_MANY,
                [p.id for p in places],
                [p.writer for p in places],
                [p.number for p in places],
                [placed(waiter.checked, p) for p, waiter in zip(places, batch, strict=True)],
            )
        kept(tag, len(places))
        self._lane.drawn(len(places))
        self._lane.committed()
        return places

    async def _connected(self) -> "asyncpg.Connection[Any]":
        if self._connection is None or self._connection.is_closed():
            self._end_lane()
            connection = await self._connect()
            self._connection = connection
            await connection.execute("set synchronous_commit = on")  # an answer before the disk is no promise
        return self._connection

    def _end_lane(self) -> None:
        """Close the connection at once and begin a lane that no doubt hangs on."""
        if self._connection is not None:
            self._connection.terminate()
        self._connection, self._lane = None, Lane()


async def _outcome(waiter: _Waiter | RecordUnavailable) -> Position | RecordUnavailable:
    try:
        return waiter if isinstance(waiter, RecordUnavailable) else await waiter.future
    except RecordUnavailable as refused:
        return refused


def _refuse(waiters: "Sequence[_Waiter] | deque[_Waiter]", fault: BaseException | None) -> None:
    for waiter in waiters:
        refusal = RecordUnavailable("not durable")
        refusal.__cause__ = fault
        waiter.refuse(refusal)
