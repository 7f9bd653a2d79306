"""Dates as Japan writes them: Japanese eras (和暦) beside ISO 8601, read and written.

What must hold: reading back what was written gives the same date; an era year that does not contain the day is refused,
never moved to the neighbouring era. Not here: dates before 1 January 1873, when Japan did not use this calendar.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from service.errors import Refusal, Text


@dataclass(frozen=True)
class Era:
    """An era: its name, its letter, its first day (its last day is the day before the next era's first)."""

    ja: str
    letter: str
    first: date


ERAS = (
    Era("令和", "R", date(2019, 5, 1)),
    Era("平成", "H", date(1989, 1, 8)),
    Era("昭和", "S", date(1926, 12, 25)),
    Era("大正", "T", date(1912, 7, 30)),
    Era("明治", "M", date(1868, 1, 25)),
)
GREGORIAN = date(1873, 1, 1)
_WAREKI = re.compile(
    r"(?P<era>令和|平成|昭和|大正|明治|[RHSTM])(?P<y>元|\d{1,2})(?:年|[./-])(?P<m>\d{1,2})(?:月|[./-])(?P<d>\d{1,2})日?",
    re.ASCII,
)
_ISO = re.compile(r"(?P<y>\d{4})(?:-(?P<m>\d{2})-(?P<d>\d{2})|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日)", re.ASCII)


def unreadable_date(text: str) -> Refusal:
    """422: the text is neither an ISO date nor a date of a Japanese era, or that day does not exist."""
    shown = text if len(text) <= 40 and text.isprintable() else f"{len(text)} characters"
    return Refusal(
        "unreadable-date",
        422,
        Text(f"日付として読めません: {shown}", f"Not a date: {shown}"),
        next_step=Text(
            "2026-11-23、令和8年11月23日、R8.11.23 のように書いてください。",
            "Write 2026-11-23, 令和8年11月23日 or R8.11.23.",
        ),
    )


def era_of(day: date) -> Era:
    """The era of `day`. Raises Refusal `unreadable-date` before 1873-01-01."""
    if day < GREGORIAN:
        raise unreadable_date(day.isoformat())
    return next(era for era in ERAS if era.first <= day)


def wareki(day: date) -> str:
    """`day` in full: 令和8年11月23日; the first year of an era is 元年."""
    era = era_of(day)
    year = day.year - era.first.year + 1
    return f"{era.ja}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def short_wareki(day: date) -> str:
    """`day` in short: R8.11.23."""
    era = era_of(day)
    return f"{era.letter}{day.year - era.first.year + 1}.{day.month}.{day.day}"


def read_date(text: str) -> date:
    """The date that `text` names: 2026-11-23, 2026年11月23日, 令和8年11月23日 or R8.11.23; full-width digits too.

    Raises Refusal `unreadable-date` for anything else, for a day that does not exist and for one outside its era.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()
    if match := _ISO.fullmatch(plain):
        return _day(text, int(match["y"]), int(match["m"] or match["m2"]), int(match["d"] or match["d2"]))
    match = _WAREKI.fullmatch(plain)
    if match is None:
        raise unreadable_date(text)
    era = next(e for e in ERAS if match["era"] in (e.ja, e.letter))
    year = 1 if match["y"] == "元" else int(match["y"])
    day = _day(text, era.first.year + year - 1, int(match["m"]), int(match["d"]))
    if year < 1 or era_of(day) != era:
        raise unreadable_date(text)
    return day


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise unreadable_date(text) from error
