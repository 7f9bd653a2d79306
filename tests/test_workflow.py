"""A road that contradicts itself does not load; what PostgreSQL is told of it is the road and its corrections."""

from dataclasses import replace

import pytest

from service.workflow import Actor, Road, Step, rule


@rule("門が開いていません。", "The gate is not open.", "house rule")
def gate_open(facts: dict[str, bool]) -> bool:
    return facts["open"]


GO = Step("A", "go", "B", Actor.JPO, "1(1)")
LOOP = Step("A", "look", "A", Actor.JPO, "1(2)", fact=True)
MARK = Step("A", "mark", "B", Actor.PM, "1(3)", label="designated")


def road(*steps: Step, terminal: tuple[str, ...] = ("B",)) -> Road:
    return Road("thing", "A", terminal, steps)


def test_a_guard_is_named_after_its_sentence_and_carries_both_texts() -> None:
    assert (gate_open.name, gate_open.article) == ("gate-open", "house rule")
    assert (gate_open.text.ja, gate_open.text.en) == ("門が開いていません。", "The gate is not open.")
    assert gate_open({"open": True}) and not gate_open({"open": False})


def test_a_road_tells_the_rows_of_a_state_and_of_an_act() -> None:
    found = road(GO, LOOP, MARK)
    assert list(found.steps_from("A")) == [GO, LOOP, MARK]
    assert list(found.steps_from("B")) == []
    assert found.rows("A", "go") == (GO,)
    assert found.rows("B", "go") == found.rows("A", "jump") == ()
    assert found.names() == {"go", "look", "mark"}
    assert found.states == {"A", "B"}


def test_a_step_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        road(GO, replace(GO, actor=Actor.PM))


def test_a_terminal_state_is_not_left_for_one_that_is_not() -> None:
    with pytest.raises(ValueError, match="reopens the terminal state B"):
        road(GO, Step("B", "back", "A", Actor.JPO, "1(1)"))


def test_a_terminal_state_may_be_left_for_another_terminal_one() -> None:
    assert road(GO, Step("B", "end", "C", Actor.JPO, "1(1)"), terminal=("B", "C")).rows("B", "end")


def test_an_act_without_a_person_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        road(replace(GO, approvals=0))


def test_an_act_with_two_targets_and_no_guard_is_refused() -> None:
    fork = Step("A", "go", "C", Actor.JPO, "1(1)", guards=(gate_open,))
    with pytest.raises(ValueError, match="several targets and no guard"):
        road(GO, fork, terminal=("B", "C"))
    assert len(road(replace(GO, guards=(gate_open,)), fork, terminal=("B", "C")).rows("A", "go")) == 2


def test_a_state_without_a_way_to_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="no way out of C"):
        road(GO, Step("A", "stray", "C", Actor.JPO, "1(1)"), Step("C", "turn", "C", Actor.JPO, "1(1)"))


def test_a_circle_has_a_way_out_if_one_of_its_states_has() -> None:
    circle = (Step("A", "in", "C", Actor.JPO, "1"), Step("C", "out", "A", Actor.JPO, "1"))
    assert road(GO, *circle).states == {"A", "B", "C"}


def test_postgresql_is_told_the_opening_the_steps_and_the_corrections() -> None:
    assert road(GO, LOOP).stored_rows("open") == {
        ("thing", "", "open", "A"),
        ("thing", "A", "go", "B"),
        ("thing", "A", "look", "A"),
        ("thing", "A", "correct", "A"),
        ("thing", "B", "correct", "B"),
        ("thing", "B", "correct", "A"),
    }


def test_a_step_that_changed_labels_is_not_taken_back_by_a_correction() -> None:
    assert ("thing", "B", "correct", "A") not in road(MARK, LOOP).stored_rows("open")
