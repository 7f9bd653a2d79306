"""The edge of every request: an id, limits, headers, and the one record before a byte leaves.

What must hold: an answer begins only when the request's record is durable (the desk's, the keyholder's, or one written here); where none
can be made, the answer is one fixed 503. The only paths without a record are those of EXEMPT, and each returns a constant or static bytes.
Pure ASGI: no BaseHTTPMiddleware, no background task.
"""

from collections.abc import Callable
from uuid import uuid4

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.audit.leaf import Draft
from service.audit.writer import BatchedWriter, RecordUnavailable
from service.errors import unavailable
from service.keyholder.calls import Caller

EXEMPT = frozenset({"/livez", "/readyz"})
HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_UNAVAILABLE = orjson.dumps(unavailable().problem())


class Recorded:
    """Middleware: gives the request a `Caller` (scope["caller"]) and holds the answer back until its record is durable."""

    def __init__(self, app: ASGIApp, writer: Callable[[], BatchedWriter]) -> None:
        self._app = app
        self._writer = writer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in EXEMPT:
            await self._app(scope, receive, send)
            return
        caller = scope["caller"] = Caller(_bearer(scope), uuid4())
        answer = _Answer(caller, scope, send, self._writer)
        try:
            await self._app(scope, receive, answer.send)
        except Exception:
            if answer.begun:
                raise
            await answer.broken()
            raise


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
        body = orjson.dumps({"type": "urn:hozen:refusal:fault", "title": "Fault", "status": 500, "name": "fault"})
        await self.send({"type": "http.response.start", "status": 500, "headers": [(b"content-type", b"application/problem+json")]})
        await self.send({"type": "http.response.body", "body": body})

    async def _begin(self, start: Message) -> Message:
        """Make the record durable; replace the answer where that fails."""
        self.begun = True
        if not self._caller.recorded:
            try:
                await self._writer().record(_draft(self._caller, self._scope, start["status"]))
                self._caller.recorded = True
            except RecordUnavailable:
                self._replaced = True
                start = {"type": start["type"], "status": 503, "headers": [(b"content-type", b"application/problem+json")]}
        request = (b"request-id", self._caller.request.hex.encode())
        return {**start, "headers": [*start.get("headers", []), *HEADERS, request]}


def _draft(caller: Caller, scope: Scope, status: int) -> Draft:
    """The record of a request that neither the desk nor the keyholder recorded."""
    route = scope.get("route")
    action: str = getattr(route, "name", None) or "no-route"
    method = str(scope["method"]).lower() if scope["method"] in _METHODS else "other"
    decision, answer = caller.decision, caller.answer
    outcome = "allowed" if status < 400 else "failed" if status >= 500 else "refused"
    return Draft(
        what="request",
        request=caller.request,
        person=decision.person if decision else None,
        office=decision.office if decision else None,
        roles=decision.roles if decision else (),
        cleared_until=decision.cleared_until if decision else None,
        action=f"{method}-{action}",
        case=caller.case,
        outcome=outcome,
        status=status,
        policies=answer.policies if answer else (),
        policy_set=decision.policy_set if decision else None,
        snapshot=answer.snapshot if answer else None,
    )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _bearer(scope: Scope) -> str:
    """The token of `Authorization: Bearer` (one header, at most 8 KiB), or an empty string."""
    values: list[bytes] = [v for k, v in scope["headers"] if k == b"authorization"]
    if len(values) != 1 or not values[0][:7].lower() == b"bearer " or len(values[0]) > 8192:
        return ""
    try:
        return values[0][7:].strip().decode("ascii")
    except UnicodeDecodeError:
        return ""


