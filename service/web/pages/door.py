"""The door of the pages: a browser's cookie holds the token that a script sends as a bearer; nothing is kept on the server.

What must hold: a cookie counts only for pages, and for what a page of this very host sends (Fetch Metadata, else Origin), so that no other
site acts in anybody's name. It is set for a demo root alone, whose issuer lends itself to everybody; a real root has no door here yet.
Not promised: that a session can be ended before its token ends (at most an hour).
"""

from http.cookies import CookieError, SimpleCookie
from typing import Any

import httpx2
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.types import Scope

from service.errors import not_found, unavailable
from service.forms.post import posted
from service.web.pages.paths import Lang

COOKIE = "hozen-demo"
PAGES = ("/ja", "/en")
LIFE = 3000
"""Seconds; below what the keyholder lets a token live."""
FIELDS = {"type": "object", "properties": {"person": {"type": "string"}}}

router = APIRouter(tags=["pages"], include_in_schema=False)


def token_of(scope: Scope) -> str:
    """The token in the cookie of a page's request to a demo root; empty where there is none, or where another site sent it."""
    if not scope["path"].startswith(PAGES) or not getattr(scope["app"].state, "demo", False):
        return ""
    headers = {k: v.decode("latin-1") for k, v in scope["headers"] if k in _HEADERS}
    if scope["method"] not in ("GET", "HEAD") and not _own(headers):
        return ""
    try:
        cookie = SimpleCookie(headers.get(b"cookie", "")[:8192]).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie is not None and cookie.value.isascii() else ""


_HEADERS = frozenset({b"cookie", b"sec-fetch-site", b"origin", b"host"})


def _own(headers: dict[bytes, str]) -> bool:
    """The request comes from a page of this host (W3C Fetch Metadata; RFC 6454 where a browser has none)."""
    if (site := headers.get(b"sec-fetch-site")) is not None:
        return site == "same-origin"
    return headers.get(b"origin", "").partition("//")[2] == headers.get(b"host", "-")


@router.post("/{lang:lang}/enter", name="page-enter")
async def enter(request: Request, lang: Lang) -> Response:
    """Become one of the demo's invented people. Raises Refusal not-found outside a demo root, unavailable."""
    person = str((posted(await request.body(), FIELDS) or {}).get("person", ""))
    token = (await _issuer(request, "POST", "/token", person=person, life=str(LIFE)))["access_token"]
    answer = RedirectResponse(f"/{lang}/cases", 303)
    answer.set_cookie(COOKIE, token, max_age=LIFE, httponly=True, samesite="strict")
    return answer


async def people(request: Request) -> dict[str, str]:
    """Who there is to become, by name; nobody outside a demo root."""
    if not request.app.state.demo:
        return {}
    return {str(name): str(said) for name, said in (await _issuer(request, "GET", "/"))["people"].items()}


async def _issuer(request: Request, method: str, path: str, **said: str) -> Any:
    """What the demo's issuer says. Raises Refusal not-found outside a demo root and for whom it does not know, unavailable."""
    if not request.app.state.demo:
        raise not_found()
    try:
        async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
            told = await http.request(method, f"{request.app.state.issuer}{path}", params=said)
            if told.status_code == 400:
                raise not_found()
            return told.raise_for_status().json()
    except httpx2.HTTPError:
        raise unavailable() from None


@router.post("/{lang:lang}/leave", name="page-leave")
async def leave(lang: Lang) -> Response:
    """Take the cookie away."""
    answer = RedirectResponse(f"/{lang}", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer
