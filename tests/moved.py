"""A service of one's own whose clock stands elsewhere, and is moved while it runs: every process reads one file, and so does this one.

What it shows: everything that hangs on a date. What it does not: the clock jumps, so no second passes between two days but those that the
work itself takes.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import httpx2

from service import clock
from service.demo.client import Person
from service.demo.issuer import Issuer
from service.demo.people import PEOPLE
from service.demo.run import Demo, running
from service.settings import RunSettings

MORNING = time(9, 30)
"""When offices of Japan are open; a test that began then does not see midnight."""


class Kept(Person):
    """One demo person who keeps his token for a day. filing: one that he has filed, where a test keeps it."""

    filing = ""
    _kept = ""
    _of = date.min

    def _token(self) -> str:
        if self._of != clock.today():
            asked = {"person": self.name, "life": "3600"}
            self._kept = self._http.post(f"{self._issuer}/token", params=asked).json()["access_token"]
            self._of = clock.today()
        return self._kept


People = Mapping[str, Kept]


@contextmanager
def at(demo: Demo) -> Iterator[People]:
    """The demo's people, by name."""
    with httpx2.Client(base_url=demo.address, timeout=120) as http:
        yield {p.name: Kept(http, demo.issuer, p.name) for p in PEOPLE}


@dataclass(frozen=True)
class Moved:
    """A demo, and the file that holds how far its clock is from the machine's."""

    demo: Demo
    _file: Path

    def to(self, day: date) -> None:
        """It is the morning of `day` for every process, and the worker's token is one of that day."""
        _write(self._file, _offset(day))
        token = Issuer.open(self.demo.folder, self.demo.issuer).token("worker", 3600)
        _write(self.demo.folder / "worker.token", token)


@contextmanager
def service_on(day: date) -> Iterator[Moved]:
    """A demo that begins on the morning of `day`, and nothing of it left behind; the clock of this process goes with it until then."""
    folder = Path(tempfile.mkdtemp(prefix="hozen-moved-"))
    folder.chmod(0o711)
    file = folder / "clock"
    _write(file, _offset(day))
    try:
        clock.move(f"@{file}")
        with running(
            RunSettings(home=folder / "home", pg=os.environ.get("HOZEN_PG") or None, clock=f"@{file}")
        ) as demo:
            yield Moved(demo, file)
    finally:
        clock.set_offset(timedelta(0))
        shutil.rmtree(folder)


def _offset(day: date) -> str:
    """From now to the morning of `day` in Japan, as HOZEN_CLOCK takes it."""
    seconds = int((datetime.combine(day, MORNING, clock.JAPAN) - datetime.now(UTC)).total_seconds())
    return f"{'-' if seconds < 0 else '+'}PT{abs(seconds)}S"


def _write(path: Path, text: str) -> None:
    """Whole or not at all: others read it."""
    part = path.with_suffix(".new")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    part.rename(path)
