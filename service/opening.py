"""Opens the rooms of each process from its settings: which database role, which socket, which keys. Nothing is decided here."""

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from service import settings as s
from service.access.decide import Policies
from service.access.identity import Tokens
from service.audit.leaf import Draft
from service.audit.writer import BatchedWriter
from service.desk import Desk
from service.filings.kind import FILING
from service.filings.view import View
from service.keyholder import granting
from service.keyholder.acting import Acting
from service.keyholder.calls import Keyholder
from service.keyholder.client import KeyholderClient
from service.keyholder.deciding import Decider
from service.keyholder.gathering import Gatherer
from service.keyholder.granting import Granting
from service.keyholder.holder import Holder, Rooms
from service.keyholder.server import Server
from service.keyholder.signing import LogSigner
from service.keyholder.state import State
from service.keyholder.vaults import FileVault
from service.reading import Reading
from service.sealing.wrap import LabelKeys
from service.store import Store
from service.web.house import House
from service.worker import Worker

KINDS = {FILING.name: FILING}
ACCESS = Path(__file__).resolve().parents[1] / "policies" / "access"
LABELS = ("application", "designated", "released")
KEYHOLDER_STATEMENT_MS = 500
"""A statement of the keyholder's that takes longer is given up (a hung one must not hold a batch)."""


def connector(connect: dict[str, Any]) -> Callable[[], Awaitable["asyncpg.Connection[Any]"]]:
    """Makes single connections, for a writer or the sequencer."""

    async def make() -> "asyncpg.Connection[Any]":
        connection: asyncpg.Connection[Any] = await asyncpg.connect(**connect, timeout=5)
        return connection

    return make


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
        yield House(store, keyholder, desk, Reading(store, keyholder, keys.root), writer, FILING, View(store, keyholder, FILING))


async def run_worker(settings: s.WorkerSettings) -> None:
    """The worker, until it is told to stop."""
    async with AsyncExitStack() as stack:
        connect = settings.database("hozen_worker")
        store = await Store.open(connect, size=4)
        stack.push_async_callback(store.close)
        keyholder = await _keyholder(settings.keyholder_socket, stack)
        desk = Desk(store, keyholder, LabelKeys.load(settings.public_keys), KINDS)
        worker = Worker(store, desk, keyholder, lambda: settings.worker_token_file.read_text().strip())
        await worker.run(connector(connect), told_to_stop())


async def run_keyholder(settings: s.KeyholderSettings) -> None:
    """The keyholder, until it is told to stop."""
    async with AsyncExitStack() as stack:
        vault, state, store, writer = await _keyholder_rooms(settings, stack)
        making = Granting(store, vault, state)
        await making.finish_pending()
        decider = Decider(Gatherer(store, vault, state), Policies.load(ACCESS), writer, vault)
        tokens = Tokens.load(settings.jwks, settings.issuer, settings.audience)
        acting = Acting(store, vault, decider, making, writer)
        operations = {op: getattr(acting, op) for op in ("open_case", "assign", "attest", "revoke", "relabel")}
        holder = Holder(Rooms(vault, tokens, decider, LogSigner(vault, state), writer), operations)
        stack.push_async_callback(holder.close)
        server = Server(holder, settings.keyholder_socket)
        await server.start()
        stack.push_async_callback(server.stop)
        await told_to_stop().wait()


async def init_keyholder(settings: s.KeyholderSettings, bootstrap: str, compartments: list[str]) -> None:
    """Make a root's vault and store, write its public keys, and turn the bootstrap file into the first facts: once.

    Raises VaultRefused where there is a vault, NotAllowed for a second bootstrap file, ValueError for one that does not hold.
    """
    FileVault.create(settings.vault, settings.root, _passphrase(settings), LABELS, compartments).label_keys()
    async with AsyncExitStack() as stack:
        vault, state, store, writer = await _keyholder_rooms(settings, stack)
        _publish(settings.public_keys, vault.label_keys().dumps())
        digest = hashlib.sha256(bootstrap.encode()).digest()
        facts = granting.bootstrap_facts(Granting(store, vault, state), bootstrap)
        await writer.record(Draft(what="attest", action="bootstrap", outcome="allowed", digest=digest.hex()))
        state.set_bootstrap(digest)
        async with store.transaction() as work:
            for fact in facts:
                await work.connection.execute(granting.INSERT, fact.id, fact.person, fact.case_id, fact.tag, fact.body)


def told_to_stop() -> asyncio.Event:
    """Set when the process is asked to end (SIGTERM, SIGINT)."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _keyholder_rooms(settings: s.KeyholderSettings, stack: AsyncExitStack) -> tuple[FileVault, State, Store, BatchedWriter]:
    vault = FileVault.open_vault(settings.vault, settings.root, _passphrase(settings))
    state = State.open(settings.home, vault)
    stack.callback(state.close)
    connect = settings.database("hozen_keyholder")
    store = await Store.open(connect, size=8, statement_timeout_ms=KEYHOLDER_STATEMENT_MS)
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


def _passphrase(settings: s.KeyholderSettings) -> str | None:
    return settings.passphrase_file.read_text().strip() if settings.passphrase_file else None


def _publish(path: Path, text: str) -> None:
    """Write the public keys' file, readable by all and writable by its owner alone."""
    part = path.with_suffix(".part")
    part.write_text(text)
    os.chmod(part, 0o644)
    part.rename(path)
