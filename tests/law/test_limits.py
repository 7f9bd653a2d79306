"""Every limit of the law against days worked out by hand, a clerk with a calendar, and the rules of counting."""

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.errors import Refusal
from service.law.calendar import LAW, calendar, read_calendar
from service.law.limit_table import read_limits
from service.law.limits import Period, due, last_day, limits, set_due, start_day_66_4, start_day_78_3
from service.law.start_days import start_day
from tests.law.oracle import last_day_by_leaves, next_open_by_leaves, office_open

HERE = Path(__file__).parent


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


HAND = [(limit, *case) for limit, rows in table("cases_limits.toml").items() for case in rows["cases"]]
PUBLISHED = [tuple(case) for case in table("cases_periods.toml")["cases"]]
COUNTED = sorted(name for name, limit in limits().items() if limit.period)
DAYS = st.dates(date(2020, 1, 1), date(2034, 1, 1))
NEAR = st.dates(date(2020, 1, 1), date(2032, 10, 1))


def test_there_are_at_least_two_hundred_cases_worked_out_by_hand_and_every_counted_limit_has_some() -> None:
    assert len({case[:2] for case in HAND}) + len(PUBLISHED) >= 200
    assert {case[0] for case in HAND} == set(COUNTED)


@pytest.mark.parametrize(("limit", "start", "last", "how"), HAND)
def test_a_limit_ends_on_the_day_worked_out_by_hand(limit: str, start: str, last: str, how: str) -> None:
    assert due(limit, date.fromisoformat(start)).due == date.fromisoformat(last), how


@pytest.mark.parametrize(("period", "count", "start", "last", "source"), PUBLISHED)
def test_a_period_ends_as_published(period: str, count: str, start: str, last: str, source: str) -> None:
    number, unit = period.rstrip("s").split()
    assert last_day(date.fromisoformat(start), Period(int(number), unit), count) == date.fromisoformat(last), source  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.sampled_from(COUNTED), NEAR)
def test_the_clerk_with_the_calendar_finds_the_same_day(name: str, start: date) -> None:
    limit = limits()[name]
    assert limit.period is not None
    expected = last_day_by_leaves(start, limit.period.number, limit.period.unit, limit.count)
    counted = due(name, start)
    assert counted.unmoved == expected
    assert counted.due == (next_open_by_leaves(expected) if limit.holiday == "moves" else expected)


@settings(deadline=None)
@given(
    st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    st.integers(1, 40),
    st.sampled_from(["day", "month", "year"]),
    st.sampled_from(["after", "including"]),
)
def test_any_period_over_three_centuries_ends_where_the_clerk_says(
    start: date, number: int, unit: Any, count: str
) -> None:
    assert last_day(start, Period(number, unit), count) == last_day_by_leaves(start, number, unit, count)


@settings(deadline=None)
@given(st.sampled_from(COUNTED), NEAR, NEAR)
def test_a_later_start_never_ends_earlier(name: str, one: date, other: date) -> None:
    assume(one <= other)
    assert due(name, one).due <= due(name, other).due


@settings(deadline=None)
@given(st.sampled_from([name for name in COUNTED if limits()[name].holiday == "moves"]), NEAR)
def test_a_limit_that_moves_ends_on_an_open_day_the_first_there_is(name: str, start: date) -> None:
    counted = due(name, start)
    assert office_open(counted.due)
    passed = (counted.due - counted.unmoved).days
    assert not any(office_open(counted.unmoved + timedelta(days=n)) for n in range(passed))


@settings(deadline=None)
@given(st.sampled_from([name for name in COUNTED if limits()[name].holiday == "stays"]), DAYS)
def test_a_limit_that_stays_needs_no_calendar_and_never_moves(name: str, start: date) -> None:
    counted = due(name, start)
    assert counted.due == counted.unmoved


@settings(deadline=None)
@given(st.integers(2024, 2050), st.integers(1, 12))
def test_counting_from_the_first_of_a_month_ends_with_a_month(year: int, month: int) -> None:  # Civil Code 143(1)
    for number in (1, 3, 10):
        last = last_day(date(year, month, 1), Period(number, "month"), "including")
        assert (last + timedelta(days=1)).day == 1


@settings(deadline=None)
@given(st.sampled_from(COUNTED), NEAR)
def test_every_last_day_explains_itself_by_article_in_both_languages(name: str, start: date) -> None:
    counted = due(name, start)
    for text in (counted.why.ja, counted.why.en):
        assert start.isoformat() in text
        assert counted.due.isoformat() in text
        assert counted.unmoved.isoformat() in text
    assert counted.basis in counted.why.en
    assert counted.limit.basis_ja in counted.why.ja
    assert "Civil Code 14" in counted.why.en
    assert "民法14" in counted.why.ja
    moved = counted.due != counted.unmoved
    assert moved == ("it moves to" in counted.why.en) == ("に移る" in counted.why.ja)
    assert counted.calendar_sha256 == calendar().sha256


@pytest.mark.parametrize("name", ["foreign_ban_no_notice", "foreign_ban_not_designated"])
def test_a_ban_is_free_from_the_day_after_its_last_day(name: str) -> None:
    counted = due(name, date(2026, 1, 15))
    assert counted.free_from == counted.due + timedelta(days=1)
    assert all(due(other, date(2026, 1, 15)).free_from is None for other in COUNTED if "foreign_ban" not in other)


def test_a_reading_that_a_lawyer_should_check_is_told() -> None:
    assert "unverified" in due("compensation_suit", date(2026, 1, 15)).why.en
    assert "未確認" in due("compensation_suit", date(2026, 1, 15)).why.ja
    assert "経過した日" in due("examination_request_after_end", date(2026, 1, 15)).why.ja


