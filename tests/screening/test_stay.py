"""The examination waits until the Act says that it need not; what the examination system is told says that and no more (66(7))."""

import base64
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.audit.checkpoint import LogKey
from service.demo.client import Person
from service.demo.run import Demo
from tests.screening.filed import NONE, classified
from tests.web.filed import designated, filed, look, sent
from tests.web.records import query

People = dict[str, Person]


def stay(people: People, case: str) -> dict[str, Any]:
    found: dict[str, Any] = people["examination"].get(f"/filings/{case}/stay")
    return found


def told(people: People) -> list[dict[str, Any]]:
    """Every event there is."""
    found: list[dict[str, Any]] = []
    while page := people["examination"].get("/stays/events", after=found[-1]["number"] if found else 0)["events"]:
        found += page
    return found


def of(people: People, case: str) -> list[tuple[str, bool]]:
    return [(e["event"], e["note"] is not None) for e in told(people) if e["case"] == case]


def test_every_application_is_stayed_from_its_filing_until_it_is_judged_not_to_be_sent(people: People) -> None:
    case = classified(people, NONE)
    held = stay(people, case)
    assert (held["decisions"], held["publication"], held["priority_certificate"]) == ("hold", "hold", "hold")
    people["suzuki"].act(case, "judge_not_to_send", reason="該当しない。")
    free = stay(people, case)
    assert (free["decisions"], free["publication"], free["priority_certificate"]) == ("resume", "resume", "resume")
    assert free["basis"] == "ESPA 66(7)"
    assert of(people, case) == [("hold", True), ("resume", True)]


def test_a_judgment_that_is_taken_back_stays_the_examination_again(people: People) -> None:
    case = classified(people, NONE)
    people["suzuki"].act(case, "judge_not_to_send", reason="該当しない。")
    event = look(people, "suzuki", case)["events"][-1]["id"]
    for name in ("suzuki", "kato"):
        people[name].act(case, "correct", event=event, annuls=True, reason="誤り。")
    assert stay(people, case)["decisions"] == "hold"
    assert [e for e, _ in of(people, case)] == ["hold", "resume", "hold"]


def test_the_examination_system_is_not_told_that_a_case_was_sent_or_designated(people: People) -> None:
    unsent, was_sent, protected = filed(people), sent(people), designated(people)
    words = [{k: v for k, v in stay(people, case).items() if k != "case"} for case in (unsent, was_sent, protected)]
    assert words[0] == words[1] == words[2]
    assert of(people, unsent) == of(people, was_sent) == of(people, protected) == [("hold", True)]


def test_the_notice_of_77_2_ends_the_stay(people: People) -> None:
    case = designated(people)
    people["kobayashi"].act(case, "lift", reason="必要がない。")
    assert stay(people, case)["decisions"] == "hold"
    people["kobayashi"].act(case, "notify_end", reason="通知。")
    assert (stay(people, case)["decisions"], stay(people, case)["basis"]) == ("resume", "ESPA 66(7), 77(2)")
    assert [e for e, _ in of(people, case)] == ["hold", "resume"]


def test_a_pct_application_is_never_stayed(people: People) -> None:  # 66(5)
    case = filed(people, application="pct-national", request_review="")
    assert (stay(people, case)["decisions"], stay(people, case)["basis"]) == ("resume", "ESPA 66(5)")
    assert [e for e, _ in of(people, case)] == ["hold", "resume"]


def test_the_patent_office_holds_or_releases_the_certificate_otherwise_than_the_stay(people: People) -> None:  # 186(1)
    case = classified(people, NONE)
    people["suzuki"].act(case, "release_priority_certificate", reason="公知。")
    now = stay(people, case)
    assert (now["decisions"], now["priority_certificate"], now["priority_certificate_overridden"]) == (
        "hold",
        "resume",
        True,
    )
    people["suzuki"].act(case, "judge_not_to_send", reason="該当しない。")
    people["suzuki"].act(case, "hold_priority_certificate", reason="確認中。")
    now = stay(people, case)
    assert (now["decisions"], now["priority_certificate"], now["priority_certificate_overridden"]) == (
        "resume",
        "hold",
        True,
    )


def test_while_designated_the_certificate_is_held_whatever_was_said_before(people: People) -> None:
    case = filed(people)
    people["suzuki"].act(case, "release_priority_certificate", reason="公知。")
    assert stay(people, case)["priority_certificate"] == "resume"
    later = designated(people, case)
    assert (stay(people, later)["priority_certificate"], stay(people, later)["priority_certificate_overridden"]) == (
        "hold",
        False,
    )


def test_each_event_is_signed_by_the_keyholder_over_number_case_day_and_nothing_else(
    people: People, demo: Demo
) -> None:
    key = LogKey.parse(people["nakamura"].get("/audit/log")["key"])
    for event in told(people):
        body, _, line = event["note"].partition("\n\n— ")
        body += "\n"
        number, case = event["number"], event["case"].replace("-", "")
        assert body == f"{key.name}/stay\n{number} {event['event']} {event['day']}\n{case}\n"
        signature = base64.b64decode(line.split()[1])
        assert signature[:4] == key.id
        public = Ed25519PublicKey.from_public_bytes(key.public)
        public.verify(signature[4:], body.encode())
        with pytest.raises(InvalidSignature):
            public.verify(signature[4:], body.replace(" hold ", " resume ").replace("/stay", "/receipt").encode())


def test_events_are_numbered_without_a_gap_and_never_anew(people: People) -> None:
    classified(people, NONE)
    first = told(people)
    classified(people, NONE)
    second = told(people)
    assert [e["number"] for e in second] == list(range(1, len(second) + 1))
    assert second[: len(first)] == first
    assert len(second) == len(first) + 1


def test_a_receipt_stands_once_and_an_event_that_is_none_has_none(people: People, demo: Demo) -> None:
    classified(people, NONE)
    last = told(people)[-1]["number"]
    for _ in range(2):
        assert people["examination"].ask("POST", f"/stays/events/{last}/receipt").status_code == 200
    assert people["examination"].ask("POST", f"/stays/events/{last + 1000}/receipt").status_code == 404
    rows = query(demo, "select received_at from stay_events where number = $1", last)
    assert rows[0]["received_at"] is not None


def test_only_the_examination_system_asks(people: People) -> None:
    case = classified(people, NONE)
    for name, status in (("sato", 403), ("suzuki", 403), ("yamada", 404), ("worker", 403)):
        assert people[name].status(f"/filings/{case}/stay") == status
        assert people[name].status("/stays/events") == 403
        assert people[name].ask("POST", "/stays/events/1/receipt").status_code == 403
    assert people["examination"].status(f"/filings/{case}") == 403


def test_no_resume_is_signed_for_a_case_that_the_keyholder_knows_as_designated(people: People, demo: Demo) -> None:
    case = designated(people)
    event = query(demo, "select event_id from stay_events where case_id = $1", case)[0]["event_id"]
    query(demo, "update stay_events set what = 'resume' where event_id = $1", event)
    try:
        assert of(people, case) == [("resume", False)]
    finally:
        query(demo, "update stay_events set what = 'hold' where event_id = $1", event)
