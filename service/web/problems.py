"""The one error handler's words: every refusal as an RFC 9457 problem, in the reader's language, without any input in it."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import ORJSONResponse, Response
from starlette.exceptions import HTTPException

from service.errors import Refusal, Text, not_found


def language(request: Request) -> str:
    """`ja` unless Accept-Language prefers English."""
    first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "ja"


def answer(request: Request, refusal: Refusal, **more: object) -> Response:
    """The problem document of a refusal."""
    headers = {"www-authenticate": 'Bearer realm="hozen"'} if refusal.status == 401 else None
    body = {**refusal.problem(language(request)), **more}
    return ORJSONResponse(body, refusal.status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Give the application its handlers: refusals, fields that do not hold (without echoing them), and the framework's own."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        return answer(request, refusal)

    @app.exception_handler(RequestValidationError)
    async def not_holding(request: Request, error: RequestValidationError) -> Response:
        faults = [{"pointer": _pointer(e["loc"]), "fault": e["type"]} for e in error.errors()]
        refusal = Refusal(
            "invalid-field",
            422,
            Text("入力に誤りがあります。", "Fields of the request do not hold."),
            pointer=faults[0]["pointer"] if faults else None,
            next_step=Text("示された欄を直して、もう一度送信してください。", "Mend the fields named and send it again."),
        )
        return answer(request, refusal, faults=faults)

    @app.exception_handler(HTTPException)
    async def of_framework(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return answer(request, not_found())
        names = {405: "method-not-allowed", 413: "too-large", 415: "media-type-not-taken", 400: "bad-request"}
        name = names.get(error.status_code, "bad-request")
        text = Text("この要求は受け付けられません。", "The request cannot be taken.")
        return answer(request, Refusal(name, error.status_code, text))


def _pointer(place: tuple[int | str, ...]) -> str:
    """RFC 6901 pointer of a fault into the body, or into query and header with their name first."""
    inside = place[1:] if place and place[0] == "body" else place
    return "".join("/" + str(p).replace("~", "~0").replace("/", "~1") for p in inside)
