"""Asking the service's own API on the way of a page: the same routes, the same caller, no second record, no socket."""

from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request
from starlette.types import Message

JSON = b"application/json"


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status < 400

    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


async def ask(
    request: Request, method: str, path: str, said: Any = None, query: str = "", headers: dict[str, str] | None = None
) -> Answer:
    """One request of the page's reader to a route of the API; said: the JSON body, where there is one."""
    body = b"" if said is None else orjson.dumps(said)
    given = {"content-type": "application/json", **(headers or {})} if said is not None else headers or {}
    scope = {
        **{
            k: request.scope[k] for k in ("type", "asgi", "http_version", "scheme", "client", "server", "app", "caller")
        },
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            *((k.encode(), v.encode()) for k, v in given.items()),
            (b"content-length", str(len(body)).encode()),
        ],
        "state": {},
    }
    got: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        got.append(message)

    await request.app.inner(scope, receive, send)
    told = {k.decode(): v.decode() for k, v in got[0].get("headers", [])}
    return Answer(got[0]["status"], told, b"".join(m.get("body", b"") for m in got[1:]))
