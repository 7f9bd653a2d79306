"""What the service is measured against: the same answer without any security, from a plain table, served by the same uvicorn.

FastAPI applications of one route each: `bare` (asyncpg and orjson by hand), `idiomatic` (SQLModel session and response model, as the
manuals have it), `with_openbao` (bare, and one decryption of a 32-byte key by an OpenBao server's transit engine for each read), `listed`
(a page of a list), `hello`; and `stacked`, the service's own application with a route that asks for nothing.
Called as `python -m tests.bench.bare NAME PORT`; BENCH_DATABASE and BENCH_OPENBAO (JSON) say where things are.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service import app as service_app
from service.demo.people import BY_NAME
from service.filings.shapes import PartContent
from service.reading import MARKS

TABLE = """
create table if not exists bench_parts (
  id uuid primary key, case_id uuid not null, document text not null, version int not null, label text not null,
  media_type text not null, content text not null, key text)
"""
LISTED = """
create table if not exists bench_cases (
  id uuid primary key, reader uuid not null, state text not null, version int not null, label text not null, due date,
  recorded_at timestamptz not null);
create index if not exists bench_cases_page on bench_cases (reader, due, recorded_at desc, id desc)
"""
PAGE = (
    "select id, state, version, label, due, recorded_at from bench_cases where reader = $1"
    " order by due, recorded_at desc, id desc limit $2"
)
READER_ID = BY_NAME["suzuki"].id
SELECT = "select * from bench_parts where id = $1 and case_id = $2"
PATH = "/filings/{filing_id}/parts/{part_id}"
QUIET = {"tracing": False, "logs": False, "auto_configure": False}


class Plain(SQLModel, registry=registry()):
    """Tables that are the bench's own: they do not stand among the service's, which the migrations are compared with."""


class PlainPart(Plain, table=True):
    """A part as a service without security keeps it."""

    __tablename__ = "bench_parts"
    id: UUID = Field(primary_key=True)
    case_id: UUID
    document: str
    version: int
    label: str
    media_type: str
    content: str


def _connect() -> dict[str, Any]:
    connect: dict[str, Any] = json.loads(os.environ["BENCH_DATABASE"])
    return connect


def bare() -> FastAPI:
    """asyncpg's pool, one statement by primary key, orjson."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(**_connect(), min_size=1, max_size=10) as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan, telemetry=QUIET)

    @app.get(PATH)
    async def read(filing_id: UUID, part_id: UUID) -> Response:
        row = await app.state.pool.fetchrow(SELECT, part_id, filing_id)
        if row is None:
            raise HTTPException(404)
        return Response(_said(filing_id, part_id, row), media_type="application/json")

    return app


def _said(case: UUID, part: UUID, row: Any) -> bytes:
    return orjson.dumps(
        {
            "id": part,
            "case": case,
            "document": row["document"],
            "version": row["version"],
            "label": row["label"],
            "mark": MARKS[row["label"]],
            "media_type": row["media_type"],
            "content": row["content"],
        }
    )


def idiomatic() -> FastAPI:
    """A session for each request, `select` of a SQLModel, a response model."""
    connect = _connect()
    url = URL.create(
        "postgresql+asyncpg", connect["user"], database=connect["database"], query={"host": connect["host"]}
    )
    engine = create_async_engine(url, pool_size=10, max_overflow=30)

    async def session() -> AsyncIterator[AsyncSession]:
        async with AsyncSession(engine) as opened:
            yield opened

    app = FastAPI(telemetry=QUIET)

    @app.get(PATH)
    async def read(filing_id: UUID, part_id: UUID, session: Annotated[AsyncSession, Depends(session)]) -> PartContent:
        found = await session.exec(select(PlainPart).where(PlainPart.id == part_id, PlainPart.case_id == filing_id))
        part = found.first()
        if part is None:
            raise HTTPException(404)
        return PartContent(
            id=part.id,
            case=part.case_id,
            document=part.document,
            version=part.version,
            label=part.label,
            mark=MARKS[part.label],
            media_type=part.media_type,
            content=part.content,
        )

    return app


def with_openbao() -> FastAPI:
    """As `bare`, and the row's key decrypted by OpenBao's transit engine before the answer."""
    where: dict[str, str] = json.loads(os.environ["BENCH_OPENBAO"])

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(**_connect(), min_size=1, max_size=10) as app.state.pool:
            app.state.bao = Transit(where["address"], where["token"])
            yield

    app = FastAPI(lifespan=lifespan, telemetry=QUIET)

    @app.get(PATH)
    async def read(filing_id: UUID, part_id: UUID) -> Response:
        row = await app.state.pool.fetchrow(SELECT, part_id, filing_id)
        if row is None or len(await app.state.bao.decrypt(row["key"])) != 44:
            raise HTTPException(404)
        return Response(_said(filing_id, part_id, row), media_type="application/json")

    return app


class Transit:
    """The cheapest client that we know how to write: keep-alive connections, one request line and a few headers, no library between."""

    def __init__(self, address: str, token: str) -> None:
        self._host, _, self._port = address.rpartition(":")
        self._head = (
            f"POST /v1/transit/decrypt/bench HTTP/1.1\r\nhost: {address}\r\nx-vault-token: {token}\r\n"
            "content-type: application/json\r\ncontent-length: "
        )
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def decrypt(self, ciphertext: str) -> str:
        """The base64 of the plaintext."""
        line = self._idle.pop() if self._idle else await asyncio.open_connection(self._host, int(self._port))
        reader, writer = line
        body = orjson.dumps({"ciphertext": ciphertext})
        writer.write(f"{self._head}{len(body)}\r\n\r\n".encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        at = head.index(b"content-length:")
        said = await reader.readexactly(int(head[at + 15 :].split(b"\r\n", 1)[0]))
        self._idle.append(line)
        plaintext: str = orjson.loads(said)["data"]["plaintext"]
        return plaintext


def hello() -> FastAPI:
    """The smallest application."""
    app = FastAPI(telemetry=QUIET)

    @app.get("/hello")
    async def say() -> dict[str, bool]:
        return {"hello": True}

    return app


def stacked() -> FastAPI:
    """The service's own application, and all that stands round its routes; the route that says hello is looked for first."""

    @asynccontextmanager
    async def no_house() -> AsyncIterator[Any]:
        yield None

    app = service_app.build(no_house, demo=False)

    @app.get("/hello")
    async def say(request: Request) -> dict[str, bool]:
        request.scope["caller"].recorded = True  # as the keyholder or the desk does
        return {"hello": True}

    app.router.routes.insert(0, app.router.routes.pop())
    return app


def listed() -> FastAPI:
    """A page of a list: one indexed query of the rows as they are shown, orjson."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(**_connect(), min_size=1, max_size=10) as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan, telemetry=QUIET)

    @app.get("/filings")
    async def page(limit: int = 20) -> Response:
        rows = await app.state.pool.fetch(PAGE, READER_ID, limit + 1)
        said = [{**row, "id": str(row["id"])} for row in rows[:limit]]
        last = f"{said[-1]['recorded_at'].isoformat()}~{said[-1]['id']}" if len(rows) > limit else None
        return Response(orjson.dumps({"filings": said, "next": last}), media_type="application/json")

    return app


APPLICATIONS = {
    "bare": bare,
    "idiomatic": idiomatic,
    "openbao": with_openbao,
    "hello": hello,
    "stacked": stacked,
    "listed": listed,
}

if __name__ == "__main__":
    uvicorn.run(
        APPLICATIONS[sys.argv[1]](), port=int(sys.argv[2]), access_log=False, log_level="warning", server_header=False
    )
