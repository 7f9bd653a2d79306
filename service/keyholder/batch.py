"""Micro-batches: what waits goes together; who hangs or fails hurts nobody else.

A batch starts as soon as none is in flight, with all that waits (at most `cap`): the waiting is the batching, no timer
delays anybody. A batch older than `stale` seconds no longer counts as in flight, up to `flights` batches at a time.

Promise: every `ask` ends, at the latest at its deadline. A batch that fails before its point of no return is run again
item by item, so that one bad item fails alone; a batch that fails after it is never run again, for its records may be
durable: each item reaches the point of no return at most once.
Not promised: that an `ask` that ended in TooLate or BatchFailed(recorded=True) left no record.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Overloaded(Exception):
    """More wait than the bound allows, or the batcher was closed; nothing was begun."""


class TooLate(Exception):
    """The deadline passed first. The item was perhaps carried out and recorded."""


class BatchFailed(Exception):
    """The batch failed, its error is the cause. `recorded`: it failed after its point of no return."""

    def __init__(self, *, recorded: bool) -> None:
        super().__init__("after the record" if recorded else "before the record")
        self.recorded = recorded


class Flight:
    """One run of a batch, as its runner sees it."""

    def __init__(self) -> None:
        self.passed = False

    def point_of_no_return(self) -> None:
        """Call it before anything that must not happen twice: before the records are handed to the database."""
        self.passed = True


Run = Callable[[Sequence[Item], Flight], Awaitable[Sequence[Result | Exception]]]


@dataclass(eq=False)
class _Waiter(Generic[Item, Result]):
    item: Item
    answer: asyncio.Future[Result]
    deadline: float
    queued: bool = True


class Batcher(Generic[Item, Result]):
    """Runs `run` on batches. It answers each item in order: a result, or an exception for that item's caller alone.

    cap: items in a batch. bound: items that may wait for one. flights: batches at a time, old ones included.
    """

    def __init__(
        self, run: Run[Item, Result], *, cap: int = 32, bound: int = 512, flights: int = 8, stale: float = 0.05
    ) -> None:
        self._run, self._cap, self._bound, self._flights, self._stale = run, cap, bound, flights, stale
        self._queue: deque[_Waiter[Item, Result]] = deque()
        self._started: dict[asyncio.Task[None], float] = {}
        self._again = asyncio.Semaphore(cap)  # a whole batch at once: none of its items waits behind one that hangs
        self._closed = False

    async def ask(self, item: Item, deadline: float) -> Result:
        """The result for one item, by `deadline` (the loop's time). Raises Overloaded, TooLate, BatchFailed, or what
        the runner answered for this item.
        """
        if self._closed or len(self._queue) >= self._bound:
            raise Overloaded("closed" if self._closed else "too many wait")
        loop = asyncio.get_running_loop()
        waiter = _Waiter[Item, Result](item, loop.create_future(), deadline)
        self._queue.append(waiter)
        loop.call_soon(self._start)  # not at once: all that came in one turn of the loop goes together
        try:
            async with asyncio.timeout_at(deadline):
                return await waiter.answer
        except TimeoutError:
            raise TooLate from None
        finally:
            waiter.answer.cancel()
            if waiter.queued:
                self._queue.remove(waiter)

    async def close(self) -> None:
        """Fail what waits and stop what runs."""
        self._closed = True
        for waiter in self._queue:
            _fail(waiter, Overloaded("closed"))
        for task in list(self._started):
            task.cancel()
        if self._started:
            await asyncio.wait(self._started)

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        young = any(now - started < self._stale for started in self._started.values())
        if self._closed or young or len(self._started) >= self._flights or not self._queue:
            return
        batch = [self._queue.popleft() for _ in range(min(self._cap, len(self._queue)))]
        for waiter in batch:
            waiter.queued = False
        task = loop.create_task(self._fly(batch))
        self._started[task] = now
        task.add_done_callback(self._landed)
        loop.call_later(self._stale, self._start)

    def _landed(self, task: "asyncio.Task[None]") -> None:
        del self._started[task]
        self._start()

    async def _fly(self, batch: list[_Waiter[Item, Result]]) -> None:
        error = await self._once(batch)
        if error is None:
            return
        if len(batch) == 1:
            _fail(batch[0], BatchFailed(recorded=False), error)
            return
        await asyncio.gather(*(self._alone(waiter) for waiter in batch))

    async def _alone(self, waiter: _Waiter[Item, Result]) -> None:
        async with self._again:
            error = None if waiter.answer.done() else await self._once([waiter])
            if error is not None:
                _fail(waiter, BatchFailed(recorded=False), error)

    async def _once(self, batch: list[_Waiter[Item, Result]]) -> Exception | None:
        """Run a batch and answer its callers, or give the error that came before the record: it may be run again.

        When the last of its callers has given up, the run is stopped: it would hold its place for nobody.
        """
        flight = Flight()
        try:
            async with asyncio.timeout_at(max(waiter.deadline for waiter in batch)):
                results = await self._run([waiter.item for waiter in batch], flight)
            pairs = list(zip(batch, results, strict=True))
        except asyncio.CancelledError:
            for waiter in batch:
                _fail(waiter, BatchFailed(recorded=flight.passed))
            raise
        except Exception as error:  # whatever failed, its callers are told
            if not flight.passed:
                return error
            for waiter in batch:
                _fail(waiter, BatchFailed(recorded=True), error)
            return None
        for waiter, result in pairs:
            _answer(waiter, result)
        return None


def _answer(waiter: _Waiter[Item, Result], result: Result | Exception) -> None:
    if isinstance(result, Exception):
        _fail(waiter, result)
    elif not waiter.answer.done():
        waiter.answer.set_result(result)


def _fail(waiter: _Waiter[Item, Result], error: Exception, cause: Exception | None = None) -> None:
    if not waiter.answer.done():
        error.__cause__ = cause or error.__cause__
        waiter.answer.set_exception(error)
