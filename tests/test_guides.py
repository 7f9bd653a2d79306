"""The guides name only what the service has: every `METHOD /path` in them is a route, with that method."""

import re
from pathlib import Path

from fastapi.routing import APIRoute

from service.access import routes as access
from service.audit import routes as audit
from service.filings import intake_routes as intake
from service.filings import routes as filings
from service.foreign import routes as foreign
from service.forms import draft_routes as drafts
from service.forms import routes as forms
from service.links import routes as links
from service.mail import routes as mail
from service.notices import routes as notices
from service.parties import routes as parties
from service.screening import routes as screening

GUIDES = sorted((Path(__file__).resolve().parents[1] / "docs" / "guides").glob("*.md"))
OPEN = {("GET", "/livez"), ("GET", "/readyz")}


def test_every_call_in_the_guides_is_a_route() -> None:
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
    known = {
        (method, route.path)
        for r in routers
        for route in r.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    told = {(m, p) for guide in GUIDES for m, p in re.findall(r"`(GET|POST|PUT|DELETE) (/[^`\s]+)`", guide.read_text())}
    assert len(told) > 15
    assert told - known - OPEN == set()
