"""A case as its rows hold it, within an act's transaction: locked, its entries, or known by the key of the request that began it."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from service import clock
from service.desk import refusals as no
from service.desk.acts import Kind
from service.desk.taking import Taking, entry_of
from service.errors import not_found
from service.history import Entry
from service.sealing.wrap import LabelKeys
from service.store import Work
from service.tables import Case, IdempotencyKey


async def lock(work: Work, case_id: UUID) -> Case:
    """The case, locked until the transaction ends. Raises Refusal not-found."""
    row = await work.connection.fetchrow("select * from cases where id = $1 for update", case_id)
    if row is None:
        raise not_found()
    return Case(**dict(row))


async def entries_of(work: Work, case_id: UUID) -> list[Entry]:
    """What was recorded of the case, oldest first."""
    return [
        entry_of(dict(r))
        for r in await work.connection.fetch("select * from events where case_id = $1 order by version", case_id)
    ]


@dataclass(frozen=True)
class Once:
    """A creating request that may be said again. tag: a hash of person and his own key; said: one of the key and what he sent, so that
    nobody who lacks the key can try what it was."""

    tag: bytes
    said: bytes

    @classmethod
    def of(cls, person: UUID, key: str, digest: bytes) -> "Once":
        """The request of this person under this key; digest: SHA-256 of what he sent."""
        tag = hashlib.sha256(b"hozen idempotency\0" + person.bytes + key.encode()).digest()
        return cls(tag, hashlib.sha256(b"hozen said\0" + digest + key.encode()).digest())

    def became(self, *, case: UUID | None = None, made: UUID | None = None) -> IdempotencyKey:
        """The row that remembers what it became."""
        return IdempotencyKey(tag=self.tag, digest=self.said, case_id=case, made=made, recorded_at=clock.now())


async def known(work: Work, kind: Kind, keys: LabelKeys, once: Once) -> Taking | None:
    """The case that the same creating request began, or None. Raises Refusal idempotency-key-used for another content."""
    case = await made_before(work, once)
    return None if case is None else Taking(work, kind, keys, await lock(work, case), await entries_of(work, case))


async def made_before(work: Work, once: Once) -> UUID | None:
    """What the same creating request made, or None; until the transaction ends nobody else asks. Raises Refusal
    idempotency-key-used for another content."""
    await work.connection.execute(
        "select pg_advisory_xact_lock(('x' || encode(substr($1::bytea, 1, 8), 'hex'))::bit(64)::bigint)", once.tag
    )
    row = await work.connection.fetchrow(
        "select coalesce(case_id, made) as made, digest from idempotency_keys where tag = $1", once.tag
    )
    if row is not None and row["digest"] != once.said:
        raise no.idempotency_key_used()
    return row["made"] if row else None
