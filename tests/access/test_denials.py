"""Default deny: what is missing, unknown or of another kind never opens anything; what is allowed stays allowed by nothing less."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.access.decide import Question
from tests.access.expected import POLICIES, expected

ALL = [POLICIES.question(case.ask) for case in expected()]
TRUTH = [decision.allow for decision in POLICIES.decide_questions(ALL)]
OTHER: tuple[object, ...] = ("x", 7, True, None, [], ["x"], {}, {"__entity": {"type": "Person", "id": "0"}}, 1.5)


def with_part(question: Question, part: str, held: Mapping[str, Any]) -> Question:
    """The question with other attributes of `person`, `thing` or `context`."""
    changed: dict[str, Any] = {part: held}
    return replace(question, **changed)


def lacking_one(question: Question) -> Iterator[Question]:
    """The question, each attribute of person and thing and each key of the context taken away in turn."""
    for part in ("person", "thing", "context"):
        held = getattr(question, part)
        for name in held:
            yield with_part(question, part, {k: v for k, v in held.items() if k != name})


def with_fewer(question: Question) -> Iterator[Question]:
    """The question, each member of each set taken away in turn."""
    for part in ("person", "thing", "context"):
        held = getattr(question, part)
        for name, value in held.items():
            for gone in value if isinstance(value, list) else ():
                yield with_part(question, part, {**held, name: [v for v in value if v != gone]})


def test_no_attribute_taken_away_turns_a_denial_into_leave() -> None:
    poorer = [(question, less) for question in ALL for less in lacking_one(question)]
    assert len(poorer) > 10 * len(ALL)
    decisions = POLICIES.decide_questions([less for _, less in poorer])
    assert [less for (_, less), decision in zip(poorer, decisions, strict=True) if decision.allow] == []
    assert all(decision.failed and decision.policies == () for decision in decisions)


def test_no_role_clearance_or_grant_taken_away_turns_a_denial_into_leave() -> None:
    # A work or an office taken away may end a conflict of duties; what gives power alone may not.
    powers = ("roles", "compartments", "granted")
    for question, truth in zip(ALL, TRUTH, strict=True):
        watched = {
            "operator",
            "security_officer",
            "auditor",
            "timer",
            "sequencer",
            "examination_system",
            "courier",
        }.intersection(question.person["roles"])
        if truth or watched:
            continue
        fewer = [less for less in with_fewer(question) if _differs_in(question, less) in powers]
        assert [d.allow for d in POLICIES.decide_questions(fewer)] == [False] * len(fewer)


def _differs_in(question: Question, less: Question) -> str:
    pairs = ((question.person, less.person), (question.thing, less.thing), (question.context, less.context))
    return next(f"{'resource ' if n == 1 else ''}{k}" for n, (a, b) in enumerate(pairs) for k in a if a[k] != b[k])


@pytest.mark.parametrize("other", OTHER, ids=repr)
def test_an_attribute_of_another_kind_is_never_leave_where_it_was_denied(other: object) -> None:
    changed = [
        (truth, with_part(question, part, {**getattr(question, part), name: other}))
        for question, truth in list(zip(ALL, TRUTH, strict=True))[::5]
        for part in ("person", "thing", "context")
        for name, value in getattr(question, part).items()
        if not _same_kind(value, other)
    ]
    decisions = POLICIES.decide_questions([question for _, question in changed])
    assert [d for d in decisions if d.allow or not d.failed] == []


def _same_kind(value: Any, other: object) -> bool:
    return type(value) is type(other) and (not isinstance(value, list) or all(isinstance(v, str) for v in value))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(range(len(ALL))), st.text(max_size=40))
def test_an_unknown_action_is_denied(at: int, action: str) -> None:
    if action not in {question.action for question in ALL}:
        decision = POLICIES.decide_questions([replace(ALL[at], action=action)])[0]
        assert (decision.allow, decision.failed) == (False, True)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(range(len(ALL))), st.sampled_from(["person", "thing", "context"]), st.text(min_size=1, max_size=20)
)
def test_an_unknown_attribute_is_denied(at: int, part: str, name: str) -> None:
    question = ALL[at]
    held = getattr(question, part)
    if name not in held:
        decision = POLICIES.decide_questions([with_part(question, part, {**held, name: True})])[0]
        assert (decision.allow, decision.failed) == (False, True)


@pytest.mark.parametrize("kind", ["Case", "Part", "Fact", "Service", "Person", "Action", "", 'Case::"x"', "nothing"])
def test_a_thing_of_another_kind_is_denied(kind: str) -> None:
    allowed = [q for q, truth in zip(ALL, TRUTH, strict=True) if truth and q.type != kind]
    decisions = POLICIES.decide_questions([replace(question, type=kind) for question in allowed])
    assert [d.allow for d in decisions] == [False] * len(allowed)


def test_no_error_of_the_engine_leaves_with_a_decision() -> None:
    question = next(q for q, truth in zip(ALL, TRUTH, strict=True) if truth)
    marked = replace(question, person={**question.person, "cleared_until": "kanazawa-7731"})
    assert "kanazawa-7731" not in repr(POLICIES.decide_questions([marked, question]))
