"""Alembic's environment: the tables of service/tables.py against PostgreSQL, over asyncpg, with short lock time-outs."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import service.tables  # noqa: F401  (fills the metadata)
from service.tables import Xid8

ischema_names["xid8"] = Xid8


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, compare_type=True)
    with context.begin_transaction():
        connection.execute(text("set local lock_timeout = '4s'"))
        context.run_migrations()


async def _online() -> None:
    engine = create_async_engine("postgresql+asyncpg://", connect_args=context.config.attributes["connect"])
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


shared = context.config.attributes.get("connection")
if shared is not None:
    _run(shared)
else:
    asyncio.run(_online())
