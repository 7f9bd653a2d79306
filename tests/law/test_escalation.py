"""The ladder is data: which clock rises to whom, how many days before or after its last day."""

from datetime import date, timedelta

import pytest

from service.access.people import ROLES
from service.law.escalation import Risen, earliest, ladder, read_ladder, risen
from service.law.limits import limits

DUE = date(2027, 2, 15)
GOOD = "[sending]\nrungs = [ { days = -14, post = 'screening_examiner' }, { days = 0, post = 'section_head' } ]\n"


def test_every_rung_is_a_post_of_the_offices_and_of_a_limit_that_there_is() -> None:
    for limit, rungs in ladder().items():
        assert limit in limits()
        assert {ROLES[rung.post] for rung in rungs} <= {"jpo", "cao"}
        assert len({ROLES[rung.post] for rung in rungs}) == 1, "a clock rises within one office"


@pytest.mark.parametrize("limit", sorted(ladder()))
def test_a_clock_rises_on_the_day_of_its_rung_and_stays_risen(limit: str) -> None:
    for day in (DUE + timedelta(days=n) for n in range(-120, 1)):
        expected = [
            Risen(r.post, DUE + timedelta(days=r.days)) for r in ladder()[limit] if day >= DUE + timedelta(days=r.days)
        ]
        assert list(risen(limit, DUE, day)) == expected
    for rung in ladder()[limit]:
        lead = earliest([rung.post])
        assert lead is not None and lead >= timedelta(days=-rung.days)
    assert earliest(["applicant"]) is None


def test_a_ban_asks_nothing_after_its_last_day_or_at_the_end_of_a_case_and_another_limit_does() -> None:
    after = DUE + timedelta(days=1)
    assert risen("foreign_ban_not_designated", DUE, DUE)
    assert not risen("foreign_ban_not_designated", DUE, after)
    assert not risen("foreign_ban_not_designated", DUE, DUE, ended=True)
    assert [r.post for r in risen("sending", DUE, after)] == ["screening_examiner", "section_head"]


def test_a_limit_that_is_not_in_the_table_rises_to_nobody() -> None:
    assert risen("non_sending_notice_request", DUE, DUE) == risen("unheard_of", DUE, DUE) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        GOOD.replace("[sending]", "[sending_early]"),
        GOOD.replace("-14", "1"),
        GOOD.replace("-14", "0"),
        GOOD.replace("section_head", "screening_examiner"),
        GOOD.replace("days = 0", "day = 0"),
        GOOD + "after = 1\n",
        "[sending]\nrungs = []\n",
    ],
    ids=range(7),
)
def test_a_ladder_that_contradicts_itself_does_not_load(wrong: str) -> None:
    assert len(read_ladder(GOOD.encode())["sending"]) == 2
    with pytest.raises(ValueError, match=r"escalation\.toml"):
        read_ladder(wrong.encode())
