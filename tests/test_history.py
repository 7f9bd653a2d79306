"""A case's past as it stands: corrections, corrections of corrections, entries taken back; nothing is ever edited."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.history import Entry, last_standing, standing, superseded

DAY = date(2026, 6, 1)
PERSON = uuid4()


def entry(
    version: int, name: str, day: date = DAY, until: date | None = None, source: str = "A", target: str = "A"
) -> Entry:
    return Entry(uuid4(), version, source, name, target, day, until, PERSON)


def correction(of: Entry, version: int, day: date, until: date | None = None) -> Entry:
    return Entry(uuid4(), version, "A", "correct", "A", day, until, PERSON, supersedes=of.id)


def taking_back(of: Entry, version: int) -> Entry:
    return Entry(uuid4(), version, of.target, "correct", of.source, DAY, None, PERSON, supersedes=of.id, annuls=True)


def names(entries: Sequence[Entry]) -> list[str]:
    return [e.name for e in entries]


FILED = entry(1, "file", date(2026, 5, 1))
RECEIVED = entry(2, "pre_notice_received", date(2026, 5, 20))
NOTICED = entry(3, "notice_termination", date(2026, 6, 10), until=date(2026, 6, 30))


def test_what_nobody_corrected_stands_as_it_was_written() -> None:
    assert standing([FILED, RECEIVED, NOTICED]) == [FILED, RECEIVED, NOTICED]
    assert superseded([FILED, RECEIVED, NOTICED]) == frozenset()
    assert last_standing([FILED, RECEIVED]) == RECEIVED
    assert last_standing([]) is None


def test_a_corrected_entry_stands_in_its_place_with_its_new_date() -> None:
    fixed = correction(RECEIVED, 4, date(2026, 5, 22))
    found = standing([FILED, RECEIVED, NOTICED, fixed])
    assert names(found) == ["file", "pre_notice_received", "notice_termination"]
    assert found[1] == replace(RECEIVED, happened_on=date(2026, 5, 22))
    assert superseded([FILED, RECEIVED, fixed]) == {RECEIVED.id}


def test_the_correcting_act_itself_is_no_step_of_the_past() -> None:
    assert "correct" not in names(standing([FILED, correction(FILED, 2, DAY)]))
    assert last_standing([FILED, RECEIVED, correction(FILED, 3, DAY)]) == RECEIVED


def test_a_correction_of_a_correction_counts_for_the_first_entry() -> None:
    once = correction(RECEIVED, 4, date(2026, 5, 22))
    twice = correction(once, 5, date(2026, 5, 25))
    found = standing([FILED, RECEIVED, NOTICED, once, twice])
    assert found[1] == replace(RECEIVED, happened_on=date(2026, 5, 25))
    assert superseded([FILED, RECEIVED, once, twice]) == {RECEIVED.id, once.id}


def test_an_entry_taken_back_stands_no_more_and_its_neighbours_do() -> None:
    assert names(standing([FILED, RECEIVED, NOTICED, taking_back(NOTICED, 4)])) == ["file", "pre_notice_received"]
    assert last_standing([FILED, RECEIVED, NOTICED, taking_back(NOTICED, 4)]) == RECEIVED


def test_a_corrected_entry_may_be_taken_back_by_way_of_its_correction() -> None:
    fixed = correction(NOTICED, 4, date(2026, 6, 12))
    assert names(standing([FILED, NOTICED, fixed, taking_back(fixed, 5)])) == ["file"]


def test_a_new_last_day_replaces_the_old_one_and_none_leaves_it() -> (
    None
):  # 69(2): the period was given; a corrected date keeps it
    new_day = correction(NOTICED, 4, date(2026, 6, 11))
    assert standing([NOTICED, new_day])[0].until == date(2026, 6, 30)
    new_end = correction(new_day, 5, date(2026, 6, 11), until=date(2026, 7, 5))
    assert standing([NOTICED, new_day, new_end])[0].until == date(2026, 7, 5)
    again = correction(new_end, 6, date(2026, 6, 12))
    assert standing([NOTICED, new_day, new_end, again])[0] == replace(
        NOTICED, happened_on=date(2026, 6, 12), until=date(2026, 7, 5)
    )


def test_the_order_in_which_rows_come_makes_no_difference() -> None:
    fixed = correction(RECEIVED, 4, date(2026, 5, 22))
    rows = [FILED, RECEIVED, NOTICED, fixed]
    assert standing(reversed(rows)) == standing(rows)


def test_a_correction_of_nothing_is_an_error_and_no_silence() -> None:
    with pytest.raises(ValueError, match="not there"):
        standing([FILED, correction(RECEIVED, 2, DAY)])


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Entry], dict[UUID, date | None]]:
    """A past with chains of corrections, and by its own reckoning the date each first entry has now (None: taken back)."""
    entries = [entry(v, f"step-{v}") for v in range(1, draw(st.integers(1, 5)) + 1)]
    now: dict[UUID, date | None] = {e.id: e.happened_on for e in entries}
    tips = [(e, e.id) for e in entries]
    for version in range(len(entries) + 1, len(entries) + 1 + draw(st.integers(0, 8))):
        index = draw(st.integers(0, len(tips) - 1))
        tip, root = tips[index]
        if tip.annuls:
            continue
        back = draw(st.booleans())
        day = DAY + timedelta(days=draw(st.integers(-300, 300)))
        new = taking_back(tip, version) if back else correction(tip, version, day)
        now[root] = None if back else day
        tips[index] = (new, root)
        entries.append(new)
    return entries, now


@given(histories())
def test_each_first_entry_stands_with_the_last_word_said_of_it(
    made: tuple[list[Entry], dict[UUID, date | None]],
) -> None:
    entries, now = made
    found = {e.id: e.happened_on for e in standing(entries)}
    assert found == {root: day for root, day in now.items() if day is not None}
    assert len(superseded(entries)) == sum(e.supersedes is not None for e in entries)
    versions = [e.version for e in standing(entries)]
    assert versions == sorted(versions)
