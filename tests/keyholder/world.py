"""A small whole world around a real keyholder: its vault, its store, a database of its own, its socket, and the people who ask it.

Cases and parts are laid straight into the tables (as their owner, triggers off); facts are made by the keyholder's own hand. Nothing is
imitated: Server, Holder, policies, PostgreSQL and the client are those that run.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from joserfc import jwt
from joserfc.jwk import ECKey

from service import clock, embedded, migrate
from service.access.decide import Policies
from service.access.identity import Tokens
from service.audit.writer import BatchedWriter
from service.embedded import SUPERUSER
from service.embedded import Server as Postgres
from service.keyholder import granting
from service.keyholder.acting import Acting
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.keyholder.client import KeyholderClient, KeyholderRefused, KeyholderUnavailable
from service.keyholder.contacts import Contacts
from service.keyholder.deciding import Decider
from service.keyholder.facts import FactRow
from service.keyholder.gathering import Gatherer
from service.keyholder.granting import Granting
from service.keyholder.holder import Holder, Rooms
from service.keyholder.links import Links
from service.keyholder.parties import Parties
from service.keyholder.receipts import Receipts
from service.keyholder.server import Server
from service.keyholder.signing import LogSigner
from service.keyholder.state import State
from service.keyholder.stays import StayEvents
from service.keyholder.vault_file import Argon2Cost
from service.keyholder.vaults import FileVault
from service.opening_keyholder import ACCESS, KEYHOLDER_POOL, KEYHOLDER_STATEMENT_MS, LABELS
from service.sealing.envelope import Place, open_sealed, seal
from service.store import Store

QUICK = Argon2Cost(memory_kib=64, iterations=1, lanes=1)
TEMPLATE = "keyholder_template"
ISSUER, AUDIENCE = "https://id.example", "hozen"
COMPARTMENTS = ("a", "b")

CAST: Mapping[str, tuple[tuple[tuple[str, str], ...], bool, tuple[str, ...]]] = {
    "sato": ((("applicant", "applicant"),), False, ()),
    "yamada": ((("applicant", "applicant"),), False, ()),
    "kato": ((("jpo", "clerk"),), False, ()),
    "suzuki": ((("jpo", "screening_examiner"),), False, ()),
    "takahashi": ((("jpo", "section_head"),), False, ()),
    "tanaka": ((("cao", "reviewer"),), True, ("a",)),
    "ito": ((("cao", "reviewer"),), False, ()),
    "kobayashi": ((("cao", "decider"),), True, ("a",)),
    "watanabe": ((("cao", "review_head"),), True, ("a",)),
    "mori": ((("agency", "consulted_officer"),), True, ("b",)),
    "hayashi": ((("expert", "expert"),), False, ()),
    "nakamura": ((("audit", "auditor"),), False, ()),
    "yoshida": ((("security", "security_officer"),), False, ()),
    "aoki": ((("security", "security_officer"),), False, ()),
    "yamamoto": ((("operations", "operator"),), False, ()),
    "worker": ((("system", "timer"), ("system", "sequencer")), False, ()),
    "courier": ((("system", "courier"),), False, ()),
    "okada": ((("cao", "decider"),), False, ()),
    "shimizu": ((("cao", "review_head"),), False, ()),
    "endo": ((("cao", "reviewer"),), True, ("a",)),
    "fujita": ((("cao", "reviewer"),), True, ("a",)),
    "goto": ((("cao", "reviewer"),), True, ("a",)),
    "hara": ((("cao", "reviewer"),), True, ("a",)),
    "imai": ((("cao", "reviewer"),), True, ("a",)),
    "kimura": ((("cao", "reviewer"),), False, ("a",)),
    "noda": ((("cao", "reviewer"),), True, ("a",)),
    "okuda": ((("cao", "reviewer"),), True, ("a",)),
}
"""name (the subject of his tokens): (office, role) posts, cleared, compartments."""

ID = {name: UUID(int=0x5000 + n) for n, name in enumerate(CAST)}
PAPERS = ("title", "claims", "screening", "opinion", "DOC-67-10")


def bootstrap() -> str:
    """The bootstrap file of the cast."""
    today = clock.today()
    lines: list[str] = []
    for name, (posts, cleared, compartments) in CAST.items():
        lines.append(f'[[person]]\nid = "{ID[name]}"\nissuer = "{ISSUER}"\nsubject = "{name}"\nfrom = {today}')
        lines.append(f"compartments = {json.dumps(list(compartments))}")
        lines += [f'[[person.post]]\noffice = "{office}"\nrole = "{role}"' for office, role in posts]
        acts_for = {"screening_examiner": "commissioner", "reviewer": "prime_minister", "decider": "prime_minister"}
        for authority in sorted({acts_for[role] for _, role in posts if role in acts_for}):
            lines.append(f'[[person.mandate]]\nauthority = "{authority}"\nscope = "all"\ninstrument = "order"')
        if cleared:
            lines.append(f"[person.clearance]\nlevel = 1\nuntil = {today + timedelta(days=365)}")
    return "\n".join(lines)


@dataclass(frozen=True)
class Laid:
    """A case as it was laid: its parts by document code."""

    id: UUID
    parts: Mapping[str, UUID]
    contents: Mapping[UUID, bytes]


@dataclass
class World:
    """One keyholder and what is around it. `admin` is the database's owner of all, triggers off."""

    postgres: Postgres
    database: str
    folder: Path
    key: ECKey
    vault: FileVault
    state: State
    store: Store
    writer: BatchedWriter
    granting: Granting
    decider: Decider
    acting: Acting
    holder: Holder
    server: Server
    client: KeyholderClient
    admin: "asyncpg.Connection[Any]"
    people: dict[str, UUID] = field(default_factory=lambda: dict(ID))
    stopped: bool = False

    @property
    def socket(self) -> Path:
        return self.folder / "kh"

    @property
    def keyholder(self) -> Keyholder:
        return Keyholder(self.client)

    def token(self, name: str, **other: Any) -> str:
        now = int(clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": name,
            "iat": now,
            "exp": now + 300,
            "jti": uuid4().hex,
            **other,
        }
        return jwt.encode({"alg": "ES256", "kid": "k", "typ": "at+jwt"}, claims, self.key)

    def caller(self, name: str) -> Caller:
        return Caller(self.token(name), uuid4())

    async def ask(self, name: str | None, op: str, **fields: Any) -> dict[str, Any]:
        """One request on the socket, as `name` (None: without a valid token). Raises KeyholderRefused, KeyholderUnavailable."""
        token = "nobody" if name is None else self.token(name)
        return await self.client.call(op, token=token, **{"request": uuid4().bytes, **fields})

    async def refusal(self, name: str | None, op: str, **fields: Any) -> str:
        """The name of the refusal, or "" for an answer."""
        try:
            await self.ask(name, op, **fields)
        except KeyholderRefused as refused:
            return refused.error
        return ""

    async def refusal_of(self, message: Mapping[str, Any]) -> str:
        """The name of the refusal of a whole request, or "" for an answer."""
        try:
            await self.client.call(**message)
        except KeyholderRefused as refused:
            return refused.error
        return ""

    async def read(self, name: str | None, part: UUID, **more: Any) -> dict[str, Any]:
        return await self.ask(name, "read", **{"part": part.bytes, "purpose": "work", **more})

    async def reading(self, name: str | None, part: UUID, **more: Any) -> str:
        """The name of the refusal of a read, `late` where no answer came in time, or "" when a key came."""
        try:
            said = await self.read(name, part, **more)
        except KeyholderRefused as refused:
            return refused.error
        except KeyholderUnavailable:
            return "late"
        assert len(said["key"]) == 32
        return ""

    async def lay(
        self,
        works: Mapping[str, str],
        *,
        state: str = "UNDER_REVIEW",
        label: str = "application",
        compartment: str | None = None,
        papers: Sequence[str] = PAPERS,
        size: int = 40,
    ) -> Laid:
        """A case with sealed papers, and who works on it (name -> work)."""
        case = uuid4()
        await self.admin.execute(
            "insert into cases values ($1, 'filing', $2, 1, $3, $4, now())", case, state, label, compartment
        )
        parts: dict[str, UUID] = {}
        contents: dict[UUID, bytes] = {}
        for document in papers:
            part = parts[document] = uuid4()
            contents[part] = document.encode().ljust(size, b".")
            await self.put_part(part, case, document, contents[part], label, compartment)
        for name, work in works.items():
            await self.give(name, "assignment", case, {"work": work})
        return Laid(case, parts, contents)

    async def put_part(
        self, part: UUID, case: UUID, document: str, content: bytes, label: str, compartment: str | None = None
    ) -> None:
        """Seal and store one part."""
        place = Place(self.vault.root, "filing", case, part, document, 1)
        done = seal(content, place, self.vault.label_keys().newest(label, compartment))
        await self.admin.execute(
            "insert into parts values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, now())",
            part, case, document, label, compartment, done.key_id, done.size_class, done.wrapped, done.sealed,
        )  # fmt: skip

    async def give(
        self,
        name: str,
        kind: str,
        case: UUID | None,
        values: Mapping[str, Any],
        *,
        start: date | None = None,
        until: date | None = None,
    ) -> FactRow:
        """A fact by the keyholder's own hand, stored."""
        row = self.granting.make(self.people[name], kind, case, start or clock.today(), until, values)
        await self.put_fact(row)
        return row

    async def put_fact(self, row: FactRow) -> None:
        await self.admin.execute(granting.INSERT, row.id, row.person, row.case_id, row.tag, row.body)

    async def store_facts(self, facts: Sequence[Mapping[str, Any]]) -> None:
        """As the desk would in its act's transaction."""
        for f in facts:
            case = UUID(bytes=f["case_id"]) if f["case_id"] else None
            await self.put_fact(FactRow(UUID(bytes=f["id"]), UUID(bytes=f["person"]), case, f["tag"], f["body"]))

    async def store_wraps(
        self, case: UUID, parts: Sequence[Mapping[str, Any]], label: str, compartment: str | None
    ) -> None:
        """As the desk would in its act's transaction."""
        for p in parts:
            await self.admin.execute(
                "update parts set label = $2, compartment = $3, key_id = $4, wrapped = $5 where id = $1",
                UUID(bytes=p["id"]), label, compartment, UUID(bytes=p["key_id"]), p["wrapped"],
            )  # fmt: skip
        await self.admin.execute(
            "update cases set label = $2, compartment = $3 where id = $1", case, label, compartment
        )

    def opened(self, part: UUID, said: Mapping[str, Any]) -> bytes:
        """The content, opened with what a read released."""
        place = Place(self.vault.root, said["kind"], UUID(bytes=said["case"]), part, said["document"], said["version"])
        return open_sealed(said["sealed"], said["key"], place)

    async def records(self, **like: Any) -> list[dict[str, Any]]:
        """The records whose fields are these, oldest first."""
        rows = await self.admin.fetch("select body from records order by xid, writer, number")
        said = [json.loads(row["body"]) for row in rows]
        return [r for r in said if all(r[k] == v for k, v in like.items())]

    async def stop(self) -> None:
        """The keyholder goes; its store is free for another."""
        if self.stopped:
            return
        self.stopped = True
        await self.server.stop()
        await self.holder.close()
        await self.granting.close()
        self.state.close()

    async def restart(self) -> None:
        """The keyholder goes and comes back: its memory is gone, its store and the socket's path are the same."""
        await self.stop()
        self.state = State.open(self.folder / "state", FileVault.open_vault(self.folder / "vault", "demo", None))
        _rooms(self)
        await self.granting.finish_pending()
        await self.server.start()
        self.stopped = False
        await self.served()

    async def served(self) -> None:
        """Return when the client has a keyholder again."""
        while True:
            try:
                await self.client.call("keys")
                return
            except KeyholderUnavailable:
                continue

    async def connect(self, role: str = SUPERUSER) -> "asyncpg.Connection[Any]":
        return await asyncpg.connect(**self.postgres.dsn(role, self.database))

    async def waits_for(self, table: str) -> bool:
        """Whether a statement waits for the table's lock."""
        found: bool = await self.admin.fetchval(
            "select exists (select from pg_locks l join pg_database d on d.oid = l.database where not l.granted"
            " and l.relation = $1::regclass and d.datname = current_database())", table,
        )  # fmt: skip
        return found

    @asynccontextmanager
    async def locked(self, table: str, mode: str = "access exclusive") -> AsyncIterator[None]:
        """Nobody reads (or, in exclusive mode, writes) the table meanwhile."""
        other = await self.connect()
        try:
            async with other.transaction():
                await other.execute(f"lock table {table} in {mode} mode")
                yield
        finally:
            await other.close()


