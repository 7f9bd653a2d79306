"""The table of closed days says what the law says: compared day by day with a second library."""

import hashlib
from datetime import date, timedelta

import jpholiday
import pytest

from service.errors import Refusal
from service.law.calendar import LAW, calendar, read_calendar
from tests.tools.make_holidays import text

EVERY_DAY = [date(2020, 1, 1) + timedelta(days=n) for n in range((date(2036, 1, 1) - date(2020, 1, 1)).days)]


def test_every_holiday_of_sixteen_years_is_the_one_a_second_library_knows() -> None:
    ours = {day: name.ja.split("（")[0] for day, name in calendar().days.items()}
    theirs = {day: name for day in EVERY_DAY if (name := jpholiday.is_holiday_name(day))}
    assert ours.keys() == theirs.keys()
    assert {day: (name, theirs[day]) for day, name in ours.items() if name not in theirs[day]} == {}


def test_the_table_is_what_the_generator_writes() -> None:
    assert (LAW / "holidays.toml").read_text(encoding="utf-8") == text(2020, 2035, 2027)


def test_offices_are_closed_on_weekends_holidays_and_at_the_turn_of_the_year() -> None:  # Holidays Act 1(1)
    for day in EVERY_DAY:
        expected = (
            day.weekday() >= 5
            or jpholiday.is_holiday(day)
            or (day.month == 12 and day.day in (29, 30, 31))
            or (day.month == 1 and day.day in (1, 2, 3))
        )
        assert bool(calendar().closed(day)) is expected, day


def test_holidays_moved_by_the_olympic_laws_are_the_real_ones() -> None:
    names = {day: name.ja for day, name in calendar().days.items()}
    assert names[date(2020, 7, 23)] == names[date(2021, 7, 22)] == "海の日"
    assert names[date(2021, 7, 23)] == "スポーツの日"
    assert date(2021, 10, 11) not in names
    assert names[date(2021, 8, 8)] == "山の日"
    assert names[date(2021, 8, 9)].startswith("振替休日")


def test_the_day_between_two_holidays_is_a_holiday() -> None:  # National Holidays Act 3(3)
    assert calendar().closed(date(2026, 9, 22)).ja.startswith("国民の休日")  # type: ignore[union-attr]
    assert calendar().closed(date(2032, 9, 21)).ja.startswith("国民の休日")  # type: ignore[union-attr]


def test_every_day_passed_over_says_why() -> None:
    day, passed = calendar().next_open(date(2026, 5, 2))
    assert day == date(2026, 5, 7)
    assert [reason.ja.split("（")[0] for _, reason in passed] == [
        "土曜日",
        "日曜日",
        "みどりの日",
        "こどもの日",
        "振替休日",
    ]


@pytest.mark.parametrize("day", [date(2019, 12, 31), date(2036, 1, 1)])
def test_a_day_outside_the_table_is_refused_by_name(day: date) -> None:
    with pytest.raises(Refusal) as refused:
        calendar().closed(day)
    assert refused.value.name == "outside-calendar"
    assert day.isoformat() in refused.value.text.en


def test_rolling_past_the_end_of_the_table_is_refused_not_guessed() -> None:
    with pytest.raises(Refusal, match="outside-calendar"):
        calendar().next_open(date(2035, 12, 31))


def test_the_calendar_carries_the_hash_of_its_file() -> None:
    assert calendar().sha256 == hashlib.sha256((LAW / "holidays.toml").read_bytes()).hexdigest()


def test_a_table_with_a_missing_year_or_a_stray_day_does_not_load() -> None:
    good = (LAW / "holidays.toml").read_text(encoding="utf-8")
    without_2030 = "\n".join(line for line in good.splitlines() if not line.startswith("2030-"))
    for broken in (without_2030, good.replace("last_year = 2035", "last_year = 2034")):
        with pytest.raises(ValueError, match=r"holidays\.toml"):
            read_calendar(broken.encode())


@pytest.mark.parametrize(
    ("today", "span"),
    [
        ("2026-11-24", ("2026-12-28", "2027-01-04")),
        ("2026-12-31", ("2026-12-28", "2027-01-04")),
        ("2027-01-04", ("2026-12-28", "2027-01-04")),
        ("2027-01-05", ("2027-12-28", "2028-01-04")),
        ("2025-12-01", ("2025-12-26", "2026-01-05")),  # 27-28 December and 4 January are of a weekend
        ("2026-01-05", ("2025-12-26", "2026-01-05")),
        ("2026-01-06", ("2026-12-28", "2027-01-04")),
    ],
)
def test_new_year_is_from_the_last_open_day_before_to_the_first_after(today: str, span: tuple[str, str]) -> None:
    first, last = calendar().new_year(date.fromisoformat(today))
    assert (first.isoformat(), last.isoformat()) == span
    assert calendar().closed(first) is None and calendar().closed(last) is None
    assert calendar().last_open(last - timedelta(days=1)) == first
