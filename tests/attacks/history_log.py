"""The log under attack: 5,000 records and 200 filings in a real PostgreSQL, placed by the sequencer, signed by the real signer."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from uuid import UUID

import asyncpg

from service.audit import export, sequencer
from service.audit.lane import Lane, insert_record
from service.audit.leaf import Draft
from service.embedded import SUPERUSER, Server
from service.errors import Refusal
from service.keyholder.signing import LogSigner
from service.keyholder.state import State
from service.keyholder.vault_file import Argon2Cost
from service.keyholder.vaults import FileVault
from service.sealing.envelope import Place, seal
from service.store import Store
from tests.attacks.history_bundles import Bundle
from tests.audit import logs
from tests.store.databases import Connection, copied, migrated

RECORDS, FILINGS, WRITERS = 5000, 200, 6
TEMPLATE = "attack_history_template"
CHEAP = Argon2Cost(memory_kib=64, iterations=1, lanes=1)
RANGES = ((0, 1200), (1024, 512), (777, 3000), (4990, 10), (3, 1))


@dataclass(frozen=True)
class Laid:
    """What an auditor has of the log: the whole bundle, ranges of it, every head, the key line."""

    whole: Bundle
    ranges: list[Bundle]
    notes: dict[int, bytes]
    key: str


class OneConnection:
    """A store over one connection and its open transaction, so that what is not committed is exported as it stands."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def fetch(self, statement: str, *args: object) -> list[asyncpg.Record]:
        return await self._connection.fetch(statement, *args)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        async with self._connection.transaction():
            yield self._connection


async def exported(connection: Connection, first: int = 0, count: int | None = None) -> bytes:
    """The bundle of the whole log, or of a range, by the service's export. Raises Refusal where there is no checkpoint, ValueError."""
    store = cast(Store, OneConnection(connection))
    top = await export.head(store)
    pieces = export.bundle(store, top, first, top.size - first if count is None else count)
    return b"".join([piece async for piece in pieces])


async def lay(server: Server, folder: Path) -> Laid:
    """Make the template database. Nobody is connected to it afterwards."""
    rng = random.Random(5)
    vault = FileVault.create(folder / "vault", "demo", None, ["application", "designated"], ["a"], CHEAP)
    signer = LogSigner(vault, State.open(folder / "state", vault))
    await migrated(server, TEMPLATE)
    owner = await asyncpg.connect(
        **server.dsn(SUPERUSER, TEMPLATE), server_settings={"session_replication_role": "replica"}
    )
    worker = await asyncpg.connect(**server.dsn("hozen_worker", TEMPLATE))
    webs = [(await asyncpg.connect(**server.dsn("hozen_web", TEMPLATE)), Lane()) for _ in range(WRITERS)]
    cases = [await _file(owner, vault, rng) for _ in range(FILINGS)]
    drafts = iter(_drafts(cases, rng))
    written = 0
    while written < RECORDS:
        for web, lane in rng.sample(webs, 3):
            async with web.transaction():
                for _ in range(min(rng.choice([1, 1, 2, 5, 20]), RECORDS - written)):
                    await insert_record(web, lane, next(drafts))
                    written += 1
            lane.committed()
        await sequencer.sequence_once(worker, _signs(signer), _signed(signer))
    notes = {row["size"]: row["note"].encode() for row in await owner.fetch("select size, note from checkpoints")}
    whole = Bundle.read(await exported(owner))
    ranges = [Bundle.read(await exported(owner, first, count)) for first, count in RANGES]
    for connection in (owner, worker, *(web for web, _ in webs)):
        await connection.close()
    assert len(whole.bodies) == RECORDS
    return Laid(whole, ranges, notes, signer.key().line())


def _signs(signer: LogSigner) -> sequencer.Sign:
    async def sign(size: int, leaves: list[bytes]) -> str:
        return signer.sign(size, leaves)

    return sign


def _signed(signer: LogSigner) -> sequencer.Signed:
    async def signed() -> int:
        return signer.size()

    return signed


async def _file(owner: Connection, vault: FileVault, rng: random.Random) -> UUID:
    """A filing with its title and claims, as the tables hold one."""
    case = logs.some_id(rng)
    label, compartment = rng.choice([("application", None), ("designated", "a")])
    await owner.execute(
        "insert into cases values ($1, 'filing', 'UNDER_REVIEW', 1, $2, $3, now())", case, label, compartment
    )
    for document in ("title", "claims"):
        part = logs.some_id(rng)
        done = seal(
            b"...", Place(vault.root, "filing", case, part, document, 1), vault.label_keys().newest(label, compartment)
        )
        await owner.execute(
            "insert into parts values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, now())",
            part, case, document, label, compartment, done.key_id, done.size_class, done.wrapped, done.sealed,
        )  # fmt: skip
    return case


def _drafts(cases: list[UUID], rng: random.Random) -> Iterator[Draft]:
    """Reads, acts and refusals of these filings."""
    while True:
        yield Draft(**{**vars(logs.a_draft(rng)), "case": rng.choice(cases)})


@asynccontextmanager
async def attacked(server: Server) -> AsyncIterator[Connection]:
    """A copy of the log's database, in the hands of a superuser whose triggers are off and whom no key of the log's places hinders."""
    async with copied(server, TEMPLATE) as database:
        connection = await database.connect(SUPERUSER, session_replication_role="replica")
        await connection.execute("alter table leaves drop constraint pk_leaves, drop constraint uq_leaves_record")
        await connection.execute("create index on leaves (idx)")
        await connection.execute("create index on leaves (record)")
        yield connection


async def as_exported(connection: Connection) -> Bundle | str:
    """The bundle of the whole log as the database stands now, or the name of what kept it from being made."""
    try:
        return Bundle.read(await exported(connection))
    except (Refusal, ValueError) as refused:
        return type(refused).__name__
