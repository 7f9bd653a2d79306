"""Opens the rooms of each process from its settings: which database role, which socket, which keys. Nothing is decided here."""

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from service import settings as s
from service.access.decide import Policies
from service.access.identity import Tokens
from service.audit.leaf import Draft
from service.audit.sequencer import LogBehind, LogForked, LogMisplaced
from service.audit.writer import BatchedWriter
from service.commands import bootstrap as bootstrap_file
from service.desk import Desk
from service.errors import Refusal, Text
from service.filings.kind import FILING
from service.filings.view import View
from service.keyholder import files, granting
from service.keyholder.acting import Acting
from service.keyholder.calls import Keyholder
from service.keyholder.client import KeyholderClient
from service.keyholder.deciding import Decider
from service.keyholder.facts import FactRow, NotAFact, open_any_epoch
from service.keyholder.gathering import Gatherer
from service.keyholder.granting import Granting
from service.keyholder.hands import Hands
from service.keyholder.holder import Holder, Rooms
from service.keyholder.receipts import Receipts
from service.keyholder.server import Server
from service.keyholder.signing import LogSigner
from service.keyholder.state import State, StateRefused
from service.keyholder.vault_file import VaultRefused
from service.keyholder.vaults import FileVault
from service.reading import Reading
from service.sealing.wrap import LabelKeys, WrongRoot
from service.store import Store
from service.web.house import House
from service.worker import BROKEN, Worker

KINDS = {FILING.name: FILING}
ACCESS = Path(__file__).resolve().parents[1] / "policies" / "access"
LABELS = ("application", "designated", "released")
LOG_FAULTS = {LogBehind: "log-behind", LogForked: "log-forked", LogMisplaced: "log-misplaced"}
KEYHOLDER_STATEMENT_MS = 500
"""A statement of the keyholder's that takes longer is given up (a hung one must not hold a batch)."""
KEYHOLDER_POOL = 48
"""Connections at most, made when needed: a failed batch's 32 items tried again one by one leave room for everybody else's batches."""


def connector(connect: dict[str, Any]) -> Callable[[], Awaitable["asyncpg.Connection[Any]"]]:
    """Makes single connections, for a writer or the sequencer."""

    async def make() -> "asyncpg.Connection[Any]":
        connection: asyncpg.Connection[Any] = await asyncpg.connect(**connect, timeout=5)
        return connection

    return make


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


def public_keys(settings: s.WebSettings | s.WorkerSettings) -> LabelKeys:
    """The keyholder's public keys, of a root of this kind. Raises StartRefused public-keys-refused, root-mismatch."""
    try:
        keys = LabelKeys.load(settings.public_keys)
    except (OSError, ValueError) as fault:
        raise s.StartRefused(
            "public-keys-refused",
            Text(f"公開鍵のファイルを使えません: {fault}", f"The public keys' file cannot be used: {fault}"),
        ) from None
    if keys.kind != settings.root:
        raise s.StartRefused(
            "root-mismatch",
            Text("公開鍵が別の種類のルートのものです。", "These public keys are of a root of another kind."),
        )
    return keys


async def ready_to_serve(settings: s.WebSettings) -> None:
    """What the web needs at its start, but the keyholder (it may come later). Raises StartRefused."""
    with named():
        public_keys(settings)
        await reach(settings.database("hozen_web"))


@asynccontextmanager
async def web_house(settings: s.WebSettings) -> AsyncIterator[House]:
    """The rooms of a web process."""
    async with AsyncExitStack() as stack:
        connect = settings.database("hozen_web")
        store = await Store.open(connect, size=16)
        stack.push_async_callback(store.close)
        keyholder = await _keyholder(settings.keyholder_socket, stack)
        writer = await _writer(connect, stack)
        keys = LabelKeys.load(settings.public_keys)
        desk = Desk(store, keyholder, keys, KINDS)
        yield House(
            store, keyholder, desk, Reading(store, keyholder, keys.root), writer, FILING, View(store, keyholder, FILING)
        )


