"""The foreign-filing ban of Art. 78: cases worked out by hand, and LAW.md's own function written out a second time."""

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import Refusal
from service.law.foreign import foreign_filing, law, rules
from service.law.foreign_case import Application, Case, read_case
from tests.law.oracle import last_day_by_leaves

CASES = tomllib.loads((Path(__file__).parent / "cases_foreign.toml").read_text(encoding="utf-8"))["case"]
ANSWERS = [
    pytest.param(case["facts"], answer, id=f"{case['why'][:60]} {answer['on']}")
    for case in CASES
    for answer in case["answers"]
]


@pytest.mark.parametrize(("facts", "answer"), ANSWERS)
def test_the_ban_answers_as_worked_out_by_hand(facts: str, answer: dict[str, Any]) -> None:
    verdict = foreign_filing(read_case(facts), date.fromisoformat(answer["on"]))
    assert (verdict.banned, verdict.rule.name) == (answer["banned"], answer["rule"])
    assert verdict.unsettled == answer.get("unsettled", False)
    for name in ("since", "until"):
        if name in answer:
            assert getattr(verdict, name) == date.fromisoformat(answer[name]), name
    if "part" in answer:
        assert [part.rule.name for part in verdict.applications] == [answer["part"]]


def test_every_rule_of_the_table_is_reached_by_a_case() -> None:
    reached = {a["rule"] for c in CASES for a in c["answers"]} | {
        a["part"] for c in CASES for a in c["answers"] if "part" in a
    }
    assert reached == set(rules())


DAYS = st.dates(date(2024, 5, 1), date(2027, 6, 1))
NOTICES = [
    "sending_notice_dispatched",
    "non_sending_notice",
    "designation_notice",
    "non_designation_notice",
    "end_notice",
    "ended",
]


