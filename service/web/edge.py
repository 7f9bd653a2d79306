"""The edge of every request: an id, limits, headers, and the one record before a byte leaves.

What must hold: an answer begins only when the request's record is durable (the desk's, the keyholder's, or one written here); where none
can be made, the answer is one fixed 503. The only paths without a record are those of EXEMPT, and each returns a constant or static bytes.
Pure ASGI: no BaseHTTPMiddleware, no background task.
"""

import logging
from collections.abc import Callable
from uuid import uuid4

import orjson
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.audit.lane import RecordUnavailable
from service.audit.writer import BatchedWriter
from service.desk.trail import of_request
from service.errors import unavailable
from service.keyholder.answers import Caller
from service.web.pages.door import token_of
from service.web.problems import fault

EXEMPT = frozenset({"/livez", "/readyz"})
HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_PROBLEM = ((b"content-type", b"application/problem+json"),)
_UNAVAILABLE = orjson.dumps(unavailable().problem())
_FAULT = orjson.dumps(fault().problem())

log = logging.getLogger("hozen.web")


class Recorded:
    """Middleware: gives the request a `Caller` (scope["caller"]) and holds the answer back until its record is durable."""

    def __init__(self, app: ASGIApp, writer: Callable[[], BatchedWriter], max_body: Callable[[Scope], int]) -> None:
        self._app = app
        self._writer = writer
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] in EXEMPT:
            await self._app(scope, receive, _with_headers(send))
        else:
            await self._record(scope, receive, send)

    async def _record(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. A fault is told by its kind alone, on the log too: its text may hold content."""
        caller = scope["caller"] = Caller(_bearer(scope), uuid4())
        answer = _Answer(caller, scope, send, self._writer)
        try:
            await self._app(scope, _limited(scope, receive, self._max_body(scope)), answer.send)
        except Exception as fault:
            log.error("%s in %s, request %s", type(fault).__name__, _action(scope), caller.request.hex)
            if not answer.begun:
                await answer.broken()


class _Answer:
    """One answer on its way out."""

    def __init__(self, caller: Caller, scope: Scope, send: Send, writer: Callable[[], BatchedWriter]) -> None:
        self._caller, self._scope, self._send, self._writer = caller, scope, send, writer
        self.begun = False
        self._replaced = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = await self._begin(message)
        elif self._replaced:
            return
        await self._send(message)
        if self._replaced:
            await self._send({"type": "http.response.body", "body": _UNAVAILABLE})

    async def broken(self) -> None:
        """An unforeseen fault: a record of it, then 500 without a word of the cause."""
        await self.send({"type": "http.response.start", "status": 500, "headers": [*_PROBLEM]})
        await self.send({"type": "http.response.body", "body": _FAULT})

    async def _begin(self, start: Message) -> Message:
        """Make the record durable; replace the answer where that fails."""
        self.begun = True
        if not self._caller.recorded:
            try:
                await self._writer().record(of_request(self._caller, _action(self._scope), start["status"]))
                self._caller.recorded = True
            except RecordUnavailable:
                self._replaced = True
                start = {"type": start["type"], "status": 503, "headers": [*_PROBLEM]}
        request = (b"request-id", self._caller.request.hex.encode())
        return {**start, "headers": [*_with(start), request]}


def _action(scope: Scope) -> str:
    """Method and route, as the record names them."""
    method = str(scope["method"]).lower() if scope["method"] in _METHODS else "other"
    return f"{method}-{getattr(scope.get('route'), 'name', None) or 'no-route'}"


def _limited(scope: Scope, receive: Receive, most: int) -> Receive:
    """The same, refusing (413) a body that is announced or turns out to be longer than `most` bytes, before more of it is taken."""
    announced = max((int(v) for k, v in scope["headers"] if k == b"content-length" and v.isdigit()), default=0)
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        if announced > most:
            raise HTTPException(413)
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413)
        return message

    return receiving


def _with(start: Message) -> list[tuple[bytes, bytes]]:
    """The headers of an answer and those that stand on every answer, but where it says one of them itself (a page's policy)."""
    own = list(start.get("headers", []))
    said = {name for name, _ in own}
    return [*own, *(h for h in HEADERS if h[0] not in said)]


def _with_headers(send: Send) -> Send:
    """The same, with the headers that stand on every answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": _with(message)}
        await send(message)

    return sending


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _bearer(scope: Scope) -> str:
    """The token of `Authorization: Bearer` (one header, at most 8 KiB), or what a page's cookie holds, or an empty string."""
    values: list[bytes] = [v for k, v in scope["headers"] if k == b"authorization"]
    if not values:
        return token_of(scope)
    if len(values) != 1 or values[0][:7].lower() != b"bearer " or len(values[0]) > 8192:
        return ""
    try:
        return values[0][7:].strip().decode("ascii")
    except UnicodeDecodeError:
        return ""
