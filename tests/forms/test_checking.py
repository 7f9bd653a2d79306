"""The verdict on a form: every fault at once, at its field, by article, with what to do; nothing of what was said in it."""

from datetime import date
from typing import Any

import pytest

from service.forms.checking import MOST, FormRefused, check
from service.forms.schema import forms

DAY = date(2026, 11, 23)
PARTY = {"name": "甲野太郎", "address": "東京都千代田区"}
FORM_3: dict[str, Any] = {
    "requesters": [PARTY],
    "title": "留め具",
    "commissioned_by_state": False,
    "filed_in_japan": False,
    "fee": {
        "amount": 25000,
        "paid_by": "stamps",
        "stamps": [{"value": 10000, "count": 2}, {"value": 5000, "count": 1}],
    },
    "description": {"language": "ja", "title": "留め具", "detailed": "【0001】説明"},
}


def faults(code: str, said: Any, on: date = DAY) -> dict[str, str]:
    return {f.pointer: f.name for f in check(forms().on(code, on), said, on).faults}


def test_a_request_for_prior_confirmation_holds() -> None:
    checked = check(forms().on("cao-meti-3", DAY), FORM_3, DAY)
    assert checked.faults == () and checked.submission() == {"form": "cao-meti-3/2024-05-01", "said": FORM_3}


@pytest.mark.parametrize(
    ("edit", "where", "name"),
    [
        ({"filed_in_japan": True}, "/filed_in_japan", "not_filed_in_japan"),  # 79(1)
        ({"fee": FORM_3["fee"] | {"amount": 24999}}, "/fee/amount", "wrong-value"),  # Order 16
        ({"fee": FORM_3["fee"] | {"stamps": [{"value": 1, "count": 1}]}}, "/fee/stamps", "fee_is_the_sum"),
        ({"commissioned_by_state": True}, "/commission", "commission_is_described"),
        ({"description": None}, "/description", "description_is_attached"),
        ({"title": "他の名称"}, "/description/title", "same_title"),
        ({"drawings": {"figures": [{"number": "図1"}]}}, "/description/brief_drawings", "drawings_are_described"),
        ({"requesters": [{"name": "　"}, PARTY]}, "/requesters/0", "missing"),
        ({"attached": ["drawings", "drawings"]}, "/attached", "twice"),
    ],
)
def test_each_rule_of_the_form_points_at_its_field(edit: dict[str, Any], where: str, name: str) -> None:
    assert faults("cao-meti-3", FORM_3 | edit).get(where) == name


def test_a_description_sent_as_a_file_is_attached() -> None:
    assert faults("cao-meti-3", {**FORM_3, "description": None, "attached": ["description"]}) == {}


def test_figures_are_numbered_once() -> None:
    said = {"figures": [{"number": "図1"}, {"number": "図2"}, {"number": "図1"}]}
    assert faults("cao-meti-5", said) == {"/figures/2/number": "figures_once"}


def test_an_invention_is_named_by_claim_or_passage() -> None:  # CAO-METI Order 2
    said: dict[str, Any] = {"applicants": [PARTY], "reason": "おそれが大きい。", "inventions": [{"content": "甲"}]}
    assert faults("cao-meti-1", said) == {"/inventions/0/claim": "claim_or_passage"}
    assert faults("cao-meti-1", said | {"inventions": [{"content": "甲", "passage": "0010"}]}) == {}


def test_days_are_read_in_japanese_eras_and_lie_not_after_the_legal_date() -> None:
    said = {"applicants": [PARTY], "application_number": "特願2026-123456", "filed_on": "令和八年"}
    assert faults("cao-meti-2", said) == {"/filed_on": "not-a-date"}
    assert faults("cao-meti-2", said | {"filed_on": "R8.11.24"}) == {"/filed_on": "not_in_the_future"}
    checked = check(forms().on("cao-meti-2", DAY), said | {"filed_on": "令和８年１１月２３日"}, DAY)
    assert checked.faults == () and checked.value["filed_on"] == "2026-11-23"


def test_all_faults_are_told_at_once_in_the_order_of_the_form() -> None:
    said = {"drawings": 3, "fee": {"paid_by": "gold"}, "title": "a\nb", "requesters": [{"number": "12"}], "SECRET": 1}
    told = check(forms().on("cao-meti-3", DAY), said, DAY).faults
    assert [(f.pointer, f.name) for f in told] == [
        ("", "undeclared"),
        ("/requesters/0/name", "missing"),
        ("/requesters/0/address", "missing"),
        ("/requesters/0/number", "spelling"),
        ("/title", "spelling"),
        ("/commissioned_by_state", "missing"),
        ("/filed_in_japan", "missing"),
        ("/fee/amount", "missing"),
        ("/fee/paid_by", "not-a-choice"),
        ("/description", "description_is_attached"),
        ("/drawings", "wrong-type"),
    ]
    assert all(f.article and f.text.ja and f.text.en and f.fix.ja and f.fix.en for f in told)
    assert "SECRET" not in repr(told) and "gold" not in repr(told)


def test_faults_beyond_the_most_are_counted() -> None:
    said = {"title": "t", "applicants": ["甲"], "symbols": [{"scheme": "no"}] * 400}
    checked = check(forms().on("filing", DAY), said, DAY)
    assert len(checked.faults) == MOST and checked.more == 800 - MOST


@pytest.mark.parametrize("said", [[], None, 3, "x", {}])
def test_what_is_no_form_at_all_is_told_as_such(said: Any) -> None:
    assert check(forms().on("filing", DAY), said, DAY).faults


def test_a_form_that_does_not_hold_is_refused_by_a_problem_that_names_every_field() -> None:
    checked = check(forms().on("cao-meti-2", DAY), {}, DAY)
    with pytest.raises(FormRefused) as refused:
        checked.submission()
    problem = refused.value.problem("en")
    assert (problem["status"], problem["name"], problem["form"]) == (422, "invalid-field", "cao-meti-2/2024-05-01")
    assert [f["pointer"] for f in problem["faults"]] == ["/applicants", "/application_number"]  # type: ignore[attr-defined]
