"""What each process may do in the database: the reviewed list, whole (FEATURES T11). A right more or less fails here."""

from collections import defaultdict

import asyncpg
import pytest

from service.embedded import ROLES
from tests.store.databases import Connection, Database

PROCESSES = ("hozen_web", "hozen_worker", "hozen_keyholder")
WHOLE = "*"

# (table, right) -> the columns it covers; "*" is every column. Reviewed: whoever changes a line says in the commit why.
REVIEWED: dict[str, dict[tuple[str, str], str]] = {
    "hozen_web": {
        # the roads: law, no secret
        ("road_steps", "select"): WHOLE,
        # cases move by events (triggers hold it); identity never changes
        ("cases", "select"): WHOLE,
        ("cases", "insert"): WHOLE,
        ("cases", "update"): "compartment for_person label state version",
        ("events", "select"): WHOLE,
        ("events", "insert"): WHOLE,
        # sealed parts: no wrapped key is read back; a new wrapping is stored when the label changes
        ("parts", "select"): "case_id compartment document id key_id label recorded_at sealed size_class version",
        ("parts", "insert"): WHOLE,
        ("parts", "update"): "compartment key_id label wrapped",
        # facts as the keyholder sealed them are put in; who has to do with a case narrows lists
        ("facts", "select"): "case_id id person",
        ("facts", "insert"): WHOLE,
        # parts on their way in: a web that is owned could read back what it sealed itself, which opens for nobody without the keyholder
        ("staged_parts", "select"): WHOLE,
        ("staged_parts", "insert"): WHOLE,
        ("staged_parts", "delete"): WHOLE,
        # drafts: a person's own; what opens them is not read back
        ("drafts", "select"): "id key_id person recorded_at revision sealed size_class",
        ("drafts", "insert"): WHOLE,
        ("drafts", "update"): "key_id recorded_at revision sealed size_class wrapped",
        ("drafts", "delete"): WHOLE,
        ("clocks", "select"): WHOLE,
        ("clocks", "insert"): WHOLE,
        ("clocks", "update"): "due start state",
        # the order of everybody's list
        ("queue", "select"): WHOLE,
        ("queue", "insert"): WHOLE,
        ("queue", "update"): "due told",
        # what the examination system is told: numbered and acknowledged here, never changed in what it says
        ("stay_events", "select"): WHOLE,
        ("stay_events", "insert"): WHOLE,
        ("stay_events", "update"): "number received_at",
        # notices: numbered, delivered, received
        ("registers", "select"): WHOLE,
        ("registers", "insert"): WHOLE,
        ("registers", "update"): "last",
        ("deliveries", "select"): WHOLE,
        ("deliveries", "insert"): WHOLE,
        ("deliveries", "update"): "received_at record",
        ("approvals", "select"): WHOLE,
        ("approvals", "insert"): WHOLE,
        ("idempotency_keys", "select"): WHOLE,
        ("idempotency_keys", "insert"): WHOLE,
        # the log: written and read, its order and its heads are the sequencer's
        ("records", "select"): WHOLE,
        ("records", "insert"): "body id number writer",
        ("leaves", "select"): WHOLE,
        ("checkpoints", "select"): WHOLE,
    },
    "hozen_worker": {
        ("cases", "select"): WHOLE,
        ("cases", "update"): "compartment for_person label state version",
        ("events", "select"): WHOLE,
        ("events", "insert"): WHOLE,
        ("parts", "insert"): WHOLE,
        # what a crash left on its way in is swept, unread
        ("staged_parts", "select"): "recorded_at",
        ("staged_parts", "delete"): WHOLE,
        ("clocks", "select"): WHOLE,
        ("clocks", "insert"): WHOLE,
        ("clocks", "update"): "due start state",
        ("queue", "select"): WHOLE,
        ("queue", "update"): "due told",
        ("stay_events", "insert"): WHOLE,
        ("records", "select"): WHOLE,
        ("records", "insert"): "body id number writer",
        ("leaves", "select"): WHOLE,
        ("leaves", "insert"): WHOLE,
        ("checkpoints", "select"): WHOLE,
        ("checkpoints", "insert"): WHOLE,
    },
    "hozen_keyholder": {
        ("cases", "select"): WHOLE,
        # which applicant got a pre-designation notice on an earlier request (66(2))
        ("events", "select"): "annuls case_id happened_on id name supersedes",
        ("stay_events", "select"): WHOLE,
        ("parts", "select"): WHOLE,
        ("facts", "select"): WHOLE,
        ("facts", "insert"): WHOLE,
        ("facts", "update"): WHOLE,
        ("facts", "delete"): WHOLE,
        # a draft is opened for its person: its key, never its content
        ("drafts", "select"): "id key_id person revision wrapped",
        # for whom something lies unreceived; whose address was given to the courier, and whether the mail was sent
        ("deliveries", "select"): "person received_at",
        ("clocks", "select"): "case_id due limit_name state",
        ("queue", "select"): "case_id person",
        ("mailings", "select"): WHOLE,
        ("mailings", "insert"): "day id person",
        ("mailings", "update"): "sent",
        # a receipt is signed over the record as it stands
        ("records", "select"): "body id",
        ("records", "insert"): "body id number writer",
    },
}

