"""Looks straight into the database, as its superuser, whether every word a client was told still stands; no code of the service.

Each check returns what it found wrong, one sentence each; empty is good.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg

from tests.crash.journal import Journal

REQUESTS = {"act", "read", "list", "export", "refusal", "request"}
UNKNOWN = 503
"""The status that promises nothing: neither that the act was done nor that it was not."""

Connection = asyncpg.Connection


async def findings(connection: Connection, journal: Journal, first: dict[bool, Counter[str]]) -> list[str]:
    """Everything that is wrong. first: documents of a filing before any kill, without and with the applicant's request."""
    records = [json.loads(r["body"]) for r in await connection.fetch("select body from records")]
    found = [*answers_without_record(journal, records)]
    found += [f async for f in _filings(connection, journal, first)]
    found += [f async for f in _acts(connection, journal, records)]
    found += [f async for f in _whole(connection, journal)]
    found += await log_findings(connection)
    return found


def answers_without_record(journal: Journal, records: list[dict[str, Any]]) -> Iterator[str]:
    """Each answer that reached a client has exactly one record of its own, that says the same; content has a read."""
    by_request: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        if record["what"] in REQUESTS and record.get("request"):
            by_request.setdefault(record["request"], []).append(record)
    for answer in journal.answers:
        own = by_request.get(answer.request.hex, [])
        if answer.status == UNKNOWN:
            continue
        if len(own) != 1:
            yield f"{answer.asked} {answer.status}: {len(own)} records"
            continue
        allowed = own[0]["outcome"] == "allowed"
        if allowed != (answer.status < 400):
            yield f"{answer.asked} {answer.status}: recorded as {own[0]['outcome']}"
        if answer.part and (own[0]["what"], own[0].get("part")) != ("read", answer.part.hex):
            yield f"{answer.asked}: content without its read record"


async def _filings(connection: Connection, journal: Journal, first: dict[bool, Counter[str]]) -> Any:
    """Every acknowledged filing is there, once, with all its parts, its opening event and its facts."""
    keys = dict(await connection.fetch("select case_id, count(*) from idempotency_keys group by 1"))
    parts: dict[UUID, Counter[str]] = {}
    for row in await connection.fetch("select case_id, document, count(*) as n from parts group by 1, 2"):
        parts.setdefault(row["case_id"], Counter())[row["document"]] = row["n"]
    facts = dict(await connection.fetch("select case_id, count(*) from facts where case_id is not null group by 1"))
    opened = {r[0] for r in await connection.fetch("select case_id from events where version = 1 and source = ''")}
    for filing in journal.filings:
        missing = first[filing.requested] - parts.get(filing.case, Counter())
        if missing:
            yield f"filing {filing.case}: parts {sorted(missing)} are lost"
        if keys.get(filing.case) != 1:
            yield f"filing {filing.case}: {keys.get(filing.case)} keys"
        if filing.case not in opened:
            yield f"filing {filing.case}: no opening event"
        if facts.get(filing.case, 0) < (4 if not filing.acts or filing.acts[0].name != "send" else 7):
            yield f"filing {filing.case}: only {facts.get(filing.case, 0)} facts"
    stored = await connection.fetchval("select count(*) from cases")
    if stored != len(journal.keys):
        yield f"{stored} cases of {len(journal.keys)} keys"
    lost = set(journal.facts) - {r[0] for r in await connection.fetch("select id from facts")}
    if lost:
        yield f"{len(lost)} acknowledged facts are lost"


async def _acts(connection: Connection, journal: Journal, records: list[dict[str, Any]]) -> Any:
    """Every acknowledged act is an event under the id that was told, with its record; no event that nobody sent."""
    acts = {r["request"]: r for r in records if r["what"] == "act"}
    events: dict[UUID, list[Any]] = {}
    for row in await connection.fetch("select id, case_id, name from events order by version"):
        events.setdefault(row["case_id"], []).append(row)
    for filing in journal.filings:
        here = {row["id"]: row["name"] for row in events.get(filing.case, [])}
        for done in filing.acts:
            record = acts.get(done.request.hex)
            if here.get(done.event) != done.name:
                yield f"act {done.name} of {filing.case}: no event"
            if record is None or record["step"]["name"] != done.name or record["case"] != filing.case.hex:
                yield f"act {done.name} of {filing.case}: no record"
        names = Counter(name for name in here.values() if name not in OPENING)
        told = Counter(done.name for done in filing.acts)
        if told - names or set(names - told) - set(filing.doubts) or max(names.values(), default=1) > 1:
            yield f"acts of {filing.case}: told {sorted(told)}, stored {sorted(names)}"


OPENING = {"file", "request_review", "start"}

WHOLE = {
    "a case without opening event": "select id from cases c where not exists"
    " (select from events e where e.case_id = c.id and e.version = 1)",
    "a case beside its events": """select c.id from cases c join lateral (select target, version, (select count(*) from events n
        where n.case_id = c.id) as n from events e where e.case_id = c.id order by version desc limit 1) l on true
        where (c.state, c.version, c.version) <> (l.target, l.version, l.n)""",
    "an event without its paper": """select e.id from events e where part_id is not null and not exists (select from parts p
        where p.id = e.part_id and p.case_id = e.case_id)""",
    "an event of a person without a record": """select e.id from events e where version > 1 and name not in ('request_review', 'start')
        and not exists (select from records r where convert_from(body, 'UTF8')::jsonb ->> 'what' = 'act'
        and convert_from(body, 'UTF8')::jsonb ->> 'case' = replace(e.case_id::text, '-', '')
        and convert_from(body, 'UTF8')::jsonb #>> '{step,name}' = e.name)""",
    "a part beside the label of its case": "select p.id from parts p join cases c on c.id = p.case_id"
    " where (p.label, p.compartment) is distinct from (c.label, c.compartment)",
    "a writer with a gap": "select writer from records group by writer having min(number) <> 1 or max(number) <> count(*)",
    "a fact of no case": "select f.id from facts f where case_id is not null and not exists (select from cases c where c.id = f.case_id)",
}


async def _whole(connection: Connection, journal: Journal) -> Any:
    """What must hold of the database whoever did what."""
    for what, statement in WHOLE.items():
        if rows := await connection.fetch(statement):
            yield f"{what}: {len(rows)} of them"


async def log_findings(connection: Connection) -> list[str]:
    """Every record has one place, every place is its record's hash, and the newest checkpoint is the root over all of them."""
    rows = await connection.fetch(
        "select l.idx, l.hash, r.body from leaves l join records r on r.id = l.record order by l.idx"
    )
    found = [f"leaf {r['idx']}" for n, r in enumerate(rows) if r["idx"] != n or r["hash"] != _leaf(r["body"])]
    note = await connection.fetchval("select note from checkpoints order by size desc limit 1")
    size, root = int(note.split("\n")[1]), note.split("\n")[2]
    if size != len(rows):
        found.append(f"checkpoint over {size}, {len(rows)} leaves")
    if base64.b64decode(root) != _root([r["hash"] for r in rows[:size]]):
        found.append("the checkpoint has another root")
    if await connection.fetchval("select count(*) from records") != len(rows):
        found.append("records without a place")
    return found


def _leaf(body: bytes) -> bytes:
    return hashlib.sha256(b"\0" + body).digest()


def _root(hashes: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, as it stands there: split at the largest power of two below n."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(hashes[:split]) + _root(hashes[split:])).digest()
