"""Keeps a running demo alive as an operator's init would: whatever has ended is started again at once; and kills it on purpose.

What must hold: a restart is automatic and knows nothing of why the process ended; nothing is told to end in good order.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx2

from service import embedded
from service.demo.run import Demo

SERVICE = ("web", "keyholder", "worker")
POSTGRES, BACKEND = "postgres", "backend"
TARGETS = (*SERVICE, POSTGRES, BACKEND)
"""What is killed: the service's processes, the postmaster, and one of its backends (the postmaster then restarts all)."""
STEP = 0.05
PATIENCE = 60.0


class Supervisor:
    """Restarts; `starts` counts them by name, `kills` those that were ours."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self.starts = dict.fromkeys((*SERVICE, POSTGRES), 0)
        self.kills = dict.fromkeys(self.starts, 0)
        self._stopping = False

    async def run(self) -> None:
        """Watch until `stop`."""
        while not self._stopping:
            for name in SERVICE:
                if self._demo.processes[name].ended():
                    self._demo.processes[name].start()
                    self.starts[name] += 1
            if await asyncio.to_thread(_no_postmaster, self._demo.server):
                await asyncio.to_thread(embedded.start, self._demo.server.home, pg=os.environ.get("HOZEN_PG") or None)
                self.starts[POSTGRES] += 1
            await asyncio.sleep(STEP)

    def stop(self) -> None:
        self._stopping = True

    async def kill(self, target: str) -> None:
        """kill -9 of one of TARGETS; returns when it has ended and, where the supervisor restarts it, has been started again."""
        if target == BACKEND:
            await asyncio.to_thread(_kill_backend, self._demo.server)
            return
        before = self.starts[target]
        self.kills[target] += 1
        await asyncio.to_thread(self._demo.server.kill if target == POSTGRES else self._demo.processes[target].kill)
        await until(lambda: self.starts[target] > before, f"a new {target}")

    def ended_by_themselves(self) -> list[str]:
        """Processes that ended without being killed: another's end must not end them."""
        return [f"{n} ended by itself {c - self.kills[n]} times" for n, c in self.starts.items() if c > self.kills[n]]

    async def recovered(self) -> float:
        """Wait until the service says that it takes filings; the time then."""
        async with httpx2.AsyncClient(base_url=self._demo.address, timeout=5) as http:
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end:
                try:
                    if (await http.get("/readyz")).status_code == 200:
                        return time.monotonic()
                except httpx2.TransportError:
                    pass
                await asyncio.sleep(STEP)
        raise AssertionError("the service does not recover")


async def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for a condition. Raises AssertionError after a minute."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"waited in vain for {what}"
        await asyncio.sleep(STEP)


def _postmaster(server: embedded.Server) -> int:
    try:
        return int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def _no_postmaster(server: embedded.Server) -> bool:
    """Whether the postmaster has ended: no process of that number, or one that is only waited for."""
    try:
        return Path(f"/proc/{_postmaster(server)}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def _kill_backend(server: embedded.Server) -> None:
    """kill -9 of a backend that serves the web or the keyholder, found among the postmaster's children by its title."""
    parent = _postmaster(server)
    for children in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        title = Path(f"/proc/{children}/cmdline").read_bytes()
        if b"hozen_web" in title or b"hozen_keyholder" in title:
            os.kill(int(children), signal.SIGKILL)
            return
