"""The worker: two loops of one process, that raise due clocks as acts and put records into the log.

What must hold: what lapse of time brings about is an act like any other, through the desk, under the worker's own token and policies, and
its legal date is the day after the period's last day, also where the service slept on it. An error in one case never stops the others: it
is told on the log and tried again later and later. A log that is behind, beside or out of what was signed ends the whole worker, loudly:
nothing more is placed, signed or raised on such a database until a person has looked.
Not promised: that a lapse is raised in the minute it is due; everyone reads the clock's last day, raised or not.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg

from service import clock
from service.audit import sequencer
from service.audit.sequencer import LogBehind, LogForked, LogMisplaced
from service.desk import Act, Desk, proof
from service.desk.proof import Proof
from service.desk.staging import sweep
from service.errors import Refusal
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.store import Store

LAPSES = {"PRIMARY_REVIEW": "lapse", "DESIGNATED": "expire"}
"""What a state's clock, once over, makes of it (66(7), 70(2))."""
SWEEP_EVERY = 3600.0
"""Seconds between two looks for parts that were left waiting."""
LIMITS = ("sending", "designation", "designation_extension")

DUE = """
select c.id, c.version, c.state, max(k.due) as due from clocks k join cases c on c.id = k.case_id
where k.state = 'running' and c.kind = 'filing' and c.state = any($2) and k.limit_name = any($3) and c.id > $4
group by c.id having max(k.due) < $1 order by c.id limit $5
"""
BATCH = 200
REASON = "期間の末日の翌日。The day after the last day of the period."
FIRST_WAIT, LONGEST_WAIT = 5.0, 3600.0
"""Seconds until a case that could not be moved is tried again, doubled each time: each try that is refused is a record."""

BROKEN = (LogBehind, LogForked, LogMisplaced)
"""What no further try mends."""
PASSING = (Refusal, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What the next round may find gone: database, keyholder or token away."""

Connect = Callable[[], Awaitable["asyncpg.Connection[asyncpg.Record]"]]

log = logging.getLogger("hozen.worker")


class Worker:
    """Clocks and log. token: reads the worker's present token."""

    def __init__(self, store: Store, desk: Desk, keyholder: Keyholder, token: Callable[[], str]) -> None:
        self._store, self._desk, self._keyholder, self._token = store, desk, keyholder, token
        self._waits: dict[UUID, tuple[float, float]] = {}
        self._sweep_at = 0.0
        self._proved: date | None = None

    async def raise_due(self) -> int:
        """Raise every clock that is over as its act; how many cases moved. Raises Refusal unavailable."""
        moved, last = 0, UUID(int=0)
        while rows := await self._store.fetch(DUE, clock.today(), list(LAPSES), list(LIMITS), last, BATCH):
            for row in rows:
                moved += await self._raise_one(row)
            last = rows[-1]["id"]
        return moved

    async def sequence(self, connection: "asyncpg.Connection[asyncpg.Record]") -> int:
        """Put records into the log and have its new head signed; how many."""
        return await sequencer.sequence_once(connection, self._sign, self._signed)

    async def run(self, connect: Connect, stop: asyncio.Event, *, every: float = 0.1) -> None:
        """Both loops until `stop` is set. Raises LogBehind, LogForked, LogMisplaced, and then has stopped raising clocks too."""
        clocks = asyncio.create_task(self._clocks(stop, every * 10))
        try:
            await self._log(connect, stop, every)
        except BROKEN as broken:
            log.critical("the log is not the one that was signed (%s); the worker stops", type(broken).__name__)
            raise
        finally:
            stop.set()
            await clocks

    async def _raise_one(self, row: asyncpg.Record) -> bool:
        """Whether the case moved; a fault of one case is told, and the case left for later."""
        case: UUID = row["id"]
        until, wait = self._waits.get(case, (0.0, FIRST_WAIT))
        if time.monotonic() < until:
            return False
        try:
            await self._let_pass(row)
        except Exception as fault:
            log.error("clock of case %s not raised: %s; again in %d s", case, _name(fault), wait)
            self._waits[case] = time.monotonic() + wait, min(2 * wait, LONGEST_WAIT)
            return False
        self._waits.pop(case, None)
        return True

    async def _let_pass(self, row: asyncpg.Record) -> None:
        """The act on the day after the last day; on today where a later step stands in the case already. Raises Refusal."""
        day, today = row["due"] + timedelta(days=1), clock.today()
        act = Act(LAPSES[row["state"]], day, REASON if day < today else None)
        try:
            await self._desk.perform(self._caller(), row["id"], act, row["version"])
        except Refusal as refusal:
            if refusal.name != "date-before-last-step":
                raise
            await self._desk.perform(self._caller(), row["id"], Act(act.name), row["version"])

    async def _clocks(self, stop: asyncio.Event, every: float) -> None:
        while not stop.is_set():
            try:
                await self.raise_due()
                await self._sweep()
                await self._prove_daily()
            except PASSING as fault:
                log.warning("clocks: %s", _name(fault))
            await _pause(stop, every)

    async def prove(self) -> Proof:
        """Prove that every open case has a clock or a stated reason; each fault is told on the log by the case's id. Raises Refusal."""
        found = await proof.prove(self._store, self._keyholder, self._desk.kinds, self._caller())
        for fault in found.faults:
            log.error("case %s: %s", fault.case, fault.name)
        if found.overdue:
            log.warning("%d cases have an act past its last day", len(found.overdue))
        return found

    async def _prove_daily(self) -> None:
        if self._proved != clock.today():
            await self.prove()
            self._proved = clock.today()

    async def _sweep(self) -> None:
        if time.monotonic() >= self._sweep_at:
            await sweep(self._store)
            self._sweep_at = time.monotonic() + SWEEP_EVERY

    async def _log(self, connect: Connect, stop: asyncio.Event, every: float) -> None:
        """Sequencing on a connection of its own; a lost one is made anew."""
        while not stop.is_set():
            try:
                await self._sequence_on(await connect(), stop, every)
            except PASSING as fault:
                log.warning("sequencer: %s", _name(fault))
                await _pause(stop, every * 10)

    async def _sequence_on(
        self, connection: "asyncpg.Connection[asyncpg.Record]", stop: asyncio.Event, every: float
    ) -> None:
        """Be the one sequencer: compare the whole log with what was signed, then go on with it."""
        try:
            async with sequencer.lock(connection):
                await sequencer.check(connection, self._sign, self._signed)
                while not stop.is_set():
                    if (
                        await self.sequence(connection) < sequencer.BATCH
                    ):  # under load too: a round costs the same for one as for many
                        await _pause(stop, every)
        finally:
            connection.terminate()

    async def _sign(self, size: int, leaves: list[bytes]) -> str:
        return await self._keyholder.sign(self._caller(), size, leaves)

    async def _signed(self) -> int:
        return await self._keyholder.log_size(self._caller())

    def _caller(self) -> Caller:
        return Caller(self._token(), uuid4())


def _name(fault: BaseException) -> str:
    return fault.name if isinstance(fault, Refusal) else type(fault).__name__


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not past the stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
