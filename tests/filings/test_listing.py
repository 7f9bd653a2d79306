"""The list: what is due first stands first, as each reader may know of it; one page after the other, and none too short."""

from datetime import date, timedelta

import pytest

from service import clock
from service.demo.client import Person
from service.demo.run import Demo
from service.law import limits
from service.law.calendar import calendar
from tests.foreign.asked import checked
from tests.web.filed import assign, designated, filed, in_review, look, paper, row_of, rows, sent
from tests.web.records import query

People = dict[str, Person]


def received(people: People, days: int) -> str:
    """A paper filing of sato's that was received so many days ago."""
    past = (clock.today() - timedelta(days=days)).isoformat()
    answer = people["kato"].file(paper(), happened_on=past, date_reason="紙で受付。", party=str(people["sato"].id))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case"])


@pytest.mark.parametrize("name", ["sato", "suzuki", "takahashi"])
def test_what_is_due_first_stands_first_and_then_the_newest(people: People, name: str) -> None:
    late, early, withdrawn = received(people, 10), received(people, 40), filed(people)
    people["sato"].act(withdrawn, "withdraw")
    found = rows(people, name)
    assert [(r["due"] or "9999", r["recorded_at"]) for r in found] == sorted(
        ((r["due"] or "9999", r["recorded_at"]) for r in found), key=lambda k: (k[0], _later_first(k[1]))
    )
    order = [r["id"] for r in found]
    assert order.index(early) < order.index(late) < order.index(withdrawn)
    assert row_of(people, name, withdrawn)["due"] is None


def _later_first(moment: str) -> tuple[int, ...]:
    return tuple(-ord(c) for c in moment)


@pytest.mark.parametrize("name", ["sato", "suzuki"])
def test_a_row_says_what_the_case_says(people: People, name: str) -> None:
    for case in (filed(people), sent(people), in_review(people)):
        if name == "suzuki" and look(people, "kato", case)["state"] == "UNDER_REVIEW":
            continue
        page, row = look(people, name, case), row_of(people, name, case)
        assert {k: row[k] for k in ("state", "version", "label")} == {k: page[k] for k in ("state", "version", "label")}
        assert row["due"] == min(c["due"] for c in page["clocks"] if c["state"] in ("running", "today"))


def test_the_days_of_the_year_narrow_it(people: People) -> None:
    case = received(people, 33)
    due = date.fromisoformat(row_of(people, "suzuki", case)["due"])
    before, after = due - timedelta(days=1), due + timedelta(days=1)
    within = {"due_from": due.isoformat(), "due_to": due.isoformat()}
    assert case in {r["id"] for r in rows(people, "suzuki", **within)}
    assert {r["due"] for r in rows(people, "suzuki", **within)} == {due.isoformat()}
    assert case not in {r["id"] for r in rows(people, "suzuki", due_to=before.isoformat())}
    assert case not in {r["id"] for r in rows(people, "suzuki", due_from=after.isoformat())}


@pytest.mark.parametrize("name", ["sato", "suzuki"])
def test_a_state_is_the_one_that_the_reader_is_told(people: People, name: str) -> None:
    case = sent(people)
    told = look(people, name, case)["state"]
    assert told == {"sato": "PRIMARY_REVIEW", "suzuki": "SENT"}[name]
    assert case in {r["id"] for r in rows(people, name, state=told)}
    other = {"sato": "SENT", "suzuki": "PRIMARY_REVIEW"}[name]
    assert case not in {r["id"] for r in rows(people, name, state=other)}
    assert people[name].status("/filings?state=NOWHERE") == 422


def test_an_applicants_order_does_not_hang_on_what_he_is_not_told(people: People, demo: Demo) -> None:
    days = next(n for n in range(20, 60) if _due_on_sunday(n))
    case, other = received(people, days), received(people, days - 1)
    before = [r for r in rows(people, "sato") if r["id"] in (case, other)]
    people["suzuki"].act(case, "judge_not_to_send", reason="該当しない。")
    stored = query(demo, "select distinct due, told from queue where case_id = $1", case)
    assert len(stored) == 1 and stored[0]["due"] > stored[0]["told"], "judged: what still runs is the request of 66(10)"
    assert [r for r in rows(people, "sato") if r["id"] in (case, other)] == before


def _due_on_sunday(days: int) -> bool:
    """The sending limit of a filing so many days ago ends on a Sunday, from which only the applicant's request moves."""
    return limits.due("sending", clock.today() - timedelta(days=days)).due.weekday() == 6


def test_who_is_put_on_a_case_finds_it_in_his_queue(people: People) -> None:
    case = sent(people)
    people["suzuki"].act(case, "sending_notice_dispatched")
    (other,) = [
        n for n in ("tanaka", "ito") if case not in {r["id"] for r in rows(people, n)}
    ]  # the rule put the one on it
    assign(people, case, other)
    assert row_of(people, other, case)["due"] == row_of(people, "watanabe", case)["due"]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "2026-01-01~1",
        "2026-01-01~1~x",
        "~~",
        f"2026-1-1~1~{'0' * 32}",
        "2026-01-01~" + "9" * 30 + "~" + "0" * 8,
    ],
)
def test_a_cursor_that_is_none_is_refused(people: People, after: str) -> None:
    answer = people["sato"].ask("GET", "/filings", params={"after": after})
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/query/after")


