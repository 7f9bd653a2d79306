"""The yearly table for the public (FEATURES D9): how often the Act's steps were taken, with small numbers held back. Pure.

What must hold: a count of 1 to FEW - 1 is not shown, nor can it be worked out from what is shown: a row with a small quarter shows its
total alone (to hold back single cells is not enough: 4, 4, 4 and 5 beside their total would be told by it), and a small total not even
that. Zero is shown: that nothing was designated is what the public report says. Not promised: anything against who knows some of the
cases himself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.errors import Text

FEW = 5
"""House rule: counts below it, but for zero, are held back."""
QUARTERS = 4


@dataclass(frozen=True)
class Measure:
    """One row: the steps that count, by (kind of case, name of the step), and the article."""

    name: str
    title: Text
    basis: str
    steps: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """A measure's counts by quarter of the fiscal year, and their total; None is held back."""

    measure: Measure
    quarters: tuple[int | None, ...]
    total: int | None


def _measure(name: str, ja: str, en: str, basis: str, *steps: tuple[str, str]) -> Measure:
    return Measure(name, Text(ja, en), basis, frozenset(steps))


MEASURES = (
    _measure("sent", "内閣総理大臣への送付", "Sent to the Prime Minister", "ESPA 66(1), 66(2)", ("filing", "send")),
    _measure(
        "non_sending_notices", "不送付の通知", "Non-sending notices", "ESPA 66(10)", ("filing", "give_non_sending_notice")
    ),
    _measure(
        "prior_confirmations",
        "外国出願の事前確認",
        "Prior confirmations asked for",
        "ESPA 79(1)",
        ("confirmation", "request_confirmation"),
    ),
    _measure("designations", "保全指定", "Preservation designations", "ESPA 70(1)", ("filing", "designate")),
    _measure("extensions", "保全指定の期間の延長", "Extensions of a designation", "ESPA 70(3)", ("filing", "extend")),
    _measure(
        "ended", "保全指定の解除・満了", "Designations lifted or expired", "ESPA 77(1), 77(2)", ("filing", "lift"),
        ("filing", "expire"),
    ),
    _measure("not_designated", "保全指定をしない旨の通知", "Notices of non-designation", "ESPA 71",
             ("filing", "decide_not_to_designate")),
)  # fmt: skip


def fiscal_year(year: int) -> tuple[date, date]:
    """First and last day of Japan's fiscal year (Public Finance Act 11): 1 April to 31 March."""
    return date(year, 4, 1), date(year + 1, 3, 31)


def quarter_of(day: date) -> int:
    """The quarter of the fiscal year, 0 to 3."""
    return (day.month - 4) % 12 // 3


def table(steps: Mapping[tuple[str, str, int], int]) -> list[Row]:
    """The table of a year. steps: how often a step of a kind of case was taken in a quarter, (kind, name, quarter) -> count."""
    rows = []
    for measure in MEASURES:
        counts = [sum(steps.get((*step, quarter), 0) for step in measure.steps) for quarter in range(QUARTERS)]
        quarters, total = held_back(counts)
        rows.append(Row(measure, quarters, total))
    return rows


def held_back(counts: Sequence[int]) -> tuple[tuple[int | None, ...], int | None]:
    """The cells and their total as they may be shown."""
    total = sum(counts)
    small = any(0 < count < FEW for count in counts)
    return tuple(None if small else count for count in counts), None if 0 < total < FEW else total
