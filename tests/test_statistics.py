"""The table for the public: the counts of a year, and no small number that anybody could work out."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import statistics
from service.filings.road import ROAD
from service.statistics import FEW, fiscal_year, held_back, quarter_of, table


def explanations(cells: tuple[int | None, ...], total: int | None, most: int) -> list[tuple[int, ...]]:
    """Every row of counts that would be shown like this, found by trying all."""
    ranges = [range(most + 1) if cell is None else [cell] for cell in cells]
    return [counts for counts in product(*ranges) if held_back(counts) == (cells, total)]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 8), min_size=4, max_size=4))
def test_no_small_number_can_be_worked_out(counts: list[int]) -> None:
    cells, total = held_back(counts)
    possible = explanations(cells, total, 9)
    assert tuple(counts) in possible
    for place, count in enumerate(counts):
        if 0 < count < FEW:
            assert cells[place] is None
            assert len({p[place] for p in possible}) > 1, "one value alone explains what is shown"
    if 0 < sum(counts) < FEW:
        assert total is None


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((0, 0, 0, 0), ((0, 0, 0, 0), 0)),
        ((20, 25, 22, 23), ((20, 25, 22, 23), 90)),
        ((1, 0, 0, 0), ((None, None, None, None), None)),
        ((20, 3, 22, 23), ((None, None, None, None), 68)),
        ((4, 4, 4, 5), ((None, None, None, None), 17)),
    ],
)
def test_zero_is_shown_and_a_small_number_takes_its_row_with_it(counts, shown) -> None:
    assert held_back(counts) == shown


def test_the_public_year_gives_its_numbers_back() -> None:
    steps = {
        ("filing", "send", 0): 20, ("filing", "send", 1): 25, ("filing", "send", 2): 22, ("filing", "send", 3): 23,
        ("confirmation", "request_confirmation", 0): 305, ("confirmation", "request_confirmation", 3): 1000,
        ("filing", "give_non_sending_notice", 1): 630, ("filing", "start", 0): 300_000,
    }  # fmt: skip
    rows = {row.measure.name: row.total for row in table(steps)}
    assert (rows["sent"], rows["designations"], rows["prior_confirmations"], rows["non_sending_notices"]) == (
        90,
        0,
        1305,
        630,
    )


def test_a_fiscal_year_begins_in_april() -> None:
    assert fiscal_year(2025) == (date(2025, 4, 1), date(2026, 3, 31))
    assert [quarter_of(date(2026, month, 1)) for month in (4, 6, 7, 10, 12, 1, 3)] == [0, 0, 1, 2, 2, 3, 3]


def test_every_step_that_is_counted_is_a_step_of_the_road() -> None:
    named = {name for measure in statistics.MEASURES for kind, name in measure.steps if kind == "filing"}
    assert named <= ROAD.names()
