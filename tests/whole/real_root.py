"""A real installation for tests: a database of its own, an issuer's keys, files as an operator makes them, and the three real processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

from service import clock
from service.embedded import Server

ISSUER, AUDIENCE = "https://id.example.go.jp", "https://hozen.example.go.jp"
BOOTSTRAP = f"""
[[person]]
id = "{uuid4()}"
issuer = "{ISSUER}"
subject = "officer"
from = 2026-01-01
[[person.post]]
office = "security"
role = "security_officer"

[[person]]
id = "{uuid4()}"
issuer = "{ISSUER}"
subject = "applicant"
from = 2026-01-01
[[person.post]]
office = "applicant"
role = "applicant"

[[person]]
id = "{uuid4()}"
issuer = "{ISSUER}"
subject = "auditor"
from = 2026-01-01
[[person.post]]
office = "audit"
role = "auditor"

[[person]]
id = "{uuid4()}"
issuer = "{ISSUER}"
subject = "worker"
from = 2026-01-01
[[person.post]]
office = "system"
role = "timer"
[[person.post]]
office = "system"
role = "sequencer"
"""
PATIENCE = 60.0


class Refused(AssertionError):
    """A program did something else than refuse by name."""


class Installation:
    """One machine's files. `settings` may be changed before a command is run."""

    def __init__(self, folder: Path, server: Server, database: str) -> None:
        self.folder = folder
        self.key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.settings = {
            "ROOT": "real",
            "DATABASE_HOST": str(server.socket_dir),
            "DATABASE_NAME": database,
            "KEYHOLDER_SOCKET": str(folder / "socket"),
            "PUBLIC_KEYS": str(folder / "keys.json"),
            "HOME": str(folder / "store"),
            "VAULT": str(folder / "vault"),
            "PASSPHRASE_FILE": str(folder / "passphrase"),
            "JWKS": str(folder / "jwks.json"),
            "ISSUER": ISSUER,
            "AUDIENCE": AUDIENCE,
            "LISTEN": self.address,
            "WORKER_TOKEN_FILE": str(folder / "worker.token"),
        }
        self.write("jwks.json", json.dumps({"keys": [self.key.as_dict(private=False)]}), 0o644)
        self.write("passphrase", "a passphrase of this test alone\n")
        self.write("bootstrap.toml", BOOTSTRAP)
        self.write("worker.token", self.token("worker"))

    def write(self, name: str, text: str, mode: int = 0o600) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def token(self, subject: str, life: int = 600) -> str:
        now = int(clock.now().timestamp())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + life, "jti": uuid4().hex}
        if life < 0:
            claims |= {"iat": now + 2 * life, "exp": now + life}
        return jwt.encode({"alg": "ES256", "kid": "k1", "typ": "at+jwt"}, claims, self.key)

    def environment(self, changed: Mapping[str, str]) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HOZEN_")}
        return kept | {f"HOZEN_{k}": v for k, v in (self.settings | dict(changed)).items()}

    def run(self, *command: str, **changed: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "service", *command],
            env=self.environment(changed),
            capture_output=True,
            text=True,
            check=False,
        )

    def init(self, **changed: str) -> "subprocess.CompletedProcess[str]":
        return self.run("init", str(self.folder / "bootstrap.toml"), **changed)

    def refused(self, name: str, *command: str, **changed: str) -> None:
        """The command ends with status 2, says its name first on stderr, and shows no trace."""
        done = self.run(*command, **changed)
        if done.returncode != 2 or not done.stderr.startswith(f"{name}: ") or "Traceback" in done.stderr:
            raise Refused(f"not {name} but {done.returncode}: {done.stderr}")

    def refused_init(self, name: str, **changed: str) -> None:
        self.refused(name, "init", str(self.folder / "bootstrap.toml"), **changed)

    def start(self, name: str, **changed: str) -> "Running":
        return Running(self, name, changed)


class Running:
    """A process of the installation, its log in a file."""

    def __init__(self, at: Installation, name: str, changed: Mapping[str, str]) -> None:
        self._log = at.folder / f"{name}-{uuid4().hex[:6]}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service", name], env=at.environment(changed), stdout=log, stderr=log
            )

    def log(self) -> str:
        return self._log.read_text()

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE)

    def says(self, words: str) -> None:
        """Wait until the log holds these words."""
        until(lambda: words in self.log(), lambda: f"{words!r} not in {self.log()!r}")

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def until(holds: Any, why: Any = lambda: "") -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, why()
        time.sleep(0.05)


def status(url: str) -> int | None:
    try:
        return httpx2.get(url, timeout=10).status_code
    except httpx2.TransportError:
        return None
