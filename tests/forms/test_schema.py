"""The forms as data: each has its basis and its day, in both languages; the version is the one of the legal date."""

import json
from datetime import date
from pathlib import Path

import pytest

from service.errors import Refusal
from service.forms.html import html
from service.forms.schema import FOLDER, Form, Forms, forms
from service.law.documents import documents

DAY = date(2026, 11, 23)


def test_every_statutory_form_of_the_cao_meti_order_is_there() -> None:
    assert [c for c in forms().codes() if c.startswith("cao-meti")] == [f"cao-meti-{n}" for n in range(1, 6)]


@pytest.mark.parametrize("code", forms().codes())
def test_a_form_names_its_law_and_the_paper_that_it_is(code: str) -> None:
    form = forms().on(code, DAY)
    assert form.basis and form.title.ja and form.title.en
    if paper := form.schema.get("document"):
        named = documents()[paper]
        assert named.title.ja == form.title.ja and named.title.en == form.title.en
        assert set(form.basis.split("; ")) == set(named.basis.split("; "))


def two_versions(folder: Path) -> Forms:
    """Form 2 as it is, and as a later order might have it."""
    old = json.loads((FOLDER / "cao-meti-2-2024-05-01.json").read_text())
    new = old | {"valid_from": "2027-04-01", "$id": "cao-meti-2/2027-04-01", "required": ["applicants"]}
    for said in (old, new):
        (folder / f"cao-meti-2-{said['valid_from']}.json").write_text(json.dumps(said))
    return Forms.load(folder)


def test_the_version_is_the_one_in_force_on_the_legal_date(tmp_path: Path) -> None:
    found = two_versions(tmp_path)
    assert found.on("cao-meti-2", date(2027, 3, 31)).id == "cao-meti-2/2024-05-01"
    assert found.on("cao-meti-2", date(2027, 4, 1)).id == "cao-meti-2/2027-04-01"
    assert found.pinned("cao-meti-2/2024-05-01").valid_from == date(2024, 5, 1), "what was pinned is found again"
    with pytest.raises(Refusal, match="form-not-in-force"):
        found.on("cao-meti-2", date(2024, 4, 30))
    with pytest.raises(Refusal, match="not-found"):
        found.on("cao-meti-9", DAY)
    with pytest.raises(Refusal, match="not-found"):
        found.pinned("cao-meti-2/2024-05-02")


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        ({"valid_from": "2024-05-02"}, "differ"),
        ({"x-title": {"ja": "題"}}, "x-title is wanting"),
        ({"x-rules": ["no_such_rule"]}, "a rule that there is not"),
        ({"additionalProperties": True}, "not declared"),
        ({"type": "objekt"}, "is not valid under any"),
        ({"properties": {"a": {"$ref": "cao-meti-9/2024-05-01"}}}, "is no form"),
        ({"properties": {"a": {"x-title": {"ja": "甲", "en": "A"}, "enum": ["x"]}}}, "a choice without its words"),
    ],
)
def test_a_file_that_is_no_form_is_refused_at_the_start(tmp_path: Path, edit: dict[str, object], why: str) -> None:
    said = json.loads((FOLDER / "cao-meti-2-2024-05-01.json").read_text()) | edit
    (tmp_path / "cao-meti-2-2024-05-01.json").write_text(json.dumps(said))
    with pytest.raises(ValueError, match=why):
        Forms.load(tmp_path)


def fields(form: Form) -> list[str]:
    """Every pointer of one row of everything."""

    def walk(field: dict[str, object], at: str) -> list[str]:
        inner = [p for n, f in field.get("properties", {}).items() for p in walk(f, f"{at}/{n}")]  # type: ignore[attr-defined]
        return inner or (walk(field["items"], f"{at}/0") if "items" in field else [at])  # type: ignore[arg-type]

    return walk(dict(form.schema), "")


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("code", forms().codes())
def test_every_field_of_a_form_is_in_its_html(code: str, lang: str) -> None:
    form = forms().on(code, DAY)
    page = html(form, {}, (), lang)  # type: ignore[arg-type]
    assert [p for p in fields(form) if f'name="{p}"' not in page] == []
