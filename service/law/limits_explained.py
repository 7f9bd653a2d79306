"""The reasoning behind a last day, in words: each step by article, in both languages, written only when somebody asks for it.

What must hold: the words are made from the same limit, days and table of holidays that the last day was counted with (limits.py).
"""

from datetime import date

from service.errors import Text
from service.law.calendar import DAY, Calendar
from service.law.limit_table import Limit
from service.law.period import Period
from service.law.wareki import wareki


def show(day: date) -> Text:
    """A date for a reader: ISO with the Japanese era beside it."""
    return Text(f"{day.isoformat()}（{wareki(day)}）", f"{day.isoformat()} ({wareki(day)})")


def counted(limit: Limit, period: Period, start: date, unmoved: date) -> tuple[Text, ...]:
    """From which day the period was counted, and on which day it ends before any holiday moves it (Civil Code 140, 141, 143)."""
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


def moved(limit: Limit, unmoved: date, table: Calendar) -> tuple[Text, ...]:
    """Whether a closed day moved the last day, and where the table of holidays is calculated and not announced."""
    if limit.holiday == "stays":
        return (stays(),)
    day, passed = table.next_open(unmoved)
    if not passed:
        return Text("末日は休日に当たらない。", "The last day is not a closed day."), *_calculated(day, table)
    days = Text(
        "、".join(f"{d.isoformat()}は{r.ja}" for d, r in passed),
        ", ".join(f"{d.isoformat()} is {r.en}" for d, r in passed),
    )
    to = Text(
        f"{days.ja}に当たるため、{show(day).ja}に移る（{limit.moves_by.ja}）。",
        f"{days.en}: it moves to {show(day).en} ({limit.moves_by.en}).",
    )
    return to, *_calculated(day, table)


def _calculated(day: date, table: Calendar) -> tuple[Text, ...]:
    if table.announced(day):
        return ()
    return (
        Text(
            f"{table.announced_through}年より後の春分・秋分の日は計算によるもので、官報で未公表である。",
            f"Equinox days after {table.announced_through} are calculated, not yet in the Official Gazette.",
        ),
    )


def stays() -> Text:
    """That no closed day moves the last day."""
    return Text("この末日は休日でも移らない。", "This last day does not move on a closed day.")


def closing(limit: Limit, day: date, free_from: date | None) -> tuple[Text, ...]:
    """What a ban leaves free, and how sure the reading of the law is."""
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


def set_by_authority(limit: Limit, last: date) -> tuple[Text, ...]:
    """A last day that was set by an act (相当の期間)."""
    step = Text(
        f"【{limit.basis_ja}】{limit.title.ja}：末日は{show(last).ja}。"
        f"{limit.start_text.ja}により定められた日であり、計算したものではない。",
        f"[{limit.basis}] {limit.title.en}: the last day is {show(last).en}, set in "
        f"{limit.start_text.en}, not counted.",
    )
    return step, stays()


def shortened(last: date) -> Text:
    """That the authority set a day before the longest the law allows."""
    return Text(f"期間の末日は{show(last).ja}と定められた。", f"The last day was set to {show(last).en}.")