async def run_worker(settings: s.WorkerSettings) -> None:
    """The worker, until it is told to stop. Raises StartRefused log-behind, log-forked, log-misplaced."""
    stop = told_to_stop()
    async with AsyncExitStack() as stack:
        connect = settings.database("hozen_worker")
        with named():
            keys = public_keys(settings)
            await reach(connect)
        store = await Store.open(connect, size=4)
        stack.push_async_callback(store.close)
        keyholder = await _keyholder(settings.keyholder_socket, stack)
        desk = Desk(store, keyholder, keys, KINDS)
        worker = Worker(store, desk, keyholder, lambda: worker_token(settings.worker_token_file))
        try:
            await worker.run(connector(connect), stop)
        except BROKEN as broken:
            name = LOG_FAULTS[type(broken)]
            raise s.StartRefused(
                name,
                Text("ログが署名済みの状態と一致しません。", "The log in the database is not the one that was signed."),
            ) from None


async def run_keyholder(settings: s.KeyholderSettings) -> None:
    """The keyholder, until it is told to stop. Raises StartRefused."""
    stop = told_to_stop()
    async with AsyncExitStack() as stack:
        with named():
            tokens = _tokens(settings)
            vault, state, store, writer = await _keyholder_rooms(settings, stack)
            _refuse_unfinished(state)
            making = Granting(store, vault, state)
            await making.finish_pending()
        decider = Decider(Gatherer(store, vault, state), Policies.load(ACCESS), writer, vault)
        acting = Acting(store, vault, decider, making, writer)
        operations = {op: getattr(acting, op) for op in ("open_case", "assign", "attest", "revoke", "relabel")}
        operations["hands"] = Hands(decider, making).hands
        signer = LogSigner(vault, state)
        operations["receipt"] = Receipts(store, vault, decider, signer).receipt
        holder = Holder(Rooms(vault, tokens, decider, signer, writer), operations)
        stack.push_async_callback(holder.close)
        server = Server(holder, settings.keyholder_socket)
        with named():
            await server.start()
        stack.push_async_callback(server.stop)
        await stop.wait()


async def init_keyholder(settings: s.KeyholderSettings, raw: bytes, compartments: list[str]) -> None:
    """Make a root's vault and store, write its public keys, and turn the bootstrap file into the first facts: once.

    Everything that can be refused is refused before anything is made. What a crash left half made is finished by a second try, also with
    another file; the facts, and their record with the file's hash, are one transaction. Raises StartRefused.
    """
    text = bootstrap_file.check(raw, settings.issuer, compartments)
    async with AsyncExitStack() as stack:
        with named():
            _tokens(settings)
            await reach(settings.database("hozen_keyholder"))
            if not (settings.vault / "vault.json").exists():
                FileVault.create(settings.vault, settings.root, _passphrase(settings), LABELS, compartments)
            vault, state, store, _ = await _keyholder_rooms(settings, stack)
            if state.bootstrap() is not None:
                raise s.StartRefused(
                    "init-done", Text("初期化は済んでいます。", "This root was made already; it is made once.")
                )
            _publish(settings.public_keys, vault.label_keys().dumps())
            await _first_facts(store, vault, granting.bootstrap_facts(Granting(store, vault, state), text), raw)
            state.set_bootstrap(hashlib.sha256(raw).digest())


async def _first_facts(store: Store, vault: FileVault, facts: list[FactRow], raw: bytes) -> None:
    """The facts and their record, in place of what an interrupted init of this root left. Raises StartRefused database-of-another."""
    async with store.transaction() as work:
        for row in await work.connection.fetch("select id, person, case_id, tag, body from facts"):
            try:
                open_any_epoch(vault, FactRow(*row))
            except NotAFact:
                raise s.StartRefused(
                    "database-of-another",
                    Text(
                        "このデータベースには別のルートの登録があります。", "This database holds facts of another root."
                    ),
                ) from None
        await work.connection.execute("delete from facts")
        for fact in facts:
            await work.connection.execute(granting.INSERT, fact.id, fact.person, fact.case_id, fact.tag, fact.body)
        digest = hashlib.sha256(raw).hexdigest()
        await work.record(Draft(what="attest", action="bootstrap", outcome="allowed", digest=digest))