@st.composite
def applications(draw: st.DrawFn) -> Application:
    filed = draw(st.dates(date(2024, 5, 1), date(2026, 6, 1)))
    kind = draw(st.sampled_from(["ordinary", "foreign-language", "divisional", "converted"]))
    later = st.integers(0, 500).map(lambda n: filed + timedelta(days=n))
    names = draw(st.sets(st.sampled_from(NOTICES), max_size=3))
    awaited = {"foreign-language": "translation_filed", "divisional": "divided", "converted": "converted"}.get(kind)
    dates = {name: draw(later) for name in sorted(names | ({awaited} if awaited and draw(st.booleans()) else set()))}
    applicant = draw(st.sampled_from(["P1", "P2"]))
    return Application(
        draw(st.sampled_from("ABCDEF")),
        filed,
        kind,
        dates,
        applicant,
        draw(st.booleans()) and "designation_notice" in dates,
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    return Case(
        made_in_japan=draw(st.sampled_from([True, True, True, False])),
        public_since=draw(st.none() | DAYS),
        article_66_1={date.min: draw(st.sampled_from([True, True, False]))},
        prior_confirmation=None,
        prior_confirmation_on=None,
        treaty=None,
        destination=None,
        asker=draw(st.none() | st.sampled_from(["P1", "P2"])),
        applications=tuple(draw(st.lists(applications(), max_size=3))),
    )


def banned_by_law_md(case: Case, day: date) -> bool:
    """foreign_filing_banned of LAW.md, written out with its own counting of months."""
    if not case.made_in_japan or (case.public_since is not None and case.public_since <= day):
        return False
    made = {"divisional": "divided", "converted": "converted"}
    held = [
        a
        for a in case.applications
        if a.filed <= day and all(a.dates.get(n, day) <= day for n in made.values())
    ]  # fmt: skip
    for a in held:
        if _got(a, "designation_notice", day) and not _got(a, "end_notice", day) and a.designates:
            return True
    return case.article_66_1[date.min] and not (bool(held) and all(_frees(a, day, case.asker) for a in held))


def _got(a: Application, name: str, day: date) -> bool:
    return a.dates.get(name, date.max) <= day


def _frees(a: Application, day: date, who: str | None) -> bool:
    if _got(a, "non_sending_notice", day) or _got(a, "non_designation_notice", day) or _got(a, "end_notice", day):
        return True
    if _got(a, "designation_notice", day):
        return who == a.designated_applicant
    facts = {n: d for n, d in a.dates.items() if d <= day}
    if a.kind == "foreign-language" and "translation_filed" not in facts:
        return False
    if (
        a.kind in ("divisional", "converted")
        and {"divisional": "divided", "converted": "converted"}[a.kind] not in facts
    ):
        return False
    of_66 = [facts[n] for n in ("translation_filed", "divided", "converted") if n in facts]
    of_78 = [facts[n] for n in ("translation_filed", "converted") if n in facts]
    three = last_day_by_leaves(max(of_66) if of_66 else a.filed, 3, "month", "after")
    ten = last_day_by_leaves(max(of_78) if of_78 else a.filed, 10, "month", "after")
    if day > three and not _got(a, "sending_notice_dispatched", three) and not _got(a, "ended", three):
        return True
    return day > ten and not _got(a, "ended", ten)


@settings(deadline=None)
@given(cases(), DAYS)
def test_the_answer_is_the_one_of_the_function_in_law_md(case: Case, day: date) -> None:
    assert foreign_filing(case, day).banned == banned_by_law_md(case, day)


@settings(deadline=None)
@given(cases(), DAYS)
def test_since_and_until_are_the_first_and_last_day_of_the_same_answer(case: Case, day: date) -> None:
    verdict = foreign_filing(case, day)
    for border, outside in ((verdict.since, -1), (verdict.until, 1)):
        if border is not None:
            assert foreign_filing(case, border).banned == verdict.banned
            assert foreign_filing(case, border + timedelta(days=outside)).banned != verdict.banned
    if verdict.since and verdict.until:
        for step in range(0, (verdict.until - verdict.since).days, 23):
            assert foreign_filing(case, verdict.since + timedelta(days=step)).banned == verdict.banned


@settings(deadline=None)
@given(cases(), DAYS)
def test_free_by_an_application_means_every_application_frees_it(case: Case, day: date) -> None:
    verdict = foreign_filing(case, day)
    if verdict.rule.name == "freed_by_application":
        assert verdict.applications
        assert all(part.rule.frees for part in verdict.applications)
    if verdict.unsettled and verdict.rule.name in ("unsettled", "designated", "not_freed", "freed_by_application"):
        assert verdict.banned
    assert verdict.rule.basis in verdict.why.en
    assert verdict.rule.basis_ja in verdict.why.ja


GOOD = '[invention]\nmade_in_japan = true\narticle_66_1 = true\n[[application]]\nid = "A"\nfiled = 2026-01-15\n'


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ("not toml", ""),
        ("[invention", ""),
        ("", "/invention"),
        ("invention = 1", "/invention"),
        (GOOD + "[other]\n", "/other"),
        (GOOD.replace("made_in_japan = true\n", ""), "/invention/made_in_japan"),
        (GOOD.replace("made_in_japan = true", 'made_in_japan = "yes"'), "/invention/made_in_japan"),
        (GOOD.replace("article_66_1 = true\n", ""), "/invention/article_66_1"),
        (GOOD.replace("article_66_1 = true", "article_66_1 = 1"), "/invention/article_66_1"),
        (GOOD.replace("article_66_1 = true", "article_66_1 = {}"), "/invention/article_66_1"),
        (GOOD.replace("article_66_1", "article_66"), "/invention/article_66"),
        (GOOD.replace("filed = 2026-01-15\n", ""), "/application/0/filed"),
        (GOOD.replace('id = "A"\n', ""), "/application/0/id"),
        (GOOD.replace('"A"', '" "'), "/application/0/id"),
        (GOOD.replace("2026-01-15", '"2026-01-35"'), "/application/0/filed"),
        (GOOD.replace("2026-01-15", "2026-01-15T09:00:00Z"), "/application/0/filed"),
        (GOOD.replace("2026-01-15", "20260115"), "/application/0/filed"),
        (GOOD + 'kind = "utility"\n', "/application/0/kind"),
        (GOOD + 'kind = "pct-national"\n', "/application/0/kind"),
        (GOOD + "ended = 2026-01-14\n", "/application/0/ended"),
        (GOOD + "sent = 2026-02-14\n", "/application/0/sent"),
        (GOOD + "designation_notice = 2026-09-01\n", "/application/0/designates"),
        (GOOD + "designates = true\n", "/application/0/designates"),
        (GOOD + '[[application]]\nid = "A"\nfiled = 2026-01-16\n', "/application"),
        ('application = "A"\n' + GOOD.split("[[")[0], "/application"),
        ("application = [1]\n" + GOOD.split("[[")[0], "/application/0"),
        (GOOD.replace("[[app", 'treaty = "iss"\n[[app'), "/invention/destination"),
        (GOOD.replace("[[app", 'treaty = "nato"\n[[app'), "/invention/treaty"),
        (GOOD.replace("[[app", 'prior_confirmation = "clearly_harmless"\n[[app'), "/invention/prior_confirmation_on"),
        (GOOD.replace("[[app", "prior_confirmation_on = 2026-01-01\n[[app"), "/invention/prior_confirmation_on"),
    ],
)
def test_a_fact_that_cannot_be_used_is_refused_and_named(facts: str, pointer: str) -> None:
    with pytest.raises(Refusal, match="case-not-usable") as refused:
        read_case(facts)
    assert refused.value.pointer == pointer


def test_the_treaties_of_the_order_are_three() -> None:  # Order 14
    assert {row["basis"] for row in law()["treaties"].values()} == {"Order 14(i)", "Order 14(ii)", "Order 14(iii)"}
