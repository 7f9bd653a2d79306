"""`hozen migrate`: the owner brings the database to the tables, rights and roads of this version."""

import asyncio
from typing import Annotated

import typer

from service import migrate as migrating
from service import settings as s
from service.kinds import ROADS


class MigrateSettings(s.Settings):
    """The owner needs the database's settings alone."""


def migrate(
    user: Annotated[str, typer.Option("--user", help="Database role that owns the tables. 表の所有者")] = "hozen_owner",
) -> None:
    """Bring the database to this version: tables, rights, roads. Stop the service first; safe to repeat. 移行

    Settings: HOZEN_ROOT, HOZEN_DATABASE_HOST, HOZEN_DATABASE_PORT, HOZEN_DATABASE_NAME.

    Exit codes: 0 done (also when nothing was to do), 2 refused by name; then nothing of the step that was refused is kept.
    """
    try:
        connect = s.load(MigrateSettings).database(user)
        asyncio.run(migrating.reach_owner(connect))
        migrating.upgrade(connect)
        asyncio.run(migrating.grant_and_lay_roads(connect, ROADS))
    except s.StartRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{connect['database']}: 最新です / at this version")
