"""`hozen run`: a private PostgreSQL, a fresh demo root, keyholder, web and worker as processes of their own, and the walk.

Each run begins with a new demo root and an empty database; what an earlier run left is removed. Nothing of a real root is ever touched:
the folder and the database are the demo's own.
"""

import asyncio
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from service import clock, embedded
from service.demo.issuer import AUDIENCE, Issuer
from service.demo.people import bootstrap
from service.errors import Text
from service.kinds import ROADS
from service.migrate import grant_and_lay_roads, upgrade_tables
from service.opening_keyholder import init_keyholder
from service.settings import KeyholderSettings, RunSettings, StartRefused

DATABASE = "hozen_demo"
REFRESH = 60
"""Seconds between two tokens for the worker."""
PATIENCE = 60.0
"""Seconds a process may take to be ready."""
LIFELINE = os.pipe()
"""Nothing is ever written to it: its reading end is every process's input, and ends when this process does, however it ends."""


class Process:
    """One process of the service, of which a new one may be started when it has ended; its log goes to the demo's folder."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self._command = [sys.executable, "-m", "service", "--with-parent", *command]
        self._environment, self._log = environment, log
        self.start()

    def start(self) -> None:
        """A new process; to be called only when there is none or it has ended."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, stdin=LIFELINE[0]
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> bool:
        """Whether the process is no more."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """kill -9, for crash tests; returns when it has ended."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end; after ten seconds make it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass(frozen=True)
class Demo:
    """A running demo: where it is, where its files lie, and its processes by name (issuer, keyholder, web, worker)."""

    address: str
    issuer: str
    folder: Path
    server: embedded.Server
    environment: Mapping[str, str]
    processes: Mapping[str, Process]


@contextmanager
def running(settings: RunSettings) -> Iterator[Demo]:
    """The whole service with a fresh demo root, until left. Raises StartRefused."""
    with ExitStack() as stack:
        home = settings.home or embedded.default_home()
        server = embedded.start(home, pg=settings.pg)
        if server.started:
            stack.callback(server.stop)
        folder = _fresh_folder(home, stack)
        if not server.started:
            stack.callback(server.stop)  # left by a demo that was killed: this one holds the home now
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hozen-")))
        web, tokens = free_port(settings.run_port), free_port(0)
        issuer = Issuer.open(folder, f"http://127.0.0.1:{tokens}")
        (folder / "jwks.json").write_text(json.dumps(issuer.jwks()))
        environment = _environment(settings, server, folder, sockets, web, issuer.name)
        asyncio.run(_prepare(server))
        upgrade_tables(server.dsn("hozen_owner", DATABASE))
        asyncio.run(_first_facts(server, environment, issuer.name))
        stack.enter_context(_worker_token(folder / "worker.token", issuer))
        processes: dict[str, Process] = {}
        for command in (["issuer", str(folder), str(tokens)], ["keyholder"], ["web"], ["worker"]):
            processes[command[0]] = Process(command, environment, folder / f"{command[0]}.log")
            stack.callback(processes[command[0]].stop)
        address = f"http://127.0.0.1:{web}"
        await_ready(address)
        yield Demo(address, issuer.name, folder, server, environment, processes)


def free_port(wanted: int) -> int:
    """A free loopback port, or the one wanted. Raises StartRefused port-taken."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            raise StartRefused(
                "port-taken", Text(f"ポート {wanted} は使用中です。", f"Port {wanted} is taken.")
            ) from None
        port: int = probe.getsockname()[1]
        return port


def _fresh_folder(home: Path, stack: ExitStack) -> Path:
    """The demo's own folder, 0700, empty; locked, so that two demos of one home do not meet."""
    lock = os.open(home / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    stack.callback(os.close, lock)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StartRefused(
            "demo-runs",
            Text("このフォルダのデモは実行中です。", "A demo of this home is running; set HOZEN_HOME for another."),
        ) from None
    folder = home / "demo"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    return folder


def _environment(
    settings: RunSettings, server: embedded.Server, folder: Path, sockets: Path, port: int, issuer: str
) -> dict[str, str]:
    """What the three processes are told."""
    told: dict[str, Any] = {
        "ROOT": "demo",
        "HOME": folder / "state",
        "DATABASE_HOST": server.socket_dir,
        "DATABASE_NAME": DATABASE,
        "KEYHOLDER_SOCKET": sockets / "keyholder",
        "PUBLIC_KEYS": folder / "public-keys.json",
        "VAULT": folder / "vault",
        "JWKS": folder / "jwks.json",
        "ISSUER": issuer,
        "AUDIENCE": AUDIENCE,
        "LISTEN": f"127.0.0.1:{port}",
        "WORKER_TOKEN_FILE": folder / "worker.token",
    }
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HOZEN_")}
    moved = {"HOZEN_CLOCK": settings.clock} if settings.clock else {}
    return {**kept, **moved, **{f"HOZEN_{k}": str(v) for k, v in told.items()}}


async def _prepare(server: embedded.Server) -> None:
    """An empty database for the demo."""
    connection = await asyncpg.connect(**server.dsn(embedded.SUPERUSER, "postgres"))
    try:
        await connection.execute(f"drop database if exists {DATABASE} with (force)")
    finally:
        await connection.close()
    await embedded.ensure_database(server, DATABASE)


async def _first_facts(server: embedded.Server, environment: dict[str, str], issuer: str) -> None:
    await grant_and_lay_roads(server.dsn("hozen_owner", DATABASE), ROADS)
    told = {k.removeprefix("HOZEN_").lower(): v for k, v in environment.items() if k.startswith("HOZEN_")}
    settings = KeyholderSettings.model_validate({k: v for k, v in told.items() if k in KeyholderSettings.model_fields})
    await init_keyholder(settings, bootstrap(issuer, clock.today()).encode(), ["a", "b"])


@contextmanager
def _worker_token(path: Path, issuer: Issuer) -> Iterator[None]:
    """Keep a fresh token for the worker in its file, as an operator's agent would."""
    stop = threading.Event()

    def write() -> None:
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(issuer.token("worker"))
        part.rename(path)

    def keep() -> None:
        while not stop.wait(REFRESH):
            write()

    write()
    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def await_ready(address: str) -> None:
    """Wait until the web process says that filings can be taken. Raises StartRefused not-ready."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if httpx2.get(f"{address}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise StartRefused(
        "not-ready",
        Text("サービスが起動しませんでした。ログを見てください。", "The service did not become ready; see its logs."),
    )
