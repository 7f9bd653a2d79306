"""The decisions expected of the policies, each with the policies that decide it; no policy without a case that only it decides."""

from collections import Counter

import pytest

from service.access.decide import Policies
from service.access.policy_set import check
from tests.access.expected import FOLDER, POLICIES, Expected, expected, without

ALL = list(expected())
ACTORS = ("X2", "X3", "X4", "X5", "X6", "X7", "X8", "X9")


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_each_decision_is_as_expected_and_by_the_policies_named(case: Expected) -> None:
    decision = POLICIES.decide_batch([case.ask])[0]
    assert (decision.allow, decision.policies, decision.failed) == (case.allow, case.policies, False)


def test_there_are_at_least_150_and_no_two_are_the_same() -> None:
    asked = Counter(repr(case.ask) for case in ALL)
    assert [ask for ask, times in asked.items() if times > 1] == []
    assert len(ALL) >= 150
    assert len({case.name for case in ALL}) == len(ALL)


def test_each_actor_of_the_threat_model_has_its_decisions() -> None:
    text = "\n".join(path.read_text() for path in (FOLDER / "cases").glob("*.toml"))
    assert [actor for actor in ACTORS if actor not in text] == []


@pytest.mark.parametrize("policy", sorted(POLICIES.ids))
def test_each_policy_alone_decides_a_case_that_turns_when_it_is_taken_out(policy: str) -> None:
    alone = [case for case in ALL if case.policies == (policy,)]
    assert alone, "no decision expected rests on this policy alone"
    poorer = Policies(check(without(policy))).decide_batch([case.ask for case in alone])
    turned = [case.name for case, decision in zip(alone, poorer, strict=True) if decision.allow != case.allow]
    assert turned, "taken out, nothing changes"
    # A permit taken out turns every case that it alone allowed; a forbid may leave a default denial behind.
    if alone[0].allow:
        assert len(turned) == len(alone)
