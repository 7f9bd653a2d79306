"""A private PostgreSQL for the default run and the tests: its own data, its own socket, nobody else's door.

What must hold: only a unix socket in a 0700 folder, no TCP; only the person who started it (peer, checked by the kernel) gets in, as
one of the service's roles; checksums and fsync are on; one data folder is never served twice; after kill -9 the next start recovers.
Not promised: anything against root, or against the user that the server runs as (as root: `postgres`, else `hozen`).

Liveness is a lock, not a process id: the server inherits an flock on `home/lock`, and the kernel gives it back when the last of its
processes has ended. A zombie holds no lock, and neither does a process of another container that happens to have the same number.
"""

import fcntl
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from service.embedded_account import Account, account_for, give, my_name, own_home, socket_folder
from service.errors import Text
from service.postgres_programs import Programs, choose
from service.settings import StartRefused

SUPERUSER = "hozen"
ROLES = ("hozen_owner", "hozen_web", "hozen_worker", "hozen_keyholder")
PORT = 5432
PATIENCE = 60.0
"""Seconds to wait for a start, a recovery or a stop before it is refused by name."""

# Written at every start: what must hold is not left to ALTER SYSTEM. No statement and no parameter goes to the log.
CONF = """\
listen_addresses = ''
port = 5432
unix_socket_directories = '{folder}'
unix_socket_permissions = 0700
max_connections = 200
fsync = on
full_page_writes = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
log_statement = 'none'
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_checkpoints = off
jit = off
"""


@dataclass(frozen=True)
class Server:
    """A running server. version: of its programs, `15.18`. started: this call started it (False: it ran already)."""

    home: Path
    data: Path
    socket_dir: Path
    programs: Path
    version: str
    account: Account
    started: bool

    def dsn(self, role: str, database: str) -> dict[str, Any]:
        """asyncpg's connection arguments for one of ROLES, or for SUPERUSER."""
        return {"host": str(self.socket_dir), "port": PORT, "user": role, "database": database}

    def stop(self) -> None:
        """End every connection and shut down; returns when no process is left. Raises StartRefused postgres-did-not-stop."""
        self._signal("INT")
        until = time.monotonic() + PATIENCE
        while is_running(self.home):
            if time.monotonic() > until:
                raise StartRefused(
                    "postgres-did-not-stop",
                    Text(f"PostgreSQL が停止しません ({self.data})。", f"PostgreSQL does not stop ({self.data})."),
                )
            time.sleep(0.02)

    def kill(self) -> None:
        """kill -9 of the postmaster, for crash tests. The next `start` recovers."""
        self._signal("KILL")

    def _signal(self, name: str) -> None:
        """Signal the postmaster as its own user: the number in the file is that user's word, and root does not act on it."""
        if is_running(self.home):
            number = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            self.account.run("/bin/sh", "-c", f'kill -{name} "$1"', "sh", str(number))


def default_home() -> Path:
    """Where data, sockets and programs live unless HOZEN_HOME names a place: never the clone, which the server's user may not enter."""
    return Path("/var/lib/hozen") if os.geteuid() == 0 else Path.home() / ".local/share/hozen"


def start(home: Path, *, pg: str | None = None) -> Server:
    """Start the server of `home`, making it at the first call; wait until it answers. One that runs already is returned.

    pg: `system`, `wheel`, or None for system first. Raises StartRefused: postgres-absent, postgres-version, postgres-did-not-start,
    folder-foreign, folder-out-of-reach, user-unknown.
    """
    home = home.resolve()
    own_home(home)
    own, data = home / "postgres", home / "postgres" / "data"
    account = account_for(own)
    folder = socket_folder(home, account, f".s.PGSQL.{PORT}")
    for mine in (own, folder):
        give(mine, account)
    found = choose(home, pg, _made_by(data), account.run)
    lock = _lock_unless_running(home / "lock", data, folder)
    if lock is not None:
        try:
            _bring_up(data, folder, found, account, lock)
        except (OSError, subprocess.CalledProcessError) as error:
            raise _did_not_start(own, error) from error
        finally:
            os.close(lock)  # the server holds its own copy
    return Server(home, data, folder, found.folder, found.version, account, lock is not None)


