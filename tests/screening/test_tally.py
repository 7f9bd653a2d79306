"""What a decision leaves for the figures, and what of the figures is not told because it is too small."""

from dataclasses import replace

import pytest

from service.law.fields import law
from service.law.screening_desk import desk_rules
from service.screening.tally import Tally, figures
from service.sealing.envelope import size_class

ONE = Tally("judge_not_to_send", "none", (), (), sample=False)
HIT = Tally("send", "hit", (7,), (7,), sample=False)


def test_a_tally_is_read_back_as_it_was_sealed_and_is_as_large_as_every_other() -> None:
    every = tuple(law().orders[-1].items)
    whole = Tally("judge_not_to_send", "unclassified", every, every, sample=False, bulk=False)
    for tally in (ONE, HIT, whole):
        assert Tally.loads(tally.dumps()) == tally
        assert size_class(len(tally.dumps())) == size_class(0)


@pytest.mark.parametrize(
    ("decision", "outcome", "suggested", "met", "differs"),
    [
        ("send", "hit", (7,), (7,), False),
        ("send", "hit", (7, 9), (9,), False),
        ("send", "hit", (7,), (9,), True),
        ("send", "none", (), (7,), True),
        ("send", "none", (), (), False),  # 66(2): any field
        ("send", "unreadable", (), (7,), False),
        ("send", "unclassified", (), (7,), False),
        ("send", None, (), (7,), False),
        ("judge_not_to_send", "hit", (7,), (), True),
        ("judge_not_to_send", "hit", (7,), (7,), True),  # 66(1), proviso
        ("judge_not_to_send", "hit_if", (2,), (), False),
        ("judge_not_to_send", "none", (), (), False),
    ],
)
def test_an_override_is_where_the_officer_differs_from_a_suggestion(
    decision: str, outcome: str | None, suggested: tuple[int, ...], met: tuple[int, ...], differs: bool
) -> None:
    assert Tally(decision, outcome, suggested, met, sample=False).override is differs


def test_the_figures_of_a_section() -> None:
    refuted = Tally("judge_not_to_send", "hit", (7,), (), sample=False)
    looked = replace(ONE, sample=True)
    missed = Tally("send", "none", (), (9,), sample=True)
    told = figures([*[HIT] * 30, *[refuted] * 10, *[looked] * 40, *[missed] * 10, *[replace(ONE, bulk=True)] * 10], 5)
    assert told["decisions"] == 100
    assert told["overrides"] == 20
    assert told["sampled_misses"] == {"looked_at": 50, "found": 10}
    assert told["items"] == [
        {"item": 7, "suggested": 40, "confirmed": 30, "not_confirmed": 10, "false_positive_rate": "0.25"}
    ]


@pytest.mark.parametrize(("confirmed", "refuted"), [(1, 0), (4, 0), (0, 4), (30, 4), (4, 30), (3, 3)])
def test_a_small_number_is_not_told_nor_what_would_give_it_away(confirmed: int, refuted: int) -> None:
    no = Tally("judge_not_to_send", "hit", (7,), (), sample=False)
    item = figures([*[HIT] * confirmed, *[no] * refuted], 5)["items"][0]
    assert (item["confirmed"], item["not_confirmed"], item["false_positive_rate"]) == (None, None, None)
    assert item["suggested"] == (confirmed + refuted if confirmed + refuted >= 5 else None)


def test_none_is_told_where_there_are_none() -> None:
    told = figures([HIT] * 8, 5)
    assert told["sampled_misses"] == {"looked_at": 0, "found": None}
    assert told["items"][0]["not_confirmed"] == 0


def test_the_draw_is_blind_and_at_its_rate() -> None:
    rules, tries = desk_rules(), 40_000
    drawn = [rules.drawn() for _ in range(tries)]
    assert abs(sum(drawn) - tries / rules.one_in) < 6 * (tries / rules.one_in) ** 0.5
    assert drawn != [rules.drawn() for _ in range(tries)]
