"""Processor time of other processes, from /proc: user and system together, with what has ended meanwhile.

/proc counts in ticks (10 ms), so a reading is of use only over runs of some seconds.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

TICK = 1e6 / os.sysconf("SC_CLK_TCK")
"""Microseconds of one tick."""


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the program's name: [1] is the parent, [11] to [14] are utime, stime, cutime, cstime."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def one(pid: int) -> float:
    """Microseconds that a process has used, with its ended children."""
    return sum(map(int, _fields(pid)[11:15])) * TICK


def family(pid: int) -> float:
    """Microseconds that a process and its children have used, ended ones too (they are counted at their parent when it reaps them)."""
    total = one(pid)
    for child in children(pid):
        with suppress(FileNotFoundError, ProcessLookupError):
            total += one(child)
    return total


def children(pid: int) -> Iterator[int]:
    """The children that a process has now."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if int(_fields(int(entry.name))[1]) == pid:
                yield int(entry.name)


class Meter:
    """What named processes use between `start` and `read`."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        return {name: family(pid) for name, pid in self._pids.items()}

    def read(self) -> dict[str, float]:
        """Microseconds by name since the meter was made."""
        return {name: now - self._before[name] for name, now in self._now().items()}
