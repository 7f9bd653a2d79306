"""The facts of a question about the foreign-filing ban, read strictly from TOML.

What must hold: a fact that is missing, misspelt or impossible is refused, named by its JSON pointer; none is guessed.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service.errors import Refusal, Text
from service.law.limits import last_day, limits_named
from service.law.start_days import FACTS_66_4, KINDS, start_day
from service.law.wareki import read_date

NOTICES = (
    "non_sending_notice",
    "designation_notice",
    "non_designation_notice",
    "end_notice",
    "sending_notice_dispatched",
    "ended",
)
CONFIRMATIONS = ("clearly_harmless", "not_clearly_harmless", "not_article_66_1")
TREATIES = ("us_1956", "iss", "us_space")


@dataclass(frozen=True)
class Application:
    """A Japanese application that holds the invention. dates: what happened when, by name (FACTS_66_4 and NOTICES).

    filed: filing date in law (the deemed one of a divisional or converted application). ended: dismissed, abandoned or
    withdrawn. designates: the Art. 70(1) notice names this very invention.
    """

    id: str
    filed: date
    kind: str
    dates: Mapping[str, date]
    designated_applicant: str | None = None
    designates: bool = False

    def got(self, name: str, day: date) -> bool:
        """Whether `name` had happened by the end of `day`."""
        return name in self.dates and self.dates[name] <= day

    def there(self, day: date) -> bool:
        """Whether the application had been made by `day` (a divisional is made on the day of division)."""
        return max([self.filed, *(self.dates[n] for n in ("divided", "converted") if n in self.dates)]) <= day

    def last_of(self, limit: str, table: str, day: date) -> date | None:
        """Last day of the ban by `limit`, on the start-day facts known on `day`; None while the start day is open."""
        start = start_day(table, self.kind, self.filed, {n: d for n, d in self.dates.items() if d <= day})
        rule = limits_named(limit)
        return last_day(start, rule.period, rule.count) if start and rule.period else None


@dataclass(frozen=True)
class Case:
    """A question: may `asker` file this invention abroad at `destination`?

    article_66_1: whether it is an Art. 66(1) invention (items and additional requirements), by first day of each
    version of the Order.
    """

    made_in_japan: bool
    public_since: date | None
    article_66_1: Mapping[date, bool]
    prior_confirmation: str | None
    prior_confirmation_on: date | None
    treaty: str | None
    destination: str | None
    asker: str | None
    applications: tuple[Application, ...]


def refuse_case(pointer: str, ja: str, en: str) -> Refusal:
    """422 `case-not-usable`: the fact at `pointer` cannot be used."""
    return Refusal("case-not-usable", 422, Text(f"{pointer}: {ja}", f"{pointer}: {en}"), pointer=pointer)


def read_case(content: str) -> Case:
    """The case that `content` (TOML) states. Raises Refusal `case-not-usable` naming what is wrong."""
    try:
        table = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise refuse_case("", "TOML として読めません。", f"not TOML: {error}") from error
    _only("", table, {"invention", "application"})
    facts = table.get("invention")
    if not isinstance(facts, dict):
        raise refuse_case("/invention", "表 [invention] がありません。", "the table [invention] is missing")
    keys = {
        "made_in_japan",
        "public_since",
        "article_66_1",
        "prior_confirmation",
        "prior_confirmation_on",
        "treaty",
        "destination",
        "asker",
    }
    _only("/invention", facts, keys)
    case = Case(
        made_in_japan=_flag("/invention/made_in_japan", facts.get("made_in_japan")),
        public_since=_date_or_none("/invention/public_since", facts.get("public_since")),
        article_66_1=_versions(facts.get("article_66_1")),
        prior_confirmation=_one_of("/invention/prior_confirmation", facts.get("prior_confirmation"), CONFIRMATIONS),
        prior_confirmation_on=_date_or_none("/invention/prior_confirmation_on", facts.get("prior_confirmation_on")),
        treaty=_one_of("/invention/treaty", facts.get("treaty"), TREATIES),
        destination=_word("/invention/destination", facts.get("destination")),
        asker=_word("/invention/asker", facts.get("asker")),
        applications=_applications(table.get("application", [])),
    )
    if (case.prior_confirmation is None) != (case.prior_confirmation_on is None):
        raise refuse_case(
            "/invention/prior_confirmation_on", "回答とその日は両方必要です。", "an answer and its day go together"
        )
    if case.treaty and not case.destination:
        raise refuse_case(
            "/invention/destination", "条約の例外には出願先が必要です。", "a treaty exception needs the destination"
        )
    return case


def _applications(rows: Any) -> tuple[Application, ...]:
    if not isinstance(rows, list):
        raise refuse_case("/application", "[[application]] として書いてください。", "write it as [[application]]")
    found = tuple(_application(f"/application/{index}", row) for index, row in enumerate(rows))
    if len({application.id for application in found}) != len(found):
        raise refuse_case("/application", "同じ id が二つあります。", "two applications have the same id")
    return found


def _application(at: str, row: Any) -> Application:
    if not isinstance(row, dict):
        raise refuse_case(at, "表ではありません。", "not a table")
    _only(at, row, {"id", "filed", "kind", "designated_applicant", "designates", *FACTS_66_4, *NOTICES})
    filed = _date_or_none(f"{at}/filed", row.get("filed"))
    name = _word(f"{at}/id", row.get("id"))
    if filed is None or name is None:
        raise refuse_case(f"{at}/{'filed' if filed is None else 'id'}", "必要です。", "this is needed")
    dates = {key: day for key in (*FACTS_66_4, *NOTICES) if (day := _date_or_none(f"{at}/{key}", row.get(key)))}
    early = next((key for key, day in dates.items() if day < filed), None)
    if early:
        raise refuse_case(f"{at}/{early}", "出願の日より前です。", "this is before the filing date")
    kind = _one_of(f"{at}/kind", row.get("kind", "ordinary"), KINDS) or "ordinary"
    designates = row.get("designates")
    if ("designation_notice" in dates) != (designates is not None):
        raise refuse_case(
            f"{at}/designates",
            "70条1項の通知の日とともに書いてください。",
            "this goes with the day of the Art. 70(1) notice",
        )
    applicant = _word(f"{at}/designated_applicant", row.get("designated_applicant"))
    return Application(name, filed, kind, dates, applicant, _flag(f"{at}/designates", designates or False))


def _only(at: str, table: Mapping[str, Any], keys: set[str]) -> None:
    for key in table:
        if key not in keys:
            raise refuse_case(
                f"{at}/{key}", "この名前の事実はありません。", f"no such fact; there are: {', '.join(sorted(keys))}"
            )


def _flag(at: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise refuse_case(at, "true か false が必要です。", "true or false is needed")
    return value


def _word(at: str, value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise refuse_case(at, "文字列が必要です。", "a text is needed")
    return value


def _one_of(at: str, value: Any, known: tuple[str, ...]) -> str | None:
    if value is not None and value not in known:
        raise refuse_case(at, f"次のいずれかです: {', '.join(known)}", f"one of: {', '.join(known)}")
    return None if value is None else str(value)


def _date_or_none(at: str, value: Any) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if not isinstance(value, str):
        raise refuse_case(at, "日付が必要です。", "a date is needed")
    try:
        return read_date(value)
    except Refusal as refusal:
        raise refuse_case(at, refusal.text.ja, refusal.text.en) from refusal


def _versions(value: Any) -> Mapping[date, bool]:
    """article_66_1: one answer for every version of the Order, or one per version by its first day."""
    at = "/invention/article_66_1"
    if isinstance(value, bool):
        return {date.min: value}
    if not isinstance(value, dict) or not value:
        raise refuse_case(
            at,
            "true、false 又は政令の版ごとの答えが必要です。",
            "true, false or an answer per version of the Order is needed",
        )
    return {read_date(day): _flag(f"{at}/{day}", answer) for day, answer in sorted(value.items())}
