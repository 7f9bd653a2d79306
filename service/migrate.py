"""Brings a database to the tables, rights and roads of this version.

Order: migrations (Alembic), then the rights of every process (`migrations/roles.sql`), then the rows of every road. A road's row that
an event rests on cannot be removed (foreign key): such a migration stops and nothing is changed of the roads.
"""

from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config

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


async def grant_and_lay_roads(connect: dict[str, Any], roads: dict[str, Road]) -> None:
    """Give each process its rights and store the roads; `roads` maps the opening act of a kind of case to its road."""
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
    finally:
        await connection.close()
