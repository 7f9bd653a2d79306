"""Opens the keyholder's rooms from its settings, and makes a root's vault and first facts. Nothing is decided here."""

import hashlib
from contextlib import AsyncExitStack
from pathlib import Path

from service import settings as s
from service.access.decide import Policies
from service.access.identity import Tokens
from service.audit.leaf import Draft
from service.audit.writer import BatchedWriter
from service.commands import bootstrap as bootstrap_file
from service.errors import Text
from service.keyholder import files, granting
from service.keyholder.acting import Acting
from service.keyholder.contacts import Contacts
from service.keyholder.deciding import Decider
from service.keyholder.drafts import Drafts
from service.keyholder.earlier import EarlierNotices
from service.keyholder.facts import FactRow, NotAFact, open_any_epoch
from service.keyholder.gathering import Gatherer
from service.keyholder.granting import Granting
from service.keyholder.hands import Hands
from service.keyholder.holder import Holder, Rooms
from service.keyholder.links import Links
from service.keyholder.parties import Parties
from service.keyholder.receipts import Receipts
from service.keyholder.server import Server
from service.keyholder.signing import LogSigner
from service.keyholder.state import State
from service.keyholder.stays import StayEvents
from service.keyholder.vaults import FileVault
from service.starting import a_writer, named, reach, secret, settle, told_to_stop
from service.store import Store

ACCESS = Path(__file__).resolve().parents[1] / "policies" / "access"
LABELS = ("application", "designated", "released")
KEYHOLDER_STATEMENT_MS = 500
"""A statement of the keyholder's that takes longer is given up (a hung one must not hold a batch)."""
KEYHOLDER_POOL = 48
"""Connections at most, made when needed: a failed batch's 32 items tried again one by one leave room for everybody else's batches."""


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
        parties = Parties(acting)
        operations |= {"parties": parties.parties, "change_parties": parties.change_parties}
        links = Links(acting)
        operations |= {"links": links.links, "link_cases": links.link_cases}
        operations["earlier_notices"] = EarlierNotices(acting, store).earlier_notices
        contacts = Contacts(acting)
        operations |= {"contact": contacts.contact, "change_contact": contacts.change_contact}
        operations |= {"next_mail": contacts.next_mail, "mail_sent": contacts.mail_sent}
        operations["hands"] = Hands(decider, making).hands
        operations["read_draft"] = Drafts(acting).read_draft
        signer = LogSigner(vault, state)
        operations["receipt"] = Receipts(store, vault, decider, signer).receipt
        operations["stays"] = StayEvents(store, vault, decider, signer, state).stays
        holder = Holder(Rooms(vault, tokens, decider, signer, writer), operations)
        stack.push_async_callback(holder.close)
        server = Server(holder, settings.keyholder_socket)
        with named():
            await server.start()
        stack.push_async_callback(server.stop)
        settle()
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
    return vault, state, store, await a_writer(connect, stack)


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


def _passphrase(settings: s.KeyholderSettings) -> str | None:
    """Raises StartRefused passphrase-refused."""
    if settings.passphrase_file is None:
        return None
    try:
        return secret(settings.passphrase_file)
    except (OSError, ValueError, files.NotPrivate) as fault:
        why = type(fault).__name__ if isinstance(fault, ValueError) else str(fault)
        raise s.StartRefused(
            "passphrase-refused", Text(f"パスフレーズを使えません: {why}", f"The passphrase cannot be used: {why}")
        ) from None


def _publish(path: Path, text: str) -> None:
    """Write the public keys' file, readable by all and writable by its owner alone."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="ascii")
    part.chmod(0o644)
    part.rename(path)
