"""A backup taken while the service runs, put back beside it: it opens, it verifies, and it says so where it is behind."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx2
import pytest

from service import embedded
from service.audit import verify
from service.demo.client import Person
from service.demo.people import PEOPLE
from service.demo.run import Demo, Process, await_ready, free_port, running
from service.embedded_account import Account
from service.settings import RunSettings
from tests.shared import ROOT

pytestmark = pytest.mark.slow
DEPLOY = ROOT / "deploy"
TEXT = "【書類名】特許願\n【整理番号】R-1\n【あて先】特許庁長官殿\n【発明の名称】{title}\n【特許請求の範囲】\n【請求項１】\n留め具。\n"
ENOUGH = 300
"""Requests after the backup: more records than a restored copy adds in this test."""


@dataclass(frozen=True)
class Backup:
    """Both halves; the checkpoint known when they were taken, and the one known when all was lost."""

    keys: Path
    database: Path
    early: Path
    late: Path
    key: Path
    before: str
    after: str


@pytest.fixture(scope="module")
def original(reachable_tmp: Path) -> Iterator[Demo]:
    """A demo of this module's own: it ends as if its machine were lost."""
    if shutil.which("pg_basebackup") is None:
        message = "no pg_basebackup (Debian package postgresql)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    with running(RunSettings(home=reachable_tmp / "backed-home", pg="system")) as service:
        yield service


@pytest.fixture(scope="module")
async def backup(original: Demo, reachable_tmp: Path) -> Backup:
    """Taken under work; then more is filed."""
    folder = reachable_tmp / "backups"
    folder.mkdir(mode=0o711)
    (folder / "database").mkdir()
    os.chown(folder / "database", original.server.account.uid, original.server.account.gid)
    await _admit_backup(original.server)
    with _people(original) as people:
        before = _file(people["sato"], "先に出願した留め具")
        _log(people, folder / "early")
        state = original.folder
        _run(
            DEPLOY / "backup.sh", "keys", state / "vault", state / "state", state / "public-keys.json", folder / "keys"
        )
        database = folder / "database" / "taken"
        original.server.account.run(
            "/bin/sh",
            "-c",
            (DEPLOY / "backup.sh").read_text(),
            "backup.sh",
            "database",
            original.server.socket_dir,
            database,
        )
        after = _file(people["sato"], "後に出願した留め具")
        for _ in range(ENOUGH):
            people["yamada"].get("/filings", limit=1)
        _log(people, folder / "late")
        (folder / "key").write_text(people["nakamura"].get("/audit/log")["key"])
    return Backup(folder / "keys", database, folder / "early", folder / "late", folder / "key", before, after)


@pytest.fixture
def restored(original: Demo, backup: Backup, reachable_tmp: Path, request: pytest.FixtureRequest) -> Iterator[Demo]:
    """Both halves put back beside the original, under a new home."""
    home = reachable_tmp / f"restored-{request.node.name[:30]}"
    with _put_back(original, backup, home) as demo:
        folder = demo.folder
        _run(
            DEPLOY / "restore.sh", "keys", backup.keys, folder / "vault", folder / "state", folder / "public-keys.json"
        )
        yield demo


def test_a_restored_copy_opens_what_was_filed_before_and_verifies(
    restored: Demo, backup: Backup, tmp_path: Path
) -> None:
    with _started(restored, "keyholder", "web", "worker"), _people(restored) as people:
        assert people["sato"].part(backup.before, "title") == {"ja": "先に出願した留め具"}
        assert people["sato"].status(f"/filings/{backup.after}") == 404
        assert people["sato"].part(_file(people["sato"], "復旧後の留め具"), "title") == {"ja": "復旧後の留め具"}
        bundle = _bundle(people, tmp_path)
    assert _verified(bundle, backup.key) == 0
    assert _verified(bundle, backup.key, "--known", backup.early) == 0


def test_a_restored_copy_is_behind_the_checkpoint_that_somebody_kept(
    restored: Demo, backup: Backup, tmp_path: Path
) -> None:
    with _started(restored, "keyholder", "web", "worker"), _people(restored) as people:
        bundle = _bundle(people, tmp_path)
    said = _verify(bundle, backup.key, "--known", backup.late)
    assert said.returncode == 1
    assert "rollback" in said.stdout


def test_a_database_older_than_the_keyholder_signed_ends_the_worker_by_name(
    original: Demo, backup: Backup, reachable_tmp: Path
) -> None:
    with _put_back(original, backup, reachable_tmp / "restored-behind") as demo:
        for process in original.processes.values():
            process.kill()
        for name in ("vault", "state"):
            shutil.copytree(original.folder / name, demo.folder / name)
        shutil.copy(original.folder / "public-keys.json", demo.folder)
        with _started(demo, "issuer", "keyholder", "web", "worker") as processes:
            end = time.monotonic() + 60
            while not processes["worker"].ended():
                assert time.monotonic() < end, "the worker goes on"
                time.sleep(0.1)
        assert "log-behind" in (demo.folder / "worker.log").read_text()


