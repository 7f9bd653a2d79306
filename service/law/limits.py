"""The last day of every limit, counted and explained: Civil Code 140-143, Holidays Act 2, policies/law/limits.toml.

What must hold: a day is counted from an event, a limit and a calendar, and says every step by article in both
languages; a period the law leaves to an authority, or to a word such as 遅滞なく, is refused by name and never given a
number.
Not promised: that our reading is right where a limit is marked "I" or "unverified"; its text then says what to check.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from service.errors import Refusal, Text
from service.law import limits_explained as explained
from service.law.calendar import DAY, Calendar, calendar
from service.law.limit_table import Limit, limits, limits_named
from service.law.limits_explained import show
from service.law.period import Period, last_day
from service.law.start_days import start_day_66_4, start_day_78_3
from service.law.wareki import era_of

Limits = Mapping[str, Limit]

__all__ = [
    "DAY",
    "Due",
    "Limit",
    "Limits",
    "Period",
    "due",
    "last_day",
    "limits",
    "limits_named",
    "set_due",
    "show",
    "start_day_66_4",
    "start_day_78_3",
]


@dataclass(frozen=True)
class Due:
    """The last day of a period. start: day it is counted from. unmoved: last day before any holiday moved it; last: after.

    free_from: for a ban, the first free day. closed: the table of holidays it rests on. set_to: the day the authority set, where it set one
    before the longest day that the law allows.
    """

    limit: Limit
    start: date
    unmoved: date
    last: date
    free_from: date | None
    closed: Calendar = field(repr=False)
    set_to: date | None = None

    @property
    def due(self) -> date:
        """The last day."""
        return self.set_to or self.last

    @property
    def basis(self) -> str:
        return self.limit.basis

    @property
    def calendar_sha256(self) -> str:
        """SHA-256 (hex) of the table of holidays."""
        return self.closed.sha256

    @property
    def steps(self) -> tuple[Text, ...]:
        """The reasoning, made when asked: most last days are shown without it."""
        if self.limit.period is None:
            return explained.set_by_authority(self.limit, self.last)
        steps = (
            *explained.counted(self.limit, self.limit.period, self.start, self.unmoved),
            *explained.moved(self.limit, self.unmoved, self.closed),
            *explained.closing(self.limit, self.last, self.free_from),
        )
        return (*steps, explained.shortened(self.set_to)) if self.set_to else steps

    @property
    def why(self) -> Text:
        """The whole reasoning as one text."""
        steps = self.steps
        return Text("".join(step.ja for step in steps), " ".join(step.en for step in steps))


def due(limit: Limit | str, start: date, *, closed: Calendar | None = None) -> Due:
    """The last day of `limit` counted from `start` (a Japan date), explained.

    Raises Refusal: `unknown-limit`; `no-number-in-law` where the law gives no number; `outside-calendar` where a limit
    that moves ends outside the table of holidays; `date-out-of-range`; `unreadable-date` before 1873.
    """
    rule = limits_named(limit) if isinstance(limit, str) else limit
    table = closed or calendar()
    if rule.period is None:
        raise _no_number(rule)
    era_of(start)
    unmoved = last_day(start, rule.period, rule.count)
    day = unmoved if rule.holiday == "stays" else table.next_open(unmoved)[0]
    return Due(rule, start, unmoved, day, day + DAY if rule.kind == "ban" else None, table)


def set_due(limit: Limit, start: date, last: date, *, closed: Calendar | None = None) -> Due:
    """A last day that the authority set itself (相当の期間): stored as it is, not moved, explained. Raises Refusal `unreadable-date`."""
    era_of(last)
    return Due(limit, start, last, last, None, closed or calendar())


def _no_number(limit: Limit) -> Refusal:
    words = limit.words or Text("期限は行政庁が定める", "the authority sets the last day")
    text = Text(
        f"{limit.title.ja}：法律に数字の定めがありません（{words.ja}）。",
        f"{limit.title.en}: the law gives no number ({words.en}).",
    )
    return Refusal("no-number-in-law", 422, text, article=limit.basis)
