"""A migrated database for a test: copied from one template, so that each test has its own and none waits for migrations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import uuid4

import asyncpg

from service import embedded, migrate
from service.embedded import SUPERUSER, Server
from service.kinds import ROADS

Connection: TypeAlias = "asyncpg.Connection[Any]"


class Database:
    """One database: `dsn(role)` are asyncpg's connection arguments, `connect(role)` a connection closed at the end."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name
        self._open: list[Connection] = []

    def dsn(self, role: str) -> dict[str, Any]:
        """Connection arguments of a role of the service, or of the superuser."""
        return self.server.dsn(role, self.name)

    async def connect(self, role: str = "hozen_owner", **settings: str) -> Connection:
        """A connection in this role; settings: of its session."""
        connection: Connection = await asyncpg.connect(**self.dsn(role), server_settings=settings)
        self._open.append(connection)
        return connection

    async def close(self) -> None:
        """End every connection that the test left."""
        for connection in self._open:
            connection.terminate()


async def migrated(server: Server, name: str) -> str:
    """Make the database `name` as an operator would: migrations, rights, roads."""
    await embedded.ensure_database(server, name)
    owner = server.dsn("hozen_owner", name)
    await asyncio.to_thread(migrate.upgrade_tables, owner)
    await migrate.grant_and_lay_roads(owner, ROADS)
    return name


@asynccontextmanager
async def copied(server: Server, template: str) -> AsyncIterator[Database]:
    """A database copied from `template`, dropped when left. Nobody may be connected to the template."""
    database = Database(server, f"test_{uuid4().hex}")
    admin: Connection = await asyncpg.connect(**server.dsn(SUPERUSER, "postgres"))
    try:
        await admin.execute(f"create database {database.name} template {template} owner hozen_owner")
        try:
            await embedded.ensure_database(server, database.name)  # rights on a database itself are not copied
            yield database
        finally:
            await database.close()
            await admin.execute(f"drop database {database.name} with (force)")
    finally:
        await admin.close()
