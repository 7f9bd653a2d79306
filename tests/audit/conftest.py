"""A migrated database of its own for every test that asks for one, copied from one template."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from service import embedded, migrate
from service.embedded import SUPERUSER, Server

TEMPLATE = "audit_template"


@pytest.fixture(scope="session")
async def template(postgres: Server) -> str:
    await embedded.ensure_database(postgres, TEMPLATE)
    owner = postgres.dsn("hozen_owner", TEMPLATE)
    await asyncio.to_thread(migrate.upgrade_tables, owner)
    await migrate.grant_and_lay_roads(owner, {})
    return TEMPLATE


class Database:
    """One database: its name, and connections in any role."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name
        self._open: list[asyncpg.Connection[Any]] = []

    async def connect(self, role: str = "hozen_worker", **settings: str) -> "asyncpg.Connection[Any]":
        connection: asyncpg.Connection[Any] = await asyncpg.connect(
            **self.server.dsn(role, self.name), server_settings=settings
        )
        self._open.append(connection)
        return connection

    async def close(self) -> None:
        for connection in self._open:
            connection.terminate()


@pytest.fixture
async def database(postgres: Server, template: str) -> AsyncIterator[Database]:
    name = f"audit_{uuid4().hex}"
    admin = await asyncpg.connect(**postgres.dsn(SUPERUSER, "postgres"))
    await admin.execute(f"create database {name} template {template} owner hozen_owner")
    found = Database(postgres, name)
    yield found
    await found.close()
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()
