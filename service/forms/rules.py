"""Rules over more than one field, by the name that a schema's `x-rules` gives them: the same in every channel.

A rule looks at one object of the form, as it is written so far (a field may be absent or of a wrong type: that is another fault), and names
the fields that do not hold. It touches no clock: the legal date is given.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.errors import Text

Said = Mapping[str, Any]
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Rule:
    """A rule: its article, the fields it finds wanting, what is wrong and what to do."""

    article: str
    find: Callable[[Said, date], Iterator[Path]]
    text: Text
    fix: Text


RULES: dict[str, Rule] = {}


def rule(article: str, text: Text, fix: Text) -> Callable[[Callable[[Said, date], Iterator[Path]]], None]:
    def named(find: Callable[[Said, date], Iterator[Path]]) -> None:
        RULES[find.__name__] = Rule(article, find, text, fix)

    return named


@rule(
    "CAO-METI Order 2",
    Text("発明の記載箇所がありません。", "Where the invention stands is not said."),
    Text("請求項の番号か明細書等の記載箇所の少なくとも一方を書いてください。", "Give the claim, the passage, or both."),
)
def claim_or_passage(said: Said, on: date) -> Iterator[Path]:
    """An invention is named by its claim or its passage."""
    if "claim" not in said and "passage" not in said:
        yield ("claim",)


@rule(
    "ESPA 79(1)",
    Text(
        "日本で特許出願をした発明については、事前確認を求められません。",
        "Prior confirmation is not for an invention filed in Japan.",
    ),
    Text(
        "特許出願をした場合は、送付をしない旨の通知の申出（66条10項）によってください。",
        "If it was filed, ask for the non-sending notice instead (66(10)).",
    ),
)
def not_filed_in_japan(said: Said, on: date) -> Iterator[Path]:
    """Who asks has not filed the invention in Japan."""
    if said.get("filed_in_japan") is True:
        yield ("filed_in_japan",)


@rule(
    "CAO-METI Order 5",
    Text("委託等の内容がありません。", "The commission is not described."),
    Text("委託した機関と委託の名称を書いてください。", "Name the agency and the commission."),
)
def commission_is_described(said: Said, on: date) -> Iterator[Path]:
    """A commission by the State or an agency is described."""
    if said.get("commissioned_by_state") is True and "commission" not in said:
        yield ("commission",)


@rule(
    "ESPA 79(5); Order 16",
    Text("印紙の合計が納付額と一致しません。", "The stamps do not add up to the fee."),
    Text("印紙の額面と枚数を確かめてください。", "Check the value and the number of the stamps."),
)
def fee_is_the_sum(said: Said, on: date) -> Iterator[Path]:
    """A fee paid in stamps is the sum of the stamps."""
    if said.get("paid_by") == "stamps":
        stamps = said.get("stamps") if isinstance(said.get("stamps"), list) else []
        if sum(_value(s) for s in stamps or []) != said.get("amount"):
            yield ("stamps",)


def _value(stamp: Any) -> int:
    value, count = (stamp.get("value"), stamp.get("count")) if isinstance(stamp, dict) else (0, 0)
    return value * count if type(value) is int and type(count) is int else 0


@rule(
    "CAO-METI Order 5",
    Text("明細書がありません。", "The description is wanting."),
    Text(
        "明細書（様式第4）を書くか、ファイルで送る書類に加えてください。",
        "Fill in Form 4, or name it among the papers sent as files.",
    ),
)
def description_is_attached(said: Said, on: date) -> Iterator[Path]:
    """A description comes with the request, in the form or as a file."""
    attached = said.get("attached")
    if "description" not in said and not (isinstance(attached, list) and "description" in attached):
        yield ("description",)


@rule(
    "CAO-METI Order 5",
    Text("発明の名称が明細書と異なります。", "The description has another title."),
    Text("申出書と明細書の発明の名称を同じにしてください。", "Give the request and the description the same title."),
)
def same_title(said: Said, on: date) -> Iterator[Path]:
    """Request and description are of one invention."""
    form4 = said.get("description")
    if isinstance(form4, dict) and {"title"} <= form4.keys() & said.keys() and form4["title"] != said["title"]:
        yield ("description", "title")


@rule(
    "CAO-METI Order 5",
    Text("図面がありますが、図面の簡単な説明がありません。", "There are drawings, but no brief description of them."),
    Text("明細書に図面の簡単な説明を書いてください。", "Write the brief description of the drawings."),
)
def drawings_are_described(said: Said, on: date) -> Iterator[Path]:
    """Drawings are described in the description."""
    form4 = said.get("description")
    if "drawings" in said and isinstance(form4, dict) and "brief_drawings" not in form4:
        yield ("description", "brief_drawings")


@rule(
    "CAO-METI Order 5",
    Text("同じ図番号が二度あります。", "The number of this figure stands twice."),
    Text("図ごとに別の番号を付けてください。", "Give each figure a number of its own."),
)
def figures_once(said: Said, on: date) -> Iterator[Path]:
    """Each figure has its own number."""
    figures = said.get("figures")
    met: set[str] = set()
    for index, figure in enumerate(figures if isinstance(figures, list) else ()):
        number = figure.get("number") if isinstance(figure, dict) else None
        if isinstance(number, str) and number in met:
            yield ("figures", index, "number")
        met |= {number} if isinstance(number, str) else set()


@rule(
    "Patent Act 44(2), 46(6)",
    Text(
        "原出願の日は分割出願と変更出願だけのものです。", "Only a divisional or converted application has an original."
    ),
    Text("出願の種類を確かめるか、空欄にしてください。", "Look at the kind of application, or leave it empty."),
)
def original_of_a_divisional(said: Said, on: date) -> Iterator[Path]:
    """Only a divisional or converted application states the filing date of an original."""
    if said.get("original_filed_on") is not None and said.get("application") not in ("divisional", "converted"):
        yield ("original_filed_on",)


@rule(
    "house rule",
    Text("提出の日より後の日付です。", "The day lies after the day of the submission."),
    Text("提出の日までの日付にしてください。", "Give a day up to that of the submission."),
)
def not_in_the_future(said: Said, on: date) -> Iterator[Path]:
    """No day that is stated as past lies after the legal date."""
    for name, value in said.items():
        for index, day in enumerate(value) if isinstance(value, list) and name.endswith("_dates") else [(None, value)]:
            if (name.endswith(("_on", "_dates"))) and _after(day, on):
                yield (name,) if index is None else (name, index)


def _after(day: Any, on: date) -> bool:
    try:
        return isinstance(day, str) and date.fromisoformat(day) > on
    except ValueError:
        return False
