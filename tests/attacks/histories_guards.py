"""What must hold for a step of the road, as the Act says it, over the entries that stand. It imports nothing of the service."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from tests.shared import ROOT

DAY = timedelta(days=1)
DATES = ("translation_filed", "reference_documents_filed", "missing_part_completed", "divided", "converted")
"""66(4): the days from which the three months run, where they come; the latest counts."""
AWAITED = {"foreign-language": "translation_filed", "divisional": "divided"}
CLOSED = frozenset(tomllib.loads((ROOT / "policies/law/holidays.toml").read_text(encoding="utf-8"))["days"])


class Entry(Protocol):
    """What a guard looks at of an entry."""

    @property
    def name(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def on(self) -> date: ...
    @property
    def until(self) -> date | None: ...
    @property
    def application(self) -> str | None: ...


@dataclass(frozen=True)
class Asked:
    """An act as it is asked for: the entries that stand, its legal date, today, the last day it sets, what else it says."""

    past: Sequence[Entry]
    on: date
    today: date
    until: date | None
    body: Mapping[str, Any]

    def last(self, *names: str) -> Entry | None:
        return next((e for e in reversed(self.past) if e.name in names), None)

    @property
    def end(self) -> date | None:
        """The last day of the designation."""
        last = self.last("designate", "extend")
        return last.until if last else None


def months_on(first: date, months: int) -> date:
    """The last day of a period whose first day is `first` (Civil Code 143)."""
    month = first.month - 1 + months
    year, month = first.year + month // 12, month % 12 + 1
    try:
        return date(year, month, first.day) - DAY
    except ValueError:  # no such day in that month: its last day
        return date(year + month // 12, month % 12 + 1, 1) - DAY


def days_known(past: Sequence[Entry]) -> date | None:
    """66(4): the day the three months are counted from; None where it has not come."""
    filed = next((e for e in past if e.name == "file"), None)
    days = {e.name: e.on for e in past if e.name in DATES}
    if (
        filed is None
        or filed.application == "pct-national"
        or AWAITED.get(filed.application or "", "file") not in (*days, "file")
    ):
        return None
    return max([filed.on, *days.values()])


def fact_before_filing(past: Sequence[Entry]) -> bool:
    """Whether a day of 66(4) lies before the filing."""
    filed = next((e for e in past if e.name == "file"), None)
    if filed is None or days_known(past) is None:
        return False
    days = {e.name: e.on for e in past if e.name in DATES}
    return any(day < filed.on for day in days.values())


def _sending_end(a: Asked) -> date | None:
    day = days_known(a.past)
    return months_on(day + DAY, 3) if day else None


def _request_end(a: Asked) -> date | None:
    """As the sending period, and it moves on closed days; over once the request was made."""
    day = _sending_end(a)
    if day is None or a.last("request_non_sending_notice"):
        return None
    while (
        day.weekday() > 4
        or day.isoformat() in CLOSED
        or (day.month, day.day) >= (12, 29)
        or (day.month, day.day) <= (1, 3)
    ):
        day += DAY
    return day


FIELDS = [tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted((ROOT / "policies/law").glob("fields-*.toml"))]


def _named(a: Asked) -> Sequence[Mapping[str, Any]]:
    """The inventions that the act says meet an item."""
    return [said for said in (*a.body.get("inventions", ()), *a.body.get("asked", ())) if "item" in said]


def _item(a: Asked, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The item, as the Order has it that was in force when the application was filed (66(11)); None where it has none."""
    filed = a.last("file")
    assert filed is not None
    forces = [table["items"] for table in FIELDS if table["order"]["in_force_from"] <= filed.on]
    return next((item for item in forces[-1] if item["item"] == said["item"]), None) if forces else None


def _met(a: Asked) -> bool:
    """66(1): one invention meets one item, with the item's own limit and, where 12(2) asks, a requirement of 12(3)."""
    items = [(said, item) for said in _named(a) if (item := _item(a, said)) is not None]
    return any(
        ("content" not in item or said.get("content") == "yes")
        and (not item["additional"] or said.get("additional", "no") != "no")
        for said, item in items
    )


def _pct(a: Asked) -> bool:
    """As the filing was made, whatever anybody says of it later."""
    filed = a.last("file")
    return filed is not None and filed.application == "pct-national"


