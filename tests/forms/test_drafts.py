"""Drafts: their writer's alone, sealed to him, taken up where they were left; a stale save is told in which fields it differs."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from service.demo.client import Person
from service.demo.people import BY_NAME
from service.demo.run import Demo
from service.sealing.envelope import part_place
from tests.forms.test_checking import FORM_3
from tests.web.filed import filed
from tests.web.records import query, records_of

People = dict[str, Person]
SAID: dict[str, Any] = {"title": "深海の鍵", "applicants": ["海野"], "claims": ["鍵。"]}
FORM_2 = {"applicants": [{"name": "甲", "address": "東京都"}], "application_number": "特願2026-1"}


def put(person: Person, draft: str, said: Any, seen: int | None = None, form: str = "filing") -> Any:
    headers = {} if seen is None else {"if-match": f'"{seen}"'}
    return person.ask("PUT", f"/drafts/{draft}", headers=headers, json={"form": form, "said": said})


def begun(person: Person, said: Any = SAID, form: str = "filing") -> str:
    draft = str(uuid4())
    assert put(person, draft, said, form=form).status_code == 201
    return draft


def test_a_draft_is_taken_up_again_as_it_was_left(people: People) -> None:
    draft = begun(people["sato"], {"title": "半ば", "applicants": [""]})
    told = people["sato"].ask("GET", f"/drafts/{draft}")
    assert told.headers["etag"] == '"1"' and told.json()["said"] == {"title": "半ば", "applicants": [""]}
    assert [f["pointer"] for f in told.json()["verdict"]["faults"]] == ["/applicants"], "what is wanting is shown"
    saved = put(people["sato"], draft, SAID, seen=1)
    assert (saved.status_code, saved.headers["etag"]) == (200, '"2"')
    assert people["sato"].get(f"/drafts/{draft}")["said"] == SAID
    assert draft in [d["id"] for d in people["sato"].get("/drafts")["drafts"]]


def test_a_draft_is_there_for_nobody_else(people: People) -> None:
    draft = begun(people["sato"])
    absent = people["yamada"].ask("GET", f"/drafts/{uuid4()}")
    hidden = people["yamada"].ask("GET", f"/drafts/{draft}")
    assert (absent.status_code, absent.content) == (hidden.status_code, hidden.content) == (404, absent.content)
    assert people["yamada"].ask("DELETE", f"/drafts/{draft}").status_code == 404
    assert put(people["yamada"], draft, SAID, seen=1).status_code == 404
    assert people["yamada"].get("/drafts")["drafts"] == []
    for name in ("suzuki", "kato", "tanaka", "kobayashi"):
        for method, path in (("GET", "/drafts"), ("GET", f"/drafts/{draft}"), ("DELETE", f"/drafts/{draft}")):
            assert people[name].ask(method, path).status_code == 403, "staff keep none and see none"
    assert people["sato"].get(f"/drafts/{draft}")["revision"] == 1


def test_a_stale_save_is_refused_and_told_where_it_differs(people: People) -> None:
    draft = begun(people["sato"])
    assert (
        put(people["sato"], draft, {**SAID, "claims": ["鍵。", "錠。"], "abstract": "要約"}, seen=1).status_code == 200
    )
    stale = put(people["sato"], draft, {**SAID, "title": "別の鍵", "applicants": ["海野", "山野"]}, seen=1)
    told = stale.json()
    assert (stale.status_code, told["name"], told["revision"]) == (409, "draft-moved-on", 2)
    assert told["differing"] == ["/abstract", "/applicants/1", "/claims/1", "/title"]
    assert "鍵" not in stale.text, "the fields are named, nothing of them is said"
    assert put(people["sato"], draft, SAID).status_code == 428, "a draft that is there is saved over a revision only"


def test_of_two_saves_at_once_one_is_stale(people: People) -> None:
    draft = begun(people["sato"])

    async def both() -> list[int]:
        saves = (asyncio.to_thread(put, people["sato"], draft, {**SAID, "title": t}, 1) for t in "甲乙丙丁")
        return sorted(answer.status_code for answer in await asyncio.gather(*saves))

    assert asyncio.run(both()) == [200, 409, 409, 409]


def test_a_draft_becomes_the_application_and_is_gone(people: People) -> None:
    draft = begun(people["sato"])
    read_back = people["sato"].ask("POST", "/filings/entered/read-back", json={"filing": SAID}).json()["digest"]
    path = f"/drafts/{draft}/submit"
    stale = people["sato"].ask("POST", path, json={"revision": 2, "read_back": read_back})
    assert (stale.status_code, stale.json()["name"]) == (409, "draft-moved-on")
    unseen = people["sato"].ask("POST", path, json={"revision": 1})
    assert (unseen.status_code, unseen.json()["name"]) == (428, "read-back-needed")
    done = people["sato"].ask("POST", path, json={"revision": 1, "read_back": read_back})
    assert done.status_code == 201 and done.json()["state"] == "PRIMARY_REVIEW", done.text
    assert people["sato"].ask("GET", f"/drafts/{draft}").status_code == 404


def test_a_draft_that_does_not_hold_stays_a_draft(people: People) -> None:
    draft = begun(people["sato"], {"title": "半ば"})
    told = people["sato"].ask("POST", f"/drafts/{draft}/submit", json={"revision": 1})
    assert (told.status_code, told.json()["faults"][0]["pointer"]) == (422, "/filing/applicants")
    assert people["sato"].get(f"/drafts/{draft}")["revision"] == 1


def test_a_draft_of_form_2_becomes_the_request(people: People) -> None:  # 66(10)
    case = filed(people, request_review="")
    draft = begun(people["sato"], FORM_2, "cao-meti-2")
    etag = people["sato"].ask("GET", f"/filings/{case}").headers["etag"]
    path = f"/drafts/{draft}/submit"
    assert people["sato"].ask("POST", path, json={"revision": 1}).json()["name"] == "draft-not-submitted-here"
    done = people["sato"].ask("POST", path, headers={"if-match": etag}, json={"revision": 1, "filing": case})
    assert done.status_code == 200 and done.json()["case"] == case, done.text
    assert people["sato"].ask("GET", f"/drafts/{draft}").status_code == 404


def test_a_draft_of_form_3_becomes_the_request_for_confirmation(people: People) -> None:  # 79(1)
    draft = begun(people["sato"], {**FORM_3, "description": None}, "cao-meti-3")
    path = f"/drafts/{draft}/submit"
    wanting = people["sato"].ask("POST", path, json={"revision": 1})
    assert (wanting.status_code, wanting.json()["faults"][0]["pointer"]) == (422, "/form/description")
    assert put(people["sato"], draft, FORM_3, seen=1, form="cao-meti-3").status_code == 200
    done = people["sato"].ask("POST", path, json={"revision": 2})
    assert done.status_code == 201, done.text
    assert people["sato"].get(f"/confirmations/{done.json()['case']}")["state"] == done.json()["state"]
    assert people["sato"].ask("GET", f"/drafts/{draft}").status_code == 404


def test_the_database_does_not_tell_what_a_draft_is(demo: Demo, people: People) -> None:
    draft = begun(people["sato"])
    row = query(demo, f"select row_to_json(d)::text from drafts d where id = '{draft}'")[0][0]
    assert "filing" not in row and "深海" not in row


@pytest.mark.parametrize(
    ("edit", "reader"),
    [("person = '{yamada}'", "yamada"), ("id = gen_random_uuid()", "sato"), ("revision = revision + 1", "sato")],
)
def test_a_row_that_the_databases_owner_moved_opens_for_nobody(
    demo: Demo, people: People, edit: str, reader: str
) -> None:
    draft = begun(people["sato"])
    told = edit.format(yamada=BY_NAME["yamada"].id)
    moved = query(demo, f"update drafts set {told} where id = '{draft}' returning id")[0][0]
    assert people[reader].ask("GET", f"/drafts/{moved}").status_code == 503


def test_a_draft_is_no_part_of_a_case() -> None:
    """Whoever plants a case of the kind that drafts have gets no key for its parts."""
    with pytest.raises(ValueError, match="no part of a case"):
        part_place(b"demo-" + b"0" * 32, "draft", uuid4(), uuid4(), "draft", 1)


def test_the_keyholder_records_each_opening_before_it(demo: Demo, people: People) -> None:
    draft = begun(people["sato"])
    told = people["sato"].ask("GET", f"/drafts/{draft}")
    found = [r for r in records_of(demo, told.headers["request-id"]) if r["action"] == "read_draft"]
    assert [(r["what"], r["outcome"], r["part"]) for r in found] == [("release", "allowed", draft.replace("-", ""))]
    hidden = people["yamada"].ask("GET", f"/drafts/{draft}")
    found = [r for r in records_of(demo, hidden.headers["request-id"]) if r["action"] == "read_draft"]
    assert [(r["outcome"], r["reason"]) for r in found] == [("refused", "not-found")]


@pytest.mark.parametrize("more", [{"person": str(BY_NAME["yamada"].id)}, {"revision": 7}, {"id": str(uuid4())}])
def test_nothing_but_form_and_content_is_set(people: People, more: dict[str, Any]) -> None:
    body = {"form": "filing", "said": SAID, **more}
    assert people["sato"].ask("PUT", f"/drafts/{uuid4()}", json=body).status_code == 422
    draft = begun(people["sato"])
    assert (
        people["sato"].ask("POST", f"/drafts/{draft}/submit", json={"revision": 1, **more, "state": "SENT"}).status_code
        == 422
    )
