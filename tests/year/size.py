"""How large a year is, and which day its work falls on: what the offices said of theirs (ESPA 66, 70, 79), and a part of it. Pure.

Chance, with a fixed seed, says which application is which. What is told the public is spread over the year as applications come; what is
left to lapse was filed in its first half, and the last weeks take nothing new, so that everything is answered when the year ends.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from service.law.calendar import calendar
from service.statistics import FEW, fiscal_year

T = TypeVar("T")
FISCAL = 2026
FEWEST_DAYS, ANSWERED_AFTER = 12, 4
"""Days of a small year; days from a confirmation's request to the answer that is passed on."""
A_DAY = 20
"""Applications that make a day of its own worth while."""


class Kind(StrEnum):
    """What becomes of an application."""

    JUDGED = "judged"
    SENT = "sent"
    NOTICED = "noticed"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class Year:
    """Applications screened, and of them sent, answered by a non-sending notice, and left to lapse; confirmations asked for."""

    screened: int
    sent: int
    confirmations: int
    notices: int
    lapsed: int

    @classmethod
    def part(cls, scale: float, screened: int = 0) -> "Year":
        """A part of the public size; no count becomes so small that the yearly table would hold it back. Raises ValueError.

        screened: so many applications, where others than the scale says: those that only make a year long are then fewer or more. How many
        lapse, the offices do not say: one in a hundred here.
        """
        if not 0 < scale <= 1:
            raise ValueError("SCALE is above 0 and at most 1")
        screened = screened or round(300_000 * scale)
        sent, confirmations, notices = (max(FEW, round(n * scale)) for n in (90, 1_305, 630))
        lapsed = max(FEW, round(screened / 100))
        return cls(max(screened, sent + notices + lapsed + 3), sent, confirmations, notices, lapsed)

    def days(self) -> list["Day"]:
        """The open days that this year works on, all of the fiscal year's where it is large, and what comes in on each."""
        dates = list(open_days(*fiscal_year(FISCAL)))
        wanted = min(len(dates), max(FEWEST_DAYS, self.screened // A_DAY))
        days = [Day(dates[n * (len(dates) - 1) // (wanted - 1)]) for n in range(wanted)]
        taking = len(days) - ANSWERED_AFTER
        for day, kind in _spread(self._kinds(), days[:taking]):
            day.filed.append(kind)
        for day, number in _spread(range(self.confirmations), days[:taking]):
            day.asked.append(number % 10 == 0)
        return days

    def _kinds(self) -> list[Kind]:
        """One of each application, in the order in which they come: those that lapse in the first half."""
        chance = random.Random(FISCAL)
        others = [Kind.SENT] * self.sent + [Kind.NOTICED] * self.notices
        others += [Kind.JUDGED] * (self.screened - len(others) - self.lapsed)
        chance.shuffle(others)
        half = len(others) // 2
        first = others[:half] + [Kind.LAPSED] * self.lapsed
        chance.shuffle(first)
        return first + others[half:]


@dataclass
class Day:
    """One day's work that comes in. filed: what becomes of each application; asked: of each confirmation, whether it is referred."""

    date: date
    filed: list[Kind] = field(default_factory=list)
    asked: list[bool] = field(default_factory=list)


def open_days(first: date, last: date) -> Iterator[date]:
    """The days on which offices are open (Holidays Act 1)."""
    day = first
    while day <= last:
        if calendar().closed(day) is None:
            yield day
        day += timedelta(days=1)


def _spread(things: Sequence[T], days: Sequence[Day]) -> Iterator[tuple[Day, T]]:
    """Evenly, in their order."""
    for number, thing in enumerate(things):
        yield days[number * len(days) // len(things)], thing
