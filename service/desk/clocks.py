"""Clocks of a case: derived from its events by the law's limits and the calendar (service/deadlines.py); never typed in."""

from collections.abc import Mapping, Sequence
from datetime import date

from service.deadlines import clocks_for
from service.history import Entry, standing
from service.law.calendar import Calendar
from service.limit_clock import Clock, Event


def clocks_of(kind: str, state: str, entries: Sequence[Entry], closed: Calendar | None = None) -> list[Clock]:
    """Every clock of the case, under the calendar in force or another.

    A corrected event counts with its corrected date, one taken back starts nothing but stays visible.
    """
    stand = {e.id: e for e in standing(entries)}
    events = [
        Event(
            e.name,
            stand.get(e.id, e).happened_on,
            e.id,
            superseded=e.id not in stand,
            until=stand.get(e.id, e).until,
            application=e.application or "ordinary",
        )
        for e in sorted(entries, key=lambda e: e.version)
        if e.supersedes is None
    ]
    return clocks_for(kind, state, events, closed=closed)


def running(clocks: Sequence[Clock]) -> Mapping[str, date]:
    """The last day of each limit that runs."""
    return {c.limit: c.due for c in clocks if c.state == "running"}
