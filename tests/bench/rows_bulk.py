"""Bulk work on the record: check it in the database, export it; against psql's \\copy of the same rows in the log's order.

Costs are wall-clock microseconds a record (rows/s is what the goals speak of), each side alone; the split has each side's processor time
by process, how many MiB our process grew while it worked, and the most that any child ever had. HOZEN_BENCH_RECORDS says another number
of records than a million.
"""

import asyncio
import atexit
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import uvloop

from service.audit import export, fsck
from service.audit.checkpoint import LogKey
from service.store import Store
from tests.audit.logs import KEY, ORIGIN
from tests.bench.big_log import SIZE, BigLog, big_log
from tests.bench.cost import Meter
from tests.bench.table import Round, row

ROUNDS = 3
ROWS = "select l.idx, l.hash, r.body from leaves l join records r on r.id = l.record order by l.idx"
AGAINST = r"psql \copy of the same rows in the log's order, wall time"
Work = Callable[[BigLog, Path], int]
"""Returns how many lines the file then has."""


_open = ExitStack()
atexit.register(_open.close)


@cache
def shared() -> BigLog:
    """The log of this process's rows, made for the first of them."""
    return _open.enter_context(big_log(int(os.environ.get("HOZEN_BENCH_RECORDS", SIZE))))


def measured(work: Work, log: BigLog, rounds: int = ROUNDS) -> Iterator[Round]:
    """Interleaved rounds of `work` and \\copy; a round begins now with the one, now with the other."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        for n in range(rounds):
            sides = {side: _timed(side, log, out) for side in ((copied, work) if n % 2 else (work, copied))}
            (ours, split), (theirs, copies) = sides[work], sides[copied]
            yield Round(ours, theirs, split | {f"copy's {k}": v for k, v in copies.items() if not k.endswith("MiB")})


def _timed(work: Work, log: BigLog, out: Path) -> tuple[float, dict[str, float]]:
    """(wall microseconds a record, processor microseconds a record of each, and MiB grown)."""
    out.unlink(missing_ok=True)
    postgresql = int((log.server.data / "postmaster.pid").read_text().split()[0])
    meter, began = Meter({"ours": os.getpid(), "postgresql": postgresql}), time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = work(log, out)
    wall = (time.perf_counter() - began) * 1e6
    if out.exists():
        assert _lines(out) == lines
    split = {name: cost / log.size for name, cost in meter.read().items()}
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return wall / log.size, split | {"grown MiB": grown / 1024, "largest child MiB": child / 1024}


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def copied(log: BigLog, out: Path) -> int:
    r"""What psql's \copy makes of the rows."""
    connect = log.dsn("hozen_worker")
    where = ["-h", str(connect["host"]), "-p", str(connect["port"]), "-U", "hozen_worker", "-d", log.name]
    program = str(log.server.programs / "psql")
    subprocess.run([program, "-Xq", *where, "-c", rf"\copy ({ROWS}) to '{out}' csv"], check=True)
    return log.size


def verified(log: BigLog, out: Path) -> int:
    """`hozen audit check` with its two processes. Raises fsck.NotWhole."""
    whole = asyncio.run(fsck.check(log.dsn("hozen_worker"), LogKey.of(ORIGIN, KEY), lambda done, size: None))
    assert whole.size == log.size
    return 0


def exported(form: str) -> Work:
    """The export as a web process does it (on uvloop), into a file."""

    async def write(log: BigLog, out: Path) -> None:
        store = await Store.open(log.dsn("hozen_web"), size=1)
        try:
            with out.open("wb") as file:
                pieces: AsyncIterator[bytes] = export.table(store, form, 0, log.size)
                async for piece in pieces:
                    file.write(piece)
        finally:
            await store.close()

    def work(log: BigLog, out: Path) -> int:
        uvloop.run(write(log, out))
        return log.size + (form == "csv")

    return work


@row("verify_from_db", goal=0.45, against=AGAINST)
def verify_from_db() -> Iterator[Round]:
    return measured(verified, shared())


@row("export_csv", goal=0.9, against=AGAINST)
def export_csv() -> Iterator[Round]:
    return measured(exported("csv"), shared())


@row("export_jsonl", goal=0.35, against=AGAINST)
def export_jsonl() -> Iterator[Round]:
    return measured(exported("jsonl"), shared())
