"""Builds the ASGI application of the web process: rooms, routers, the one error handler, limits; no logic."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Scope

from service.access import routes as access_routes
from service.audit import routes as audit_routes
from service.errors import unavailable
from service.filings import intake_routes
from service.filings import routes as filing_routes
from service.foreign import routes as foreign_routes
from service.forms import draft_routes
from service.forms import routes as form_routes
from service.links import routes as links_routes
from service.mail import routes as mail_routes
from service.notices import routes as notices_routes
from service.parties import routes as parties_routes
from service.screening import routes as screening_routes
from service.starting import settle
from service.web import contract, problems
from service.web.edge import Recorded
from service.web.house import House
from service.web.pages import door
from service.web.pages import routes as page_routes

MAX_BODY = 16 * 2**20
"""Bytes of one request that is read as a whole."""
MAX_UPLOAD = 2**30
"""Bytes of a filing's documents together: they are sealed one by one as they come."""
STREAMED = frozenset({"/filings", "/filings/read-back", "/confirmations/uploaded"})


def _most(scope: Scope) -> int:
    return MAX_UPLOAD if scope["path"] in STREAMED and scope["method"] == "POST" else MAX_BODY


Ready = Callable[[], Awaitable[bool]]


class Application(FastAPI):
    """FastAPI with the record round all of it: limits, faults and unknown routes included. inner: all of it within the record."""

    inner: ASGIApp

    def build_middleware_stack(self) -> ASGIApp:
        self.inner = super().build_middleware_stack()
        return Recorded(self.inner, lambda: self.state.house.writer, _most)


def build(open_house: Callable[[], AbstractAsyncContextManager[House]], *, demo: bool, issuer: str = "") -> FastAPI:
    """The application. `open_house` opens the rooms at start and closes them at the end. The contract is shown with a demo root only.

    issuer: of the demo, whose people its pages let one become.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_house() as house:
            app.state.house = house
            app.state.demo, app.state.issuer = demo, issuer
            settle()
            yield

    app = Application(
        title="Hozen",
        summary="保全審査のための業務サービス / workflow service for secret patents",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if demo else None,
        redirect_slashes=False,
        telemetry={"tracing": False, "logs": False, "auto_configure": False},
    )
    for room in (
        filing_routes,
        intake_routes,
        access_routes,
        audit_routes,
        form_routes,
        draft_routes,
        foreign_routes,
        screening_routes,
        parties_routes,
        links_routes,
        notices_routes,
        mail_routes,
        page_routes,
        door,
    ):
        app.router.routes.extend(
            room.router.routes
        )  # their addresses are whole: included, each would be looked for twice
    problems.install(app)
    contract.install(app)

    @app.get("/livez", include_in_schema=False)
    async def livez() -> JSONResponse:
        return JSONResponse({"alive": True})

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        if await app.state.house.ready():
            return JSONResponse({"ready": True})
        return JSONResponse(unavailable().problem(), 503)

    return app
