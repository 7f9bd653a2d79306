"""Which days the State's offices are closed: Holidays Act (Act 91 of 1988) 1(1), from policies/law/holidays.toml.

What must hold: the answer comes from the table, never from a guess; a day outside the table's years is refused by name.
Every answer that rests on the table carries its SHA-256. Not promised: after `announced_through` the equinox days are
calculated, not yet announced, and the answer says so.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from service.errors import Refusal, Text

LAW = Path(__file__).resolve().parents[2] / "policies" / "law"
WEEKEND = {5: Text("土曜日", "Saturday"), 6: Text("日曜日", "Sunday")}
DAY = timedelta(days=1)


def calendar_ends(day: date, first: date, last: date) -> Refusal:
    """422: `day` lies outside the years whose holidays the table holds."""
    return Refusal(
        "outside-calendar",
        422,
        Text(
            f"{day.isoformat()} は休日表（{first.year}年から{last.year}年まで）の範囲外です。推定はしません。",
            f"{day.isoformat()} lies outside the table of holidays ({first.year} to {last.year}). It is not guessed.",
        ),
        article="Holidays Act 1",
        next_step=Text(
            "休日表 policies/law/holidays.toml を更新してください。", "Bring policies/law/holidays.toml up to date."
        ),
    )


@dataclass(frozen=True)
class Calendar:
    """The table of closed days. first, last: its ends. announced_through: last year of announced equinoxes."""

    first: date
    last: date
    announced_through: int
    office: tuple[tuple[int, int], tuple[int, int], Text]
    days: Mapping[date, Text] = field(repr=False)
    sha256: str = ""

    def closed(self, day: date) -> Text | None:
        """Why the offices are closed on `day`, or None when they are open. Raises Refusal `outside-calendar`."""
        if not self.first <= day <= self.last:
            raise calendar_ends(day, self.first, self.last)
        start, end, text = self.office
        at_new_year = not end < (day.month, day.day) < start
        return WEEKEND.get(day.weekday()) or self.days.get(day) or (text if at_new_year else None)

    def next_open(self, day: date) -> tuple[date, list[tuple[date, Text]]]:
        """The first open day from `day` on, and each closed day passed over with its reason (Holidays Act 2)."""
        passed = []
        while reason := self.closed(day):
            passed.append((day, reason))
            day += DAY
        return day, passed

    def last_open(self, day: date) -> date:
        """The last open day up to `day`. Raises Refusal `outside-calendar`."""
        while self.closed(day):
            day -= DAY
        return day

    def new_year(self, today: date) -> tuple[date, date]:
        """The last open day before the offices close over the New Year that is on or next, and the first open day after it.

        Raises Refusal `outside-calendar`.
        """
        if today.month == 1 and today <= (span := self._new_year(today.year))[1]:
            return span
        return self._new_year(today.year + 1)

    def _new_year(self, year: int) -> tuple[date, date]:
        (month, day), end, _ = self.office
        first = self.last_open(date(year - 1, month, day) - DAY)
        last, _ = self.next_open(date(year, *end) + DAY)
        return first, last

    def announced(self, day: date) -> bool:
        """Whether the equinox days of that year have been announced (else they are calculated)."""
        return day.year <= self.announced_through


def read_calendar(content: bytes) -> Calendar:
    """The calendar that `content` (TOML, UTF-8) describes. Raises ValueError when a day stands outside its years."""
    table = tomllib.loads(content.decode("utf-8"))
    names = {key: Text(name["ja"], name["en"]) for key, name in table["names"].items()}
    days = {date.fromisoformat(day): names[name] for day, name in table["days"].items()}
    first, last = date(table["first_year"], 1, 1), date(table["last_year"], 12, 31)
    if not days or not all(first <= day <= last for day in days):
        raise ValueError("holidays.toml: a day outside first_year..last_year, or no day at all")
    if {day.year for day in days} != set(range(first.year, last.year + 1)):
        raise ValueError("holidays.toml: a year without a holiday")
    office = table["office"]
    span = (_month_day(office["from"]), _month_day(office["to"]), Text(office["ja"], office["en"]))
    return Calendar(first, last, table["announced_through"], span, days, hashlib.sha256(content).hexdigest())


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


@cache
def law_sha256(name: str) -> str:
    """SHA-256 (hex) of the law file `name` of policies/law, for the results that rest on it."""
    return hashlib.sha256((LAW / name).read_bytes()).hexdigest()


@cache
def calendar() -> Calendar:
    """The calendar in force: policies/law/holidays.toml."""
    return read_calendar((LAW / "holidays.toml").read_bytes())
