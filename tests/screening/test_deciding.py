"""The officer decides beside the rule's suggestion, invention by invention; a corrected classification is screened again (Art. 66)."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.demo.client import Person
from service.demo.run import Demo
from tests.screening.filed import AGENCY_HIT, HIT_IF, NONE, classified, paper
from tests.web.filed import look, tried
from tests.web.filed import paper as papers
from tests.web.records import query

People = dict[str, Person]
MEETS = {"claim": 1, "item": 7}


def refusal(people: People, case: str, act: str, **said: Any) -> str:
    answer = tried(people, "suzuki", case, act, look(people, "suzuki", case)["version"], **{"reason": "理由。", **said})
    return "" if answer.status_code == 200 else f"{answer.status_code} {answer.json()['name']}"


def marked(demo: Demo, case: str) -> bool:
    return bool(query(demo, "select for_person from cases where id = $1", case)[0]["for_person"])


def test_a_pair_of_symbols_spread_over_two_inventions_is_a_hit_and_no_ground_for_sending(
    people: People,
) -> None:  # 66(1)
    case = classified(people, AGENCY_HIT)
    assert people["suzuki"].part(case, "screening")["outcome"] == "hit"
    assert refusal(people, case, "send") == "409 has-ground-for-sending"
    assert refusal(people, case, "send", inventions=[{"claim": 1}, {"claim": 2}]) == "409 has-ground-for-sending"
    unanswered = [{"claim": 1, "item": 13}]
    assert refusal(people, case, "send", inventions=unanswered) == "409 has-ground-for-sending"
    assert refusal(people, case, "send", inventions=[{"claim": 1, "item": 13, "left_out": True}]) == ""
    assert look(people, "suzuki", case)["state"] == "SENT"


def test_an_invention_is_named_by_claim_or_passage_and_only_an_item_puts_questions(people: People) -> None:
    case = classified(people, NONE)
    for wrong in ({"item": 7}, {"claim": 1, "content": "yes"}, {"claim": 1, "item": 48}, {"claim": 1, "items": [7]}):
        assert refusal(people, case, "send", inventions=[wrong]).startswith("422"), wrong
    assert refusal(people, case, "send", items=[7]).startswith("422")


def test_with_the_applicants_request_any_field_is_sent(people: People) -> None:  # 66(2)
    case = classified(people, NONE, request_review=REQUEST)
    assert refusal(people, case, "send") == ""


REQUEST: Any = "公開により安全を損なうおそれ。"


def test_what_meets_an_item_whole_is_not_kept_back_without_the_ground_of_the_proviso(people: People) -> None:  # 66(1)
    case = classified(people, NONE)
    assert refusal(people, case, "judge_not_to_send", inventions=[MEETS]) == "409 no-ground-for-sending-left"
    assert refusal(people, case, "judge_not_to_send", inventions=[MEETS], unnecessary=["publicness"]) == ""


@pytest.mark.parametrize(
    ("symbol", "act", "said", "override"),
    [
        (AGENCY_HIT, "send", {"inventions": [{"claim": 1, "item": 13, "left_out": True}]}, False),
        (AGENCY_HIT, "send", {"inventions": [MEETS]}, True),
        (AGENCY_HIT, "judge_not_to_send", {}, True),
        (HIT_IF, "judge_not_to_send", {}, False),
        (HIT_IF, "send", {"inventions": [{"claim": 1, "item": 2, "additional": "a"}]}, False),
        (NONE, "judge_not_to_send", {}, False),
        (NONE, "send", {"inventions": [MEETS]}, True),
    ],
)
def test_where_the_officer_differs_from_the_suggestion_his_sealed_paper_says_so(
    people: People, symbol: str, act: str, said: dict[str, Any], override: bool
) -> None:
    case = classified(people, symbol)
    assert refusal(people, case, act, **said) == ""
    suggestion = paper(people, case, f"{act}")["suggestion"]
    assert suggestion["override"] is override
    assert suggestion["outcome"] == people["suzuki"].part(case, "screening")["outcome"]


def test_who_may_not_decide_opens_no_suggestion_by_asking_to(people: People, demo: Demo) -> None:
    case = classified(people, NONE)
    for name, status in (("yamada", 404), ("sato", 403), ("kato", 403), ("takahashi", 403)):
        assert tried(people, name, case, "judge_not_to_send", 3, reason="x").status_code == status
    rows = query(demo, "select body from records where position($1::bytea in body) > 0", UUID(case).hex.encode())
    said = [json.loads(r["body"]) for r in rows]
    assert len(said) > 4
    assert [r for r in said if r["what"] == "read"] == []


def test_every_case_that_may_match_something_is_one_for_a_person(people: People, demo: Demo) -> None:
    for symbols in ((AGENCY_HIT,), (HIT_IF,), ("???",), ()):
        assert marked(demo, classified(people, *symbols)), symbols
    assert marked(demo, classified(people, NONE, request_review=REQUEST))


def test_a_corrected_classification_is_screened_again_and_each_result_stays(people: People, demo: Demo) -> None:
    case = classified(people, NONE)
    first = people["suzuki"].part(case, "screening")
    said = {"symbols": [{"text": HIT_IF}]}
    assert refusal(people, case, "correct_classification").startswith("422")
    assert refusal(people, case, "correct_classification", **said) == ""
    assert refusal(people, case, "correct_classification", symbols=[{"text": NONE}]) == ""
    second, third = (people["suzuki"].part(case, f"screening.{n}") for n in (2, 3))
    assert [first["outcome"], second["outcome"], third["outcome"]] == ["none", "hit_if", "none"]
    assert (second["on"], second["order"]) == (first["on"], first["order"]), "under the Order of the filing date"
    assert second["given"] == [{"scheme": "ipc", "text": HIT_IF}]
    assert marked(demo, case), "once it was one for a person it stays one"
    assert refusal(people, case, "judge_not_to_send") == ""
    assert paper(people, case, "judge_not_to_send")["suggestion"]["outcome"] == "none"
    assert "correct_classification" not in [e["step"] for e in look(people, "sato", case)["events"]]


def test_it_is_compared_as_of_the_day_of_filing_not_of_the_correction(people: People) -> None:  # 66(11)
    day = (clock.today() - timedelta(days=30)).isoformat()
    dated = {"happened_on": day, "date_reason": "紙で受付。", "party": str(people["sato"].id)}
    answer = people["kato"].file(papers(), **dated)
    assert answer.status_code == 201, answer.text
    case = answer.json()["case"]
    assert refusal(people, case, "correct_classification", symbols=[{"text": HIT_IF}]) == ""
    assert people["suzuki"].part(case, "screening.2")["on"] == day


def test_the_applicant_and_the_examiner_know_of_no_tally_and_the_section_head_of_it_alone(people: People) -> None:
    case = classified(people, NONE)
    assert refusal(people, case, "judge_not_to_send") == ""
    known = {
        n: {p["document"] for p in look(people, n, case)["parts"]} for n in ("sato", "kato", "suzuki", "takahashi")
    }
    assert {n: "tally" in k for n, k in known.items()} == {
        "sato": False,
        "kato": False,
        "suzuki": False,
        "takahashi": True,
    }
