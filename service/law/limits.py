"""The last day of every limit, counted and explained: Civil Code 140-143, Holidays Act 2, policies/law/limits.toml.

What must hold: a day is counted from an event, a limit and a calendar, and says every step by article in both
languages; a period the law leaves to an authority, or to a word such as 遅滞なく, is refused by name and never given a
number.
Not promised: that our reading is right where a limit is marked "I" or "unverified"; its text then says what to check.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from service.errors import Refusal, Text
from service.law.calendar import DAY, Calendar, calendar
from service.law.limit_table import Limit, limits, limits_named
from service.law.period import Period, last_day
from service.law.start_days import start_day_66_4, start_day_78_3
from service.law.wareki import wareki

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
    """The last day of a period. start: day it is counted from. unmoved: last day before any holiday moved it.

    free_from: for a ban, the first free day. steps: the reasoning. calendar_sha256: the table it rests on.
    """

    limit: Limit
    start: date
    unmoved: date
    due: date
    free_from: date | None
    steps: tuple[Text, ...]
    calendar_sha256: str

    @property
    def basis(self) -> str:
        return self.limit.basis

    @property
    def why(self) -> Text:
        """The whole reasoning as one text."""
        return Text("".join(step.ja for step in self.steps), " ".join(step.en for step in self.steps))


def due(limit: Limit | str, start: date, *, closed: Calendar | None = None) -> Due:
    """The last day of `limit` counted from `start` (a Japan date), explained.

    Raises Refusal: `unknown-limit`; `no-number-in-law` where the law gives no number; `outside-calendar` where a limit
    that moves ends outside the table of holidays; `date-out-of-range`.
    """
    rule = limits_named(limit) if isinstance(limit, str) else limit
    table = closed or calendar()
    if rule.period is None:
        raise _no_number(rule)
    unmoved = last_day(start, rule.period, rule.count)
    day, moved = _rolled(rule, unmoved, table)
    free_from = day + DAY if rule.kind == "ban" else None
    steps = (*_counted(rule, rule.period, start, unmoved), *moved, *_closing(rule, day, free_from))
    return Due(rule, start, unmoved, day, free_from, steps, table.sha256)


def set_due(limit: Limit, start: date, last: date, *, closed: Calendar | None = None) -> Due:
    """A last day that the authority set itself (相当の期間): stored as it is, not moved, explained."""
    step = Text(
        f"【{limit.basis_ja}】{limit.title.ja}：末日は{show(last).ja}。"
        f"{limit.start_text.ja}により定められた日であり、計算したものではない。",
        f"[{limit.basis}] {limit.title.en}: the last day is {show(last).en}, set in "
        f"{limit.start_text.en}, not counted.",
    )
    return Due(limit, start, last, last, None, (step, _stays()), (closed or calendar()).sha256)


def show(day: date) -> Text:
    """A date for a reader: ISO with the Japanese era beside it."""
    return Text(f"{day.isoformat()}（{wareki(day)}）", f"{day.isoformat()} ({wareki(day)})")


def _counted(limit: Limit, period: Period, start: date, unmoved: date) -> tuple[Text, ...]:
    head = Text(
        f"【{limit.basis_ja}】{limit.title.ja}：{limit.start_text.ja}（{show(start).ja}）から{period.text.ja}。",
        f"[{limit.basis}] {limit.title.en}: {period.text.en} from {limit.start_text.en}, {show(start).en}.",
    )
    if limit.count == "after":
        first = Text(
            f"初日は算入せず、{(start + DAY).isoformat()}から起算する（民法140条）。",
            f"The first day is not counted; day 1 is {(start + DAY).isoformat()} (Civil Code 140).",
        )
    else:
        first = Text(
            f"条文に「起算して」とあるため、その日を1日目とする（{start.isoformat()}）。",
            f"The text says 'counting from' (起算して): that day is day 1 ({start.isoformat()}).",
        )
    if period.unit == "day":
        end = Text(
            f"{period.number}日目は{show(unmoved).ja}（民法141条）。",
            f"Day {period.number} is {show(unmoved).en} (Civil Code 141).",
        )
    else:
        end = Text(
            f"暦に従い、応当する日の前日（応当する日がないときは月の末日）の{show(unmoved).ja}に満了する（民法143条）。",
            "By calendar it ends the day before the matching day (or on the month's last day where there is none): "
            f"{show(unmoved).en} (Civil Code 143).",
        )
    return head, first, end


def _rolled(limit: Limit, unmoved: date, table: Calendar) -> tuple[date, tuple[Text, ...]]:
    if limit.holiday == "stays":
        return unmoved, (_stays(),)
    day, passed = table.next_open(unmoved)
    steps = []
    if passed:
        days = Text(
            "、".join(f"{d.isoformat()}は{r.ja}" for d, r in passed),
            ", ".join(f"{d.isoformat()} is {r.en}" for d, r in passed),
        )
        steps.append(
            Text(
                f"{days.ja}に当たるため、{show(day).ja}に移る（{limit.moves_by.ja}）。",
                f"{days.en}: it moves to {show(day).en} ({limit.moves_by.en}).",
            )
        )
    else:
        steps.append(Text("末日は休日に当たらない。", "The last day is not a closed day."))
    if not table.announced(day):
        steps.append(
            Text(
                f"{table.announced_through}年より後の春分・秋分の日は計算によるもので、官報で未公表である。",
                f"Equinox days after {table.announced_through} are calculated, not yet in the Official Gazette.",
            )
        )
    return day, tuple(steps)


def _stays() -> Text:
    return Text("この末日は休日でも移らない。", "This last day does not move on a closed day.")


def _closing(limit: Limit, day: date, free_from: date | None) -> tuple[Text, ...]:
    steps = []
    if free_from:
        steps.append(
            Text(
                f"{show(day).ja}まで禁止され、翌日{free_from.isoformat()}から禁止されない。",
                f"The ban binds through {show(day).en}; free from the next day, {free_from.isoformat()}.",
            )
        )
    if limit.reading:
        mark = Text("未確認", "unverified") if limit.confidence == "unverified" else Text("解釈", "our reading")
        steps.append(Text(f"（{mark.ja}：{limit.reading.ja}。）", f"({mark.en}: {limit.reading.en}.)"))
    return tuple(steps)


def _no_number(limit: Limit) -> Refusal:
    words = limit.words or Text("期限は行政庁が定める", "the authority sets the last day")
    text = Text(
        f"{limit.title.ja}：法律に数字の定めがありません（{words.ja}）。",
        f"{limit.title.en}: the law gives no number ({words.en}).",
    )
    return Refusal("no-number-in-law", 422, text, article=limit.basis)