def _by(last: date | None, on: date) -> bool:
    return last is not None and on <= last


def _over(a: Asked, notice: str) -> bool:
    """The time for explanation that the latest notice set has ended."""
    last = a.last(notice)
    return last is not None and last.until is not None and last.until < a.on


def _extends(a: Asked) -> bool:
    """70(3): from the day after the last, by at most a year."""
    return a.end is not None and a.until is not None and a.end < a.until <= months_on(a.end + DAY, 12)


def _heard_again(a: Asked) -> bool:
    """Heard since the designation or its last extension."""
    names = [e.name for e in a.past]
    since = max(i for i, n in enumerate(names) if n in ("designate", "extend"))
    return "hear_applicant" in names[since:]


REVIEWED = {"SENT", "UNDER_REVIEW", "PRE_NOTICE", "DOCS_FILED", "CORRECTION_ASKED", "TERMINATION_NOTICED"}
ENDING = {"TERMINATED", "DESIGNATED", "LIFTED", "EXPIRED"}
"""66(8): from sending, and on until the notice of 71 or 77(2)."""


def _after(past: Sequence[Entry], name: str) -> Sequence[Entry]:
    """What came after the last of this name."""
    at = [n for n, e in enumerate(past) if e.name == name]
    return past[at[-1] + 1 :] if at else past


def _came_from(state: str) -> Callable[[Asked], bool]:
    def holds(a: Asked) -> bool:
        notice = a.last("notice_termination")
        return notice is not None and notice.source == state

    return holds


def _made(*names: str) -> Callable[[Asked], bool]:
    return lambda a: a.last(*names) is not None


GUARDS: Mapping[str, Callable[[Asked], bool]] = {
    "start-day-known": lambda a: _sending_end(a) is not None,
    "within-sending-period": lambda a: _by(_sending_end(a), a.on),
    "items-of-the-order": lambda a: all(_item(a, said) is not None for said in _named(a)),
    "has-ground-for-sending": lambda a: _met(a) or a.last("request_review") is not None,
    "no-ground-for-sending-left": lambda a: not _met(a) or bool(a.body.get("unnecessary")),
    "judged-by-itself": lambda a: True,  # these clients judge one by one
    "within-request-period": lambda a: _by(_request_end(a), a.on),
    "sending-period-over": lambda a: (end := _sending_end(a)) is not None and end < a.on,
    "non-sending-notice-requested": _made("request_non_sending_notice"),
    "applicant-heard": _made("hear_applicant"),
    "applicant-heard-again": _heard_again,
    "names-a-candidate-invention": lambda a: bool(a.body.get("inventions")),
    "names-an-invention": lambda a: bool(a.body.get("inventions")),
    "reviewed-at-applicants-request": _made("request_review"),
    "sets-explanation-period": lambda a: a.until is not None and a.until > a.on,
    "explanation-period-over": lambda a: _over(a, "notice_termination"),
    "breach-explanation-period-over": lambda a: _over(a, "notice_breach"),
    "ends-within-a-year": lambda a: a.until is not None and a.on <= a.until <= months_on(a.on, 12),
    "extends-by-at-most-a-year": _extends,
    "decided-in-time": lambda a: _by(a.end, a.on),
    "designation-over": lambda a: a.end is not None and a.end < a.on,
    "sending-notice-given": _made("sending_notice_dispatched"),
    "pm-told-of-pct-hit": _made("tell_pm_of_pct_hit"),
    "pm-told-of-dismissal": _made("tell_of_coming_dismissal"),
    "dismissal-found-proper": _made("find_dismissal_proper", "set_dismissal_pending"),
    "exit-after-sending-not-told": lambda a: (left := a.last("withdraw", "abandon", "notify_pm_of_exit")) is not None
    and left.name != "notify_pm_of_exit" and left.source in REVIEWED,
    "transfer-after-sending-not-told": lambda a: any(
        e.name == "transfer_right" and e.source in REVIEWED | ENDING for e in _after(a.past, "notify_pm_of_transfer")
    ),
    "not-pct-national": lambda a: not _pct(a),
    "pct-national": lambda a: _pct(a),
    **{f"came-from-{s.lower().replace('_', '-')}": _came_from(s) for s in ("UNDER_REVIEW", "PRE_NOTICE", "DOCS_FILED", "CORRECTION_ASKED")},
}  # fmt: skip
