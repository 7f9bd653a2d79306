"""A clerk who turns the calendar leaf by leaf: an oracle for periods that shares no code with service/law."""

from datetime import date, timedelta

import jpholiday

ONE = timedelta(days=1)


def last_day_by_leaves(start: date, number: int, unit: str, count: str) -> date:
    """Walk day by day from day 1 until the period is used up (Civil Code 140, 141, 143)."""
    day = start if count == "including" else start + ONE
    if unit == "day":
        for _ in range(number - 1):
            day += ONE
        return day
    wanted, left = day.day, number * (12 if unit == "year" else 1)
    while True:
        day += ONE
        left -= day.day == 1
        if left == 0 and day.day == wanted:
            return day - ONE
        if left == 0 and (day + ONE).day == 1:
            return day


def office_open(day: date) -> bool:
    """Holidays Act 1(1), from the second library."""
    turn_of_the_year = (day.month, day.day) in {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}
    return day.weekday() < 5 and not jpholiday.is_holiday(day) and not turn_of_the_year


def next_open_by_leaves(day: date) -> date:
    """Holidays Act 2."""
    while not office_open(day):
        day += ONE
    return day
