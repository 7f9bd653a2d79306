"""Counting time by the Civil Code: 140 (first day), 141 (end of the day), 143 (months and years by the calendar).

What must hold: the last day is the one a clerk finds who turns the calendar leaf by leaf. Nothing here knows a holiday
or a statute: service/law/limits.py does.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from service.errors import Refusal, Text
from service.law.calendar import DAY

UNITS = {"day": "日", "month": "月", "year": "年"}


@dataclass(frozen=True)
class Period:
    """A length of time as the law says it: `number` of `unit` (day, month, year)."""

    number: int
    unit: Literal["day", "month", "year"]

    @property
    def text(self) -> Text:
        return Text(f"{self.number}{UNITS[self.unit]}", f"{self.number} {self.unit}{'s' * (self.number != 1)}")


def last_day(start: date, period: Period, count: str) -> date:
    """The last day of `period` from `start`: Civil Code 140 (first day), 141 (end of the day), 143 (calendar months).

    "after": the day of `start` is not counted; "including": it is day 1. Where the last month has no matching day, the
    period ends on that month's last day.
    Raises Refusal `date-out-of-range` beyond the year 9999.
    """
    try:
        first = start + DAY if count == "after" else start
        if period.unit == "day":
            return date.fromordinal(first.toordinal() + period.number - 1)
        months = first.year * 12 + first.month - 1 + period.number * (12 if period.unit == "year" else 1)
        month_first = date(months // 12, months % 12 + 1, 1)
        matching = month_first.replace(day=first.day) if first.day <= _length(month_first) else None
        return matching - DAY if matching else month_first.replace(day=_length(month_first))
    except (ValueError, OverflowError) as error:
        text = Text(
            f"{start.isoformat()} からの期間は数えられません。", f"A period from {start.isoformat()} cannot be counted."
        )
        raise Refusal("date-out-of-range", 422, text, article="Civil Code 143") from error


def _length(month_first: date) -> int:
    """Days of the month that begins on `month_first`."""
    days = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month_first.month - 1]
    leap = month_first.year % 4 == 0 and (month_first.year % 100 != 0 or month_first.year % 400 == 0)
    return days + (month_first.month == 2 and leap)
