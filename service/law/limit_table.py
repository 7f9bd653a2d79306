"""The limits of the law as frozen objects: policies/law/limits.toml, read once and checked.

What must hold: a limit that contradicts itself does not load; what the law leaves open (a date the authority sets,
a word such as 遅滞なく) has no period here either.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from service.errors import Refusal, Text
from service.law.calendar import LAW
from service.law.period import Period

COUNTS = ("after", "including")
HOLIDAYS = ("moves", "stays")
KINDS = ("act", "ban", "validity")
CONFIDENCES = ("V", "I", "unverified")
_PERIOD = re.compile(r"(\d+) (day|month|year)s?")


@dataclass(frozen=True)
class Limit:
    """One limit of limits.toml. period: None where the authority sets the day or the law has a word (`words`)."""

    name: str
    title: Text
    basis: str
    basis_ja: str
    period: Period | None
    set_by_authority: bool
    words: Text | None
    start_event: str
    start_text: Text
    count: str
    holiday: str
    moves_by: Text
    kind: str
    confidence: str
    reading: Text | None


def limits_named(name: str) -> Limit:
    """The limit of that name. Raises Refusal `unknown-limit`, naming those there are."""
    table = limits()
    if name not in table:
        known = ", ".join(sorted(table))
        raise Refusal(
            "unknown-limit",
            422,
            Text(f"そのような期限はありません。あるもの: {known}", f"No such limit. There are: {known}"),
        )
    return table[name]


@cache
def limits() -> Mapping[str, Limit]:
    """Every limit of policies/law/limits.toml by name. Raises ValueError naming a limit that contradicts itself."""
    return read_limits((LAW / "limits.toml").read_bytes())


def read_limits(content: bytes) -> Mapping[str, Limit]:
    """The limits that `content` (TOML, UTF-8) describes. Raises ValueError naming the first that does not hold."""
    return {name: _limit(name, row) for name, row in tomllib.loads(content.decode("utf-8"))["limits"].items()}


def _limit(name: str, row: Mapping[str, str]) -> Limit:
    match = _PERIOD.fullmatch(row["period"])
    wrong = (
        (match is None and row["period"] not in ("set", "none"))
        or row["count"] not in COUNTS
        or row["holiday"] not in HOLIDAYS
        or row["kind"] not in KINDS
        or row["confidence"] not in CONFIDENCES
        or (row["confidence"] == "unverified" and "reading_en" not in row)
        or ((row["period"] == "none") != ("words_en" in row))
    )
    if wrong:
        raise ValueError(f"limits.toml: {name} does not hold together")
    return Limit(
        name=name,
        title=Text(row["ja"], row["en"]),
        basis=row["basis"],
        basis_ja=row["basis_ja"],
        period=Period(int(match[1]), match[2]) if match else None,  # type: ignore[arg-type]
        set_by_authority=row["period"] == "set",
        words=Text(row["words_ja"], row["words_en"]) if "words_en" in row else None,
        start_event=row["from"],
        start_text=Text(row["from_ja"], row["from_en"]),
        count=row["count"],
        holiday=row["holiday"],
        moves_by=Text(row.get("moves_by_ja", "休日法2条"), row.get("moves_by", "Holidays Act 2")),
        kind=row["kind"],
        confidence=row["confidence"],
        reading=Text(row["reading_ja"], row["reading_en"]) if "reading_en" in row else None,
    )
