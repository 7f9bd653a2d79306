"""The officer's judgment, invention by invention: what is a ground for sending and what is none (66(1), Order 12)."""

from datetime import date

import pytest

from service.law.fields import law
from service.law.judgment import Judged, judge

FIRST, SECOND = law().on(date(2024, 5, 1)), law().on(date(2025, 1, 1))


def met(*judged: Judged) -> tuple[int, ...]:
    return judge(SECOND, judged).met


def test_one_invention_that_meets_one_item_whole_is_a_ground() -> None:  # 66(1)
    assert met(Judged(None), Judged(7)) == (7,)


def test_no_invention_that_meets_an_item_is_no_ground() -> None:
    assert met() == met(Judged(None), Judged(None)) == ()


@pytest.mark.parametrize(
    ("answer", "ground"), [(None, ()), ("no", ()), *((a, (2,)) for a in ("a", "b", "c1", "c2", "yes"))]
)
def test_an_additional_requirement_that_12_2_asks_is_answered_yes_or_the_item_is_not_met(
    answer: str | None, ground: tuple[int, ...]
) -> None:
    assert met(Judged(2, additional=answer)) == ground


@pytest.mark.parametrize(("answer", "ground"), [(None, ()), ("no", ()), ("yes", (1,))])
def test_the_items_own_limit_is_answered_yes_or_the_item_is_not_met(
    answer: str | None, ground: tuple[int, ...]
) -> None:
    assert met(Judged(1, content=answer)) == ground


def test_answers_spread_over_two_inventions_are_no_ground() -> None:
    assert met(Judged(46, content="yes"), Judged(46, additional="a")) == ()
    assert met(Judged(46, content="yes", additional="a")) == (46,)


def test_only_item_13_has_a_part_that_12_2_leaves_out() -> None:
    assert met(Judged(13)) == met(Judged(2, left_out=True)) == ()
    assert met(Judged(13, left_out=True)) == (13,)


def test_the_item_is_that_of_the_order_in_force_on_the_filing_date() -> None:  # 66(11): item 47 got its limit in 2025
    one = Judged(47, additional="a")
    assert judge(FIRST, [one]).met == (47,)
    assert judge(SECOND, [one]).met == ()


def test_an_item_that_there_was_not_yet_is_unknown_and_no_ground() -> None:  # Suppl. Art. 2
    assert judge(None, [Judged(7)]).unknown == (7,)
    assert judge(None, [Judged(7)]).met == ()
    assert judge(SECOND, [Judged(48)]).unknown == (48,)
