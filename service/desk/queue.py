"""Each person's cases by the last day of what runs next: what a page of the list begins with.

What must hold: a row proves nothing and opens nothing (the list decides on each case before it shows it); its days are those of the
clocks that the same transaction derived. told: the day as the case's applicant is told of the case, so that not even an order of his
list hangs on a step that he is not told of.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from service.desk.acts import Kind
from service.desk.clocks import clocks_of, running
from service.desk.told import as_told
from service.history import Entry
from service.law.limits import limits
from service.limit_clock import Clock
from service.store import Work
from service.tables import Case

NEVER = date.max
"""The day of a case for which nothing runs (PostgreSQL's infinity)."""

ENTER = """
insert into queue (person, case_id, due, told, newest)
select $1, c.id, coalesce(q.due, 'infinity'), coalesce(q.told, 'infinity'), -(extract(epoch from c.recorded_at) * 1000000)::bigint
from cases c left join lateral (select due, told from queue where case_id = c.id limit 1) q on true
where c.id = $2
on conflict (person, case_id) do nothing
"""
MOVE = "update queue set due = $2, told = $3 where case_id = $1 and (due, told) is distinct from ($2, $3)"


async def enter(work: Work, person: UUID, case: UUID | None) -> None:
    """The person has something to do with the case: it stands in his queue, at the case's day."""
    if case is not None:
        await work.connection.execute(ENTER, person, case)


async def move(work: Work, kind: Kind, case: Case, entries: Sequence[Entry], clocks: Sequence[Clock]) -> None:
    """The case's days, in the queue of everybody who has something to do with it. clocks: those of all its entries."""
    told = as_told(kind, entries)
    days = (
        first_due(kind, case.state, clocks),
        first_due(kind, told.state, clocks_of(kind.name, told.state, told.entries)),
    )
    await work.connection.execute(MOVE, case.id, *days)


def first_due(kind: Kind, state: str, clocks: Sequence[Clock]) -> date:
    """The last day of what ends first. Where the case is at its end a ban that still runs asks nothing of anybody any more; before, the
    ban is the practical bound of a review for which the law sets none."""
    ended = state in kind.road.terminal
    table = limits()
    days = (due for name, due in running(clocks).items() if not (ended and table[name].kind == "ban"))
    return min(days, default=NEVER)
