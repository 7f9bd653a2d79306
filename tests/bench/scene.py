"""The running service with filings of 20 KiB to read, and beside it what it is measured against: one scene for all rows of a run."""

import asyncio
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from service.demo.client import Person
from service.demo.people import PEOPLE
from service.demo.run import DATABASE, Demo, free_port, running
from service.embedded import SUPERUSER
from service.settings import RunSettings
from tests.bench import bare, load
from tests.bench.cost import Meter
from tests.bench.scale import scale
from tests.bench.table import Round
from tests.shared import ROOT

READER = "suzuki"
"""The examiner to whom the section's rule assigns every filing: he reads with a post and an assignment, as in daily work."""
TEXT = "【0001】折りたたみ可能なフレームを備える自転車に関する。"
CHARACTERS = 7_460
"""20 KiB of UTF-8."""


@dataclass(frozen=True)
class Side:
    """One side of a comparison: where it listens, the processes whose time is its cost, whether it wants a token, what to do before."""

    address: str
    pids: dict[str, int]
    signed: bool = False
    before: Callable[[], None] = lambda: None


class Scene:
    """An open scene. parts: (case, part) of each filing's description, which `reader` may read."""

    def __init__(self, demo: Demo, stack: ExitStack) -> None:
        self.demo, self._stack = demo, stack
        self.postgres = int((demo.server.data / "postmaster.pid").read_text().split("\n", 1)[0])
        self.parts: list[tuple[str, str]] = []
        self.sides: dict[str, Side] = {}

    @cached_property
    def dsn(self) -> dict[str, Any]:
        """asyncpg's arguments for the superuser of the demo's database."""
        return self.demo.server.dsn(SUPERUSER, DATABASE)

    @property
    def service(self) -> Side:
        """The service itself."""
        own = {name: self.demo.processes[name].pid for name in ("web", "keyholder")}
        return Side(self.demo.address.removeprefix("http://"), {**own, "postgresql": self.postgres}, signed=True)

    def token(self, name: str = READER) -> str:
        """A fresh token."""
        said = httpx2.post(f"{self.demo.issuer}/token", params={"person": name}).json()
        return str(said["access_token"])

    def beside(self, name: str, *, more: dict[str, int] | None = None, **environment: str) -> Side:
        """One of tests/bench/bare.py's applications, started at the first call."""
        if name not in self.sides:
            port = free_port(0)
            self.start([sys.executable, "-m", "tests.bench.bare", name, str(port)], name, **environment)
            _await(f"http://127.0.0.1:{port}/")
            pids = {"web": self.started[name].pid, "postgresql": self.postgres, **(more or {})}
            self.sides[name] = Side(f"127.0.0.1:{port}", pids)
        return self.sides[name]

    @cached_property
    def started(self) -> dict[str, subprocess.Popen[bytes]]:
        """The processes beside the service, by name."""
        return {}

    def start(self, command: list[str], name: str, **environment: str) -> None:
        """Start a process that ends with the scene; its log stands in the demo's folder."""
        told = {**os.environ, "BENCH_DATABASE": json.dumps(self.dsn), **environment}
        with (self.demo.folder / f"bench-{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env=told, cwd=ROOT, stdout=log, stderr=log)
        self._stack.callback(_end, process)
        self.started[name] = process

    def end(self, name: str) -> None:
        """End a process beside the service."""
        self.sides.pop(name, None)
        if process := self.started.pop(name, None):
            _end(process)

    def cost(self, side: Side, paths: list[str], connections: int, token: str | None = None) -> dict[str, float]:
        """Microseconds for each answer, by process and as `all`."""
        held = token or (self.token() if side.signed else None)
        headers = {"authorization": f"Bearer {held}"} if held else {}
        side.before()
        meter = Meter(side.pids)
        seen = load.drive(side.address, paths, connections=connections, seconds=scale().seconds, headers=headers)
        used = {name: spent / seen.answers for name, spent in meter.read().items()}
        return {**used, "all": sum(used.values()), "p99 ms": seen.p99, "answers/s": seen.answers / seen.seconds}

    def rounds(self, ours: Side, theirs: Side, paths: list[str], connections: int) -> Iterator[Round]:
        """Interleaved rounds, the first side changing: cost of ours against cost of theirs; both seen once before it counts."""
        for side in (ours, theirs):
            self.cost(side, paths, connections)
        for number in range(scale().rounds):
            sides = (ours, theirs) if number % 2 else (theirs, ours)
            first, second = (self.cost(side, paths, connections) for side in sides)
            mine, his = (first, second) if number % 2 else (second, first)
            split = {name: mine[name] for name in (*ours.pids, "p99 ms", "answers/s")}
            yield Round(mine["all"], his["all"], {**split, "their p99 ms": his["p99 ms"]})

    def alone(self, side: Side) -> Side:
        """The side without PostgreSQL, for what never asks it."""
        return Side(side.address, {"web": side.pids["web"]}, side.signed, side.before)

    @property
    def paths(self) -> list[str]:
        """The path of each readable part."""
        return [f"/filings/{case}/parts/{part}" for case, part in self.parts]


_OPEN: list[Scene] = []


def scene() -> Scene:
    """The scene of this process, opened at the first call and closed at its end."""
    if not _OPEN:
        stack = ExitStack()
        atexit.register(stack.close)
        _OPEN.append(stack.enter_context(opened()))
    return _OPEN[0]


@contextmanager
def opened() -> Iterator[Scene]:
    """A scene of one's own."""
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="hozen-bench-"))
        home.chmod(0o711)
        stack.callback(shutil.rmtree, home)
        demo = stack.enter_context(running(RunSettings(home=home / "home", pg=os.environ.get("HOZEN_PG") or None)))
        made = Scene(demo, stack)
        with httpx2.Client(base_url=demo.address, timeout=60) as http:
            _file(made, {p.name: Person(http, demo.issuer, p.name) for p in PEOPLE})
        demo.processes[
            "worker"
        ].stop()  # what it does goes by the clock, not by the read: docs/performance.md says what it costs
        yield made


def _file(made: Scene, people: dict[str, Person]) -> None:
    """File, and keep the same answers in the plain table."""
    description = (TEXT * (CHARACTERS // len(TEXT) + 1))[:CHARACTERS]
    filing = {
        "title": "折りたたみ自転車",
        "applicants": ["株式会社例"],
        "description": description,
        "claims": ["折りたたみ可能なフレームを備える自転車。"],
    }
    rows = []
    for _ in range(scale().filings):
        told = people["sato"].ask("POST", "/filings/entered/read-back", json={"filing": filing}).json()
        said = {"filing": filing, "read_back": told["digest"], "request_review": "審査を求める。"}
        key = {"idempotency-key": os.urandom(16).hex()}
        done = people["sato"].ask("POST", "/filings/entered", headers=key, json=said)
        case = done.json()["case"]
        parts = people[READER].get(f"/filings/{case}")["parts"]
        part = next(p["id"] for p in parts if p["document"] == "description")
        made.parts.append((case, part))
        rows.append(people[READER].get(f"/filings/{case}/parts/{part}"))
    asyncio.run(_keep(made.dsn, rows))


async def _keep(dsn: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    connection = await asyncpg.connect(**dsn)
    try:
        await connection.execute(bare.TABLE)
        columns = ("id", "case", "document", "version", "label", "media_type", "content")
        await connection.executemany(
            "insert into bench_parts values ($1, $2, $3, $4, $5, $6, $7)", [[r[c] for c in columns] for r in rows]
        )
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


def _await(address: str) -> None:
    """Until something answers there."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            httpx2.get(address)
            return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise TimeoutError(address)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait()