COLUMN_RIGHTS = """
select c.relname, a.attname, r.name, has_column_privilege($1, c.oid, a.attname, r.name) as given
from pg_class c join pg_attribute a on a.attrelid = c.oid, unnest(array['select', 'insert', 'update', 'references']) r(name)
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
"""
TABLE_RIGHTS = """
select c.relname, r.name from pg_class c, unnest(array['delete', 'truncate', 'trigger']) r(name)
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and has_table_privilege($1, c.oid, r.name)
"""


async def rights(connection: Connection, role: str) -> dict[tuple[str, str], str]:
    """Every right the role has in effect, by whatever way (grants to it, to PUBLIC, to a role it belongs to)."""
    given: dict[tuple[str, str], set[str]] = defaultdict(set)
    columns: dict[str, set[str]] = defaultdict(set)
    for row in await connection.fetch(COLUMN_RIGHTS, role):
        columns[row["relname"]].add(row["attname"])
        if row["given"]:
            given[row["relname"], row["name"]].add(row["attname"])
    found = {key: WHOLE if names == columns[key[0]] else " ".join(sorted(names)) for key, names in given.items()}
    return found | {(r["relname"], r["name"]): WHOLE for r in await connection.fetch(TABLE_RIGHTS, role)}


@pytest.mark.parametrize("role", PROCESSES)
async def test_each_process_has_the_rights_that_were_reviewed_and_no_other(database: Database, role: str) -> None:
    assert await rights(await database.connect(), role) == REVIEWED[role]


async def test_no_process_deletes_or_truncates_but_what_ends_or_never_was_filed(
    database: Database,
) -> None:  # T11
    found = {role: await rights(await database.connect(), role) for role in PROCESSES}
    assert {(role, *key) for role, held in found.items() for key in held if key[1] in ("delete", "truncate")} == {
        ("hozen_keyholder", "facts", "delete"),
        ("hozen_web", "staged_parts", "delete"),
        ("hozen_web", "drafts", "delete"),
        ("hozen_worker", "staged_parts", "delete"),
    }


@pytest.mark.parametrize("role", ROLES)
async def test_no_role_of_the_service_is_more_than_a_role(database: Database, role: str) -> None:
    connection = await database.connect()
    row = await connection.fetchrow("select * from pg_roles where rolname = $1", role)
    assert row is not None
    power = ("rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls")
    assert [name for name in power if row[name]] == []
    member = "select count(*) from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = $1"
    assert await connection.fetchval(member, role) == 0


@pytest.mark.parametrize("role", PROCESSES)
async def test_no_process_makes_tables_functions_or_schemas(database: Database, role: str) -> None:
    connection = await database.connect(role)
    for statement in (
        "create table x (a int)",
        "create temp table x (a int)",
        "create schema x",
        "create function x() returns int language sql as 'select 1'",
        "create extension dblink",
        "alter table events add column x int",
        "drop table events",
        "copy events to program 'cat'",
        "alter system set fsync = off",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_nothing_in_the_database_runs_with_its_owners_rights(database: Database) -> None:
    connection = await database.connect()
    mine = "select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef"
    assert await connection.fetch(mine) == []
    other = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind not in ('r', 'i')"
    assert await connection.fetch(other) == []


async def refused(database: Database, role: str, statement: str) -> bool:
    connection = await database.connect(role)
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return True
    return False


@pytest.mark.parametrize(
    "statement",
    [
        "select wrapped from parts",
        "select * from parts",
        "select body from facts",
        "select tag from facts",
        "select 1 from facts where body = '\\x00'",
        "update facts set person = person",
        "update parts set sealed = sealed",
        "update parts set case_id = case_id",
        "update cases set kind = kind",
        "insert into records (id, writer, number, body, xid) values (gen_random_uuid(), gen_random_uuid(), 1, '', '1'::xid8)",
        "insert into leaves (idx, record, hash) values (0, gen_random_uuid(), '')",
        "insert into checkpoints (size, note) values (1, '')",
        "insert into road_steps (kind, source, name, target) values ('filing', 'DESIGNATED', 'withdraw', 'WITHDRAWN')",
        "delete from road_steps",
    ],
)
async def test_the_web_can_seal_but_reads_no_wrapped_key_and_no_fact(database: Database, statement: str) -> None:
    assert await refused(database, "hozen_web", statement)


@pytest.mark.parametrize("column", ["wrapped", "sealed", "id", "document"])
async def test_the_worker_reads_no_part_and_no_fact(database: Database, column: str) -> None:
    assert await refused(database, "hozen_worker", f"select {column} from parts")
    assert await refused(database, "hozen_worker", "select person from facts")


@pytest.mark.parametrize(
    "statement",
    ["select * from records", "select number from records", "select * from events", "update cases set label = label"],
)
async def test_the_keyholder_writes_records_and_reads_one_by_its_id_alone(database: Database, statement: str) -> None:
    assert await refused(database, "hozen_keyholder", statement)


async def test_a_database_is_closed_to_everybody_else(database: Database) -> None:
    connection = await database.connect()
    admin = await database.connect("hozen")
    await admin.execute("create role stranger_of_the_test login")
    try:
        for right in ("connect", "temporary", "create"):
            held = "select has_database_privilege('stranger_of_the_test', current_database(), $1)"
            assert not await connection.fetchval(held, right)
    finally:
        await admin.execute("drop role stranger_of_the_test")