@pytest.mark.parametrize("day", ["4.3e-51", "0", "1764000000", "2026-11-24T00:00:00", "", "2026-02-30"])
def test_a_day_in_an_address_is_a_date_and_no_number(people: People, day: str) -> None:
    case = filed(people)
    for path, name in (("/filings", "due_to"), ("/filings", "due_from"), (f"/filings/{case}/foreign-filing", "on")):
        answer = people["sato"].ask("GET", path, params={name: day})
        assert (answer.status_code, answer.json()["pointer"]) == (422, f"/query/{name}"), path


def test_everybody_who_has_to_do_with_a_case_has_it_in_his_queue_at_its_day(demo: Demo, people: People) -> None:
    in_review(people)
    assert not query(
        demo,
        "select f.id from facts f where case_id is not null and not exists"
        " (select from queue q where (q.person, q.case_id) = (f.person, f.case_id))",
    )
    assert not query(
        demo,
        "select q.case_id from queue q join clocks k on k.case_id = q.case_id and k.state = 'running' join cases c on c.id = q.case_id"
        " where c.state in ('RECEIVED', 'PRIMARY_REVIEW', 'SENT', 'UNDER_REVIEW', 'DESIGNATED')"
        " group by q.case_id, q.person, q.due having q.due <> min(k.due)",
    )


def test_a_case_says_when_it_is_due_or_why_nothing_runs(people: People) -> None:
    cases = {filed(people), in_review(people), designated(people)}
    for name in ("sato", "suzuki", "tanaka", "kobayashi"):
        for case in (c for c in cases if people[name].status(f"/filings/{c}") == 200):
            told = look(people, name, case)
            runs = any(c["state"] == "running" for c in told["clocks"])
            assert (told["no_period"] is None) == runs, (name, told["state"])
            if not runs:
                assert told["no_period"]["ja"] in people[name].ask("GET", f"/ja/filings/{case}").text
    case = people["sato"].get(f"/confirmations/{checked(people)}")
    assert "79(2)" in case["no_period"]["en"]


def test_a_clock_that_has_risen_shows_to_the_post_it_rose_to_in_the_list_and_on_the_page(people: People) -> None:
    pressing, quiet = received(people, 85), filed(people)
    due = min(
        date.fromisoformat(c["due"]) for c in look(people, "suzuki", pressing)["clocks"] if c["limit"] == "sending"
    )
    since = {"suzuki": due - timedelta(days=30), "takahashi": due - timedelta(days=14)}
    for name, day in since.items():
        assert row_of(people, name, pressing)["risen"] == day.isoformat()
        assert row_of(people, name, quiet)["risen"] is None
        mine = rows(people, name, risen="true")
        assert pressing in {r["id"] for r in mine} and quiet not in {r["id"] for r in mine}
        assert [r["id"] for r in mine] == [r["id"] for r in rows(people, name) if r["risen"]]
        (shown,) = [c["risen"] for c in look(people, name, pressing)["clocks"] if c["limit"] == "sending"]
        assert shown == [
            {"post": "screening_examiner", "since": since["suzuki"].isoformat()},
            {"post": "section_head", "since": since["takahashi"].isoformat()},
        ]


def test_an_applicant_and_a_clerk_are_told_of_nothing_that_rises(people: People) -> None:
    pressing = received(people, 85)
    assert [c["risen"] for c in look(people, "sato", pressing)["clocks"]] == [[]] * len(
        look(people, "sato", pressing)["clocks"]
    )
    for name in ("sato", "kato"):
        assert row_of(people, name, pressing)["risen"] is None
        assert rows(people, name, risen="true") == []


def test_what_was_judged_has_risen_to_nobody_any_more(people: People) -> None:
    case = received(people, 85)
    people["suzuki"].act(case, "judge_not_to_send", reason="該当しない。")
    assert row_of(people, "suzuki", case)["risen"] is None
    assert all(c["risen"] == [] for c in look(people, "suzuki", case)["clocks"])


def over_new_year(people: People) -> str | None:
    """A case whose sending limit ends over the next New Year, where one can be received by today."""
    first, last = calendar().new_year(clock.today())
    for days in range(100):
        if first <= limits.due("sending", clock.today() - timedelta(days=days)).due <= last:
            return received(people, days)
    return None


def test_what_falls_due_over_new_year_is_a_view_of_the_list(people: People) -> None:
    case = over_new_year(people)
    first, last = (day.isoformat() for day in calendar().new_year(clock.today()))
    found = rows(people, "suzuki", new_year="true")
    assert found == [r for r in rows(people, "suzuki") if r["due"] and first <= r["due"] <= last]
    assert case is None or case in {r["id"] for r in found}
    assert rows(people, "suzuki", new_year="true", due_to="2020-01-01") == []
