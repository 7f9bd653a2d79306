"""The whole service in this process: the web application over a real keyholder on its socket and a real PostgreSQL.

For planted faults and for races by the thousand: what is patched here is patched in the service, and a request is driven to the letter,
with the client leaving where it will. Not shown by it: what a real server and real sockets do (the harnesses go there by HTTP).
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from starlette.types import ASGIApp, Message

from service import app as web_app
from service.audit.writer import BatchedWriter
from service.desk import Desk
from service.embedded import Server
from service.filings.kind import FILING
from service.filings.listing import Listing
from service.filings.view import View
from service.forms.drafts import Drafts
from service.keyholder.hands import Hands
from service.kinds import KINDS
from service.reading import Reading
from service.store import Store
from service.web.house import House
from tests.keyholder import world as worlds
from tests.keyholder.world import World

REQUESTS = frozenset({"act", "read", "list", "export", "refusal", "request"})
"""What a record of a request is; all others are the keyholder's, beside it."""


@dataclass
class Reply:
    """What a client got: status 0 where it left before the answer began."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def request(self) -> str:
        """The id the answer carried."""
        return self.headers.get("request-id", "")

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """One service: its application, its rooms, the world it stands in."""

    world: World
    house: House
    app: ASGIApp

    async def ask(self, name: str | None, method: str, path: str, *, said: Any = None, **more: Any) -> Reply:
        """One request of this person; said: a JSON body. Further arguments as `drive` takes them."""
        headers = {"authorization": f"Bearer {self.world.token(name)}"} if name else {}
        headers |= {"content-type": "application/json"} if said is not None else {}
        headers |= more.pop("headers", {})
        body = b"" if said is None else json.dumps(said).encode()
        return await drive(self.app, method, path, headers=headers, body=more.pop("body", body), **more)

    async def records(self) -> list[dict[str, Any]]:
        """Every record of a request."""
        return [r for r in await self.world.records() if r["what"] in REQUESTS]


async def drive(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    leave: str | None = None,
) -> Reply:
    """One request through the application. leave: the client is gone `early` (before its body came), or `late` (at the answer's start)."""
    path, _, query = path.partition("?")
    reply, gone = Reply(), asyncio.Event()
    if leave == "early":
        gone.set()
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if waiting and not gone.is_set():
            return waiting.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {k.decode().lower(): v.decode("latin-1") for k, v in message["headers"]}
            if leave == "late":
                gone.set()
        elif not gone.is_set():
            reply.body += message.get("body", b"")

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in {"host": "x", **(headers or {})}.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {}, "left": gone.is_set,
    }  # fmt: skip
    await app(scope, receive, send)
    gone.set()
    return reply


@asynccontextmanager
async def a_service(postgres: Server, folder: Path, template: str, *, size: int = 16) -> AsyncIterator[Service]:
    """The service, with the cast's facts and no case. size: connections of the web's pool."""
    async with worlds.a_world(postgres, folder, template) as world:
        world.holder._operations["hands"] = Hands(world.decider, world.granting).hands
        role = postgres.dsn("hozen_web", world.database)
        store = await Store.open(role, size=size)
        writer = BatchedWriter(lambda: asyncpg.connect(**role))
        writer.start()
        try:
            keys, keyholder = world.vault.label_keys(), world.keyholder
            desk = Desk(store, keyholder, keys, KINDS)
            reading = Reading(store, keyholder, keys.root)
            view = View(store, keyholder, FILING)
            listing = Listing(store, keyholder, view, FILING, "list_filings")
            house = House(
                store, keyholder, desk, reading, writer, FILING, view, listing, Drafts(store, keyholder, keys)
            )
            made = web_app.build(contextlib.nullcontext, demo=True)  # type: ignore[arg-type]
            made.state.house = house
            yield Service(world, house, made)
        finally:
            await writer.stop()
            await store.close()
