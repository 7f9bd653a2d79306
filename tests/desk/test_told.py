"""The applicant sees a case as he is told of it: no answer of the service depends on a step he has not heard of."""

from typing import Any

from service.demo.client import Person
from tests.web.filed import designated, filed, look, row_of, sent, tried

People = dict[str, Person]


def _without_ids(said: Any, *ids: str) -> str:
    text = str(said)
    for n in ids:
        text = text.replace(n, "-")
    return text


def test_sending_does_not_show_before_its_notice_is_dispatched(people: People) -> None:
    case = filed(people)
    before, bench = look(people, "sato", case), people["sato"].get(f"/filings/{case}/workbench")
    people["suzuki"].act(case, "send", reason="出願人の申出。")
    assert look(people, "suzuki", case)["state"] == "SENT"
    assert look(people, "sato", case) == before
    assert people["sato"].get(f"/filings/{case}/workbench") == bench
    row = row_of(people, "sato", case)
    assert (row["state"], row["version"]) == (before["state"], before["version"])
    people["suzuki"].act(case, "sending_notice_dispatched")
    after = look(people, "sato", case)
    assert after["state"] == "SENT"
    assert after["version"] == before["version"] + 1


def test_an_applicant_acts_after_a_hidden_step_on_the_version_he_knows(people: People) -> None:
    case = sent(people)
    seen = look(people, "sato", case)
    answer = tried(people, "sato", case, "withdraw", seen["version"])
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["version"]) == ("WITHDRAWN", seen["version"] + 1)
    assert answer.headers["etag"] == f'"{seen["version"] + 1}"'
    last = look(people, "sato", case)["events"][-1]
    assert (last["step"], last["document"]) == ("withdraw", None)
    people["suzuki"].act(case, "notify_pm_of_exit", reason="取下げがあった。")  # 66(8): of this he is not told either
    assert look(people, "sato", case)["events"][-1] == last


def test_the_real_version_is_stale_for_an_applicant(people: People) -> None:
    case = sent(people)
    real = look(people, "suzuki", case)["version"]
    assert real != look(people, "sato", case)["version"]
    assert tried(people, "sato", case, "withdraw", real).json()["name"] == "case-moved-on"


def test_a_refused_step_names_no_state(people: People) -> None:
    told, moved = filed(people), sent(people)
    answers = [
        tried(people, "sato", c, act, look(people, "sato", c)["version"], reason="x")
        for c, act in ((told, "file_document"), (moved, "file_document"), (moved, "request_non_sending_notice"))
    ]
    assert {a.status_code for a in answers} == {409}
    assert len({a.content for a in answers}) == 1


def test_a_corrected_date_does_not_show_the_real_state(people: People) -> None:
    case = filed(people)
    people["kato"].act(case, "translation_filed")
    event = look(people, "kato", case)["events"][-1]["id"]
    people["suzuki"].act(case, "send", reason="出願人の申出。")
    said = {"event": event, "happened_on": look(people, "kato", case)["events"][-1]["happened_on"], "reason": "誤記。"}
    version = look(people, "kato", case)["version"]
    assert tried(people, "kato", case, "correct", version, **said).status_code == 202
    assert tried(people, "suzuki", case, "correct", version, **said).status_code == 200
    assert look(people, "sato", case)["state"] == "PRIMARY_REVIEW"
    assert look(people, "sato", case)["events"][-1]["step"] == "correct"


def test_lifting_shows_only_with_its_notice_labels_included(people: People) -> None:
    case = designated(people)
    before = look(people, "sato", case)
    part = next(p["id"] for p in before["parts"] if p["document"] == "title")
    read = people["sato"].get(f"/filings/{case}/parts/{part}")
    assert (before["state"], before["label"], read["label"]) == ("DESIGNATED", "designated", "designated")
    people["kobayashi"].act(case, "lift", reason="必要がなくなった。")
    assert look(people, "sato", case) == before
    assert people["sato"].get(f"/filings/{case}/parts/{part}") == read
    assert people["tanaka"].get(f"/filings/{case}/parts/{part}")["label"] == "application"
    people["kobayashi"].act(case, "notify_end", reason="通知する。")
    assert look(people, "sato", case)["label"] == "released"
    assert people["sato"].get(f"/filings/{case}/parts/{part}")["label"] == "released"
