"""A generated year at a service of its own, day by day, and what the public table then says of it.

Every act falls on its day: the service's clock is moved from one open day to the next, for all its processes at once (tests/moved.py), and
what lapse of time brings about is the worker's to raise. What it shows: the yearly table gives back what was done, quarter by quarter; a
lapse has its own day; what a flow and a case cost. What it does not: days on which nothing comes, and the hours of a day; between two
days the clock jumps.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg

from tests.attacks.histories_guards import DAY, months_on
from tests.bench.cost import Meter, children
from tests.moved import Moved
from tests.shared import ROOT
from tests.year import offices
from tests.year.size import FISCAL, Day, Kind, Year

Progress = Callable[[str, int], AbstractContextManager[Callable[[], None]]]
PATIENCE = 600.0
"""Seconds the worker is waited for at the end of the year."""
LAPSES = "select happened_on from events where name = 'lapse' and kind = 'filing'"
ENDED = "select state, count(*) as n from cases group by state"
Asked = tuple[str, int, bool]
QUARTER = dict(zip((4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3), (0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3), strict=True))
"""Of the fiscal year, by month."""


@dataclass
class Taken:
    """What came of it.

    flows: processor microseconds an item, by flow and process. resident: MiB of the processes after each half. done: the generator's own
    count, by measure and quarter. table: the public table's. states: how many cases stand where. early: lapses that were not on the day
    after a period's last.
    """

    flows: dict[str, dict[str, float]] = field(default_factory=dict)
    resident: list[dict[str, float]] = field(default_factory=list)
    peak: dict[str, float] = field(default_factory=dict)
    done: dict[str, list[int]] = field(default_factory=dict)
    table: dict[str, Any] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    alone: int = 0
    early: int = 0
    days: int = 0
    seconds: float = 0.0
    bytes_whole: int = 0
    bytes_a_case: float = 0.0


@dataclass
class Open:
    """What waits for its next day."""

    to_judge: list[offices.Seen] = field(default_factory=list)
    to_send: list[offices.Seen] = field(default_factory=list)
    to_notice: list[offices.Seen] = field(default_factory=list)
    to_accept: list[Asked] = field(default_factory=list)
    to_answer: list[Asked] = field(default_factory=list)
    at_the_prime_minister: list[Asked] = field(default_factory=list)
    to_pass_on: list[Asked] = field(default_factory=list)


class Run:
    """One year on its way."""

    def __init__(self, moved: Moved, progress: Progress) -> None:
        self._moved, self._progress = moved, progress
        self._pids = {name: moved.pids[name] for name in ("web", "keyholder", "worker")}
        self._meters = self._pids | {"postgresql": moved.pids["postgresql"]}
        self._offices = offices.Offices(moved)
        self._costs: dict[str, dict[str, float]] = {}
        self._items: Counter[str] = Counter()
        self._open = Open()
        self.taken = Taken()

    def whole(self, year: Year) -> Taken:
        """The year; then what it takes on the disk, and the table."""
        before, began, days = asyncio.run(self._size()), time.perf_counter(), year.days()
        with self._offices.open(), self._progress("day", len(days)) as step:
            for number, day in enumerate(days, 1):
                self._moved.to(day.date)
                self._day(day)
                step()
                if number in (len(days) // 2, len(days)):
                    self.taken.resident.append({name: _status(pid, "VmRSS") for name, pid in self._pids.items()})
        self.taken.days, self.taken.seconds = len(days), time.perf_counter() - began
        asyncio.run(self._lapsed(days))
        self.taken.flows = {f: {p: c / self._items[f] for p, c in used.items()} for f, used in self._costs.items()}
        self.taken.peak = {name: _status(pid, "VmHWM") for name, pid in self._pids.items()}
        self.taken.peak["largest of postgresql"] = max(
            _status(pid, "VmHWM") for pid in children(self._moved.pids["postgresql"])
        )
        self.taken.bytes_whole = asyncio.run(self._size())
        self.taken.bytes_a_case = (self.taken.bytes_whole - before) / (year.screened + year.confirmations)
        self.taken.table = self._table()
        return self.taken

    def _day(self, day: Day) -> None:
        """What was left from the day before is decided; what comes in is taken."""
        waits, self._open = self._open, Open()
        judged = self._flow("judge_not_to_send", offices.judge, offices.lists(waits.to_judge), len(waits.to_judge))
        self.taken.alone += sum(alone for _, alone in judged)
        self._flow("give_notice", offices.give_notice, waits.to_notice)
        self._did(day.date, "non_sending_notices", len(waits.to_notice))
        self._flow("send", offices.send, waits.to_send)
        self._did(day.date, "sent", len(waits.to_send))
        self._confirmations(waits)
        filed = dict[Kind, list[offices.Seen]]()
        for kind, case in zip(day.filed, self._flow("file", offices.file, day.filed), strict=True):
            filed.setdefault(kind, []).append(case)
        self._open.to_notice = self._flow("request_notice", offices.request_notice, filed.get(Kind.NOTICED, []))
        self._open.to_judge = [*filed.get(Kind.JUDGED, []), *self._open.to_notice]
        self._open.to_send = filed.get(Kind.SENT, [])
        self._open.to_accept = self._flow("ask", offices.ask, day.asked)
        self._did(day.date, "prior_confirmations", len(day.asked))

    def _confirmations(self, waits: Open) -> None:
        """Each confirmation a step further; one that is answered by the Patent Office alone is at its end."""
        self._flow("pass_on", offices.pass_on, waits.to_pass_on)
        self._open.to_pass_on = self._flow("answer_referral", offices.answer_referral, waits.at_the_prime_minister)
        answered = self._flow("answer", offices.answer, waits.to_answer)
        self._open.at_the_prime_minister = [case for case in answered if case[2]]
        self._open.to_answer = self._flow("accept", offices.accept, waits.to_accept)

    def _did(self, day: date, name: str, number: int) -> None:
        self.taken.done.setdefault(name, [0] * 4)[QUARTER[day.month]] += number

    def _flow(self, name: str, work: Callable[..., Any], items: Sequence[Any], count: int | None = None) -> list[Any]:
        if not items:
            return []
        meter = Meter(self._meters)
        given = self._offices.each(work, items, lambda: None)
        before = self._costs.setdefault(name, {})
        self._costs[name] = {process: cost + before.get(process, 0.0) for process, cost in meter.read().items()}
        self._items[name] += len(items) if count is None else count
        return given

    async def _lapsed(self, days: Sequence[Day]) -> None:
        """Every application that nobody judged has lapsed, on the day after its own period's last (66(7)). Raises TimeoutError."""
        wanted = Counter(
            months_on(day.date + DAY, 3) + DAY for day in days for kind in day.filed if kind == Kind.LAPSED
        )
        connection = await asyncpg.connect(**self._moved.dsn)
        try:
            async with asyncio.timeout(PATIENCE):
                while len(found := await connection.fetch(LAPSES)) < wanted.total():
                    await asyncio.sleep(0.2)
            self.taken.early = (Counter(row["happened_on"] for row in found) - wanted).total()
            self.taken.states = {row["state"]: row["n"] for row in await connection.fetch(ENDED)}
        finally:
            await connection.close()

    async def _size(self) -> int:
        connection = await asyncpg.connect(**self._moved.dsn)
        try:
            size: int = await connection.fetchval("select pg_database_size(current_database())")
            return size
        finally:
            await connection.close()

    def _table(self) -> dict[str, Any]:
        """What `hozen statistics` tells of this fiscal year: measure -> its row."""
        command = [sys.executable, "-m", "service", "statistics", str(FISCAL), "--json"]
        ran = subprocess.run(
            command, cwd=ROOT, env=dict(self._moved.environment), capture_output=True, text=True, check=True
        )
        return {row["measure"]: row for row in json.loads(ran.stdout)["rows"]}


def _status(pid: int, name: str) -> float:
    """MiB of a line of /proc/PID/status; 0 for a process that is ending."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:")), 0.0)
