"""What a request left in the database, seen by its superuser: every row that it made or changed, beside the log's own."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from service.demo.client import Person
from service.demo.run import DATABASE, Demo
from service.embedded import SUPERUSER
from tests.attacks.api import contract, resolved
from tests.attacks.fields_injections import DAY, MARK, NUMBER, WORD, Column

LOG = ("records", "leaves", "checkpoints", "alembic_version")
"""Every request writes here, whatever it says; P2 and P3 judge that."""

Rows = dict[str, list[dict[str, Any]]]


class Watch:
    """One superuser's connection to the demo's database. `since()` tells what happened after `mark()`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: "asyncpg.Connection[Any]") -> None:
        self._loop, self.connection = loop, connection
        self.columns = [Column(*row) for row in self.fetch(_COLUMNS)]
        self.tables = sorted({c.table for c in self.columns} - set(LOG))
        self._from, self._counts = 0, [0]
        self._count = "select " + ", ".join(f'(select count(*) from "{t}")' for t in self.tables)
        self._changed = "select " + ", ".join(
            f'exists (select from "{t}" where xmin::text::bigint >= $1)' for t in self.tables
        )

    def fetch(self, statement: str, *args: Any) -> list[Any]:
        return list(self._loop.run_until_complete(self.connection.fetch(statement, *args)))

    def mark(self) -> None:
        """From here on."""
        self._from = self.fetch("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")[0][0]
        self._counts = list(self.fetch(self._count)[0])

    def since(self) -> Rows:
        """Rows made or changed since the mark, by table; where rows are gone, a row that says how many."""
        changed, counts = self.fetch(self._changed, self._from)[0], self.fetch(self._count)[0]
        found: Rows = {}
        for table, new, before, now in zip(self.tables, changed, self._counts, counts, strict=True):
            if new:
                rows = self.fetch(f'select * from "{table}" where xmin::text::bigint >= $1', self._from)
                found[table] = [dict(r) for r in rows]
            if now < before:
                found.setdefault(table, []).append({"rows gone": before - now})
        return found


class Remembering(Person):
    """A person who keeps his token while it holds: so many requests need not so many."""

    _kept: tuple[float, str] = (0.0, "")

    def _token(self) -> str:
        if time.monotonic() - self._kept[0] > 120:
            self._kept = time.monotonic(), super()._token()
        return self._kept[1]


def remembering(people: Mapping[str, Person]) -> dict[str, Person]:
    """The same people, each keeping his token."""
    return {name: Remembering(p._http, p._issuer, name) for name, p in people.items()}


_COLUMNS = (
    "select table_name, column_name, data_type from information_schema.columns"
    " where table_schema = 'public' order by table_name, ordinal_position"
)


@contextmanager
def watching(demo: Demo) -> Iterator[Watch]:
    """A watch, until left."""
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(asyncpg.connect(**demo.server.dsn(SUPERUSER, DATABASE)))
    try:
        yield Watch(loop, connection)
    finally:
        loop.run_until_complete(connection.close())
        loop.close()


def shape(rows: Rows) -> dict[str, list[str]]:
    """What an act leaves, without what is drawn at random or counted: two of the same act are alike."""
    return {
        table: sorted(str({n: _plain(v) for n, v in row.items()}) for row in found) for table, found in rows.items()
    }


def _plain(value: Any) -> str:
    if marked(value):
        return "MARKED"
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, UUID | datetime | bytes | int):
        return type(value).__name__
    return value.isoformat() if isinstance(value, date) else str(value)


def marked(value: Any) -> bool:
    """Whether a value of an injection came through."""
    if isinstance(value, bytes):
        return WORD.encode() in value
    return str(value) in (MARK, str(NUMBER), DAY) or str(value).startswith((WORD, DAY))


def undeclared(value: Any, schema: dict[str, Any], at: str = "") -> Iterator[str]:
    """Places of a reply that its schema does not declare. An object that the contract leaves open is not looked into."""
    schema = _fitting(value, schema)
    if isinstance(value, dict) and "properties" in schema:
        for name, inner in value.items():
            if name not in schema["properties"]:
                yield f"{at}/{name}"
            else:
                yield from undeclared(inner, schema["properties"][name], f"{at}/{name}")
        yield from (f"{at}/{n} is missing" for n in schema.get("required", []) if n not in value)
    if isinstance(value, list):
        for n, inner in enumerate(value):
            yield from undeclared(inner, schema.get("items", {}), f"{at}/{n}")


def _fitting(value: Any, schema: dict[str, Any]) -> dict[str, Any]:
    return {} if value is None else resolved(schema)


def reply_schema(method: str, path: str, status: int) -> dict[str, Any] | None:
    """What the contract says of this reply's body; None: it tells of no such status."""
    said = contract()["paths"][path][method]["responses"].get(str(status))
    if said is None:
        return None
    schema: dict[str, Any] = next(iter(said.get("content", {"": {"schema": {}}}).values())).get("schema", {})
    return schema