def _refuse_unfinished(state: State) -> None:
    if state.bootstrap() is None:
        raise s.StartRefused(
            "init-unfinished", Text("初期化が済んでいません。", "This root is not made yet: run hozen init (again).")
        )


def told_to_stop() -> asyncio.Event:
    """Set when the process is asked to end (SIGTERM, SIGINT)."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _keyholder_rooms(
    settings: s.KeyholderSettings, stack: AsyncExitStack
) -> tuple[FileVault, State, Store, BatchedWriter]:
    vault = FileVault.open_vault(settings.vault, settings.root, _passphrase(settings))
    state = State.open(settings.home, vault)
    stack.callback(state.close)
    connect = settings.database("hozen_keyholder")
    await reach(connect)
    store = await Store.open(connect, size=KEYHOLDER_POOL, statement_timeout_ms=KEYHOLDER_STATEMENT_MS)
    stack.push_async_callback(store.close)
    return vault, state, store, await _writer(connect, stack)


async def _keyholder(socket: Path, stack: AsyncExitStack) -> Keyholder:
    client = KeyholderClient(socket)
    stack.push_async_callback(client.close)
    return Keyholder(client)


async def _writer(connect: dict[str, Any], stack: AsyncExitStack) -> BatchedWriter:
    writer = BatchedWriter(connector(connect))
    writer.start()
    stack.push_async_callback(writer.stop)
    return writer


def _tokens(settings: s.KeyholderSettings) -> Tokens:
    """Raises StartRefused jwks-refused."""
    try:
        return Tokens.load(settings.jwks, settings.issuer, settings.audience)
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as fault:
        why = str(fault) if isinstance(fault, OSError) or type(fault) is ValueError else type(fault).__name__
        raise s.StartRefused(
            "jwks-refused",
            Text(f"発行者の公開鍵を使えません: {why}", f"The issuer's public keys cannot be used: {why}"),
        ) from None


def worker_token(path: Path) -> str:
    """The worker's present token, from a file that nobody else may read. Raises Refusal worker-token-missing, worker-token-open."""
    try:
        return _secret(path)
    except files.NotPrivate:
        raise Refusal("worker-token-open", 503, Text("トークンが他人に読めます。", "Others may read it.")) from None
    except (OSError, ValueError):
        raise Refusal("worker-token-missing", 503, Text("トークンがありません。", "There is no token.")) from None


def _passphrase(settings: s.KeyholderSettings) -> str | None:
    """Raises StartRefused passphrase-refused."""
    if settings.passphrase_file is None:
        return None
    try:
        return _secret(settings.passphrase_file)
    except (OSError, ValueError, files.NotPrivate) as fault:
        why = type(fault).__name__ if isinstance(fault, ValueError) else str(fault)
        raise s.StartRefused(
            "passphrase-refused", Text(f"パスフレーズを使えません: {why}", f"The passphrase cannot be used: {why}")
        ) from None


def _secret(path: Path) -> str:
    """A secret of one line. Raises OSError, ValueError; NotPrivate where others may read it (a credential that systemd lends with an ACL
    is root's and shows the ACL's mask as its group's right)."""
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        lent = found.st_uid == 0 != os.geteuid()
        if found.st_uid not in (0, os.geteuid()) or found.st_mode & (0o037 if lent else 0o077):
            raise files.NotPrivate(f"{path} is open to others: chmod 0600 it")
        return file.read().decode().strip()


def _publish(path: Path, text: str) -> None:
    """Write the public keys' file, readable by all and writable by its owner alone."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="ascii")
    part.chmod(0o644)
    part.rename(path)
