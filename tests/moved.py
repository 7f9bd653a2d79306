"""A service of one's own whose clock stands elsewhere, and is moved while it runs: every process of it reads one file.

It is started by a process of its own (`python -m tests.moved`), so that the clock of the tests' own process stays where it is. What it
shows: everything that hangs on a date. What it does not: the clock jumps, so no second passes between two days but those that the work
itself takes.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

from service import clock
from service.demo.client import Person
from service.demo.issuer import AUDIENCE
from service.demo.people import PEOPLE
from service.demo.run import DATABASE, running
from service.embedded import SUPERUSER
from service.settings import RunSettings
from tests.shared import ROOT

MORNING = clock_time(9, 30)
"""When offices of Japan are open; a test that began then does not see midnight."""
LIFE = 3600
PATIENCE = 60.0


@dataclass
class Moved:
    """A demo of another day: where it is, where its files lie, the pids of its processes (postgresql's is the first of them).

    dsn: asyncpg's arguments for the superuser of its database. clock: the file that all its processes read.
    """

    address: str
    issuer: str
    folder: Path
    environment: Mapping[str, str]
    pids: Mapping[str, int]
    dsn: Mapping[str, Any]
    day: date
    clock: Path

    def to(self, day: date) -> None:
        """It is the morning of `day` for every process, and the worker's token is one of that day."""
        self.day = day
        _write(self.clock, _offset(day))
        _write(self.folder / "worker.token", self.token("worker"))

    def token(self, subject: str) -> str:
        """One as its issuer signs it, also for who is not of the demo's cast."""
        key = ECKey.import_key(json.loads((self.folder / "issuer.jwk").read_text()))
        now = int((datetime.now(UTC) + clock.duration(self.clock.read_text())).timestamp())
        life = {"iat": now, "exp": now + LIFE}
        claims = {"iss": self.issuer, "aud": AUDIENCE, "sub": subject, "jti": uuid4().hex, **life}
        return jwt.encode({"alg": "ES256", "kid": "demo-1", "typ": "at+jwt"}, claims, key)

    def stop(self, name: str) -> None:
        """End one of its processes; returns when it does nothing any more. Raises TimeoutError."""
        os.kill(self.pids[name], signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while Path(f"/proc/{self.pids[name]}/stat").read_text().rpartition(") ")[2][0] != "Z":
            if time.monotonic() > end:
                raise TimeoutError(name)
            time.sleep(0.02)


class Kept(Person):
    """One demo person who keeps his token for a day. filing: one that he has filed, where a test keeps it."""

    def __init__(self, http: httpx2.Client, moved: Moved, name: str) -> None:
        super().__init__(http, moved.issuer, name)
        self._moved, self._of, self._kept, self.filing = moved, date.min, "", ""

    def _token(self) -> str:
        if self._of != self._moved.day:
            self._of, self._kept = self._moved.day, self._moved.token(self.name)
        return self._kept


People = Mapping[str, Kept]


@contextmanager
def at(moved: Moved) -> Iterator[People]:
    """Its people, by name."""
    with httpx2.Client(base_url=moved.address, timeout=120) as http:
        yield {p.name: Kept(http, moved, p.name) for p in PEOPLE}


@contextmanager
def service_on(day: date) -> Iterator[Moved]:
    """A demo that begins on the morning of `day`, and nothing of it left behind."""
    folder = Path(tempfile.mkdtemp(prefix="hozen-moved-"))
    folder.chmod(0o711)
    file = folder / "clock"
    _write(file, _offset(day))
    command = [sys.executable, "-m", "tests.moved", str(folder / "home"), str(file)]
    try:
        # Its input ends when this block is left, or this process is no more: then it ends too.
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
            assert starter.stdout is not None
            line = starter.stdout.readline()
            assert line, "it did not start"
            told = json.loads(line)
            yield Moved(**told | {"folder": Path(told["folder"])}, day=day, clock=file)
    finally:
        shutil.rmtree(folder)


def _start(home: Path, file: Path) -> None:
    """The demo, until whoever started this process is done with it or is no more."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    clock.move(f"@{file}")
    with running(RunSettings(home=home, pg=os.environ.get("HOZEN_PG") or None, clock=f"@{file}")) as demo:
        pids = {name: process.pid for name, process in demo.processes.items()}
        pids["postgresql"] = int((demo.server.data / "postmaster.pid").read_text().split()[0])
        told = {"address": demo.address, "issuer": demo.issuer, "folder": str(demo.folder), "pids": pids}
        told |= {"environment": dict(demo.environment), "dsn": demo.server.dsn(SUPERUSER, DATABASE)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def _offset(day: date) -> str:
    """From now to the morning of `day` in Japan, as HOZEN_CLOCK takes it."""
    seconds = int((datetime.combine(day, MORNING, clock.JAPAN) - datetime.now(UTC)) / timedelta(seconds=1))
    return f"{'-' if seconds < 0 else '+'}PT{abs(seconds)}S"


def _write(path: Path, text: str) -> None:
    """Whole or not at all: others read it."""
    part = path.with_suffix(".new")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    part.rename(path)


if __name__ == "__main__":
    _start(Path(sys.argv[1]), Path(sys.argv[2]))
