"""The road of a confirmation is the Act's, row by row (tests/roads/confirmation.toml); each guard holds where it must and only there."""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from service.foreign import rules as r
from service.foreign.kind import CONFIRMATION, TOLD
from service.foreign.road import AWAITING, ROAD, TERMINAL, S
from service.foreign.rules import Facts, Past
from service.law.clocks import clock_rules, ended_states, reasons
from service.law.documents import documents
from service.law.judgment import Judgment
from service.workflow import Actor, Rule, Step
from tests.shared import ROOT

EXPECTED = tomllib.loads((ROOT / "tests/roads/confirmation.toml").read_text())
TODAY = date(2026, 6, 1)
DAY = timedelta(days=1)


def as_read(row: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """One line of the expected table as rows of the road."""
    for source in row["from"]:
        target = source if row["to"] == "=" else row["to"]
        yield (source, row["act"], target, row["who"], row.get("paper"), tuple(row.get("guards", ())))


def as_laid(step: Step) -> tuple[Any, ...]:
    guards = tuple(g.name for g in step.guards)
    return (str(step.source), step.name, str(step.target), str(step.actor), step.document, guards)


def sources(name: str) -> set[str]:
    return {s.source for s in ROAD.steps if s.name == name}


def test_the_road_is_the_table_of_the_act_row_by_row() -> None:  # LAW.md 3(b)
    expected = [read for row in EXPECTED["row"] for read in as_read(row)]
    assert len(expected) == len(set(expected))
    laid = {as_laid(step) for step in ROAD.steps}
    assert set(expected) - laid == set(), "the Act has these and the road has not"
    assert laid - set(expected) == set(), "the road has these and the Act has not"
    assert all(d["says"] and d["road"] and d["why"] for d in EXPECTED["difference"])


def test_the_answers_of_the_act_end_it_and_nothing_reopens_it() -> None:
    assert set(ROAD.states) == set(S) and set(ROAD.terminal) == set(TERMINAL) == set(S) - set(AWAITING)
    assert all(s.target == s.source for state in TERMINAL for s in ROAD.steps_from(state))


def test_the_prime_minister_s_two_answers_are_one_state() -> None:  # decision 0009
    assert {s.target for s in ROAD.rows(S.REFERRED, "answer_referral")} == {S.PM_ANSWERED}
    assert {s.target for s in ROAD.rows(S.PM_ANSWERED, "pass_on_answer")} == {S.ANSWERED}


def test_only_the_prime_minister_answers_a_referral_and_only_after_one() -> None:  # 79(3)
    assert {(s.source, s.actor) for s in ROAD.steps if s.name == "answer_referral"} == {(S.REFERRED, Actor.PM)}
    assert {s.name for s in ROAD.steps if s.target == S.ANSWERED and s.source != S.ANSWERED} == {"pass_on_answer"}


def test_a_requester_who_awaits_his_answer_may_the_same_however_far_it_is() -> None:
    """After the steps that he is not told of he may what he might before them: no refusal tells him of one."""
    hidden = [s for s in ROAD.steps if s.name not in TOLD and s.source != s.target]
    assert {s.name for s in hidden} == {"accept_request", "refer", "answer_referral"}
    for step in hidden:
        mine = [
            {s.name for s in ROAD.steps_from(state) if s.actor == Actor.APPLICANT}
            for state in (step.source, step.target)
        ]
        assert mine[0] == mine[1], step.name


def test_labels_do_not_move_and_nothing_lapses() -> None:
    assert {s.label for s in ROAD.steps} == {None}
    assert Actor.TIMER not in {s.actor for s in ROAD.steps}


@pytest.mark.parametrize("code", sorted({s.document for s in ROAD.steps if s.document}))
def test_each_paper_of_the_road_is_one_of_the_catalogue_sent_by_whose_act_it_is(code: str) -> None:
    assert {documents()[code].sender} == {s.actor for s in ROAD.steps if s.document == code}


def test_every_row_names_its_article() -> None:
    assert all(s.basis.startswith(("ESPA ", "CAO-METI Order ")) for s in ROAD.steps)


def test_every_state_has_a_reason_or_ends_and_the_clocks_name_only_steps_of_the_road() -> None:  # N5
    assert {state for state in AWAITING if ("confirmation", state) not in reasons()} == set()
    assert ended_states()["confirmation"] == ROAD.terminal
    for rule in clock_rules()["confirmation"]:
        assert {*rule.start, *rule.met, *rule.stopped} <= ROAD.names()
    assert set(CONFIRMATION.assigns) <= ROAD.names()


def facts(*past: Past, **said: Any) -> Facts:
    return Facts(**{"happened_on": TODAY, "past": past, **said})


ASKED = Past("ask_for_more", TODAY - 3 * DAY, TODAY - DAY)
OPEN_ENDED = Past("ask_for_more", TODAY - 3 * DAY)
SENT = Past("answer_demand", TODAY - 2 * DAY)
ANSWER, AGAIN = Past("answer_referral", TODAY, None, "1"), Past("answer_referral", TODAY, None, "2")
HOLDS = {
    r.nothing_awaited: ([facts(), facts(ASKED, SENT)], [facts(ASKED), facts(ASKED, SENT, OPEN_ENDED)]),
    r.something_asked: ([facts(ASKED), facts(ASKED, SENT, OPEN_ENDED)], [facts(), facts(ASKED, SENT)]),
    r.may_reject: (
        [facts(ground="fee"), facts(ground="filed_in_japan"), facts(ASKED, ground="form")],
        [
            facts(ground="form"),
            facts(ASKED, SENT, ground="form"),
            facts(OPEN_ENDED, ground="form"),
            facts(ASKED, ground="form", happened_on=TODAY - DAY),  # its last day is not over
        ],
    ),
    r.items_of_the_order: (
        [facts(), facts(judgment=Judgment(met=(1,)))],
        [facts(judgment=Judgment(met=(1,), unknown=(48,)))],
    ),
    r.meets_an_item: ([facts(judgment=Judgment(met=(1,)))], [facts(), facts(judgment=Judgment(unknown=(48,)))]),
    r.is_the_answer: (
        [facts(ANSWER, answer_of="1"), facts(ANSWER, AGAIN, answer_of="2")],
        [facts(ANSWER), facts(answer_of="1"), facts(ANSWER, AGAIN, answer_of="1")],
    ),
}


@pytest.mark.parametrize("guard", HOLDS, ids=lambda g: g.name)
def test_a_guard_holds_where_the_law_asks_it_and_only_there(guard: Rule) -> None:
    yes, no = HOLDS[guard]
    assert all(guard(f) for f in yes) and not any(guard(f) for f in no)


def test_each_guard_of_the_road_is_tried_here() -> None:
    assert {g.name for s in ROAD.steps for g in s.guards} == {g.name for g in HOLDS}
    assert {g.name for g in HOLDS} == {v.name for v in vars(r).values() if isinstance(v, Rule)}
