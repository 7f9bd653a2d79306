"""Return for correction: only the fields that the demand names reopen; what was submitted first stays, in its version."""

import copy
import re
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest

from service.demo.client import Person
from service.demo.run import Demo
from service.forms.checking import check
from service.forms.html import html
from service.forms.post import posted
from service.forms.returned import not_reopened
from service.forms.schema import forms
from tests.filings.test_forms import FORM_2
from tests.forms.test_same_verdict import browser
from tests.web.filed import filed
from tests.web.records import OF_REQUESTS, records_of

People = dict[str, Person]
DAY = date(2026, 11, 23)
FORM = forms().on("cao-meti-1", DAY)
BEFORE: dict[str, Any] = {
    "applicants": [{"name": "甲", "address": "東京都"}],
    "inventions": [{"content": "鍵", "claim": 1}, {"content": "錠", "passage": "0010"}],
    "reason": "おそれが大きい。",
}


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        (("reason",), "別の理由", ["/reason"]),
        (("inventions", 0, "claim"), 2, []),
        (("inventions", 0, "content"), "別の鍵", ["/inventions/0/content"]),
        (("inventions", 1), {"content": "錠", "passage": "0011"}, ["/inventions/1/passage"]),
        (("inventions",), BEFORE["inventions"][:1], ["/inventions/1/content", "/inventions/1/passage"]),
        (("agents",), [{"name": "乙", "address": "大阪府"}], ["/agents/0/address", "/agents/0/name"]),
        (("reference",), "R-1", []),
        (("reason",), "  おそれが大きい。 ", []),
    ],
)
def test_what_was_not_reopened_is_found_wherever_it_lies(path: tuple[Any, ...], value: Any, found: list[str]) -> None:
    after = copy.deepcopy(BEFORE)
    at: Any = after
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert not_reopened(FORM, BEFORE, after, ["/inventions/0/claim", "/reference"]) == found


def test_a_reopened_group_takes_new_rows() -> None:
    after = BEFORE | {"inventions": [*BEFORE["inventions"], {"content": "戸", "claim": 3}]}
    assert not_reopened(FORM, BEFORE, after, ["/inventions"]) == []
    assert not_reopened(FORM, BEFORE, after, ["/inventions/1"]) == ["/inventions/2/claim", "/inventions/2/content"]
    assert not_reopened(FORM, BEFORE, after, ["/invention"]) != [], (
        "a pointer reopens what lies in it, no name that begins alike"
    )


def test_a_returned_form_is_drawn_with_its_other_fields_fixed_and_still_says_them() -> None:
    page = html(FORM, BEFORE, (), "ja", ["/inventions/0/claim"])
    fixed = {
        name: "readonly" in tag for tag, name in re.findall(r'(<(?:input|textarea)[^>]*name="([^"]+)"[^>]*>)', page)
    }
    assert [name for name, is_fixed in fixed.items() if not is_fixed] == ["/inventions/0/claim"]
    again = check(FORM, posted(urlencode(browser(page)).encode(), FORM.schema), DAY)
    assert again.value == BEFORE


def parts(person: Person, case: str, document: str) -> list[str]:
    return [p["id"] for p in person.get(f"/filings/{case}")["parts"] if p["document"] == document]


def asked(people: People, pointers: list[str]) -> tuple[str, str, str]:
    """A case whose request on Form 2 was returned: case, the request's paper, the demand's paper."""
    case = filed(people, request_review="")
    people["sato"].act(case, "request_non_sending_notice", form=FORM_2)
    first = parts(people["sato"], case, "REQ-66-10")[0]
    returns = {"part": first, "pointers": pointers}
    people["suzuki"].act(case, "ask_documents", reason="出願番号の誤り。", returns=returns)
    return case, first, parts(people["sato"], case, "ASK-66-6")[0]


def answer(people: People, case: str, demand: str, form: dict[str, Any]) -> Any:
    etag = people["sato"].ask("GET", f"/filings/{case}").headers["etag"]
    body = {"reason": "補正します。", "answers": demand, "form": form}
    return people["sato"].ask("POST", f"/filings/{case}/answer-demand", headers={"if-match": etag}, json=body)


def test_only_what_was_asked_is_corrected_and_the_first_version_stays(demo: Demo, people: People) -> None:  # 66(6)
    case, first, demand = asked(people, ["/application_number"])
    paper = people["sato"].get(f"/filings/{case}/parts/{demand}")["content"]
    assert paper["returns"] == {"part": first, "pointers": ["/application_number"]}, (
        "the applicant is told which fields"
    )
    right = {**FORM_2, "application_number": "特願2026-654321"}
    other = answer(people, case, demand, {**right, "filed_on": "2026-01-06"})
    assert (other.status_code, other.json()["name"], other.json()["pointer"]) == (409, "not-reopened", "/form/filed_on")
    of_request = [r for r in records_of(demo, other.headers["request-id"]) if r["what"] in OF_REQUESTS]
    assert len(of_request) == 1 and of_request[0]["status"] == 409, "what was read on the way stands beside it"
    spoiled = answer(people, case, demand, {**right, "application_number": ""})
    assert spoiled.json()["faults"][0]["pointer"] == "/form/application_number"
    assert answer(people, case, demand, right).status_code == 200
    found = parts(people["sato"], case, "act-answer_demand.screening")[0]
    kept = people["sato"].get(f"/filings/{case}/parts/{found}")["content"]["form"]
    assert kept["said"]["application_number"] == "特願2026-654321" and kept["corrects"] == first
    assert kept["form"] == "cao-meti-2/2024-05-01"
    stays = people["sato"].get(f"/filings/{case}/parts/{first}")["content"]["form"]["said"]
    assert stays["application_number"] == FORM_2["application_number"]


def test_a_demand_returns_fields_that_the_form_has_and_papers_that_hold_one(people: People) -> None:
    case, first, demand = asked(people, ["/applicants/0/name"])
    etag = people["suzuki"].ask("GET", f"/filings/{case}").headers["etag"]

    def demands(part: str, pointers: list[str], who: str = "suzuki") -> Any:
        body = {"reason": "補正。", "returns": {"part": part, "pointers": pointers}}
        return people[who].ask("POST", f"/filings/{case}/ask-documents", headers={"if-match": etag}, json=body)

    wrong = demands(first, ["/filed_on", "/no_such"]).json()
    assert (wrong["name"], wrong["pointer"]) == ("invalid-field", "/returns/pointers/1")
    assert demands(demand, ["/filed_on"]).json()["pointer"] == "/returns/part", "a demand is no form"
    assert demands(first, ["/filed_on"], "yamada").status_code == 404
    assert answer(people, case, first, FORM_2).json()["pointer"] == "/answers", "what answers a demand names it"