def _rooms(world: World) -> None:
    """The keyholder's rooms over the world's vault, state, store and writer."""
    vault, state, store, writer = world.vault, world.state, world.store, world.writer
    jwks = {"keys": [world.key.as_dict(private=False)]}
    world.granting = Granting(store, vault, state)
    world.decider = Decider(Gatherer(store, vault, state), POLICIES, writer, vault)
    world.acting = Acting(store, vault, world.decider, world.granting, writer)
    acts = {op: getattr(world.acting, op) for op in ("open_case", "assign", "attest", "revoke", "relabel")}
    parties = Parties(world.acting)
    acts |= {"parties": parties.parties, "change_parties": parties.change_parties}
    links = Links(world.acting)
    acts |= {"links": links.links, "link_cases": links.link_cases}
    contacts = Contacts(world.acting)
    acts |= {n: getattr(contacts, n) for n in ("contact", "change_contact", "next_mail", "mail_sent")}
    signer = LogSigner(vault, state)
    acts["receipt"] = Receipts(store, vault, world.decider, signer).receipt
    acts["stays"] = StayEvents(store, vault, world.decider, signer, state).stays
    rooms = Rooms(vault, Tokens(jwks, ISSUER, AUDIENCE), world.decider, signer, writer)
    world.holder = Holder(rooms, acts)
    world.server = Server(world.holder, world.socket)


