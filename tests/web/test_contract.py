"""The OpenAPI contract is complete: every route is in it, with its refusals as problems and an example for each act."""

from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi.routing import APIRoute

from service import app
from service.access import routes as access
from service.audit import routes as audit
from service.desk import Kind
from service.filings import intake_routes as intake
from service.filings import routes as filings
from service.filings.bodies import BODIES
from service.foreign import routes as foreign
from service.foreign.shapes import BODIES as OF_CONFIRMATIONS
from service.foreign.shapes import RequestBody
from service.forms import draft_routes as drafts
from service.forms import routes as forms
from service.kinds import KINDS
from service.links import routes as links
from service.mail import routes as mail
from service.notices import routes as notices
from service.parties import routes as parties
from service.screening import routes as screening


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    @asynccontextmanager
    async def nowhere() -> Any:
        yield None

    built = app.build(nowhere, demo=True)
    told = built.openapi()
    routers = (
        filings.router,
        intake.router,
        audit.router,
        access.router,
        foreign.router,
        forms.router,
        drafts.router,
        screening.router,
        parties.router,
        links.router,
        notices.router,
        mail.router,
    )
    routes = {(m.lower(), r.path) for x in routers for r in x.routes if isinstance(r, APIRoute) for m in r.methods}
    assert routes == {(method, path) for path, methods in told["paths"].items() for method in methods}
    return told


def address(kind: Kind, name: str) -> str:
    return f"{kind.path}/{{{kind.name}_id}}/{name.replace('_', '-')}"


def test_every_step_of_the_road_is_a_route(contract: dict[str, Any]) -> None:
    for kind in KINDS.values():
        paths = {address(kind, name) for name in {*kind.road.names(), "correct"}}
        assert paths <= contract["paths"].keys()


def test_every_route_tells_its_refusals_as_problems(contract: dict[str, Any]) -> None:
    for path, methods in contract["paths"].items():
        for method, operation in methods.items():
            refused = {s: r for s, r in operation["responses"].items() if int(s) >= 400}
            assert {"401", "403", "404", "422", "503"} <= refused.keys(), (method, path)
            assert all(list(r["content"]) == ["application/problem+json"] for r in refused.values()), (method, path)
            assert operation["description"] or operation["summary"]


def test_acts_tell_of_version_and_law_and_show_an_example(contract: dict[str, Any]) -> None:
    for kind in KINDS.values():
        for name in kind.road.names():
            operation = contract["paths"][address(kind, name)]["post"]
            assert {"409", "412", "428"} <= operation["responses"].keys()
    for body in (*BODIES.values(), *OF_CONFIRMATIONS.values(), RequestBody):
        schema = contract["components"]["schemas"][body.__name__]
        assert body.model_validate(schema["examples"][0]), "the example is one that would be taken"


def test_the_token_is_told(contract: dict[str, Any]) -> None:
    assert contract["security"] == [{"token": []}]


def test_the_bundle_and_its_tables_are_told_as_what_they_are_sent_as(contract: dict[str, Any]) -> None:
    told = contract["paths"]["/audit/bundle"]["get"]["responses"]["200"]["content"]
    assert set(told) == {"application/octet-stream", "text/csv", "application/x-ndjson"}
