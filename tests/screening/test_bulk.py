"""One reason, many cases (66(7)): each decided, moved and recorded by itself; what a person must look at is never one of many."""

import json
from typing import Any
from uuid import uuid4

import httpx2

from service.demo.client import Person
from service.demo.run import Demo
from tests.screening.filed import AGENCY_HIT, NONE, classified, paper
from tests.web.filed import in_review, look
from tests.web.records import query

People = dict[str, Person]
ADDRESS = "/screening/judge-not-to-send"


def misses(people: People, demo: Demo, number: int, by: str = "kato") -> list[str]:
    """Cases that match nothing and were not drawn: by kato, the clerk, of applicants without a past."""
    cases: list[str] = []
    while len(cases) < number:
        case = classified(people, NONE, by=by, **({"party": str(uuid4())} if by == "kato" else {}))
        if not query(demo, "select for_person from cases where id = $1", case)[0]["for_person"]:
            cases.append(case)
    return cases


def judge(people: People, cases: list[tuple[str, int]], name: str = "suzuki") -> list[dict[str, Any]]:
    said = {"reason": "特定技術分野に該当しない。", "cases": [{"case": c, "version": v} for c, v in cases]}
    answer = people[name].ask("POST", ADDRESS, json=said)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def acts_on(demo: Demo, case: str) -> list[str]:
    rows = query(demo, "select body from records where position($1::bytea in body) > 0", case.replace("-", "").encode())
    return [said["outcome"] for r in rows if (said := json.loads(r["body"]))["action"] == "judge_not_to_send"]


def test_each_case_of_the_list_has_its_own_step_paper_and_record(people: People, demo: Demo) -> None:
    cases = misses(people, demo, 3)
    results = judge(people, [(c, look(people, "suzuki", c)["version"]) for c in cases])
    assert [(r["case"], r["done"], r["state"]) for r in results] == [(c, True, "NOT_SENT") for c in cases]
    for case in cases:
        assert acts_on(demo, case) == ["allowed"]
        said = paper(people, case, "judge_not_to_send")
        assert (said["reason"], said["bulk"]) == ("特定技術分野に該当しない。", True)


def test_a_mark_that_the_databases_owner_cleared_lets_no_hit_pass(people: People, demo: Demo) -> None:
    hit = classified(people, AGENCY_HIT)
    query(demo, "alter table cases disable trigger user")
    query(demo, "update cases set for_person = false where id = $1", hit)
    query(demo, "alter table cases enable trigger user")
    (result,) = judge(people, [(hit, look(people, "suzuki", hit)["version"])])
    assert (result["done"], result["refusal"]["name"]) == (False, "judged-by-itself")
    assert look(people, "suzuki", hit)["state"] == "PRIMARY_REVIEW"


def test_whoever_had_a_pre_designation_notice_is_not_one_of_many(people: People, demo: Demo) -> None:  # 66(2), second
    announced = in_review(people)
    people["tanaka"].act(announced, "hear_applicant", reason="意見を聴いた。")
    people["tanaka"].act(announced, "give_pre_notice", reason="理由。", inventions=[{"claim": 1, "passage": "0001"}])
    (case,) = misses(people, demo, 1, by="sato")
    (result,) = judge(people, [(case, 2)])
    assert (result["done"], result["refusal"]["name"]) == (False, "judged-by-itself")


def test_what_a_person_must_look_at_is_refused_and_the_others_are_done(people: People, demo: Demo) -> None:
    hit, miss = classified(people, AGENCY_HIT), misses(people, demo, 1)[0]
    first, second = judge(people, [(hit, 2), (miss, 2)])
    assert (first["done"], first["refusal"]["name"]) == (False, "judged-by-itself")
    assert second["done"]
    assert look(people, "suzuki", hit)["state"] == "PRIMARY_REVIEW"
    assert acts_on(demo, hit) == ["refused"]


def test_the_same_list_again_is_answered_as_before_and_moves_nothing(people: People, demo: Demo) -> None:
    listed = [(c, 2) for c in misses(people, demo, 2)]
    assert judge(people, listed) == judge(people, listed)
    assert [look(people, "suzuki", c)["version"] for c, _ in listed] == [3, 3]
    assert [acts_on(demo, c) for c, _ in listed] == [["allowed"]] * 2


def test_each_refusal_is_told_by_name_and_a_hidden_case_is_one_that_is_not_there(people: People, demo: Demo) -> None:
    moved, fresh = misses(people, demo, 2)
    judge(people, [(moved, 2)])
    names = [r["refusal"]["name"] for r in judge(people, [(moved, 1), (str(uuid4()), 1)])]
    assert names == ["case-moved-on", "not-found"]
    assert [r["refusal"]["name"] for r in judge(people, [(fresh, 2)], "yamada")] == ["not-found"]
    assert [r["refusal"]["name"] for r in judge(people, [(classified(people, NONE), 2)], "sato")] == ["not-permitted"]
    assert [r["refusal"]["name"] for r in judge(people, [(fresh, 2)], "takahashi")] == ["not-permitted"]
    assert look(people, "suzuki", fresh)["state"] == "PRIMARY_REVIEW"


def test_a_list_names_each_case_once_and_at_most_200(people: People) -> None:
    case = str(uuid4())
    for cases in ([], [{"case": case, "version": 1}] * 2, [{"case": str(uuid4()), "version": 1} for _ in range(201)]):
        assert people["suzuki"].ask("POST", ADDRESS, json={"reason": "x", "cases": cases}).status_code == 422


def test_nobody_is_taken_for_somebody_without_a_token(demo: Demo) -> None:

    said = {"reason": "x", "cases": [{"case": str(uuid4()), "version": 1}]}
    assert httpx2.post(f"{demo.address}{ADDRESS}", json=said).status_code == 401


def test_the_last_version_there_can_be_is_one_like_any_other(people: People) -> None:
    assert [r["refusal"]["name"] for r in judge(people, [(str(uuid4()), 2**31 - 1)])] == ["not-found"]