def test_a_damaged_backup_is_not_put_back(backup: Backup, original: Demo, reachable_tmp: Path) -> None:
    damaged = reachable_tmp / "damaged"
    shutil.copytree(backup.keys, damaged)
    mark = damaged / "vault" / "mark"
    mark.write_bytes(mark.read_bytes()[:-1] + b"\0")
    ran = subprocess.run(
        [DEPLOY / "restore.sh", "keys", damaged, damaged / "v", damaged / "s", damaged / "p"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "damaged" in ran.stderr
    assert not (damaged / "v").exists()


def test_nothing_that_is_there_is_overwritten(backup: Backup, original: Demo) -> None:
    where = original.folder
    ran = subprocess.run(
        [DEPLOY / "restore.sh", "keys", backup.keys, where / "vault", where / "state", where / "public-keys.json"],
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 2


async def _admit_backup(server: embedded.Server) -> None:
    """As BACKUP.md tells an operator: a role that may copy the cluster and do nothing else, let in by peer."""
    for name, line in (
        ("pg_hba.conf", "local replication hozen_backup peer map=hozen\n"),
        ("pg_ident.conf", f"hozen {server.account.name} hozen_backup\n"),
    ):
        server.account.run("/usr/bin/tee", "-a", server.data / name, text=line)
    connection = await asyncpg.connect(**server.dsn(embedded.SUPERUSER, "postgres"))
    await connection.execute("create role hozen_backup login replication")
    await connection.execute("select pg_reload_conf()")
    await connection.close()


@contextmanager
def _put_back(original: Demo, backup: Backup, home: Path) -> Iterator[Demo]:
    """A server on the restored database, and the places of a demo that uses it; nothing of it runs yet."""
    account: Account = original.server.account
    folder = home / "demo"
    home.mkdir(mode=0o711)
    (home / "postgres").mkdir(mode=0o711)
    os.chown(home / "postgres", account.uid, account.gid)
    folder.mkdir(mode=0o700)
    account.run(
        "/bin/sh",
        "-c",
        (DEPLOY / "restore.sh").read_text(),
        "restore.sh",
        "database",
        backup.database,
        home / "postgres" / "data",
    )
    server = embedded.start(home, pg="system")
    try:
        sockets = Path(original.environment["HOZEN_KEYHOLDER_SOCKET"]).parent
        address = f"127.0.0.1:{free_port(0)}"
        told = {
            "HOME": folder / "state",
            "DATABASE_HOST": server.socket_dir,
            "KEYHOLDER_SOCKET": sockets / home.name[-12:],
            "PUBLIC_KEYS": folder / "public-keys.json",
            "VAULT": folder / "vault",
            "LISTEN": address,
        }
        environment = {**original.environment, **{f"HOZEN_{k}": str(v) for k, v in told.items()}}
        yield replace(original, address=f"http://{address}", folder=folder, server=server, environment=environment)
    finally:
        server.stop()


@contextmanager
def _started(demo: Demo, *names: str) -> Iterator[dict[str, Process]]:
    """These processes of a restored copy, until left."""
    with ExitStack() as stack:
        processes: dict[str, Process] = {}
        for name in names:
            command = [name]
            if name == "issuer":
                command += [str(Path(demo.environment["HOZEN_JWKS"]).parent), demo.issuer.rsplit(":", 1)[1]]
            processes[name] = Process(command, demo.environment, demo.folder / f"{name}.log")
            stack.callback(processes[name].stop)
        await_ready(demo.address)
        yield processes


@contextmanager
def _people(demo: Demo) -> Iterator[dict[str, Person]]:
    with httpx2.Client(base_url=demo.address, timeout=60) as http:
        yield {p.name: Person(http, demo.issuer, p.name) for p in PEOPLE}


def _file(person: Person, title: str) -> str:
    answer = person.file({"filing.txt": TEXT.format(title=title).encode()})
    assert answer.status_code == 201, answer.text
    case: str = answer.json()["case"]
    return case


def _log(people: dict[str, Person], to: Path) -> None:
    """The checkpoint over every record so far, as an auditor keeps it."""
    auditor, needed, now = people["nakamura"], 0, {"size": -1}
    end = time.monotonic() + 60
    while now["size"] < needed:
        assert time.monotonic() < end, "the log does not come to its end"
        answer = auditor.ask("GET", "/audit/log")
        if answer.status_code == 200:  # 409 no-checkpoint: the worker has only begun
            now = answer.json()
            needed = needed or now["records"]
    to.write_text(now["checkpoint"])


def _bundle(people: dict[str, Person], folder: Path) -> Path:
    _log(people, folder / "checkpoint")
    people["nakamura"].download("/audit/bundle", folder / "bundle")
    return folder / "bundle"


def _verified(bundle: Path, key: Path, *more: object) -> int:
    return _verify(bundle, key, *more).returncode


def _verify(bundle: Path, key: Path, *more: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", str(Path(verify.__file__)), str(bundle), "--key", str(key), *map(str, more)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _run(*command: object) -> None:
    ran = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
