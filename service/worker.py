"""The worker: one loop that raises due clocks as acts and puts records into the log.

What must hold: what lapses of time brings about is an act like any other, through the desk, under the worker's own token and policies; the
sequencer holds its lock for its life. An error in one case never stops the others: it is told on the log and tried again next round.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import uuid4

import asyncpg

from service import clock
from service.audit import sequencer
from service.desk import Act, Desk
from service.errors import Refusal
from service.keyholder.calls import Caller, Keyholder
from service.store import Store

LAPSES = {"PRIMARY_REVIEW": "lapse", "DESIGNATED": "expire"}
"""What a state's clock, once over, makes of it (66(7), 70(2))."""

DUE = """
select distinct c.id, c.version, c.state from clocks k join cases c on c.id = k.case_id
where k.state = 'running' and k.due < $1 and c.state = any($2) and k.limit_name = any($3) order by c.id limit $4
"""
LIMITS = ("sending", "designation", "designation_extension")
BATCH = 200

Connect = Callable[[], Awaitable["asyncpg.Connection[asyncpg.Record]"]]

log = logging.getLogger("hozen.worker")


class Worker:
    """Two tasks of one process: clocks and log."""

    def __init__(self, store: Store, desk: Desk, keyholder: Keyholder, token: Callable[[], str]) -> None:
        self._store, self._desk, self._keyholder, self._token = store, desk, keyholder, token

    async def raise_due(self) -> int:
        """Raise every clock that is over as its act; how many cases moved."""
        moved = 0
        for row in await self._store.fetch(DUE, clock.today(), list(LAPSES), list(LIMITS), BATCH):
            try:
                await self._desk.perform(self._caller(), row["id"], Act(LAPSES[row["state"]]), row["version"])
                moved += 1
            except Refusal as refusal:
                log.warning("clock not raised: %s", refusal.name)
        return moved

    async def sequence(self, connection: "asyncpg.Connection[asyncpg.Record]") -> int:
        """Put records into the log and have its new head signed; how many."""

        async def sign(size: int, leaves: list[bytes]) -> str:
            return await self._keyholder.sign(self._caller(), size, leaves)

        async def size() -> int:
            return await self._keyholder.log_size(self._caller())

        return await sequencer.sequence_once(connection, sign, size)

    async def run(self, connect: Connect, stop: asyncio.Event, *, every: float = 0.1) -> None:
        """Both loops until `stop` is set."""
        await asyncio.gather(self._clocks(stop, every * 10), self._log(connect, stop, every))

    async def _clocks(self, stop: asyncio.Event, every: float) -> None:
        while not stop.is_set():
            try:
                await self.raise_due()
            except Refusal as refusal:
                log.warning("clocks: %s", refusal.name)
            await _pause(stop, every)

    async def _log(self, connect: Connect, stop: asyncio.Event, every: float) -> None:
        """Sequencing on a connection of its own; a lost one is made anew."""
        while not stop.is_set():
            try:
                await self._sequence_on(await connect(), stop, every)
            except (Refusal, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                log.warning("sequencer: %s", error.name if isinstance(error, Refusal) else type(error).__name__)
                await _pause(stop, every * 10)

    async def _sequence_on(self, connection: "asyncpg.Connection[asyncpg.Record]", stop: asyncio.Event, every: float) -> None:
        try:
            async with sequencer.lock(connection):
                while not stop.is_set():
                    if not await self.sequence(connection):
                        await _pause(stop, every)
        finally:
            connection.terminate()

    def _caller(self) -> Caller:
        return Caller(self._token(), uuid4())


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not past the stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
