"""P14: the policies decide as the law and the house rules read (tests/attacks/access_law.py), in every cell of the matrix.

What it does not show: that the attributes are true (P15, P25), or that the rules are the right ones; both readings are ours.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import cedarpy
import pytest

from service.access.decide import Policies, Question
from tests.attacks import access_matrix
from tests.attacks.access_faults import FAULTS, FOLDER, planted
from tests.attacks.access_law import may
from tests.attacks.access_matrix import ACTIONS, PRINCIPALS, RESOURCES, TOTAL, Cell, Opened, cell, differences
from tests.attacks.campaign import Campaign

POLICIES = Policies.load(FOLDER)
CHUNK = 8192
STRIDE = 498_973
"""Prime to TOTAL: numbers in this step come to every cell once, and early to every corner."""


def order(rng: random.Random) -> Iterator[Cell]:
    start = rng.randrange(TOTAL)
    return (cell((start + n * STRIDE) % TOTAL) for n in range(TOTAL))


@pytest.mark.attack("P14", full=TOTAL)
def test_every_decision_is_that_of_the_law(campaign: Campaign) -> None:
    assert (len(PRINCIPALS), len(RESOURCES), {len(a) for a in ACTIONS}) == (48, 120, {40})
    cells, batch = order(campaign.rng()), []
    for _ in campaign.rounds():
        batch.append(next(cells))
        if len(batch) == CHUNK:
            failed, batch = differences(batch, POLICIES, may), []
            for what in failed:
                campaign.fail(what)
    for what in differences(batch, POLICIES, may):
        campaign.fail(what)
    campaign.passed()


@pytest.mark.attack("P14")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_policies_is_found(campaign: Campaign, name: str) -> None:
    fault = FAULTS[name]
    campaign.plant(name, found(planted(fault), fault.actions, campaign.rng(name)))


def found(policies: Policies, actions: tuple[str, ...], rng: random.Random) -> bool:
    """Whether the matrix shows a difference, looked for where it can be."""
    batch: list[Cell] = []
    for one in order(rng):
        if one.act[0] in actions:
            batch.append(one)
        if len(batch) == 1000:
            if differences(batch, policies, may):
                return True
            batch = []
    return bool(differences(batch, policies, may))


def _ended_facts_hold(f: Opened, today: date) -> bool:
    return f.start <= today


def _facts_to_come_hold(f: Opened, today: date) -> bool:
    return f.until is None or today <= f.until


def _last_day_is_over(f: Opened, today: date) -> bool:
    return f.start <= today and (f.until is None or today < f.until)


READINGS = {
    "ended facts hold": ("_holds", _ended_facts_hold),
    "facts to come hold": ("_holds", _facts_to_come_hold),
    "the last day is over": ("_holds", _last_day_is_over),
    "a post holds in any office": ("_post", lambda f: (f.values["office"], f.values["role"])),
    "every level clears": ("_clears", lambda f: True),
}


@pytest.mark.attack("P14")
@pytest.mark.parametrize("name", READINGS)
def test_a_fault_in_reading_facts_is_found(campaign: Campaign, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    part, weaker = READINGS[name]
    monkeypatch.setattr(f"service.access.people.{part}", weaker)
    monkeypatch.setattr(access_matrix, "_HELD", {})
    campaign.plant(name, found(POLICIES, ("read_content", "read_case", "know", "file"), campaign.rng(name)))


PAIRS = 100_000


@pytest.mark.attack("P14")
def test_no_denial_is_lifted_by_leaving_out_an_attribute(campaign: Campaign) -> None:
    """And no permission stands without one: the schema asks for every attribute."""
    most = PAIRS if campaign.whole else PAIRS // 100
    pairs = _without_one(campaign.rng("attributes"), most)
    wrong = _lifted(POLICIES, pairs)
    for what in wrong:
        campaign.fail(what)
    assert not wrong, wrong[:5]


def _without_one(rng: random.Random, most: int) -> list[tuple[Question, Question]]:
    """Denied questions of the matrix, each with itself lacking one attribute of person, thing or context."""
    pairs: list[tuple[Question, Question]] = []
    for one in order(rng):
        question = POLICIES.question(one.ask())
        for part in ("person", "thing", "context"):
            said = getattr(question, part)
            pairs += [(question, replace(question, **{part: {k: v for k, v in said.items() if k != n}})) for n in said]
        if len(pairs) >= most:
            return pairs[:most]
    raise AssertionError("the matrix has fewer")


def _lifted(policies: Any, pairs: list[tuple[Question, Question]]) -> list[str]:
    by_action: dict[str, list[tuple[Question, Question]]] = {}
    for pair in pairs:
        by_action.setdefault(pair[0].action, []).append(pair)
    wrong = []
    for action, batch in by_action.items():
        for n in range(0, len(batch), 2000):
            lacking = policies.decide_questions([less for _, less in batch[n : n + 2000]])
            wrong += [
                f"{action}: allowed without {_gone(*p)}"
                for p, d in zip(batch[n : n + 2000], lacking, strict=True)
                if d.allow
            ]
    return wrong


def _gone(whole: Question, less: Question) -> str:
    return str([set(getattr(whole, p)) - set(getattr(less, p)) for p in ("person", "thing", "context")])


@pytest.mark.attack("P14")
def test_an_engine_without_schema_is_found(campaign: Campaign) -> None:
    """A forbid that meets a missing attribute is skipped: without the schema, denied becomes allowed."""

    class Careless(Policies):
        def _ask_cedar(self, questions: Any) -> list[cedarpy.AuthzResult]:
            self._schema, self._schemas = None, {}  # type: ignore[assignment]
            return super()._ask_cedar(questions)

        def _decision(self, question: Question, result: cedarpy.AuthzResult) -> Any:
            allow = result.decision == cedarpy.Decision.Allow
            return replace(POLICIES.decide_questions([question])[0], allow=allow)

    from service.access.policy_set import check, read_files

    careless = Careless(check(read_files(FOLDER)))
    pairs = _without_one(campaign.rng("careless"), 20_000)
    campaign.plant("no schema, errors ignored", bool(_lifted(careless, pairs)))


UNKNOWN = 1000
GARBLE: tuple[Callable[[random.Random, str], str], ...] = (
    lambda rng, s: s + rng.choice("_ x\0\u200b"),
    lambda rng, s: s.upper(),
    lambda rng, s: s[:-1],
    lambda rng, s: "".join(rng.sample(s, len(s))),
    lambda rng, s: rng.choice(["Action::", "*", "../", '"']) + s,
)


@pytest.mark.attack("P14")
def test_what_the_schema_does_not_know_is_denied(campaign: Campaign) -> None:
    rng = campaign.rng("unknown")
    known = {a for acts in access_matrix.ACTS.values() for a, _, _ in acts}
    asked: list[Question] = []
    for one in order(rng):
        question = POLICIES.question(one.ask())
        action = rng.choice(GARBLE)(rng, question.action)
        if action not in known and may(one.asked()):
            asked += [replace(question, action=action), _with_more(question, rng), _mistyped(question, rng)]
        if len(asked) >= UNKNOWN:
            break
    for question, decision in zip(asked, POLICIES.decide_questions(asked), strict=True):
        if decision.allow:
            campaign.fail(f"allowed: {question}")
    assert not campaign.failures


def _with_more(question: Question, rng: random.Random) -> Question:
    """With an attribute that the schema does not know."""
    part = rng.choice(["person", "thing", "context"])
    return replace(question, **{part: {**getattr(question, part), rng.choice(["admin", "is_admin", "role"]): True}})


def _mistyped(question: Question, rng: random.Random) -> Question:
    """With an attribute of another type."""
    part = rng.choice([p for p in ("person", "context") if getattr(question, p)])
    said = dict(getattr(question, part))
    name = rng.choice(sorted(said))
    said[name] = rng.choice([None, "all", {"__entity": {"type": "Person", "id": "x"}}, 1.5, [[1]]])
    return replace(question, **{part: said})
