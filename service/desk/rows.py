"""A case as its rows hold it, within an act's transaction: locked, its entries, or known by the key of the request that began it."""

from uuid import UUID

from service.desk import refusals as no
from service.desk.acts import Kind
from service.desk.taking import Taking, entry_of
from service.errors import not_found
from service.history import Entry
from service.sealing.wrap import LabelKeys
from service.store import Work
from service.tables import Case


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


async def known(work: Work, kind: Kind, keys: LabelKeys, once: tuple[bytes, bytes]) -> Taking | None:
    """The case that the same creating request began, or None. Raises Refusal idempotency-key-used for another content."""
    await work.connection.execute(
        "select pg_advisory_xact_lock(('x' || encode(substr($1::bytea, 1, 8), 'hex'))::bit(64)::bigint)", once[0]
    )
    row = await work.connection.fetchrow("select case_id, digest from idempotency_keys where tag = $1", once[0])
    if row is None:
        return None
    if row["digest"] != once[1]:
        raise no.idempotency_key_used()
    return Taking(work, kind, keys, await lock(work, row["case_id"]), await entries_of(work, row["case_id"]))
