"""The records of the running demo, as an auditor with the database in his hands reads them."""

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg

from service.demo.run import DATABASE, Demo

OF_REQUESTS = ("act", "read", "list", "export", "refusal", "request")
"""What a record of a request is; all others are the keyholder's, beside it."""


def query(demo: Demo, statement: str, *args: object) -> list[asyncpg.Record]:
    """Rows of the demo's database."""

    async def ask() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(**demo.server.dsn("hozen_owner", DATABASE))
        try:
            return await connection.fetch(statement, *args)
        finally:
            await connection.close()

    return asyncio.run(ask())


def all_records(demo: Demo) -> list[dict[str, Any]]:
    """Every record."""
    return [json.loads(r["body"]) for r in query(demo, "select body from records")]


def records_of(demo: Demo, request: str) -> list[dict[str, Any]]:
    """The records of one request, by the id its answer carried."""
    rows = query(demo, "select body from records where position($1::bytea in body) > 0", UUID(request).hex.encode())
    return [said for said in (json.loads(r["body"]) for r in rows) if said["request"] == UUID(request).hex]
