"""66(2), second sentence: an invention for which its applicant asked for review before, and got a pre-designation notice, is sent too."""

from datetime import date, timedelta

import pytest

from service import clock
from service.demo.client import Person
from tests.screening.filed import AGENCY_HIT, NONE, classified
from tests.web.filed import TEXT, assign, in_review, look, tried

People = dict[str, Person]
SAID = {"reason": "理由。", "inventions": [{"claim": 1, "passage": "0001"}]}


@pytest.fixture
def noticed(people: People) -> str:
    """A filing on whose request for review its applicant, sato, was given a pre-designation notice today."""
    case = in_review(people)
    people["tanaka"].act(case, "hear_applicant", reason="意見を聴いた。")
    people["tanaka"].act(case, "give_pre_notice", **SAID)
    return case


def earlier(people: People, case: str, by: str = "suzuki") -> list[tuple[str, date]]:
    told = people[by].get(f"/filings/{case}/earlier-notices")["notices"]
    return [(n["person"], date.fromisoformat(n["day"])) for n in told]


def sending(people: People, case: str, **said: object) -> tuple[int, str]:
    answer = tried(people, "suzuki", case, "send", look(people, "suzuki", case)["version"], reason="理由。", **said)
    return answer.status_code, answer.json().get("name", "")


def test_who_may_send_is_told_that_and_when_and_not_which(people: People, noticed: str) -> None:
    case = classified(people, NONE)
    assert (str(people["sato"].id), clock.today()) in earlier(people, case)
    told = people["suzuki"].ask("GET", f"/filings/{case}/earlier-notices").text
    assert noticed not in told and noticed.replace("-", "") not in told
    assert people["sato"].status(f"/filings/{case}/earlier-notices") == 403
    assert people["yamada"].status(f"/filings/{case}/earlier-notices") == 404
    assert people["tanaka"].status(f"/filings/{case}/earlier-notices") == 404
    assert "66(2)" in people["suzuki"].ask("GET", f"/ja/filings/{case}").text


def test_it_is_a_ground_for_sending_where_the_keyholder_knows_of_one(people: People, noticed: str) -> None:
    case = classified(people, NONE)
    assert sending(people, case) == (409, "has-ground-for-sending")
    assert sending(people, case, earlier_notice=True) == (200, "")


def test_nobody_elses_notice_is_a_ground(people: People, noticed: str) -> None:
    answer = people["kato"].file({"p.txt": TEXT.format("x").encode()}, party=str(people["yoshida"].id))
    assert answer.status_code == 201, answer.text
    case = answer.json()["case"]
    assert earlier(people, case) == []
    assert sending(people, case, earlier_notice=True) == (422, "no-earlier-notice")


def test_a_notice_on_the_offices_own_ground_is_none_on_a_request(people: People) -> None:
    """Sent for an item of the Order: the second sentence speaks of requests alone."""
    before = len(earlier(people, classified(people, NONE)))
    case = classified(people, AGENCY_HIT)
    assert sending(people, case, inventions=[{"claim": 1, "item": 13, "left_out": True}]) == (200, "")
    people["suzuki"].act(case, "sending_notice_dispatched")
    assign(people, case, "tanaka")
    for act, said in (("receive", {}), ("hear_applicant", {"reason": "意見を聴いた。"}), ("give_pre_notice", SAID)):
        people["tanaka"].act(case, act, **said)
    assert len(earlier(people, classified(people, NONE))) == before


def test_the_notice_counts_as_it_stands_after_corrections(people: People, noticed: str) -> None:
    case, yesterday = classified(people, NONE), clock.today() - timedelta(days=1)
    before = earlier(people, case)
    event = look(people, "tanaka", noticed)["events"][-1]["id"]
    for name in ("tanaka", "kobayashi"):
        people[name].act(noticed, "correct", event=event, happened_on=yesterday.isoformat(), reason="日付の誤り。")
    assert sorted(earlier(people, case)) == sorted([*before[:-1], (before[-1][0], yesterday)])
    event = look(people, "tanaka", noticed)["events"][-1]["id"]
    for name in ("tanaka", "kobayashi"):
        people[name].act(noticed, "correct", event=event, annuls=True, reason="誤り。")
    assert earlier(people, case) == before[:-1]
