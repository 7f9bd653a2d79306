"""A generated year at a service of its own, in two halves, and what the public table then says of it.

What it shows: the yearly table gives back what was done, and what a flow and a case cost. What it does not: the clock stands at today, so
every act falls on one day of one quarter, and no period ends meanwhile.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from service import clock
from service.demo.run import DATABASE, Demo, running
from service.embedded import SUPERUSER
from service.settings import RunSettings
from tests.bench.cost import Meter
from tests.shared import ROOT
from tests.year import offices
from tests.year.size import Year

Progress = Callable[[str, int], AbstractContextManager[Callable[[], None]]]


@dataclass
class Taken:
    """What came of it.

    flows: processor microseconds an item, by flow and process. resident: MiB of the processes after each half. done: the generator's count.
    """

    flows: dict[str, dict[str, float]] = field(default_factory=dict)
    resident: list[dict[str, float]] = field(default_factory=list)
    peak: dict[str, float] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    alone: int = 0
    bytes_a_case: float = 0.0
    table: dict[str, Any] = field(default_factory=dict)


@contextmanager
def service() -> Iterator[Demo]:
    """A demo of one's own, and nothing of it left behind."""
    folder = Path(tempfile.mkdtemp(prefix="hozen-year-"))
    folder.chmod(0o711)
    try:
        with running(RunSettings(home=folder / "home", pg=os.environ.get("HOZEN_PG") or None)) as demo:
            yield demo
    finally:
        shutil.rmtree(folder)


class Run:
    """One year on its way."""

    def __init__(self, demo: Demo, progress: Progress) -> None:
        self._demo, self._progress = demo, progress
        self._pids = {name: demo.processes[name].pid for name in ("web", "keyholder", "worker")}
        self._meters = self._pids | {"postgresql": int((demo.server.data / "postmaster.pid").read_text().split()[0])}
        self._offices = offices.Offices(demo)
        self._costs: dict[str, dict[str, float]] = {}
        self._items: dict[str, int] = {}
        self.taken = Taken()

    def whole(self, year: Year) -> Taken:
        """The year in two halves; then what it takes on the disk, and the table."""
        before = asyncio.run(self._size())
        with self._offices.open():
            for half in (0, 1):
                counts = (year.screened, year.sent, year.confirmations, year.notices)
                self._half(Year(*(n // 2 if half else n - n // 2 for n in counts)))
                self.taken.resident.append({name: _status(pid, "VmRSS") for name, pid in self._pids.items()})
        self.taken.flows = {f: {p: c / self._items[f] for p, c in used.items()} for f, used in self._costs.items()}
        self.taken.peak = {name: _status(pid, "VmHWM") for name, pid in self._pids.items()}
        self.taken.bytes_a_case = (asyncio.run(self._size()) - before) / (year.screened + year.confirmations)
        self.taken.table = self._table()
        return self.taken

    def _half(self, part: Year) -> None:
        filed = self._flow("file", offices.file, [n < part.sent for n in range(part.screened)])
        to_send, others = filed[: part.sent], filed[part.sent :]
        self._flow("send", offices.send, to_send)
        judged = self._flow("judge_not_to_send", offices.judge, offices.lists(others), len(others))
        noticed = self._flow("notice", offices.notice, others[: part.notices])
        self._flow("confirm", offices.confirm, range(part.confirmations))
        self.taken.alone += sum(alone for _, alone in judged)
        self._did("sent", len(to_send))
        self._did("judged", sum(number for number, _ in judged))
        self._did("non_sending_notices", len(noticed))
        self._did("prior_confirmations", part.confirmations)

    def _did(self, name: str, number: int) -> None:
        self.taken.done[name] = self.taken.done.get(name, 0) + number

    def _flow(self, name: str, work: Callable[..., Any], items: Sequence[Any], count: int | None = None) -> list[Any]:
        meter = Meter(self._meters)
        with self._progress(name, len(items)) as step:
            given = self._offices.each(work, items, step)
        before = self._costs.setdefault(name, {})
        self._costs[name] = {process: cost + before.get(process, 0.0) for process, cost in meter.read().items()}
        self._items[name] = self._items.get(name, 0) + (len(items) if count is None else count)
        return given

    async def _size(self) -> int:
        connection = await asyncpg.connect(**self._demo.server.dsn(SUPERUSER, DATABASE))
        try:
            size: int = await connection.fetchval("select pg_database_size(current_database())")
            return size
        finally:
            await connection.close()

    def _table(self) -> dict[str, Any]:
        """What `hozen statistics` tells of this fiscal year: measure -> total."""
        today = clock.today()
        year = today.year - (today.month < 4)
        command = [sys.executable, "-m", "service", "statistics", str(year), "--json"]
        ran = subprocess.run(
            command, cwd=ROOT, env=dict(self._demo.environment), capture_output=True, text=True, check=True
        )
        return {row["measure"]: row["total"] for row in json.loads(ran.stdout)["rows"]}


def _status(pid: int, name: str) -> float:
    """MiB of a line of /proc/PID/status."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / 1024
