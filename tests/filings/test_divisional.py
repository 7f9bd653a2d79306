"""The original's filing date of a divisional or converted application: its symbols are compared under both days (Patent Act 44(2))."""

from typing import Any
from uuid import uuid4

import pytest

from service.demo.client import Person
from tests.web.filed import look

People = dict[str, Person]
GONE = "H01L31/08"
"""A symbol of the Order's first version alone."""
FORM: dict[str, Any] = {"title": "受光素子", "applicants": ["甲"], "application": "divisional"}
FIRST = "2024-07-01"


def screened(people: People, symbol: str, original: str | None) -> tuple[str, Any]:
    """The case and its suggestion."""
    said = {**FORM, "symbols": [{"text": symbol}]} | ({"original_filed_on": original} if original else {})
    told = people["sato"].ask("POST", "/filings/entered/read-back", json={"filing": said, "self_check": True}).json()
    assert told["original_filed_on"] == original
    body = {"filing": said, "read_back": told["digest"]}
    done = people["sato"].ask("POST", "/filings/entered", headers={"idempotency-key": uuid4().hex}, json=body)
    assert done.status_code == 201, done.text
    case = done.json()["case"]
    found = people["suzuki"].part(case, "screening")
    assert found["outcome"] == told["screening"]["outcome"]
    return case, found


@pytest.mark.parametrize(("original", "outcome"), [(None, "none"), ("2026-01-05", "none"), (FIRST, "hit_if")])
def test_a_divisional_is_compared_under_its_original_s_date_too(
    people: People, original: str | None, outcome: str
) -> None:
    _, found = screened(people, GONE, original)
    assert (found["outcome"], found["also_on"]) == (outcome, original)


def test_a_corrected_classification_is_compared_under_both_dates_again(people: People) -> None:
    case, _ = screened(people, "A44B1/08", FIRST)
    people["suzuki"].act(case, "correct_classification", reason="分類の誤り。", symbols=[{"text": GONE}])
    found = people["suzuki"].part(case, "screening.2")
    assert (found["outcome"], found["on"], found["also_on"]) == ("hit_if", FIRST, FIRST)
    assert look(people, "suzuki", case)["state"] == "PRIMARY_REVIEW"


@pytest.mark.parametrize(
    ("application", "original", "fault"),
    [("ordinary", FIRST, "原出願"), ("divisional", "2999-01-01", "後の日付"), ("pct-national", FIRST, "原出願")],
)
def test_an_original_s_date_that_cannot_be_is_refused_at_its_field(
    people: People, application: str, original: str, fault: str
) -> None:
    typed = {**FORM, "application": application, "original_filed_on": original}
    entered = people["sato"].ask("POST", "/filings/entered/read-back", json={"filing": typed}).json()
    assert [(f["pointer"], fault in f["text"]["ja"]) for f in entered["faults"]] == [
        ("/filing/original_filed_on", True)
    ]
    given = {"application": application, "original_filed_on": original}
    uploaded = people["sato"].read_back({"a.txt": "【書類名】特許願".encode()}, **given)
    assert (uploaded.status_code, uploaded.json()["pointer"]) == (422, "/original_filed_on")


def test_an_upload_is_compared_under_its_original_s_date_too(people: People) -> None:
    text = f"【書類名】特許願\n【整理番号】A1\n【国際特許分類】\n{GONE}\n【書類名】特許請求の範囲\n【請求項１】受光素子。\n"
    done = people["sato"].file({"a.txt": text.encode()}, application="converted", original_filed_on=FIRST)
    assert done.status_code == 201, done.text
    assert people["suzuki"].part(done.json()["case"], "screening")["also_on"] == FIRST
