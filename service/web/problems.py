"""The one error handler's words: every refusal as an RFC 9457 problem, in the reader's language, without any input in it."""

from collections.abc import Iterator, Mapping
from itertools import takewhile

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from service.errors import Refusal, Text, not_found

MAX_FAULTS = 20
"""Faults of one request that are told."""

OF_FRAMEWORK = {
    400: ("bad-request", Text("この要求は読み取れません。", "The request cannot be read.")),
    405: ("method-not-allowed", Text("このメソッドは使えません。", "The method is not taken here.")),
    413: ("too-large", Text("要求が大きすぎます。", "The request is too large.")),
    415: ("media-type-not-taken", Text("この媒体型は受け付けません。", "The media type is not taken.")),
}


def fault() -> Refusal:
    """500: something failed that nobody foresaw; nothing of the cause is told."""
    return Refusal("fault", 500, Text("予期しない障害が起きました。", "Something failed that was not foreseen."))


def language(request: Request) -> str:
    """`ja`, unless Accept-Language gives English the higher weight (RFC 9110 12.5.4); the first named wins a tie."""
    weights = {"ja": 0.0, "en": 0.0}
    first = ""
    for said in request.headers.get("accept-language", "")[:200].split(","):
        tag, _, weight = said.strip().lower().partition(";")
        name = tag.split("-")[0].strip()
        if name in weights:
            weights[name] = max(weights[name], _weight(weight))
            first = first or name
    if weights["ja"] == weights["en"]:
        return first if weights["en"] else "ja"
    return max(weights, key=lambda name: weights[name])


def _weight(said: str) -> float:
    """The value of `q=`, 1 where none is given, 0 where it is none."""
    if not said:
        return 1.0
    name, _, value = said.strip().partition("=")
    digits = value.strip().replace(".", "", 1)
    return min(float(value), 1.0) if name.strip() == "q" and digits.isascii() and digits.isdigit() else 0.0


def answer(request: Request, refusal: Refusal, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """The problem document of a refusal."""
    lang = language(request)
    told = {"content-language": lang, "vary": "accept-language", **(headers or {})}
    if refusal.status == 401:
        told["www-authenticate"] = 'Bearer realm="hozen"'
    said = orjson.dumps({**refusal.problem(lang), **more})
    return Response(said, refusal.status, told, "application/problem+json")


def install(app: FastAPI) -> None:
    """Give the application its handlers: refusals, fields that do not hold (without echoing them), and the framework's own."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        return answer(request, refusal)

    @app.exception_handler(RequestValidationError)
    async def not_holding(request: Request, error: RequestValidationError) -> Response:
        if _is_of_others(app, request):
            return answer(request, *_not_taken(app, request))
        known = _declared(app)
        faults = [{"pointer": _pointer(e["loc"], known), "fault": e["type"]} for e in error.errors()[:MAX_FAULTS]]
        refusal = Refusal(
            "invalid-field",
            422,
            Text("入力に誤りがあります。", "Fields of the request do not hold."),
            pointer=faults[0]["pointer"] if faults else None,
            next_step=Text(
                "示された欄を直して、もう一度送信してください。", "Mend the fields named and send it again."
            ),
        )
        return answer(request, refusal, faults=faults)

    @app.exception_handler(HTTPException)
    async def of_framework(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return answer(request, not_found())
        if error.status_code == 405:
            return answer(request, *_not_taken(app, request))
        name, text = OF_FRAMEWORK.get(error.status_code, OF_FRAMEWORK[400])
        return answer(request, Refusal(name, error.status_code, text), error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        return answer(request, fault())


def _is_of_others(app: FastAPI, request: Request) -> bool:
    """Whether the path stands in the contract as it is, but without this method: what matched is a path with a parameter in its place."""
    methods = app.openapi()["paths"].get(request.scope["path"])
    return methods is not None and request.method.lower() not in methods


def _not_taken(app: FastAPI, request: Request) -> tuple[Refusal, dict[str, str]]:
    """405, and every method that some route takes on this path (RFC 9110 10.2.1): the framework names those of one route only."""
    scope = {**request.scope, "method": "*"}
    taken = {
        m for r in app.routes if isinstance(r, Route) and r.matches(scope)[0] != Match.NONE for m in r.methods or ()
    }
    fixed = app.openapi()["paths"].get(request.scope["path"])
    allowed = {m.upper() for m in fixed} if fixed else taken
    return Refusal("method-not-allowed", 405, OF_FRAMEWORK[405][1]), {"allow": ", ".join(sorted(allowed))}


def _pointer(place: tuple[int | str, ...], known: frozenset[str]) -> str:
    """RFC 6901 pointer of a fault into the body, or into query, header and path with their name first.

    A name that is not declared is the sender's own: the pointer ends before it, at what holds it.
    """
    inside = place[1:] if place and place[0] == "body" else place
    named = takewhile(lambda p: isinstance(p, int) or p in known, inside)
    return "".join("/" + str(p).replace("~", "~0").replace("/", "~1") for p in named)


def _declared(app: FastAPI) -> frozenset[str]:
    """Every name that the application's own description gives to a field or a parameter."""

    def names(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            yield from node.get("properties", {})
            if isinstance(node.get("in"), str):
                yield str(node.get("name"))
        for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from names(inner)

    if not hasattr(app.state, "declared"):
        app.state.declared = frozenset({"query", "header", "path", "cookie", *names(app.openapi())})
    declared: frozenset[str] = app.state.declared
    return declared