def is_running(home: Path) -> bool:
    """Whether any process of this home's server is left."""
    lock = _try_lock(home / "lock")
    if lock is not None:
        os.close(lock)
    return lock is None


async def ensure_database(server: Server, name: str) -> None:
    """Make the service's roles and the database `name`, owned by hozen_owner, where they are not there yet.

    Raises ValueError unless `name` is a plain lower-case name.
    """
    if not (name.isidentifier() and name.isascii() and name == name.lower()):
        raise ValueError("a database's name is lower-case ASCII letters, digits and _")
    connection = await asyncpg.connect(**server.dsn(SUPERUSER, "postgres"))
    try:
        for role in ROLES:
            if not await connection.fetchval("select 1 from pg_roles where rolname = $1", role):
                await connection.execute(
                    f"create role {role} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls"
                )
        if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
            await connection.execute(f"create database {name} owner hozen_owner template template0")
        await connection.execute(f"revoke all on database {name} from public")
        await connection.execute(f"grant connect on database {name} to {', '.join(ROLES)}")
    finally:
        await connection.close()


def _made_by(data: Path) -> int | None:
    """The major version whose data lies here, or None."""
    made = data / "PG_VERSION"
    return int(made.read_text()) if made.exists() else None


def _bring_up(data: Path, folder: Path, found: Programs, account: Account, lock: int) -> None:
    """initdb where nothing is yet, our configuration, then the server. The lock is ours: no process of an earlier one is left."""
    if _made_by(data) is None:
        _make(data, found, account)
    me = my_name()
    doors = "".join(f'hozen "{me}" {role}\n' for role in (SUPERUSER, *ROLES))
    for name, text in (
        ("pg_hba.conf", "local all all peer map=hozen\n"),
        ("pg_ident.conf", doors),
        ("postgresql.auto.conf", CONF.format(folder=folder)),
    ):
        account.run("/usr/bin/tee", data / name, text=text)
    stale = (data / "postmaster.pid", folder / f".s.PGSQL.{PORT}", folder / f".s.PGSQL.{PORT}.lock")
    account.run("/bin/rm", "-f", *stale)
    log = data.with_name("server.log")
    account.run(found.folder / "pg_ctl", "-D", data, "-l", log, "-w", "-t", str(int(PATIENCE)), "start", keep=lock)


def _make(data: Path, found: Programs, account: Account) -> None:
    """initdb beside, then one rename: a crash in the middle never leaves half a data folder under the real name."""
    part = data.with_name("data.part")
    account.run("/bin/rm", "-rf", part)
    options = ("-U", SUPERUSER, "-A", "peer", "-E", "UTF8", "--locale=C", "-k", "--no-instructions")
    account.run(found.folder / "initdb", "-D", part, *options)
    account.run("/bin/mv", "-T", part, data)


def _try_lock(path: Path) -> int | None:
    """The lock as an open file, or None while some process of a server holds it."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        return None
    return opened


def _lock_unless_running(path: Path, data: Path, folder: Path) -> int | None:
    """The lock, once every process of an earlier server has ended; None when a server runs and answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if (lock := _try_lock(path)) is not None:
            return lock
        if _ready(data) and _answers(folder):
            return None
        time.sleep(0.05)
    raise StartRefused(
        "postgres-did-not-start",
        Text(f"別のプロセスが {path} を使用中です。", f"Another process holds {path} and no server answers."),
    )


def _ready(data: Path) -> bool:
    """Line 8 of postmaster.pid is the server's own word on its state (as pg_ctl reads it)."""
    try:
        return (data / "postmaster.pid").read_text().split("\n")[7].strip() == "ready"
    except (OSError, IndexError):
        return False


def _answers(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(folder / f".s.PGSQL.{PORT}")) == 0


def _did_not_start(own: Path, error: Exception) -> StartRefused:
    """The last lines of the program's or the server's own words (they hold no statement and no parameter)."""
    said = str(getattr(error, "stderr", None) or "")
    log = own / "server.log"
    if not said and log.exists():
        said = log.read_text(errors="replace")
    tail = " | ".join((said or str(error)).strip().split("\n")[-5:])
    return StartRefused(
        "postgres-did-not-start",
        Text(f"PostgreSQL が起動しません: {tail}", f"PostgreSQL does not start: {tail}"),
    )
