"""Drawing a page: Jinja2 with autoescape, the words of its language, dates in both calendars; the headers every page has."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from service.law.wareki import wareki
from service.reading import MARKS
from service.web.pages.door import COOKIE
from service.web.pages.words import word, words

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
JAPAN = ZoneInfo("Asia/Tokyo")


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("service.web.pages"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def day(lang: str, said: str | date | None) -> str:
    """A day as people write it: in Japanese with its era, always with ISO 8601."""
    if said is None:
        return "–"
    told = date.fromisoformat(said[:10]) if isinstance(said, str) else said
    return f"{wareki(told)}（{told.isoformat()}）" if lang == "ja" else told.isoformat()


def moment(said: str) -> str:
    """A time in Japan, to the minute."""
    return datetime.fromisoformat(said).astimezone(JAPAN).strftime("%Y-%m-%d %H:%M")


def page(request: Request, lang: str, template: str, status: int = 200, **what: Any) -> HTMLResponse:
    """The page. what: what its template shows."""
    other = "en" if lang == "ja" else "ja"
    shown: Mapping[str, Any] = {
        "lang": lang,
        "other": other,
        "elsewhere": f"/{other}{request.url.path.removeprefix(f'/{lang}')}",
        "w": words(lang)["page"],
        "word": partial(word, lang),
        "day": partial(day, lang),
        "moment": moment,
        "marks": MARKS,
        "demo": request.app.state.demo,
        "entered": COOKIE in request.cookies,
        "tasks": words(lang)["tasks"],
        **what,
    }
    body = _templates().get_template(template).render(shown)
    return HTMLResponse(body, status, {"content-security-policy": POLICY, "content-language": lang})
