"""Guards of the confirmation's road: each one expression with a name, over plain facts. No session, no clock, no person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.law.judgment import NOTHING_JUDGED, Judgment
from service.workflow import rule


@dataclass(frozen=True)
class Past:
    """One event that stands: name of the step, its legal date, the last day that it set, its id."""

    name: str
    happened_on: date
    until: date | None = None
    id: str = ""


@dataclass(frozen=True)
class Facts:
    """What the guards may look at: the act as it is meant, and the events that stand, oldest first.

    judgment: what the act judges of the inventions, under the Order in force on its day.
    ground: what a rejection rests on: "fee", "filed_in_japan" or "form". answer_of: the event whose answer the act carries.
    """

    happened_on: date
    past: Sequence[Past] = ()
    judgment: Judgment = NOTHING_JUDGED
    ground: str | None = None
    answer_of: str | None = None

    @property
    def awaited(self) -> Sequence[Past]:
        """The demands that are not answered; an answer is one to the oldest of them."""
        answers = sum(p.name == "answer_demand" for p in self.past)
        return [p for p in self.past if p.name == "ask_for_more"][answers:]


@rule(
    "求めに対する提出がまだありません。",
    "What was asked for has not come yet.",
    "CAO-METI Order 5",
)
def nothing_awaited(f: Facts) -> bool:
    return not f.awaited


@rule("提出を求められているものはありません。", "Nothing has been asked for.", "CAO-METI Order 5")
def something_asked(f: Facts) -> bool:
    return bool(f.awaited)


@rule(
    "方式の不備による却下は、期限を定めて補正を求め、その期限が過ぎても提出がないときに限ります。",
    "A fault of form ends the request only once its correction was asked for by a day, and that day has passed without one.",
    "CAO-METI Order 5; house rule",
)
def may_reject(f: Facts) -> bool:
    return f.ground in ("fee", "filed_in_japan") or any(p.until and p.until < f.happened_on for p in f.awaited)


@rule(
    "施行令12条1項にその号はありません。",
    "The Order in force has no such item.",
    "ESPA 66(1), 79(3); Order 12(1)",
)
def items_of_the_order(f: Facts) -> bool:
    return not f.judgment.unknown


@rule(
    "確認を求めるには、一つの発明が一つの号の全部（問いがあればそのすべて）に該当する旨の判断が必要です。",
    "A referral needs one invention that meets one item whole, every question it puts answered yes.",
    "ESPA 66(1), 79(3)",
)
def meets_an_item(f: Facts) -> bool:
    return bool(f.judgment.met)


@rule(
    "内閣総理大臣の現在の回答をそのまま伝える必要があります。",
    "What is passed on is the Prime Minister's answer as it stands now.",
    "ESPA 79(4)",
)
def is_the_answer(f: Facts) -> bool:
    answers = [p.id for p in f.past if p.name == "answer_referral"]
    return bool(answers) and f.answer_of == answers[-1]
