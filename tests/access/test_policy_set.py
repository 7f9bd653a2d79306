"""The policy set holds together: steps of the road, ids, bases, forbids and permits in their files, a digest over all that decides."""

import re
from dataclasses import replace
from pathlib import Path

import cedarpy
import pytest

from service.access.policy_set import PoliciesUnusable, check, read_files
from service.access.things import PartThing
from service.filings.road import ROAD
from service.kinds import KINDS
from service.workflow import Actor
from tests.access.expected import FOLDER, POLICIES, expected

STEPS = [step for kind in KINDS.values() for step in kind.road.steps]
SCHEMA = str(cedarpy.Schema.from_str((FOLDER / "schema.cedarschema").read_text()))
GROUPS = {
    Actor.APPLICANT: {"applicant_acts"},
    Actor.JPO: {"intake_acts", "screening_acts"},
    Actor.PM: {"review_acts", "decision_acts"},
    Actor.TIMER: {"timer_acts"},
}


def steps_of(groups: set[str]) -> set[str]:
    found = re.findall(r'action "(\w+)" in \[Action::"(\w+)"\]', SCHEMA)
    return {name for name, group in found if group in groups}


@pytest.mark.parametrize("actor", list(Actor))
def test_the_steps_in_the_schema_are_those_of_the_road_and_of_their_actor(actor: Actor) -> None:
    assert steps_of(GROUPS[actor]) == {step.name for step in STEPS if step.actor == actor}


def test_every_step_of_the_roads_is_an_action_that_somebody_may_take() -> None:
    assert steps_of(set().union(*GROUPS.values())) == {step.name for step in STEPS}
    assert {case.ask.action for case in expected() if case.allow} >= {step.name for step in STEPS}


def test_every_action_of_the_schema_is_asked_in_an_expected_decision() -> None:
    actions = set(re.findall(r'action "(\w+)"', SCHEMA)) - set().union(*GROUPS.values())
    assert actions == {case.ask.action for case in expected()}


def test_labels_change_where_the_road_changes_them_and_nowhere_else() -> None:
    decider = next(case.ask for case in expected() if case.policies == ("designation-protects",))
    asks = {
        (state, label): replace(decider, thing=PartThing("claims", "application", None, state), to=(label, None))
        for state in ROAD.states
        for label in ("application", "designated", "released")
    }
    decisions = POLICIES.decide_batch(list(asks.values()))
    changes = {pair for pair, decision in zip(asks, decisions, strict=True) if decision.allow}
    assert changes == {(step.source, step.label) for step in ROAD.steps if step.label}


def files() -> dict[str, bytes]:
    return read_files(FOLDER)


ACTION = re.compile(r'action "(\w+)"[^;]*;\s*')


def test_the_schema_of_an_action_is_the_whole_but_for_other_actions() -> None:
    """The same types, attributes and contexts, the action and its groups as they stand: what the whole refuses is refused."""
    text = check(files())
    stand = {said[1]: said[0].strip() for said in ACTION.finditer(SCHEMA)}
    groups = {name: set(re.findall(r'Action::"(\w+)"', said)) for name, said in stand.items()}
    assert text.schemas.keys() == text.slices.keys()
    for action, said in text.schemas.items():
        own = str(cedarpy.Schema.from_str(said))
        assert ACTION.sub("", own).split() == ACTION.sub("", SCHEMA).split(), action
        assert {m[1]: m[0].strip() for m in ACTION.finditer(own)} == {n: stand[n] for n in {action} | groups[action]}


@pytest.mark.parametrize("name", ["everyone.cedar", "schema.cedarschema", "documents.toml", "sections.toml"])
def test_a_set_without_its_forbids_schema_or_tables_decides_nothing(name: str) -> None:
    with pytest.raises(PoliciesUnusable, match=name):
        check({n: data for n, data in files().items() if n != name})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "x.cedar",
            b'@id("x") @basis("y") permit (principal, action, resource) when { principal.cleared_untill > 0 };',
        ),
        ("x.cedar", b'@id("x") @basis("y") permit (principal, action == Action::"no_such", resource);'),
        ("x.cedar", b'@id("decider-decides") @basis("y") permit (principal, action == Action::"know", resource);'),
        ("x.cedar", b'@id("x") permit (principal, action == Action::"know", resource);'),
        ("x.cedar", b'@id("x") @basis("") permit (principal, action == Action::"know", resource);'),
        ("x.cedar", b'@basis("y") permit (principal, action == Action::"know", resource);'),
        ("x.cedar", b'@id("x") @basis("y") forbid (principal, action == Action::"know", resource);'),
        ("x.cedar", b'@id("x") @basis("y") permit (principal == ?principal, action == Action::"know", resource);'),
        ("x.cedar", b"permit (principal, action"),
        ("x.cedar", b"\xff"),
        ("everyone.cedar", b'@id("x") @basis("y") permit (principal, action == Action::"know", resource);'),
        ("schema.cedarschema", b"entity Person;"),
        ("schema.cedarschema", b"entity"),
    ],
    ids=range(13),
)
def test_policies_that_do_not_hold_together_decide_nothing(name: str, text: bytes) -> None:
    with pytest.raises(PoliciesUnusable):
        check({**files(), name: text})


def test_each_change_of_a_file_is_another_policy_set() -> None:
    digests = {check({**files(), name: data + b"\n"}).digest for name, data in files().items()}
    assert len(digests | {check(files()).digest}) == len(files()) + 1
    assert POLICIES.digest == check(files()).digest.hex()


def test_every_policy_is_one_sentence_with_the_article_or_house_rule_it_rests_on() -> None:
    for path in Path(FOLDER).glob("*.cedar"):
        for basis in re.findall(r'@basis\("(.*?)"\)', path.read_text()):
            assert re.search(r"house rule: |ESPA \d|Patent Act \d|CAO Order \d", basis), (path.name, basis)
