"""May this invention be filed abroad? ESPA Art. 78 (外国出願の禁止) as a pure function of the facts stated.

What must hold: free only if every Japanese application that holds the invention frees it; mixed outcomes answer banned
and `unsettled`; a designated invention is banned before anything else of Art. 66(1) is asked (78(2)); treaty
applications are outside the term "foreign application" (Order 14). The answer follows the facts of the case file and
promises nothing about facts it does not hold; whether an invention is one of Art. 66(1) is the caller's answer.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from service.errors import Text
from service.law.calendar import DAY, LAW
from service.law.foreign_case import Application, Case
from service.law.limits import show


@dataclass(frozen=True)
class Rule:
    """A reason: whether it frees, its basis (in both languages), its sentence."""

    name: str
    frees: bool
    basis: str
    basis_ja: str
    text: Text


@dataclass(frozen=True)
class ByApplication:
    """What one application says. three_months, ten_months: last day of each ban, None while its start day is open."""

    id: str
    rule: Rule
    three_months: date | None
    ten_months: date | None


@dataclass(frozen=True)
class Verdict:
    """The answer for one day. since, until: first and last day of the same answer, None where the facts show none."""

    on: date
    banned: bool
    since: date | None
    until: date | None
    rule: Rule
    unsettled: bool
    applications: tuple[ByApplication, ...]
    why: Text


def foreign_filing(case: Case, day: date) -> Verdict:
    """Whether a foreign application is banned on `day` (Japan date), since when, until when, by which rule."""
    rule, parts = _answer(case, day)
    since, until = _span(case, day, rule.frees)
    why = _why(rule, parts, since, until, case)
    return Verdict(day, not rule.frees, since, until, rule, _mixed(parts), parts, why)


def _answer(case: Case, day: date) -> tuple[Rule, tuple[ByApplication, ...]]:
    """78(1)-(2) on one day, in the order of LAW.md: the safe order."""
    held = [application for application in case.applications if application.there(day)]
    parts = tuple(_by_application(application, case, day) for application in held)
    if day < law()["in_force"]:
        return rules()["not_in_force"], parts
    if not case.made_in_japan:
        return rules()["not_made_in_japan"], parts
    if case.public_since and case.public_since <= day:
        return rules()["public"], parts
    if (
        case.prior_confirmation == "clearly_harmless"
        and case.prior_confirmation_on
        and case.prior_confirmation_on <= day
    ):
        return rules()["clearly_harmless"], parts
    designated = any(_designated(application, day) for application in held)
    if _by_treaty(case, designated):
        return rules()["treaty"], parts
    if designated:
        return rules()["designated"], parts
    if not _article_66_1(case, day):
        return rules()["not_article_66_1"], parts
    if not parts:
        return rules()["no_application"], parts
    if all(part.rule.frees for part in parts):
        return rules()["freed_by_application"], parts
    return rules()["unsettled" if _mixed(parts) else "not_freed"], parts


def _designated(application: Application, day: date) -> bool:
    """70(1), 77(2): the invention is among the designated ones and the notice of the end has not come."""
    return (
        application.designates and application.got("designation_notice", day) and not application.got("end_notice", day)
    )


def _by_treaty(case: Case, designated: bool) -> bool:
    """Order 14: the application at this destination is not a "foreign application"."""
    treaty = law()["treaties"].get(case.treaty or "")
    return (
        bool(treaty) and case.destination in treaty["destinations"] and (designated or not treaty["needs_designation"])
    )


def _article_66_1(case: Case, day: date) -> bool:
    """66(1) by the Order in force on `day`; before the first version stated, the first."""
    past = [version for version in case.article_66_1 if version <= day]
    return case.article_66_1[max(past) if past else min(case.article_66_1)]


def _by_application(application: Application, case: Case, day: date) -> ByApplication:
    three = application.last_of("foreign_ban_no_notice", "66_4", day)
    ten = application.last_of("foreign_ban_not_designated", "78_3", day)
    return ByApplication(application.id, rules()[_frees(application, case.asker, day, three, ten)], three, ten)


def _frees(application: Application, asker: str | None, day: date, three: date | None, ten: date | None) -> str:
    """Name of the rule by which this application frees the invention, or why it does not (78(1) proviso)."""
    for notice in ("non_sending_notice", "non_designation_notice", "end_notice"):
        if application.got(notice, day):
            return notice
    if application.got("designation_notice", day):
        return (
            "rest_of_designated"
            if asker is not None and asker == application.designated_applicant
            else "designated_for_others"
        )
    if three is None or ten is None:
        return "start_day_open"
    without_notice = not any(application.got(n, min(day, three)) for n in ("sending_notice_dispatched", "ended"))
    if day > three and without_notice:
        return "no_notice_in_time"
    ended = application.got("ended", min(day, ten))
    if day > ten and not ended:
        return "ten_months_passed"
    if without_notice:
        return "within_three_months"
    return "ended_before" if ended or application.got("ended", min(day, three)) else "within_ten_months"


def _mixed(parts: tuple[ByApplication, ...]) -> bool:
    """Some applications free the invention and some do not: LAW.md 6, point 5."""
    return len({part.rule.frees for part in parts}) == 2


def _span(case: Case, day: date, frees: bool) -> tuple[date | None, date | None]:
    """First and last day around `day` with the same answer."""
    changes = sorted(_changes(case))
    before = [change for change in changes if change <= day]
    after = [change for change in changes if change > day]
    since = None
    for change in reversed(before):
        if _answer(case, change)[0].frees != frees:
            break
        since = change
    else:
        since = None if _answer(case, (changes[0] if changes else day) - DAY)[0].frees == frees else since
    until = next((change - DAY for change in after if _answer(case, change)[0].frees != frees), None)
    return since, until


def _changes(case: Case) -> set[date]:
    """Every day on which the answer may change: the events, and the first day after each period."""
    days = {law()["in_force"], case.public_since, case.prior_confirmation_on, *case.article_66_1}
    for application in case.applications:
        days |= {application.filed, *application.dates.values()}
        for known in (application.filed, *application.dates.values()):
            for limit, table in (("foreign_ban_no_notice", "66_4"), ("foreign_ban_not_designated", "78_3")):
                last = application.last_of(limit, table, known)
                days.add(last + DAY if last else None)
    return {day for day in days if day is not None and day > date.min}


def _why(rule: Rule, parts: tuple[ByApplication, ...], since: date | None, until: date | None, case: Case) -> Text:
    ja, en = [f"{rule.text.ja}（{rule.basis_ja}）"], [f"{rule.text.en} ({rule.basis})"]
    for part in parts:
        ja.append(f"出願{part.id}：{part.rule.text.ja}（{part.rule.basis_ja}）")
        en.append(f"Application {part.id}: {part.rule.text.en} ({part.rule.basis})")
        for last, months in ((part.three_months, 3), (part.ten_months, 10)):
            if last:
                ja.append(f"{months}月の末日は{show(last).ja}。")
                en.append(f"Its {months} months end with {show(last).en}.")
    state = Text("自由" if rule.frees else "禁止", "free" if rule.frees else "banned")
    if since:
        ja.append(f"{show(since).ja}から{state.ja}。")
        en.append(f"It is {state.en} since {show(since).en}.")
        if since == law()["in_force"]:
            ja.append("（発明がその日より後にされたときは、発明の時から。）")
            en.append("(Where the invention was made later: since it was made.)")
    if until:
        ja.append(f"示された事実によれば{show(until).ja}まで{state.ja}。")
        en.append(f"On the facts stated it is {state.en} through {show(until).en}.")
    elif not rule.frees:
        ja.append("示された事実からは、禁止が終わる日は分からない。")
        en.append("The facts stated show no day on which the ban ends.")
    if case.prior_confirmation == "not_article_66_1":
        ja.append("79条2項の回答だけでは禁止は解けない（解釈）。")
        en.append("An answer under 79(2) does not by itself lift the ban (our reading).")
    return Text("".join(ja), " ".join(en))


@cache
def law() -> Mapping[str, Any]:
    """policies/law/foreign.toml."""
    return tomllib.loads((LAW / "foreign.toml").read_text(encoding="utf-8"))


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by name."""
    return {
        name: Rule(name, row["frees"], row["basis"], row["basis_ja"], Text(row["ja"], row["en"]))
        for name, row in law()["rules"].items()
    }
