"""Brings a database to the tables, rights and roads of this version.

Order: migrations (Alembic), then the rights of every process (`migrations/roles.sql`), then the rows of every road. A road's row that
an event rests on cannot be removed (foreign key): such a migration stops and nothing is changed of the roads.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from service.errors import Text
from service.settings import StartRefused
from service.workflow import Road

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def config(connect: dict[str, Any]) -> Config:
    """Alembic's configuration for the owner's connection arguments (host, user, database)."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connect"] = connect
    return settings


def upgrade_tables(connect: dict[str, Any], to: str = "head") -> None:
    """Run the migrations up to `to` (blocking: Alembic has its own event loop)."""
    command.upgrade(config(connect), to)


async def reach_owner(connect: dict[str, Any]) -> None:
    """The owner gets in and may make tables. Raises StartRefused: database-away, database-refused, not-the-owner."""
    try:
        connection = await asyncpg.connect(**connect, timeout=5)
    except (OSError, TimeoutError) as fault:
        where = f"{connect['host']}, {connect['port']}: {type(fault).__name__}"
        raise StartRefused("database-away", Text(f"届きません ({where})。", f"Out of reach ({where}).")) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        raise StartRefused("database-refused", Text(f"拒まれました: {fault}", f"Refused: {fault}")) from None
    try:
        may = await connection.fetchval("select has_schema_privilege(current_user, 'public', 'create')")
    finally:
        await connection.close()
    if not may:
        raise StartRefused(
            "not-the-owner", Text("所有者ではありません。", f"{connect['user']} does not own the tables.")
        )


def upgrade(connect: dict[str, Any]) -> None:
    """`upgrade_tables`, refused by name: Raises StartRefused database-newer where a later version has been at this database."""
    try:
        upgrade_tables(connect)
    except CommandError:
        raise StartRefused(
            "database-newer",
            Text("データベースはより新しい版のものです。", "A later version of Hozen has been at this database."),
        ) from None


async def grant_and_lay_roads(connect: dict[str, Any], roads: Mapping[str, Road]) -> None:
    """Give each process its rights and store the roads; `roads` maps the opening act of a kind of case to its road.

    Raises StartRefused road-in-use: a step that events rest on is not in this version's roads; nothing is changed.
    """
    rows = {row for opening, road in roads.items() for row in road.stored_rows(opening)}
    connection = await asyncpg.connect(**connect)
    try:
        async with connection.transaction():
            await connection.execute((MIGRATIONS / "roles.sql").read_text())
            stored = {tuple(r) for r in await connection.fetch("select kind, source, name, target from road_steps")}
            await connection.executemany(
                "delete from road_steps where (kind, source, name, target) = ($1, $2, $3, $4)", sorted(stored - rows)
            )
            await connection.executemany(
                "insert into road_steps (kind, source, name, target) values ($1, $2, $3, $4)", sorted(rows - stored)
            )
    except asyncpg.ForeignKeyViolationError as fault:
        raise StartRefused(
            "road-in-use",
            Text(
                f"この版にない歩みを既にした案件があります: {fault.detail}",
                f"Cases have taken a step that this version lacks: {fault.detail}",
            ),
        ) from None
    finally:
        await connection.close()