POLICIES = Policies.load(ACCESS)


async def template(postgres: Postgres) -> str:
    """A migrated database, made once for each server."""
    await embedded.ensure_database(postgres, TEMPLATE)
    owner = postgres.dsn("hozen_owner", TEMPLATE)
    await asyncio.to_thread(migrate.upgrade_tables, owner)
    await migrate.grant_and_lay_roads(owner, {})
    return TEMPLATE


@asynccontextmanager
async def a_world(postgres: Postgres, folder: Path, made_from: str) -> AsyncIterator[World]:
    """A world in an empty folder, with the cast's first facts, served."""
    async with AsyncExitStack() as stack:
        name = f"keyholder_{uuid4().hex}"
        maker = await asyncpg.connect(**postgres.dsn(SUPERUSER, "postgres"))
        stack.push_async_callback(maker.close)
        await maker.execute(f"create database {name} template {made_from} owner hozen_owner")
        stack.push_async_callback(maker.execute, f"drop database {name} with (force)")
        admin = await asyncpg.connect(**postgres.dsn(SUPERUSER, name))
        stack.push_async_callback(admin.close)
        await admin.execute("set session_replication_role = replica")
        vault = FileVault.create(folder / "vault", "demo", None, LABELS, COMPARTMENTS, QUICK)
        role = postgres.dsn("hozen_keyholder", name)
        store = await Store.open(role, size=KEYHOLDER_POOL, statement_timeout_ms=KEYHOLDER_STATEMENT_MS)
        stack.push_async_callback(store.close)
        writer = BatchedWriter(lambda: asyncpg.connect(**role))
        writer.start()
        stack.push_async_callback(writer.stop)
        key = ECKey.generate_key("P-256", {"kid": "k", "use": "sig", "alg": "ES256"})
        client = KeyholderClient(folder / "kh")
        stack.push_async_callback(client.close)
        state = State.open(folder / "state", vault)
        world = World(postgres, name, folder, key, vault, state, store, writer, *(None,) * 5, client, admin)  # type: ignore[arg-type]
        _rooms(world)
        stack.push_async_callback(world.stop)
        state.set_bootstrap(bytes(32))
        for row in granting.bootstrap_facts(world.granting, bootstrap()):
            await world.put_fact(row)
        await world.server.start()
        yield world
