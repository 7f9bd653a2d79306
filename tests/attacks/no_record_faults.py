"""Where the making of a record fails: at the driver, on its way to PostgreSQL (here), and in PostgreSQL itself (no_record_triggers.py).

Nothing of the service is patched: the driver's one call that sends a statement is, and only INSERTs of records and the COMMITs of
transactions that hold one are touched.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

import asyncpg
import pytest

from tests.attacks.inside import Service

Go = Callable[[], Awaitable[str]]


@dataclass
class Armed:
    """A fault in wait. nth: which of the places it may hit; on: and all that follow. tasks: the requests under way."""

    service: Service
    nth: int
    on: bool
    count: int = 0
    fired: int = 0
    tasks: list["asyncio.Task[Any]"] = field(default_factory=list)
    frozen: list[int] = field(default_factory=list)

    def hit(self) -> bool:
        """Whether this place is one that the fault hits."""
        self.count += 1
        hit = self.count == self.nth or (self.on and self.count > self.nth)
        self.fired += hit
        return hit


@dataclass(frozen=True)
class Fault:
    """A fault at the driver. at: the `insert` of records, the `commit` after one, or a `bare` COMMIT, which no record went before.

    slow: it takes as long as waits last.
    """

    name: str
    at: str
    does: Callable[[Armed, Any, Go], Awaitable[str]]
    in_doubt: bool = False
    cancels: bool = False
    slow: bool = False

    @asynccontextmanager
    async def armed(self, service: Service, nth: int, on: bool) -> AsyncIterator[Armed]:
        """While this lasts the fault is in wait."""
        armed = Armed(service, nth, on)
        WIRE.under = self, armed
        try:
            yield armed
        finally:
            WIRE.under = None
            for pid in armed.frozen:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


class Wire:
    """The driver's `execute`, with at most one fault on it."""

    def __init__(self) -> None:
        self.under: tuple[Fault, Armed] | None = None
        self._holding: WeakSet[Any] = WeakSet()

    def lay(self, patch: pytest.MonkeyPatch) -> None:
        """Every connection's statements pass here."""
        true = asyncpg.Connection.execute

        async def execute(connection: Any, query: str, *args: Any, timeout: float | None = None) -> str:
            async def go() -> str:
                return await true(connection, query, *args, timeout=timeout)

            return await self._through(connection, query.lower(), go)

        patch.setattr(asyncpg.Connection, "execute", execute)

    async def _through(self, connection: Any, query: str, go: Go) -> str:
        at = ""
        if query.startswith("insert into records"):
            at = "insert"
            if connection.is_in_transaction():
                self._holding.add(connection)
        elif query.startswith(("commit", "rollback")):
            held = connection in self._holding
            self._holding.discard(connection)
            at = ("commit" if held else "bare") if query.startswith("commit") else ""
        if self.under is None or not at:
            return await go()
        fault, armed = self.under
        return await fault.does(armed, connection, go) if fault.at == at and armed.hit() else await go()


WIRE = Wire()


def _raises(make: Callable[[], Exception]) -> Callable[[Armed, Any, Go], Awaitable[str]]:
    async def does(armed: Armed, connection: Any, go: Go) -> str:
        raise make()

    return does


def _says(tag: str) -> Callable[[Armed, Any, Go], Awaitable[str]]:
    async def does(armed: Armed, connection: Any, go: Go) -> str:
        return tag

    return does


async def _closed_before(armed: Armed, connection: Any, go: Go) -> str:
    connection.terminate()
    return await go()


async def _lost_after(armed: Armed, connection: Any, go: Go) -> str:
    await go()
    connection.terminate()
    raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


async def _killed(armed: Armed, connection: Any, go: Go) -> str:
    other = await armed.service.world.connect()
    try:
        await other.fetchval("select pg_terminate_backend($1, 5000)", connection.get_server_pid())
    finally:
        await other.close()
    return await go()


async def _never(armed: Armed, connection: Any, go: Go) -> str:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def _frozen(armed: Armed, connection: Any, go: Go) -> str:
    """The server's process stands still: it takes the statement and says nothing."""
    pid = connection.get_server_pid()
    os.kill(pid, signal.SIGSTOP)
    armed.frozen.append(pid)
    return await go()


async def _left_before(armed: Armed, connection: Any, go: Go) -> str:
    for task in armed.tasks:
        task.cancel()
    await asyncio.sleep(0)
    return await go()


async def _left_after(armed: Armed, connection: Any, go: Go) -> str:
    tag = await go()
    for task in armed.tasks:
        task.cancel()
    await asyncio.sleep(0)
    return tag


async def _answer_lost(armed: Armed, connection: Any, go: Go) -> str:
    """The keyholder's socket breaks when the statement is done."""
    tag = await go()
    for line in list(armed.service.world.server._lines):
        line.drop()
    return tag


ERRORS: dict[str, Callable[[], Exception]] = {
    "no connection": lambda: asyncpg.ConnectionDoesNotExistError("x"),
    "connection failure": lambda: asyncpg.ConnectionFailureError("x"),
    "interface": lambda: asyncpg.InterfaceError("connection is closed"),
    "internal client": lambda: asyncpg.InternalClientError("got result for unknown protocol state 3"),
    "reset": lambda: ConnectionResetError(104, "reset"),
    "broken pipe": lambda: BrokenPipeError(32, "pipe"),
    "no descriptor": lambda: OSError(24, "too many open files"),
    "too late": lambda: TimeoutError(),
    "disk full": lambda: asyncpg.DiskFullError("x"),
    "memory": lambda: asyncpg.OutOfMemoryError("x"),
    "deadlock": lambda: asyncpg.DeadlockDetectedError("x"),
    "serialization": lambda: asyncpg.SerializationError("x"),
}


BARE = Fault("disk full at a commit without a record", "bare", _raises(ERRORS["disk full"]))
"""Where a service writes its record in another transaction than the act."""


def _all() -> Sequence[Fault]:
    faults = [
        Fault(f"{name} at {at}", at, _raises(make)) for name, make in ERRORS.items() for at in ("insert", "commit")
    ]
    faults += [
        Fault(f"the tag is {tag!r}", "insert", _says(tag)) for tag in ("INSERT 0 0", "INSERT 0 999", "", "UPDATE 1")
    ]
    for at in ("insert", "commit"):
        faults += [
            Fault(f"closed before {at}", at, _closed_before),
            Fault(f"killed before {at}", at, _killed),
            Fault(f"lost after {at}", at, _lost_after, in_doubt=True),
            Fault(f"never ends {at}", at, _never, slow=True),
            Fault(f"frozen at {at}", at, _frozen, in_doubt=True, slow=True),
            Fault(f"client left before {at}", at, _left_before, cancels=True),
            Fault(f"client left after {at}", at, _left_after, cancels=True),
        ]
    return [*faults, Fault("the keyholder's answer is lost", "insert", _answer_lost, in_doubt=True)]


DRIVER = tuple(_all())
