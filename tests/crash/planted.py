"""What a crash could have done and did not: each is done on purpose, and the oracle must find it, or its silence means nothing."""

import random
from collections import Counter

import asyncpg

from tests.crash import oracle
from tests.crash.journal import Journal

CASE = {
    "a filing lost whole": """with gone as (delete from cases where id = $1 returning id), e as (delete from events where case_id = $1),
        p as (delete from parts where case_id = $1), k as (delete from idempotency_keys where case_id = $1) select from gone""",
    "one part lost": "delete from parts where case_id = $1 and document = 'claims'",
    "the screening lost": "delete from parts where case_id = $1 and document = 'screening'",
    "the source lost": "delete from parts where case_id = $1 and document = 'source.1'",
    "the opening event lost": "delete from events where case_id = $1 and version = 1",
    "every fact lost": "delete from facts where case_id = $1",
    "one fact lost": "delete from facts where id = (select id from facts where case_id = $1 limit 1)",
    "the key forgotten": "delete from idempotency_keys where case_id = $1",
    "filed twice": """insert into cases select gen_random_uuid(), kind, state, version, label, compartment, recorded_at
        from cases where id = $1""",
    "a key used for two cases": """insert into idempotency_keys select sha256(tag), digest, case_id, recorded_at
        from idempotency_keys where case_id = $1""",
    "the last act lost": """with gone as (delete from events where case_id = $1 and version = (select max(version) from events
        where case_id = $1)) update cases set version = version - 1 where id = $1""",
    "an act lost, its case moved on": "delete from events where case_id = $1 and version = (select version from cases where id = $1)",
    "an act done, its case left behind": "update cases set version = version - 1 where id = $1",
    "another state than the events say": "update cases set state = 'RELEASED_' where id = $1",
    "a relabelling half done": """update parts set label = 'designated' where id = (select id from parts where case_id = $1 limit 1)""",
    "an act that nobody sent": """with e as (insert into events
        select gen_random_uuid(), case_id, kind, version + 1, source, 'lapse', target,
        happened_on, until, recorded_at, person, document, null, null, annuls, null
        from events where case_id = $1 order by version desc limit 1)
        update cases set version = version + 1 where id = $1""",
    "the act's paper lost": "delete from parts where id in (select part_id from events where case_id = $1)",
}
RECORD = {
    "the filing's record lost": "delete from records where id = $1",
    "the record of another request": "update records set body = decode(replace(encode(body, 'escape'), $2, $3), 'escape') where id = $1",
    "a record without a place": "delete from leaves where record = $1",
    "a place with another hash": "update leaves set hash = sha256(hash) where record = $1",
    "a number missed": "update records set number = number + 100000 where id = $1",
    "a request recorded twice": """insert into records (id, writer, number, body) select gen_random_uuid(), gen_random_uuid(), 1, body
        from records where id = $1""",
}
REST = {
    "a checkpoint lost": "delete from checkpoints where size = (select max(size) from checkpoints)",
    "the log's end lost": "delete from leaves where idx > (select max(idx) from leaves) - 3",
    "the last records lost with their places": """with l as (delete from leaves
        where idx > (select max(idx) from leaves) - 3 returning record)
        delete from records where id in (select record from l)""",
    "an acknowledged fact lost": "delete from facts where id = $1",
}
READ = {
    "a read without its record": "delete from records where convert_from(body, 'UTF8')::jsonb ->> 'request' = $1",
}


async def not_found(
    connection: asyncpg.Connection, journal: Journal, first: dict[bool, Counter[str]], seed: int
) -> list[str]:
    """The planted faults that the oracle does not find; each is undone again."""
    chance = random.Random(seed)
    filing = chance.choice([f for f in journal.filings if f.acts and not f.requested])
    record = await _record(connection, filing.request.hex)
    read = chance.choice([a for a in journal.answers if a.part is not None])
    plans = [(what, sql, (filing.case,)) for what, sql in CASE.items()]
    plans += [(what, sql, (record,)) for what, sql in RECORD.items() if "$2" not in sql]
    plans += [(what, sql, (record, filing.request.hex, "0" * 32)) for what, sql in RECORD.items() if "$2" in sql]
    plans += [
        (what, sql, (journal.facts[0],) if "$1" in sql else ())
        for what, sql in REST.items()
        if "$1" not in sql or journal.facts
    ]
    plans += [(what, sql, (read.request.hex,)) for what, sql in READ.items()]
    return [what for what, sql, values in plans if not await _seen(connection, journal, first, sql, values)]


async def _record(connection: asyncpg.Connection, request: str) -> object:
    return await connection.fetchval(
        "select id from records where convert_from(body, 'UTF8')::jsonb @> jsonb_build_object('request', $1::text, 'what', 'act')",
        request,
    )


async def _seen(
    connection: asyncpg.Connection,
    journal: Journal,
    first: dict[bool, Counter[str]],
    sql: str,
    values: tuple[object, ...],
) -> bool:
    """Whether the oracle finds what `sql` does, with every trigger and key of the database off; then undone."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute("set local session_replication_role = replica")
        done = await connection.execute(sql, *values)
        assert not done.endswith(" 0") or done.startswith("SELECT"), f"planted nothing: {sql}"
        return bool(await oracle.findings(connection, journal, first))
    finally:
        await transaction.rollback()


COUNT = len(CASE) + len(RECORD) + len(REST) + len(READ)
