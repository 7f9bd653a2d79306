"""Sealing a large file: 256 MiB in memory-backed files, against a plain Python copy of it (shutil.copyfileobj, unbuffered, 64 KiB).

Costs are microseconds a MiB. One thread: processor time of both sides (a machine that is busy counts less). Two threads: wall-clock
time, because that is what a second thread is for; the copy has one. Of each round the best of three counts, for a core that
other work holds is no second core.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from service.sealing.chunked import seal_stream
from service.sealing.files import seal_file
from tests.bench.table import ROUNDS, Round, row

Seal = Callable[[Path, Path], None]
MIB, BEST_OF = 256, 3
KEY, CONTEXT = bytes(range(32)), b"bench"
MEMORY = Path("/dev/shm")


def measured(seal: Seal, clock: Callable[[], float], mib: int, rounds: int = ROUNDS) -> Iterator[Round]:
    """Interleaved rounds over a file of random bytes, after one that does not count."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        source, copy, sealed = (Path(folder) / name for name in ("source", "copy", "sealed"))
        with source.open("wb") as file:
            for _ in range(mib):
                file.write(os.urandom(1 << 20))
        for n in range(rounds + 1):
            pairs = [(_timed(_copy, source, copy, clock), _timed(seal, source, sealed, clock)) for _ in range(BEST_OF)]
            if n:
                theirs, ours = (min(times) / mib for times in zip(*pairs, strict=True))
                yield Round(ours, theirs)


def _timed(work: Seal, source: Path, sink: Path, clock: Callable[[], float]) -> float:
    began = clock()
    work(source, sink)
    return (clock() - began) * 1e6


def _copy(source: Path, sink: Path) -> None:
    with source.open("rb", buffering=0) as read, sink.open("wb", buffering=0) as written:
        shutil.copyfileobj(read, written)


def one_thread(source: Path, sink: Path) -> None:
    with source.open("rb", buffering=0) as read, sink.open("wb", buffering=0) as written:
        seal_stream(KEY, CONTEXT, read, written)


def two_threads(source: Path, sink: Path) -> None:
    with source.open("rb", buffering=0) as read, sink.open("wb", buffering=0) as written:
        seal_file(KEY, CONTEXT, read.fileno(), written.fileno())


@row("seal_file_1", goal=0.75, against="plain Python copy of 256 MiB, processor time, us/MiB")
def seal_file_1() -> Iterator[Round]:
    return measured(one_thread, time.process_time, MIB)


@row("seal_file_2", goal=1.1, against="plain Python copy of 256 MiB on one thread, wall time, us/MiB")
def seal_file_2() -> Iterator[Round]:
    return measured(two_threads, time.perf_counter, MIB)
