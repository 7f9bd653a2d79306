"""Forms over HTTP: the list of a day, one form with its ETag, the verdict; for whoever is signed in, and nothing is stored."""

import json

import pytest

from service.demo.client import Person
from service.forms.schema import FOLDER
from tests.web.records import query

People = dict[str, Person]


def test_the_forms_of_a_day_are_listed(people: People) -> None:
    told = people["sato"].ask("GET", "/forms").json()["forms"]
    assert {f["code"]: f["id"] for f in told}["cao-meti-3"] == "cao-meti-3/2024-05-01"
    assert people["sato"].ask("GET", "/forms?on=2024-04-30").json() == {"forms": []}


def test_a_form_comes_whole_and_only_once(people: People) -> None:
    told = people["sato"].ask("GET", "/forms/cao-meti-3?on=2026-11-23")
    assert told.headers["content-type"] == "application/schema+json" and told.json()["legal_basis"]
    assert "detailed" in told.json()["properties"]["description"]["properties"], "Form 4 stands in its place"
    assert told.json()["valid_from"] == json.loads((FOLDER / "cao-meti-3-2024-05-01.json").read_text())["valid_from"]
    again = people["sato"].ask("GET", "/forms/cao-meti-3", headers={"if-none-match": told.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("path", "status"), [("/forms/no-such", 404), ("/forms/filing?on=2020-01-01", 422)])
def test_what_there_is_not_is_refused(people: People, path: str, status: int) -> None:
    assert people["sato"].ask("GET", path).status_code == status


def test_a_check_stores_nothing(demo: object, people: People) -> None:
    tables = "select (select count(*) from cases), (select count(*) from parts), (select count(*) from staged_parts)"
    before = query(demo, tables)  # type: ignore[arg-type]
    told = people["sato"].ask("POST", "/forms/cao-meti-2/check", json={"application_number": "特願2026-1"})
    assert told.json()["faults"][0]["next_step"]["ja"]
    assert query(demo, tables) == before  # type: ignore[arg-type]


def test_nobody_is_told_a_form_without_a_token(people: People) -> None:
    bare = {"authorization": "Bearer none"}
    for method, path in (("GET", "/forms"), ("GET", "/forms/filing"), ("POST", "/forms/filing/check")):
        assert people["sato"].ask(method, path, headers=bare).status_code == 401


def test_another_media_type_is_not_taken(people: People) -> None:
    told = people["sato"].ask("POST", "/forms/filing/check", content="a: 1", headers={"content-type": "text/yaml"})
    assert (told.status_code, told.json()["name"]) == (415, "media-type-not-taken")
