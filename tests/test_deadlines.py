"""Clocks of a case: derived from its events, dependent, stopped, superseded, overdue; never a stored date."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.deadlines import clocks_for, excluded_82_4, next_or_reason, revised
from service.errors import Refusal, Text
from service.filings.road import ROAD
from service.law.calendar import LAW, calendar, read_calendar
from service.law.clocks import clock_rules, read_clocks, reasons
from service.law.start_days import FACTS_66_4
from service.limit_clock import Clock, Event


def event(
    name: str, day: str, *, until: str | None = None, superseded: bool = False, application: str = "ordinary"
) -> Event:
    last = date.fromisoformat(until) if until else None
    return Event(name, date.fromisoformat(day), uuid4(), superseded, last, application)


def clocks(state: str, *events: Event) -> dict[str, Clock]:
    return {clock.limit: clock for clock in clocks_for("filing", state, events)}


def day(text: str) -> date:
    return date.fromisoformat(text)


FILED = event("file", "2026-01-15")


def test_a_filed_application_has_the_three_months_and_both_bans() -> None:  # ESPA 66(1), 66(10), 78(1)
    found = clocks("PRIMARY_REVIEW", FILED)
    assert {name: clock.due for name, clock in found.items()} == {
        "sending": day("2026-04-15"),
        "non_sending_notice_request": day("2026-04-15"),
        "foreign_ban_no_notice": day("2026-04-15"),
        "foreign_ban_not_designated": day("2026-11-15"),
    }
    assert found["foreign_ban_not_designated"].free_from == day("2026-11-16")
    assert {clock.start_event_id for clock in found.values()} == {FILED.id}


def test_only_the_applicants_request_moves_off_a_sunday() -> (
    None
):  # Holidays Act 2: toward the State, not the State's own limit
    found = clocks("PRIMARY_REVIEW", event("file", "2026-02-15"))
    assert day("2026-05-15") == found["sending"].due
    found = clocks("PRIMARY_REVIEW", event("file", "2025-12-28"))
    assert found["sending"].due == day("2026-03-28")
    assert found["non_sending_notice_request"].due == day("2026-03-30")


def test_a_late_event_gives_an_overdue_clock_never_none() -> None:  # T1
    clock = clocks("PRE_NOTICE", FILED, event("pre_notice_received", "2020-06-01"))["document_after_pre_notice"]
    assert clock.state == "running"
    assert clock.due == day("2020-06-15")
    assert clock.phase(day("2026-11-23")) == "overdue"
    assert clock.alarm(day("2026-11-23"))
    assert clock.phase(day("2020-06-15")) == "running"


def test_an_error_while_a_clock_is_derived_is_raised_not_swallowed() -> None:  # T2
    with pytest.raises(Refusal, match="outside-calendar"):
        clocks("PRE_NOTICE", FILED, event("pre_notice_received", "2035-12-20"))
    with pytest.raises(Refusal, match="start-day-before-filing"):
        clocks("PRIMARY_REVIEW", FILED, event("translation_filed", "2026-01-14"))


def test_the_document_meets_the_clock_and_a_late_document_says_so() -> None:  # ESPA 67(10)
    received = event("pre_notice_received", "2026-06-01")
    in_time = clocks("DOCS_FILED", FILED, received, event("file_document", "2026-06-15"))["document_after_pre_notice"]
    late = clocks("DOCS_FILED", FILED, received, event("file_document", "2026-06-16"))["document_after_pre_notice"]
    assert (in_time.state, in_time.late, in_time.alerts) == ("met", False, ())
    assert (late.state, late.late, late.phase(day("2026-07-01"))) == ("met", True, "met")


def test_a_termination_notice_does_not_stop_the_document_clock() -> (
    None
):  # 69(1) "may": a late document does not end the case
    found = clocks(
        "TERMINATION_NOTICED", FILED, event("pre_notice_received", "2026-06-01"),
        event("notice_termination", "2026-06-20", until="2026-07-10"),
    )  # fmt: skip
    assert found["document_after_pre_notice"].phase(day("2026-06-21")) == "overdue"
    assert found["explanation"].due == day("2026-07-10")


def test_the_start_day_of_66_4_moves_the_three_months_and_a_division_not_the_ten() -> None:  # 66(4), 78(3)
    divided = event("divided", "2026-05-10")
    found = clocks("PRIMARY_REVIEW", event("file", "2025-01-15", application="divisional"), divided)
    assert found["sending"].due == found["foreign_ban_no_notice"].due == day("2026-08-10")
    assert found["foreign_ban_not_designated"].due == day("2025-11-15")
    assert found["sending"].start_event_id == divided.id


def test_a_foreign_language_application_waits_for_its_translation() -> None:  # 66(4), 78(3)
    filed = event("file", "2026-01-15", application="foreign-language")
    waiting = clocks_for("filing", "PRIMARY_REVIEW", [filed])
    assert waiting == []
    assert isinstance(next_or_reason("filing", "PRIMARY_REVIEW", waiting), Text)
    found = clocks("PRIMARY_REVIEW", filed, event("translation_filed", "2026-03-01"))
    assert found["sending"].due == day("2026-06-01")
    assert found["foreign_ban_not_designated"].due == day("2027-01-01")


def test_an_application_from_pct_has_no_clock_of_the_chapter() -> None:  # 66(5)
    assert clocks_for("filing", "OUT_OF_SCOPE_PCT", [event("file", "2026-01-15", application="pct-national")]) == []


def test_a_superseded_event_starts_nothing_and_stays_visible() -> None:
    wrong, right = (
        event("pre_notice_received", "2026-06-01", superseded=True),
        event("pre_notice_received", "2026-06-03"),
    )
    found = [
        c for c in clocks_for("filing", "PRE_NOTICE", [FILED, wrong, right]) if c.name == "document_after_pre_notice"
    ]
    assert [(c.start_event_id, c.due, c.state) for c in found] == [
        (right.id, day("2026-06-17"), "running"),
        (wrong.id, day("2026-06-15"), "superseded"),
    ]
    assert not found[1].alarm(day("2026-12-01"))


def test_a_superseded_answer_meets_nothing() -> None:
    received = event("pre_notice_received", "2026-06-01")
    taken_back = event("file_document", "2026-06-10", superseded=True)
    assert clocks("PRE_NOTICE", FILED, received, taken_back)["document_after_pre_notice"].state == "running"


def test_each_clock_is_one_limit_and_one_start_event() -> None:
    same = uuid4()
    wrong, right = Event("file", day("2026-01-14"), same, True), Event("file", day("2026-01-15"), same)
    found = clocks_for("filing", "PRIMARY_REVIEW", [wrong, right])
    assert len({(c.limit, c.start_event_id) for c in found}) == len(found) == 4
    assert all(c.state == "running" and c.start == day("2026-01-15") for c in found)


def test_sending_meets_the_senders_clock_and_lapse_stops_it() -> None:  # 66(1), 66(7)
    assert clocks("SENT", FILED, event("send", "2026-04-01"))["sending"].state == "met"
    lapsed = clocks("UNSENT_LAPSED", FILED, event("lapse", "2026-04-16"))
    assert lapsed["sending"].state == "stopped"
    assert lapsed["foreign_ban_no_notice"].phase(day("2026-04-16")) == "over"


def test_a_sending_notice_dispatched_in_time_closes_that_way_out_of_the_ban() -> None:  # 78(1) proviso
    in_time = clocks("SENT", FILED, event("send", "2026-04-01"), event("sending_notice_dispatched", "2026-04-15"))
    late = clocks("SENT", FILED, event("send", "2026-04-01"), event("sending_notice_dispatched", "2026-04-16"))
    assert in_time["foreign_ban_no_notice"].state == "stopped"
    assert in_time["foreign_ban_not_designated"].state == "running"
    assert late["foreign_ban_no_notice"].phase(day("2026-04-16")) == "over"


def test_withdrawal_before_the_end_of_the_ten_months_frees_nobody_later() -> None:  # 78(1) proviso
    found = clocks("WITHDRAWN", FILED, event("withdraw", "2026-11-15"))
    assert found["foreign_ban_not_designated"].state == "stopped"
    assert clocks("NOT_SENT", FILED, event("withdraw", "2026-11-16"))["foreign_ban_not_designated"].state == "running"


def test_a_designation_and_its_extensions_are_a_chain_on_last_days() -> (
    None
):  # 70(2), 70(3); T20: never from a rolled day
    designated = event("designate", "2025-06-01", until="2026-05-31")
    extended = event("extend", "2026-05-20", until="2027-02-28")
    again = event("extend", "2027-02-10")
    found = [
        c for c in clocks_for("filing", "DESIGNATED", [FILED, designated, extended, again]) if c.name == "designation"
    ]
    assert [(c.limit, c.due, c.state) for c in found] == [
        ("designation", day("2026-05-31"), "met"),
        ("designation_extension", day("2027-02-28"), "met"),
        ("designation_extension", day("2028-02-29"), "running"),
    ]
    assert found[2].start == day("2027-02-28")
    assert found[2].start_event_id == again.id
    assert [found[2].due - alert for alert in found[2].alerts] == [timedelta(days=n) for n in (90, 30, 7, 1)]


def test_a_designation_set_longer_than_a_year_is_watched_to_the_years_end() -> None:  # 70(2)
    clock = clocks("DESIGNATED", FILED, event("designate", "2025-06-01", until="2027-01-01"))["designation"]
    assert clock.due == day("2026-05-31")


def test_the_last_day_set_as_an_event_of_its_own_counts() -> None:  # 70(2)
    designated, end = event("designate", "2025-06-01"), event("designation_end_set", "2025-12-31")
    clock = clocks("DESIGNATED", FILED, designated, end)["designation"]
    assert clock.due == day("2025-12-31")
    assert clock.phase(day("2026-01-01")) == "overdue"
    assert "2025-12-31" in clock.why.ja
    assert "2025-12-31" in clock.why.en


def test_a_last_day_set_for_the_extension_is_not_taken_for_the_first_period() -> None:  # 70(3)
    designated, extended = event("designate", "2025-06-01"), event("extend", "2026-05-20")
    found = clocks("DESIGNATED", FILED, designated, extended, event("designation_end_set", "2026-05-25"))
    assert found["designation"].due == day("2026-05-31")
    assert found["designation_extension"].due == day("2026-05-25")


def test_warnings_are_days_after_the_start() -> None:  # house rule: 30, 14, 7 and 1 days before
    clock = clocks("PRE_NOTICE", FILED, event("pre_notice_received", "2026-06-01"))["document_after_pre_notice"]
    assert clock.alerts == (day("2026-06-01"), day("2026-06-08"), day("2026-06-14"))
    assert [clock.alarm(day(text)) for text in ("2026-06-08", "2026-06-09", "2026-06-15", "2026-06-16")] == [
        True,
        False,
        False,
        True,
    ]
    later = clocks("PRE_NOTICE", FILED, event("pre_notice_received", "2026-06-02"))["document_after_pre_notice"]
    assert later.alerts[0] == day("2026-06-02")


def test_a_lifted_designation_stops_its_clock_and_the_end_notice_has_no_number() -> None:  # 77(1), 77(2)
    events = [FILED, event("designate", "2026-06-01", until="2027-05-31"), event("lift", "2026-09-01")]
    found = clocks_for("filing", "LIFTED", events)
    assert all(clock.state != "running" for clock in found if clock.name == "designation")
    assert isinstance(next_or_reason("filing", "LIFTED", [c for c in found if c.state != "running"]), Text)


def test_the_time_to_request_examination_is_held_while_designated_and_resumes_with_the_later_day() -> None:  # 82(3)
    designated = event("designate", "2026-06-01", until="2027-05-31")
    held = clocks("DESIGNATED", FILED, designated)["examination_request"]
    early = clocks("RELEASED", FILED, designated, event("notify_end", "2027-06-10"))["examination_request"]
    late = clocks("RELEASED", FILED, designated, event("notify_end", "2029-02-01"))["examination_request_after_end"]
    assert held.state == "stopped"
    assert held.ended_by == designated.id
    assert (early.state, early.due) == ("running", day("2029-01-15"))
    assert (late.state, late.due) == ("running", day("2029-05-01"))
    assert "examination_request" not in clocks("PRIMARY_REVIEW", FILED)


def test_one_answer_meets_one_demand_the_oldest_open_one() -> None:  # ESPA 67(2)
    first, second = (
        event("ask_in_review", "2026-05-01", until="2026-05-20"),
        event("ask_in_review", "2026-05-05", until="2026-05-25"),
    )
    found = clocks_for("filing", "UNDER_REVIEW", [FILED, first, second, event("answer_demand", "2026-05-18")])
    states = {clock.start_event_id: clock.state for clock in found if clock.name == "answer_67_2"}
    assert states == {first.id: "met", second.id: "running"}


def test_a_day_the_authority_set_is_stored_and_not_moved() -> None:  # 67(11) 相当の期間
    clock = clocks("CORRECTION_ASKED", FILED, event("ask_correction", "2026-04-20", until="2026-05-03"))[
        "correction_67_11"
    ]
    assert clock.due == day("2026-05-03")
    assert "計算したものではない" in clock.why.ja


def test_nothing_runs_in_an_ended_case() -> None:
    found = clocks_for("filing", "DISMISSED", [FILED, event("pre_notice_received", "2026-06-01")])
    assert found
    assert all(clock.state != "running" for clock in found)


def test_a_new_holiday_shows_which_open_clocks_it_moves() -> None:  # T19
    text = (LAW / "holidays.toml").read_text(encoding="utf-8")
    new = read_calendar((text + '2026-06-15 = "mountain_day"\n').encode())
    events = [FILED, event("pre_notice_received", "2026-06-01")]
    changes = revised("filing", "PRE_NOTICE", events, calendar(), new)
    assert [(was.due, will.due) for was, will in changes] == [(day("2026-06-15"), day("2026-06-16"))]
    assert changes[0][0].calendar_sha256 != changes[0][1].calendar_sha256
    met = [*events, event("file_document", "2026-06-10")]
    assert revised("filing", "DOCS_FILED", met, calendar(), new) == []


def test_days_between_the_two_notices_count_once() -> None:  # 82(4); T20
    designated, ended = event("designate", "2026-06-01"), event("notify_end", "2026-06-30")
    assert excluded_82_4([designated, ended]) == 30
    assert excluded_82_4([designated, event("designate", "2026-06-10"), ended]) == 30
    assert excluded_82_4([designated]) == 0


def test_every_state_of_the_road_has_a_clock_or_a_reason() -> None:  # N5
    open_states = ROAD.states - ROAD.terminal - {"DESIGNATED"}
    assert {state for state in open_states if ("filing", state) not in reasons()} == set()
    assert clocks("DESIGNATED", FILED, event("designate", "2026-06-01"))["designation"].state == "running"


def test_the_clocks_name_only_steps_of_the_road() -> None:
    known = ROAD.names() | {"file", "designation_end_set", "request_examination"}
    for rule in clock_rules()["filing"]:
        names = {*rule.start, *rule.met, *rule.stopped, *rule.stopped_within, *(rule.hold or ())}
        assert names <= known, rule.name


def test_a_clock_row_that_contradicts_itself_does_not_load() -> None:
    good = (LAW / "limits.toml").read_text(encoding="utf-8")
    for broken in (
        good.replace('limit = "answer_66_6"', 'limit = "no_such_limit"'),
        good.replace('day = "78_3"', 'day = "78_4"'),
        good.replace('past = "overdue"\nalerts', 'past = "later"\nalerts'),
        good.replace("latest = false", "newest = true"),
    ):
        with pytest.raises(ValueError, match=r"limits\.toml: clock"):
            read_clocks(broken.encode())


NAMES = sorted({*ROAD.names(), "file", "designation_end_set"})
EVENTS = st.lists(
    st.builds(
        Event,
        name=st.sampled_from(NAMES),
        happened_on=st.dates(date(2024, 5, 1), date(2030, 1, 1)),
        id=st.uuids(),
        superseded=st.booleans(),
        until=st.none() | st.dates(date(2030, 1, 2), date(2034, 1, 1)),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(EVENTS, st.dates(date(2024, 1, 1), date(2035, 1, 1)))
def test_whatever_the_events_a_clock_explains_itself_and_is_one_of_a_kind(events: list[Event], on: date) -> None:
    filed = [e for e in events if e.name == "file" and not e.superseded]
    assume(not filed or all(e.happened_on >= filed[-1].happened_on for e in events if e.name in FACTS_66_4))
    found = clocks_for("filing", "UNDER_REVIEW", events)
    ids: dict[UUID, Event] = {e.id: e for e in events}
    assert len({(c.limit, c.start_event_id) for c in found}) == len(found)
    for clock in found:
        assert clock.why.ja
        assert clock.why.en
        assert clock.due.isoformat() in clock.why.ja
        assert (clock.state == "superseded") == ids[clock.start_event_id].superseded
        assert clock.state == "running" or not clock.alerts
        assert clock.state != "running" or (clock.phase(on) == "running") == (on <= clock.due)


@settings(deadline=None)
@given(EVENTS)
def test_events_that_do_not_stand_change_no_other_clock(events: list[Event]) -> None:
    standing = [e for e in events if not e.superseded]
    filed = [e for e in standing if e.name == "file"]
    assume(not filed or all(e.happened_on >= filed[-1].happened_on for e in events if e.name in FACTS_66_4))
    with_all, alone = clocks_for("filing", "SENT", events), clocks_for("filing", "SENT", standing)
    assert [c for c in with_all if c.state != "superseded"] == alone
