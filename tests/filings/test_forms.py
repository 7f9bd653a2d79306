"""Statutory forms with a filing and its acts: judged by their version, which the sealed paper then names; every fault at once."""

from typing import Any
from uuid import uuid4

import pytest

from service.demo.client import Person
from tests.web.filed import filed

People = dict[str, Person]
PARTY = {"name": "株式会社例", "address": "東京都千代田区"}
FORM_1: dict[str, Any] = {
    "applicants": [PARTY],
    "inventions": [{"content": "留め具", "claim": 1}],
    "reason": "公開により国家の安全を損なうおそれがある。",
}
FORM_2: dict[str, Any] = {"applicants": [PARTY], "application_number": "特願2026-123456", "filed_on": "令和8年1月5日"}
ENTERED: dict[str, Any] = {
    "title": "留め具",
    "applicants": ["甲"],
    "priority_dates": ["R8.1.5"],
    "claims": ["甲\r\n乙"],
}


def file(person: Person, said: dict[str, Any]) -> Any:
    told = person.ask("POST", "/filings/entered/read-back", json={"filing": said["filing"]})
    if told.status_code != 200:
        return told
    body = {**said, "read_back": told.json()["digest"]}
    return person.ask("POST", "/filings/entered", headers={"idempotency-key": uuid4().hex}, json=body)


def part(person: Person, case: str, document: str) -> Any:
    found = next(p["id"] for p in person.get(f"/filings/{case}")["parts"] if p["document"] == document)
    return person.get(f"/filings/{case}/parts/{found}")["content"]


def test_an_entered_filing_names_the_version_of_its_form(people: People) -> None:
    told = file(people["sato"], {"filing": ENTERED})
    assert told.status_code == 201, told.text
    listed = told.json()["receipt"]["manifest"]["documents"]
    assert [d["name"] for d in listed] == ["entered.json"]
    case = told.json()["case"]
    assert part(people["sato"], case, "bibliography")["priority_dates"] == ["2026-01-05"], "an era date was taken"


def test_every_fault_of_an_entered_filing_is_told_at_its_field(people: People) -> None:
    spoiled = {**ENTERED, "title": " ", "priority_dates": ["R8.2.30"], "symbols": [{"scheme": "x"}]}
    told = file(people["sato"], {"filing": spoiled}).json()
    assert told["name"] == "invalid-field" and told["form"] == "filing/2024-05-01"
    assert [(f["pointer"], f["fault"]) for f in told["faults"]] == [
        ("/filing/title", "missing"),
        ("/filing/symbols/0/scheme", "not-a-choice"),
        ("/filing/symbols/0/text", "missing"),
        ("/filing/priority_dates/0", "not-a-date"),
    ]


def test_form_1_comes_with_the_filing(people: People) -> None:  # 66(2), CAO-METI Order 2
    told = file(people["sato"], {"filing": ENTERED, "review_form": FORM_1})
    assert told.status_code == 201, told.text
    paper = part(people["sato"], told.json()["case"], "REQ-66-2")
    assert paper["form"] == {"form": "cao-meti-1/2024-05-01", "said": FORM_1}
    spoiled = file(people["sato"], {"filing": ENTERED, "review_form": {**FORM_1, "inventions": [{"content": "x"}]}})
    assert [f["pointer"] for f in spoiled.json()["faults"]] == ["/review_form/inventions/0/claim"]


@pytest.mark.parametrize("spoiled", [False, True])
def test_form_1_comes_with_an_upload_as_json(people: People, spoiled: bool) -> None:
    import json

    from tests.web.filed import paper

    form = {**FORM_1, "reason": ""} if spoiled else FORM_1
    told = people["sato"].file(paper(), review_form=json.dumps(form))
    if spoiled:
        assert (told.status_code, told.json()["faults"][0]["pointer"]) == (422, "/review_form/reason")
    else:
        assert part(people["sato"], told.json()["case"], "REQ-66-2")["form"]["said"] == FORM_1


def test_form_2_comes_with_the_request_for_the_non_sending_notice(people: People) -> None:  # 66(10), CAO-METI Order 3
    case = filed(people, request_review="")
    seen = people["sato"].ask("GET", f"/filings/{case}").headers["etag"]
    path = f"/filings/{case}/request-non-sending-notice"
    spoiled = people["sato"].ask(
        "POST", path, headers={"if-match": seen}, json={"form": {**FORM_2, "agents": [{}, PARTY]}}
    )
    assert [(f["pointer"], f["fault"]) for f in spoiled.json()["faults"]] == [("/form/agents/0", "missing")]
    done = people["sato"].ask("POST", path, headers={"if-match": seen}, json={"form": FORM_2})
    assert done.status_code == 200, done.text
    said = part(people["sato"], case, "REQ-66-10")["form"]
    assert said == {"form": "cao-meti-2/2024-05-01", "said": {**FORM_2, "filed_on": "2026-01-05"}}
