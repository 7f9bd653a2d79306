"""Clocks of a case: derived from the events that stand, by the law's limits and the calendar; never typed in."""

from collections.abc import Mapping, Sequence
from datetime import date

from service import deadlines
from service.deadlines import Clock
from service.desk.acts import Kind
from service.history import Entry, standing
from service.law.limits import Limits


def clocks_of(limits: Limits, kind: Kind, state: str, entries: Sequence[Entry]) -> list[Clock]:
    """Every clock of the case, running or not."""
    raise NotImplementedError


def running(clocks: Sequence[Clock]) -> Mapping[str, date]:
    """The last day of each limit that runs."""
    return {c.limit: c.due for c in clocks if c.state == "running"}
