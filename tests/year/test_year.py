"""A small year at a running service: the table gives back what was done, on its days; ten officers lose no decision to each other."""

from collections import Counter
from collections.abc import Iterator

import pytest

from service.demo.show import quietly
from service.statistics import FEW, fiscal_year
from tests.moved import Moved, service_on
from tests.year.officers import A_DAY
from tests.year.queue import queued
from tests.year.run import Run, Taken
from tests.year.size import ANSWERED_AFTER, FISCAL, Kind, Year

GROWTH = 1.15
"""What the keyholder may hold after the second half, of what it held after the first."""
SMALL = Year(screened=60, sent=6, confirmations=11, notices=24, lapsed=5)


def test_the_public_size_is_what_the_offices_said() -> None:
    assert Year.part(1) == Year(screened=300_000, sent=90, confirmations=1_305, notices=630, lapsed=3_000)
    assert Year.part(1, 2_000) == Year(screened=2_000, sent=90, confirmations=1_305, notices=630, lapsed=20)


@pytest.mark.parametrize("scale", [0, -1, 1.5])
def test_no_year_is_larger_than_the_public_size_or_empty(scale: float) -> None:
    with pytest.raises(ValueError, match="SCALE"):
        Year.part(scale)


@pytest.mark.parametrize("year", [SMALL, Year.part(1 / 1000), Year.part(1 / 30), Year.part(1)], ids=repr)
def test_the_days_hold_the_whole_year_and_leave_time_to_answer(year: Year) -> None:
    days = year.days()
    first, last = fiscal_year(FISCAL)
    assert first <= days[0].date and days[-1].date <= last
    assert [d.date for d in days] == sorted({d.date for d in days})
    filed = Counter(kind for day in days for kind in day.filed)
    judged = year.screened - year.sent - year.notices - year.lapsed
    assert filed == {Kind.SENT: year.sent, Kind.NOTICED: year.notices, Kind.LAPSED: year.lapsed, Kind.JUDGED: judged}
    assert sum(len(day.asked) for day in days) == year.confirmations
    assert any(any(day.asked) for day in days) and not all(all(day.asked) for day in days)
    assert not any(day.filed or day.asked for day in days[-ANSWERED_AFTER:])
    lapse = [day.date for day in days if Kind.LAPSED in day.filed]
    assert (last - lapse[-1]).days > 100, "their periods end within the year"


@pytest.fixture(scope="module")
def moved() -> Iterator[Moved]:
    with service_on(fiscal_year(FISCAL)[0]) as service:
        yield service


@pytest.fixture(scope="module")
def taken(moved: Moved) -> Taken:
    return Run(moved, quietly).whole(SMALL)


@pytest.mark.slow
def test_the_yearly_table_gives_back_the_generated_year_quarter_by_quarter(taken: Taken) -> None:
    totals = {"sent": 6, "designations": 0, "prior_confirmations": 11, "non_sending_notices": 24}
    assert {name: taken.table[name]["total"] for name in totals} == totals
    for name, total in totals.items():
        quarters = taken.done.get(name, [0] * 4)
        assert sum(quarters) == total
        small = any(0 < count < FEW for count in quarters)
        assert taken.table[name]["quarters"] == ([None] * 4 if small else quarters), name
    assert sum(count > 0 for count in taken.done["non_sending_notices"]) >= 3, "the clock went through the year"


@pytest.mark.slow
def test_every_case_is_where_its_year_left_it_and_each_lapse_has_its_own_day(taken: Taken) -> None:
    assert taken.states == {"NOT_SENT": 49, "SENT": 6, "UNSENT_LAPSED": 5, "ANSWERED": 2, "ANSWERED_NOT_APPLICABLE": 9}
    assert taken.early == 0


@pytest.mark.slow
def test_the_keyholder_does_not_grow_with_the_cases(taken: Taken) -> None:
    first, second = (half["keyholder"] for half in taken.resident)
    assert second <= first * GROWTH


@pytest.mark.slow
def test_ten_officers_lose_no_decision_to_each_other(moved: Moved, taken: Taken) -> None:
    found = queued(moved, A_DAY // 100, quietly)
    assert found.decided.total() == len(found.decided) == found.wanted == A_DAY // 100
    assert len(found.seconds) == found.wanted and 0 < found.share < 1
