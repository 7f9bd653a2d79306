"""What every process shares at its start: what refuses it by name, how the database is reached, how it is told to stop."""

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from service import settings as s
from service.audit.writer import BatchedWriter
from service.errors import Refusal, Text
from service.keyholder import files
from service.keyholder.state import StateRefused
from service.keyholder.vault_file import VaultRefused
from service.sealing.wrap import WrongRoot

REFUSED: tuple[tuple[type[Exception], str, Text], ...] = (
    (files.NotPrivate, "not-private", Text("鍵の置き場が他人に開かれています", "a place of keys is open to others")),
    (WrongRoot, "root-mismatch", Text("別の種類のルートです", "this is of another root")),
    (VaultRefused, "vault-refused", Text("保管庫を開けません", "the vault does not open")),
    (StateRefused, "state-refused", Text("鍵管理の記憶を開けません", "the keyholder's store does not open")),
    (asyncpg.PostgresError, "database-refused", Text("データベースが拒みました", "the database refused")),
    (asyncpg.InterfaceError, "database-refused", Text("データベースが拒みました", "the database refused")),
    (Refusal, "database-away", Text("データベースに届きません", "the database is out of reach")),
    (OSError, "file-refused", Text("ファイルまたはソケットを使えません", "a file or socket cannot be used")),
)


def connector(connect: dict[str, Any]) -> Callable[[], Awaitable["asyncpg.Connection[Any]"]]:
    """Makes single connections, for a writer or the sequencer."""

    async def make() -> "asyncpg.Connection[Any]":
        connection: asyncpg.Connection[Any] = await asyncpg.connect(**connect, timeout=5)
        return connection

    return make


@contextmanager
def named() -> Iterator[None]:
    """What stops a start, by its name and without a trace. Raises StartRefused."""
    try:
        yield
    except tuple(kind for kind, _, _ in REFUSED) as fault:
        name, text = next((n, t) for kind, n, t in REFUSED if isinstance(fault, kind))
        raise s.StartRefused(name, Text(f"{text.ja}: {fault}", f"{text.en}: {fault}")) from None


async def reach(connect: dict[str, Any]) -> None:
    """The database is there, lets this role in and has its tables. Raises StartRefused database-away, -refused, -not-migrated."""
    try:
        connection = await asyncpg.connect(**connect, timeout=5)
    except (OSError, TimeoutError) as fault:
        where = f"{connect['host']}, {connect['port']}: {type(fault).__name__}"
        raise s.StartRefused(
            "database-away", Text(f"PostgreSQL に届きません ({where})。", f"PostgreSQL is out of reach ({where}).")
        ) from None
    try:
        made = await connection.fetchval("select to_regclass('public.road_steps') is not null")
    finally:
        await connection.close()
    if not made:
        raise s.StartRefused(
            "database-not-migrated",
            Text("表がありません。先に hozen migrate を。", "The database has no tables: run hozen migrate first."),
        )


async def a_writer(connect: dict[str, Any], stack: AsyncExitStack) -> BatchedWriter:
    """A batched writer that runs until the stack is left."""
    writer = BatchedWriter(connector(connect))
    writer.start()
    stack.push_async_callback(writer.stop)
    return writer


def settle() -> None:
    """What a process has at its start stays for good: the collector of cycles is to look at what requests leave, and less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def told_to_stop() -> asyncio.Event:
    """Set when the process is asked to end (SIGTERM, SIGINT)."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def secret(path: Path) -> str:
    """A secret of one line. Raises OSError, ValueError; NotPrivate where others may read it (a credential that systemd lends with an ACL
    is root's and shows the ACL's mask as its group's right)."""
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        lent = found.st_uid == 0 != os.geteuid()
        if found.st_uid not in (0, os.geteuid()) or found.st_mode & (0o037 if lent else 0o077):
            raise files.NotPrivate(f"{path} is open to others: chmod 0600 it")
        return file.read().decode().strip()
