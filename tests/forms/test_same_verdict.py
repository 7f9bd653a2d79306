"""T15: the API, a posted form and the command line give one verdict on a form, with the same faults at the same fields.

200 forms of every form's kinds in `make test`; FORMS=10000 in the environment for the full number. SEED for another draw.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from typer.testing import CliRunner

from service import clock
from service.cli import app
from service.demo.client import Person
from service.forms.checking import check
from service.forms.html import html
from service.forms.post import MEDIA_TYPE, posted
from service.forms.schema import Form, forms
from tests.forms.made import as_pairs, as_toml, good, spoiled

ROUNDS = int(os.environ.get("FORMS", "200"))
SEED = os.environ.get("SEED", "15")
RUNNER = CliRunner()
ALONE = {"connection": "close"}
"""A connection that waits for the other channels may be closed by the server just when it is used again."""


def drawn() -> Iterator[tuple[Form, Any, frozenset[str]]]:
    """ROUNDS forms, a third of them good."""
    for number in range(ROUNDS):
        rng = Random(f"{SEED}/{number}")
        form = forms().on(rng.choice(forms().codes()), clock.today())
        value = good(rng, form.schema)
        if number % 3:
            yield form, *spoiled(rng, form.schema, value)
        else:
            yield form, value, frozenset({"json", "toml", "post"})


def by_api(person: Person, form: Form, value: Any) -> Any:
    told = person.ask("POST", f"/forms/{form.code}/check", json=value, headers=ALONE)
    assert told.status_code == 200, told.text
    return told.json()


def by_post(person: Person, form: Form, value: Any) -> Any:
    headers = {"content-type": MEDIA_TYPE, **ALONE}
    told = person.ask("POST", f"/forms/{form.code}/check", content=urlencode(as_pairs(value)), headers=headers)
    assert told.status_code == 200, told.text
    return told.json()


def by_command(form: Form, text: str, path: Path) -> Any:
    path.write_text(text, encoding="utf-8", newline="")
    told = RUNNER.invoke(app, ["form", "check", form.code, str(path), "--json"])
    said = json.loads(told.stdout)
    assert told.exit_code == (0 if said["holds"] else 1)
    return said


def test_every_channel_gives_the_same_verdict_at_the_same_fields(people: dict[str, Person], tmp_path: Path) -> None:
    met: Counter[str] = Counter()
    for form, value, carried in drawn():
        verdict = by_api(people["sato"], form, value)
        where = f"{form.id}: {json.dumps(value, ensure_ascii=False)[:400]}"
        assert by_command(form, json.dumps(value), tmp_path / "form.json") == verdict, where
        if "toml" in carried:
            assert by_command(form, as_toml(value), tmp_path / "form.toml") == verdict, where
        if "post" in carried:
            assert by_post(people["sato"], form, value) == verdict, where
        met.update([*carried, "holds" if verdict["holds"] else "does not", *{f["fault"] for f in verdict["faults"]}])
    assert met["post"] > ROUNDS // 3 and met["holds"] > ROUNDS // 10 and met["does not"] > ROUNDS // 3, met
    assert len(met) >= 14, f"the draw meets most kinds of fault: {met}"


def test_a_form_drawn_as_html_and_posted_back_says_what_it_said() -> None:
    for number in range(200):
        rng = Random(f"{SEED}/html/{number}")
        form = forms().on(rng.choice(forms().codes()), clock.today())
        value = good(rng, form.schema)
        first = check(form, value, clock.today())
        shown = html(form, first.value, first.faults, rng.choice(["ja", "en"]))
        again = check(form, posted(urlencode(browser(shown)).encode(), form.schema), clock.today())
        assert again == first


class _Browser(HTMLParser):
    """What a browser without a script would post of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self._text: tuple[str, list[str]] | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "input" and (said["type"] == "text" or "checked" in said):
            self.pairs.append((said["name"] or "", said["value"] or ""))
        elif tag == "textarea":
            self._text = said["name"] or "", []
        elif tag == "select":
            self._select = said["name"] or ""
            self.pairs.append((self._select, ""))
        elif tag == "option" and "selected" in said:
            self.pairs[-1] = (self._select or "", said["value"] or "")

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text:
            text = "".join(self._text[1]).removeprefix("\n")
            self.pairs.append((self._text[0], text.replace("\n", "\r\n")))
            self._text = None


def browser(page: str) -> list[tuple[str, str]]:
    reader = _Browser()
    reader.feed(page)
    reader.close()
    return reader.pairs


@pytest.mark.parametrize(
    "body",
    [
        b"title=x",
        b"/a/b=1&/a=2",
        b"/a=1&/a/b=2",
        b"/title=1&/title=2",
        b"/claims/9999=x",
        b"/claims/01=x",
        b"/title=%ff",
        b"/claims/x=1",
        b"=",
        "/title=あ".encode(),
    ],
)
def test_a_posted_form_with_no_meaning_or_two_is_refused(people: dict[str, Person], body: bytes) -> None:
    told = people["sato"].ask("POST", "/forms/filing/check", content=body, headers={"content-type": MEDIA_TYPE})
    assert (told.status_code, told.json()["name"]) == (400, "form-unreadable")
