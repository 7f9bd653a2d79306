"""Acts: permission before version before step; dates; corrections by two persons; one filing for one key."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import uuid4

import pytest

from service import clock
from service.demo.client import Person
from service.demo.run import Demo
from tests.web.filed import designated, filed, in_review, look, paper, rows, sent, tried
from tests.web.records import query

People = dict[str, Person]


def test_permission_comes_before_version_and_version_before_step(people: People) -> None:
    case = filed(people)
    assert tried(people, "yamada", case, "designate", None, **DESIGNATE).json()["name"] == "not-found"
    assert tried(people, "kato", case, "designate", None, **DESIGNATE).json()["name"] == "not-permitted"
    assert tried(people, "suzuki", case, "dismiss_for_breach", None, reason="x").status_code == 428
    assert tried(people, "suzuki", case, "dismiss_for_breach", 99, reason="x").status_code == 412
    version = look(people, "suzuki", case)["version"]
    assert tried(people, "suzuki", case, "dismiss_for_breach", version, reason="x").json()["name"] == "step-not-lawful"


DESIGNATE = {"reason": "x", "inventions": [{"claim": 1}], "until": "2027-01-01"}


def test_a_date_to_come_is_no_legal_date(people: People) -> None:
    case = filed(people)
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    said = tried(people, "kato", case, "translation_filed", look(people, "kato", case)["version"], happened_on=tomorrow)
    assert (said.status_code, said.json()["name"], said.json()["pointer"]) == (422, "date-in-future", "/happened_on")


def test_a_past_date_needs_the_right_and_a_reason(people: People) -> None:
    past = (clock.today() - timedelta(days=30)).isoformat()
    answer = people["sato"].file(paper(), happened_on=past, date_reason="x")
    assert (answer.status_code, answer.json()["name"]) == (403, "past-date-not-permitted")
    answer = people["kato"].file(paper(), happened_on=past, party=str(people["sato"].id))
    assert (answer.status_code, answer.json()["name"]) == (422, "date-needs-reason")


def _paper_filing(people: People, days: int) -> str:
    past = (clock.today() - timedelta(days=days)).isoformat()
    answer = people["kato"].file(paper(), happened_on=past, date_reason="紙で受付。", party=str(people["sato"].id))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case"])


def test_a_limit_runs_from_the_legal_date_and_from_the_corrected_one(people: People) -> None:
    case = _paper_filing(people, 30)
    first = look(people, "kato", case)
    due = _due(first)
    said = {
        "event": first["events"][0]["id"],
        "happened_on": (clock.today() - timedelta(days=60)).isoformat(),
        "reason": "受付印の日付を誤って入力した。",
    }
    assert tried(people, "kato", case, "correct", first["version"], **said).json()["approvals_missing"] == 1
    again = tried(people, "kato", case, "correct", first["version"], **said)
    assert (again.status_code, again.json()["name"]) == (409, "already-approved")
    changed = {**said, "happened_on": (clock.today() - timedelta(days=61)).isoformat()}
    assert tried(people, "suzuki", case, "correct", first["version"], **changed).json()["approvals_missing"] == 1
    assert _due(look(people, "kato", case)) == due
    assert people["suzuki"].get(f"/filings/{case}/workbench")["approvals"][0]["act"] == "correct"
    assert tried(people, "suzuki", case, "correct", first["version"], **said).status_code == 200
    now = look(people, "kato", case)
    assert 28 <= (due - _due(now)).days <= 33
    assert now["events"][0]["step"] == "file" and now["events"][-1]["supersedes"] == said["event"]
    assert now["state"] == first["state"]


def _due(seen: dict) -> date:  # type: ignore[type-arg]
    return date.fromisoformat(next(c["due"] for c in seen["clocks"] if c["limit"] == "sending"))


def _correct(people: People, case: str, names: tuple[str, str], **said: object) -> list[int]:
    version = look(people, names[0], case)["version"]
    return [tried(people, n, case, "correct", version, **said).status_code for n in names]


def test_the_last_step_taken_back_restores_the_state_and_stays_visible(people: People) -> None:
    case = in_review(people)
    people["tanaka"].act(case, "hear_applicant", reason="x")
    people["tanaka"].act(case, "give_pre_notice", reason="x", inventions=[{"claim": 1}])
    event = look(people, "tanaka", case)["events"][-1]["id"]
    assert _correct(people, case, ("tanaka", "kobayashi"), event=event, annuls=True, reason="誤り。") == [202, 200]
    seen = look(people, "tanaka", case)
    assert seen["state"] == "UNDER_REVIEW"
    assert [e["step"] for e in seen["events"]][-2:] == ["give_pre_notice", "correct"]
    assert look(people, "sato", case)["state"] == "UNDER_REVIEW"
    people["tanaka"].act(case, "give_pre_notice", reason="x", inventions=[{"claim": 1}])


def test_an_exclusion_taken_back_leaves_a_pct_filing_that_can_only_be_excluded_again(people: People) -> None:  # 66(5)
    case = str(people["sato"].file(paper(), application="pct-national").json()["case"])
    event = look(people, "kato", case)["events"][-1]["id"]
    assert _correct(people, case, ("kato", "suzuki"), event=event, annuls=True, reason="誤り。") == [202, 200]
    version = look(people, "kato", case)["version"]
    assert tried(people, "kato", case, "start", version).json()["name"] == "not-pct-national"
    assert tried(people, "kato", case, "exclude_pct", version).status_code == 200


def test_what_was_opened_is_not_taken_back(people: People) -> None:
    case = sent(people)
    event = look(people, "suzuki", case)["events"][-1]["id"]
    assert _correct(people, case, ("suzuki", "kato"), event=event, annuls=True, reason="x") == [409, 409]
    case = designated(people)
    event = look(people, "kobayashi", case)["events"][-1]["id"]
    assert _correct(people, case, ("kobayashi", "tanaka"), event=event, annuls=True, reason="x") == [409, 409]


def test_a_step_that_others_rest_on_is_not_taken_back(people: People) -> None:
    case = in_review(people)
    people["tanaka"].act(case, "hear_applicant", reason="x")
    event = look(people, "tanaka", case)["events"][-1]["id"]
    people["tanaka"].act(case, "give_pre_notice", reason="x", inventions=[{"claim": 1}])
    assert _correct(people, case, ("tanaka", "kobayashi"), event=event, annuls=True, reason="x") == [409, 409]


def test_the_opening_is_not_taken_back_and_a_correction_names_a_date(people: People) -> None:
    case = filed(people)
    event = look(people, "kato", case)["events"][0]["id"]
    assert _correct(people, case, ("kato", "suzuki"), event=event, annuls=True, reason="x") == [409, 409]
    assert _correct(people, case, ("kato", "suzuki"), event=event, reason="x") == [422, 422]


def _file(people: People, key: str, number: str) -> tuple[int, dict]:  # type: ignore[type-arg]
    answer = people["sato"].file(paper(number), key)
    return answer.status_code, answer.json()


def test_the_same_key_and_content_is_the_same_filing_with_the_same_answer(people: People) -> None:
    key = uuid4().hex
    first = _file(people, key, "A")
    people["suzuki"].act(first[1]["case"], "judge_not_to_send", reason="x")
    assert _file(people, key, "A") == first
    assert first[0] == 201
    other = _file(people, key, "B")
    assert (other[0], other[1]["name"]) == (409, "idempotency-key-used")


def test_two_at_once_with_one_key_are_one_filing(demo: Demo, people: People) -> None:
    key, before = uuid4().hex, query(demo, "select count(*) from cases")[0][0]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: _file(people, key, "C"), range(4)))
    assert {a[0] for a in answers} == {201}
    assert len({a[1]["case"] for a in answers}) == 1
    assert query(demo, "select count(*) from cases")[0][0] == before + 1


@pytest.mark.parametrize("limit", [1, 3])
def test_pages_are_full_and_end_without_a_cursor(people: People, limit: int) -> None:
    mine = {filed(people) for _ in range(2)}
    found: list[str] = []
    after = None
    while True:
        page = people["sato"].get("/filings", limit=limit, **({"after": after} if after else {}))
        found += [r["id"] for r in page["filings"]]
        after = page["next"]
        if after is None:
            break
        assert len(page["filings"]) == limit
    assert len(found) == len(set(found))
    assert found[:100] == [r["id"] for r in people["sato"].get("/filings", limit=100)["filings"]]
    assert mine <= set(found)
    assert not mine & {r["id"] for r in rows(people, "yamada")}
