"""A small year at a running service: the public table gives back what was done, and the keyholder does not grow with the cases."""

import pytest

from service.demo.show import quietly
from tests.year.run import Run, service
from tests.year.size import Year

GROWTH = 1.15
"""What the keyholder may hold after the second half, of what it held after the first."""


def test_the_public_size_is_what_the_offices_said() -> None:
    assert Year.part(1) == Year(screened=300_000, sent=90, confirmations=1_305, notices=630)


@pytest.mark.parametrize("scale", [0, -1, 1.5])
def test_no_year_is_larger_than_the_public_size_or_empty(scale: float) -> None:
    with pytest.raises(ValueError, match="SCALE"):
        Year.part(scale)


@pytest.mark.slow
def test_the_yearly_table_gives_back_the_generated_year() -> None:
    year = Year(screened=60, sent=6, confirmations=8, notices=7)
    with service() as demo:
        taken = Run(demo, quietly).whole(year)
    assert {
        name: taken.table[name] for name in ("sent", "designations", "prior_confirmations", "non_sending_notices")
    } == {
        "sent": 6,
        "designations": 0,
        "prior_confirmations": 8,
        "non_sending_notices": 7,
    }
    assert taken.done["judged"] == 54
    first, second = (half["keyholder"] for half in taken.resident)
    assert second <= first * GROWTH
