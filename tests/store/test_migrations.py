"""The migrations make exactly the tables of service/tables.py, go down and up again, and the roads and rights are laid anew safely."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from service import embedded, migrate, tables
from service.embedded import SUPERUSER, Server
from service.filings.road import ROAD
from service.settings import StartRefused
from service.workflow import Road
from tests.store.databases import ROADS, Connection, Database

TABLES = {t.name: t for t in SQLModel.metadata.sorted_tables}

SCHEMA = {
    "columns": """select table_name, column_name, udt_name, is_nullable, column_default from information_schema.columns
        where table_schema = 'public' and table_name <> 'alembic_version'""",
    "constraints": """select conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable, condeferred from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid <> 'alembic_version'::regclass""",
    "indexes": """select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' and tablename <> 'alembic_version'""",
    "triggers": """select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled from pg_trigger where not tgisinternal""",
    "functions": """select proname, pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace""",
    "rights": """select table_name, grantee, column_name, privilege_type from information_schema.column_privileges
        where grantee like 'hozen%' and table_name <> 'alembic_version'""",
}


async def schema(connection: Connection, *names: str) -> dict[str, set[tuple[Any, ...]]]:
    """What the database is made of."""
    return {name: {tuple(r) for r in await connection.fetch(SCHEMA[name])} for name in names or SCHEMA}


@pytest.fixture
async def bare(postgres: Server) -> AsyncIterator[Database]:
    """A database as an operator makes it, before any migration."""
    database = Database(postgres, f"bare_{uuid4().hex}")
    await embedded.ensure_database(postgres, database.name)
    yield database
    await database.close()
    admin: Connection = await asyncpg.connect(**postgres.dsn(SUPERUSER, "postgres"))
    await admin.execute(f"drop database {database.name} with (force)")
    await admin.close()


async def up(database: Database, to: str = "head") -> None:
    await asyncio.to_thread(migrate.upgrade_tables, database.dsn("hozen_owner"), to)


async def down(database: Database, to: str = "base") -> None:
    await asyncio.to_thread(command.downgrade, migrate.config(database.dsn("hozen_owner")), to)


async def test_up_down_and_up_again_leave_nothing_and_then_the_same(bare: Database) -> None:
    owner = await bare.connect()
    await up(bare)
    first = await schema(owner)
    assert {row[0] for row in first["columns"]} == set(TABLES)
    assert first["functions"]
    await down(bare)
    assert await schema(owner) == {name: set() for name in SCHEMA}
    await up(bare)
    assert await schema(owner) == first


async def test_alembic_finds_no_difference_between_tables_and_migrations(database: Database) -> None:
    await asyncio.to_thread(command.check, migrate.config(database.dsn("hozen_owner")))


async def test_the_checks_that_alembic_does_not_compare_are_the_same(database: Database) -> None:
    owner = await database.connect()
    made = "select conname from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace"
    declared = {str(c.name) for t in TABLES.values() for c in t.constraints if isinstance(c, CheckConstraint)}
    assert {r["conname"] for r in await owner.fetch(made)} == declared
    assert declared


async def test_the_names_that_alembic_does_not_compare_are_the_same(database: Database) -> None:
    owner = await database.connect()
    made = (
        "select conname from pg_constraint where contype in ('p', 'u', 'f') and connamespace = 'public'::regnamespace"
    )
    found = {r["conname"] for r in await owner.fetch(made)} - {"alembic_version_pkc"}
    named = {str(c.name) for t in TABLES.values() for c in t.constraints if not isinstance(c, CheckConstraint)}
    assert found == named


async def test_a_trigger_that_must_hold_is_there_and_switched_on(database: Database) -> None:
    rows = (await schema(await database.connect(), "triggers"))["triggers"]
    made = {(table, name): words for table, name, words, _ in rows}
    stays = {(table, f"{table}_stay") for table in ("events", "records", "leaves", "checkpoints")}
    assert made.keys() == stays | {
        ("cases", "case_moves_by_event"),
        ("cases", "case_was_begun"),
        ("events", "event_was_taken"),
    }
    assert {enabled for *_, enabled in rows} == {b"O"}
    assert all(
        set(re.findall("UPDATE|DELETE|TRUNCATE", made[key])) == {"UPDATE", "DELETE", "TRUNCATE"} for key in stays
    )


def test_each_migration_says_when_it_runs_and_follows_the_one_before() -> None:
    script = ScriptDirectory(str(migrate.MIGRATIONS))
    revisions = list(script.walk_revisions())
    assert len(script.get_heads()) == 1
    for revision in revisions:
        assert re.fullmatch(r"\d{4}_\d\d_\d\d_\d\d_(pre|post)_[a-z_]+", Path(revision.path).stem)
        assert revision.doc


async def test_every_row_that_the_service_stores_has_its_table(database: Database) -> None:
    owner = await database.connect()
    stored = {row[0] for row in (await schema(owner, "columns"))["columns"]}
    models = {
        m.__tablename__
        for m in vars(tables).values()
        if isinstance(m, type) and issubclass(m, SQLModel) and m is not SQLModel
    }
    assert models == stored


# ------------------------------------------------------------------ rights and roads


async def test_rights_and_roads_laid_twice_are_laid_once(database: Database) -> None:
    owner = await database.connect()
    before = await schema(owner), await roads(owner)
    await migrate.grant_and_lay_roads(database.dsn("hozen_owner"), ROADS)
    assert (await schema(owner), await roads(owner)) == before
    assert before[1] == {row for opening, road in ROADS.items() for row in road.stored_rows(opening)}


async def test_a_right_that_nobody_reviewed_is_taken_back(database: Database) -> None:
    owner = await database.connect()
    before = await schema(owner, "rights")
    await owner.execute(
        "grant delete, truncate on records to hozen_web; grant select (wrapped) on parts to hozen_worker"
    )
    await migrate.grant_and_lay_roads(database.dsn("hozen_owner"), ROADS)
    assert await schema(owner, "rights") == before


def shorter(name: str) -> dict[str, Road]:
    """The road without the steps of one name."""
    return {"file": Road(ROAD.kind, ROAD.initial, ROAD.terminal, [s for s in ROAD.steps if s.name != name])}


async def test_a_row_that_left_the_road_leaves_the_database(database: Database) -> None:
    await migrate.grant_and_lay_roads(database.dsn("hozen_owner"), shorter("abandon"))
    assert await roads(await database.connect()) == shorter("abandon")["file"].stored_rows("file")


async def test_a_row_that_an_event_rests_on_stays_and_nothing_else_changes(database: Database) -> None:
    web, owner = await database.connect("hozen_web"), await database.connect()
    await web.execute(
        "with c as (insert into cases (id, kind, state, version, label, recorded_at)"
        " values (gen_random_uuid(), 'filing', 'RECEIVED', 1, 'application', now()) returning id),"
        " e as (insert into events (id, case_id, kind, version, source, name, target, happened_on, recorded_at, person, annuls)"
        " select gen_random_uuid(), id, 'filing', 1, '', 'file', 'RECEIVED', current_date, now(), gen_random_uuid(), false from c)"
        " select 1"
    )
    before = await roads(owner)
    with pytest.raises(StartRefused, match="road-in-use"):
        await migrate.grant_and_lay_roads(database.dsn("hozen_owner"), {"receive": ROADS["file"]})
    assert await roads(owner) == before


async def roads(connection: Connection) -> set[tuple[str, ...]]:
    return {tuple(r) for r in await connection.fetch("select kind, source, name, target from road_steps")}
