"""A real root, as an operator installs it, and every mistake he may make on the way: each is refused by name, and none is half done."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import httpx2
import pytest

from service.embedded import Server
from tests.store.databases import Database
from tests.whole.real_root import BOOTSTRAP, Installation, Running, status, until

pytestmark = pytest.mark.slow

TEXT = (
    "【書類名】特許願\n【整理番号】T-1\n【あて先】特許庁長官殿\n【発明の名称】紙の留め具\n"
    "【特許請求の範囲】\n【請求項１】\n紙を留める留め具。\n"
)


@pytest.fixture
def at(reachable_tmp: Path, tmp_path: Path, database: Database) -> Iterator[Installation]:
    with ExitStack() as stack:
        folder = reachable_tmp / database.name
        folder.mkdir(mode=0o700)
        made = Installation(folder, database.server, database.name)
        stack.callback(end_all)
        yield made


STARTED: list[Running] = []


def end_all() -> None:
    while STARTED:
        STARTED.pop().end()


def start(at: Installation, name: str, **changed: str) -> Running:
    running = at.start(name, **changed)
    STARTED.append(running)
    return running


async def facts(database: Database) -> int:
    connection = await database.connect()
    found: int = await connection.fetchval("select count(*) from facts")
    return found


async def test_a_real_root_takes_a_filing_gives_it_back_and_signs_its_log(at: Installation, database: Database) -> None:
    done = at.init()
    assert (done.returncode, done.stderr) == (0, "")
    web = start(at, "web")
    until(lambda: status(f"http://{at.address}/livez") == 200, web.log)
    assert status(f"http://{at.address}/readyz") == 503  # the keyholder is not there yet
    keyholder, worker = start(at, "keyholder"), start(at, "worker")
    until(lambda: status(f"http://{at.address}/readyz") == 200, keyholder.log)
    with httpx2.Client(base_url=f"http://{at.address}", timeout=60) as http:
        me = {"authorization": f"Bearer {at.token('applicant')}"}
        sent = {"files": ("a.txt", TEXT.encode(), "application/octet-stream")}
        told = http.post("/filings/read-back", headers=me, files=sent).json()
        confirmed = {"read_back": told["digest"]}
        filed = http.post("/filings", headers={**me, "idempotency-key": "k" * 32}, files=sent, data=confirmed)
        assert filed.status_code == 201, filed.text
        case = filed.json()["case"]
        parts = http.get(f"/filings/{case}", headers=me).json()["parts"]
        title = next(p for p in parts if p["document"] == "title")
        read = http.get(f"/filings/{case}/parts/{title['id']}", headers=me)
        assert read.status_code == 200 and "紙の留め具" in read.text
        auditor = {"authorization": f"Bearer {at.token('auditor')}"}
        until(lambda: http.get("/audit/log", headers=auditor).json().get("size", 0) >= 3, worker.log)
    at.refused("state-refused", "keyholder")  # a second one on the same store
    at.refused("port-taken", "web")
    for running in (web, worker, keyholder):
        assert running.stop() == 0, running.log()
        assert "Traceback" not in running.log()


def test_a_root_is_made_once(at: Installation) -> None:
    at.refused("vault-refused", "keyholder")
    assert at.init().returncode == 0
    at.refused_init("init-done")
    at.refused("root-mismatch", "keyholder", ROOT="demo", PASSPHRASE_FILE="")
    at.refused("root-mismatch", "web", ROOT="demo")


@pytest.mark.parametrize("passphrase", ["short", "", "hozen demonstration: everybody knows this passphrase"])
def test_a_weak_or_the_public_passphrase_makes_no_root(at: Installation, passphrase: str) -> None:
    at.write("passphrase", passphrase)
    at.refused_init("vault-refused")
    at.write("passphrase", "a passphrase that is long enough")
    assert at.init().returncode == 0
    at.write("passphrase", "another passphrase, also long enough")
    at.refused("vault-refused", "keyholder")


def test_a_passphrase_or_vault_that_others_may_read_is_refused(at: Installation) -> None:
    (at.folder / "passphrase").chmod(0o644)
    at.refused_init("passphrase-refused")
    (at.folder / "passphrase").unlink()
    at.refused_init("passphrase-refused")
    at.refused_init("passphrase-missing", PASSPHRASE_FILE="")
    assert not (at.folder / "vault").exists()
    at.write("passphrase", "a passphrase that is long enough")
    assert at.init().returncode == 0
    for name in ("vault/vault.json", "vault"):
        (at.folder / name).chmod(0o755)
        at.refused("not-private", "keyholder")
        (at.folder / name).chmod(0o700)
    (at.folder / "keys.json").chmod(0o666)
    at.refused("public-keys-refused", "web")
    at.refused("public-keys-refused", "worker")


def test_a_demo_vault_never_becomes_real(at: Installation) -> None:
    demo = {"ROOT": "demo", "PASSPHRASE_FILE": ""}
    assert at.init(**demo).returncode == 0
    at.refused("root-mismatch", "keyholder")
    at.refused_init("root-mismatch")
    at.refused("root-mismatch", "web")
    at.refused("root-mismatch", "worker")


@pytest.mark.parametrize(
    "text", ["", "{}", '{"keys": []}', "[]", '{"keys": ["x"]}', '{"keys": [{"kty": "oct"}]}', "private"]
)
def test_an_issuer_key_file_that_is_none_or_holds_a_private_key_is_refused(at: Installation, text: str) -> None:
    if text == "private":
        text = json.dumps({"keys": [at.key.as_dict(private=True)]})
    at.write("jwks.json", text)
    at.refused_init("jwks-refused")
    assert not (at.folder / "vault").exists()


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("id =", "who ="),
        ('role = "auditor"', 'role = "king"'),
        ('office = "audit"', 'office = "jpo"'),
        ('subject = "auditor"', 'subject = "applicant"'),
        ("[[person]]", "[[person"),
        ("2026-01-01", "2026-01-01T00:00:00"),
        ('issuer = "https://id.', 'issuer = "https://other.'),
        ('role = "security_officer"', 'role = "security_officer"\nuntil = 2025-01-01'),
        ("from =", 'compartments = ["a"]\nfrom ='),
        ('[[person.post]]\noffice = "security"\nrole = "security_officer"\n', ""),
    ],
)
async def test_a_bootstrap_file_that_does_not_hold_makes_nothing(
    at: Installation, database: Database, was: str, now: str
) -> None:
    assert was in BOOTSTRAP
    at.write("bootstrap.toml", BOOTSTRAP.replace(was, now))
    at.refused_init("bootstrap-wrong")
    assert not (at.folder / "vault").exists() and await facts(database) == 0


async def test_an_init_that_broke_off_is_finished_by_the_next(at: Installation, database: Database) -> None:
    at.refused_init("file-refused", PUBLIC_KEYS=str(at.folder / "no" / "keys.json"))  # vault and store are made by now
    assert await facts(database) == 0
    at.refused("init-unfinished", "keyholder")
    assert at.init().returncode == 0
    assert await facts(database) == 9


async def test_a_database_of_another_root_is_refused(at: Installation, database: Database) -> None:
    connection = await database.connect()
    await connection.execute("insert into facts (id, person, body) values (gen_random_uuid(), gen_random_uuid(), 'x')")
    at.refused_init("database-of-another")


def test_a_wrong_database_is_refused_by_name(at: Installation) -> None:
    at.refused_init("database-away", DATABASE_HOST=str(at.folder))
    at.refused_init("database-refused", DATABASE_NAME="no_such")
    at.refused_init("database-not-migrated", DATABASE_NAME="postgres")
    at.refused("database-away", "migrate", DATABASE_HOST=str(at.folder))
    at.refused("database-refused", "migrate", DATABASE_NAME="no_such")
    assert not (at.folder / "vault").exists()
    assert at.init().returncode == 0
    for process in ("keyholder", "web", "worker"):
        at.refused("database-away", process, DATABASE_HOST=str(at.folder))
        at.refused("database-not-migrated", process, DATABASE_NAME="postgres")


def test_settings_that_a_real_root_never_takes(at: Installation) -> None:
    at.refused_init("clock-in-real-root", CLOCK="+P1D")
    at.refused_init("setting-wrong", KEYHOLDER_SOCKET="/" + "s" * 100)
    at.refused_init("setting-unknown", DATABSE_HOST="/run")
    at.refused("demo-only", "issuer", str(at.folder), "0")
    assert at.init().returncode == 0
    at.refused("file-refused", "keyholder", KEYHOLDER_SOCKET=str(at.folder / "no" / "socket"))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        at.refused("port-taken", "web", LISTEN=f"127.0.0.1:{other.getsockname()[1]}")


def test_the_worker_goes_on_without_a_token_and_says_so(at: Installation) -> None:
    assert at.init().returncode == 0
    start(at, "keyholder")
    (at.folder / "worker.token").unlink()
    worker = start(at, "worker")
    worker.says("worker-token-missing")
    at.write("worker.token", at.token("worker"), 0o644)
    worker.says("worker-token-open")
    at.write("worker.token", at.token("worker", life=-60))
    worker.says("sign-in-needed")
    assert worker.stop() == 0 and "Traceback" not in worker.log()


async def test_migrate_may_be_repeated_and_refuses_to_lose_a_step_that_was_taken(
    at: Installation, database: Database, postgres: Server
) -> None:
    for _ in range(2):
        assert at.run("migrate").returncode == 0
    at.refused("database-refused", "migrate", "--user", "hozen_stranger")
    at.refused("not-the-owner", "migrate", "--user", "hozen_web")
    connection: asyncpg.Connection[asyncpg.Record] = await database.connect()
    await connection.execute("insert into road_steps (kind, source, name, target) values ('file', 'OLD', 'old', 'NEW')")
    assert at.run("migrate").returncode == 0  # in use by nothing: removed
    assert await connection.fetchval("select count(*) from road_steps where source = 'OLD'") == 0
    await connection.execute("update alembic_version set version_num = 'of_the_future'")
    at.refused("database-newer", "migrate")