def test_a_day_on_calculated_equinoxes_says_so() -> None:
    assert "not yet in the Official Gazette" in due("document_after_pre_notice", date(2030, 3, 1)).why.en
    assert "Gazette" not in due("document_after_pre_notice", date(2026, 3, 1)).why.en


@pytest.mark.parametrize("name", sorted(set(limits()) - set(COUNTED)))
def test_where_the_law_gives_no_number_none_is_invented(name: str) -> None:  # LAW.md 0.2, last point but one
    with pytest.raises(Refusal, match="no-number-in-law") as refused:
        due(name, date(2026, 1, 15))
    assert refused.value.article == limits()[name].basis


def test_a_day_the_authority_set_is_shown_not_counted() -> None:
    counted = set_due(limits()["correction_67_11"], date(2026, 4, 20), date(2026, 5, 3))
    assert counted.due == date(2026, 5, 3)
    assert "not counted" in counted.why.en


@pytest.mark.parametrize(
    ("name", "start", "cause"),
    [
        ("document_after_pre_notice", date(2035, 12, 16), "outside-calendar"),
        ("document_after_pre_notice", date(2035, 12, 20), "outside-calendar"),
        ("document_after_pre_notice", date(2019, 1, 1), "outside-calendar"),
        ("clearance", date(9999, 1, 1), "date-out-of-range"),
        ("sending", date(9999, 12, 31), "date-out-of-range"),
        ("no_such_limit", date(2026, 1, 1), "unknown-limit"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(name: str, start: date, cause: str) -> None:
    with pytest.raises(Refusal, match=cause):
        due(name, start)


def test_the_last_day_counted_from_an_event_does_not_chain_on_a_moved_day() -> None:  # T20
    first = due("document_after_pre_notice", date(2026, 4, 20))
    assert (first.unmoved, first.due) == (date(2026, 5, 4), date(2026, 5, 7))
    assert due("document_after_pre_notice", date(2026, 5, 4)).due == date(2026, 5, 18)


def test_a_new_holiday_moves_what_moves_and_nothing_else() -> None:  # T19
    text = (LAW / "holidays.toml").read_text(encoding="utf-8")
    new = read_calendar((text + '2026-04-15 = "mountain_day"\n').encode())
    start = date(2026, 1, 15)
    assert due("non_sending_notice_request", start, closed=new).due == date(2026, 4, 16)
    assert due("sending", start, closed=new).due == date(2026, 4, 15)
    assert due("sending", start, closed=new).calendar_sha256 != calendar().sha256


@pytest.mark.parametrize(
    "change",
    [
        ('period = "14 days"', 'period = "14 nights"'),
        ('count = "after"', 'count = "from"'),
        ('holiday = "moves"', 'holiday = "rolls"'),
        ('kind = "ban"', 'kind = "prohibition"'),
        ('confidence = "unverified"', 'confidence = "sure"'),
        ('words_en = "immediately"', 'word_en = "immediately"'),
        ('reading_en = "a period for a suit', 'comment_en = "a period for a suit'),
    ],
)
def test_a_limit_that_contradicts_itself_does_not_load(change: tuple[str, str]) -> None:
    text = (LAW / "limits.toml").read_text(encoding="utf-8")
    assert change[0] in text
    with pytest.raises(ValueError, match=r"limits\.toml"):
        read_limits(text.replace(*change).encode())


FACTS = {
    "translation_filed": date(2026, 3, 1),
    "reference_documents_filed": date(2026, 4, 1),
    "missing_part_completed": date(2026, 2, 1),
    "divided": date(2026, 6, 1),
    "converted": date(2026, 5, 1),
}
FILED = date(2026, 1, 15)


@pytest.mark.parametrize("fact", FACTS)
def test_each_row_of_the_66_4_table_moves_the_start_and_78_3_has_no_division(fact: str) -> None:
    assert start_day_66_4(FILED, **{fact: FACTS[fact]}) == FACTS[fact]
    if fact == "divided":
        assert start_day("78_3", "divisional", FILED, {fact: FACTS[fact]}) == FILED
    else:
        assert start_day_78_3(FILED, **{fact: FACTS[fact]}) == FACTS[fact]


def test_of_several_rows_the_latest_day_counts() -> None:  # 66(4), 78(3)
    assert start_day_66_4(FILED, **FACTS) == date(2026, 6, 1)
    without_division = {name: day for name, day in FACTS.items() if name != "divided"}
    assert start_day_78_3(FILED, **without_division) == date(2026, 5, 1)
    assert start_day_66_4(FILED) == start_day_78_3(FILED) == FILED


def test_a_start_before_the_filing_date_is_refused() -> None:
    for function in (start_day_66_4, start_day_78_3):
        with pytest.raises(Refusal, match="start-day-before-filing"):
            function(FILED, translation_filed=date(2026, 1, 14))


def test_a_kind_of_application_without_a_start_day_is_refused_by_name() -> None:  # 66(5)
    for kind in ("pct-national", "foreign_language"):
        with pytest.raises(Refusal, match="unknown-application-kind"):
            start_day("66_4", kind, FILED, {})


@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("foreign-language", "translation_filed"),
        ("reference", "reference_documents_filed"),
        ("missing-part", "missing_part_completed"),
        ("divisional", "divided"),
        ("converted", "converted"),
    ],
)
def test_an_application_that_waits_for_its_fact_has_no_start_day_yet(kind: str, fact: str) -> None:
    assert start_day("66_4", kind, FILED, {}) is None
    assert start_day("78_3", kind, FILED, {}) is None
    assert start_day("66_4", kind, FILED, {fact: FACTS[fact]}) == FACTS[fact]
