"""Opens the rooms of the web process and of the worker from their settings. Nothing is decided here."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from service import settings as s
from service.audit.sequencer import LogBehind, LogForked, LogMisplaced
from service.desk import Desk
from service.errors import Refusal, Text
from service.filings.kind import FILING
from service.filings.listing import Listing
from service.filings.view import View
from service.forms.drafts import Drafts
from service.keyholder import files
from service.keyholder.calls import Keyholder
from service.keyholder.client import KeyholderClient
from service.kinds import KINDS
from service.reading import Reading
from service.sealing.wrap import LabelKeys
from service.starting import a_writer, connector, named, reach, secret, told_to_stop
from service.store import Store
from service.web.house import House
from service.worker import BROKEN, Worker

LOG_FAULTS = {LogBehind: "log-behind", LogForked: "log-forked", LogMisplaced: "log-misplaced"}


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
        writer = await a_writer(connect, stack)
        keys = LabelKeys.load(settings.public_keys)
        desk = Desk(store, keyholder, keys, KINDS)
        view = View(store, keyholder, FILING)
        listing = Listing(store, keyholder, view, FILING, "list_filings")
        drafts = Drafts(store, keyholder, keys)
        yield House(store, keyholder, desk, Reading(store, keyholder, keys.root), writer, FILING, view, listing, drafts)


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


async def _keyholder(socket: Path, stack: AsyncExitStack) -> Keyholder:
    client = KeyholderClient(socket)
    stack.push_async_callback(client.close)
    return Keyholder(client)


def worker_token(path: Path) -> str:
    """The worker's present token. Raises Refusal worker-token-missing, worker-token-open."""
    return service_token(path, "worker")


def service_token(path: Path, whose: str) -> str:
    """A service person's present token, from a file that nobody else may read. Raises Refusal WHOSE-token-missing, WHOSE-token-open."""
    try:
        return secret(path)
    except files.NotPrivate:
        raise Refusal(f"{whose}-token-open", 503, Text("トークンが他人に読めます。", "Others may read it.")) from None
    except (OSError, ValueError):
        raise Refusal(f"{whose}-token-missing", 503, Text("トークンがありません。", "There is no token.")) from None
