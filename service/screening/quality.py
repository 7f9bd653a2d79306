"""How good the screening is, from the tallies of one head's section: opened one by one through the keyholder, each with its record.

What must hold: nothing is counted that the reader may not open; small numbers are not told (service/law/screening_desk.py). Two queries
of almost the same days can still be compared: whoever asks is in the record with both.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from service.errors import Refusal, forbidden
from service.keyholder.answers import Caller
from service.law.screening_desk import desk_rules
from service.screening.deciding import ScreeningDesk
from service.screening.tally import DOCUMENT, Tally, figures

AT_ONCE = 100
"""Tallies that are asked for at a time."""
MOST = 20_000
"""Tallies in one query; more are asked for in shorter spans."""
TALLIES = (
    "select p.id, p.case_id from parts p join queue q on q.case_id = p.case_id where q.person = $1 and p.document = $2"
    " and (p.recorded_at at time zone 'Asia/Tokyo')::date between $3 and $4 order by p.recorded_at limit $5"
)


async def quality(desk: ScreeningDesk, caller: Caller, first: date, last: date) -> dict[str, Any]:
    """The figures of the decisions entered from `first` to `last`. Raises Refusal not-permitted, unavailable.

    unread: tallies that the reader may not open any more; whole: whether all of the span were counted.
    """
    decision = await desk.keyholder.decide(caller, ("read_quality", None))
    caller.decided(decision, decision.answers[0], None)
    if not decision.answers[0].allow:
        raise forbidden()
    rows = await desk.store.fetch(TALLIES, decision.person, DOCUMENT, first, last, MOST + 1)
    wanted = [(r["case_id"], r["id"]) for r in rows[:MOST]]
    found: list[Tally | None] = []
    for start in range(0, len(wanted), AT_ONCE):
        found += await _opened(desk, caller, wanted[start : start + AT_ONCE])
    told = [t for t in found if t is not None]
    return {**figures(told, desk_rules().least), "unread": len(found) - len(told), "whole": len(rows) <= MOST}


async def _opened(desk: ScreeningDesk, caller: Caller, wanted: Sequence[tuple[UUID, UUID]]) -> list[Tally | None]:
    return await asyncio.gather(*(_one(desk, caller, case, part) for case, part in wanted))


async def _one(desk: ScreeningDesk, caller: Caller, case: UUID, part: UUID) -> Tally | None:
    """One tally, read on a caller of its own: its record is not the request's."""
    try:
        opened = await desk.reading.open(Caller(caller.token, caller.request, beside=True), case, part, "inspection")
    except Refusal as refusal:
        if refusal.status in (403, 404):
            return None
        raise
    return Tally.loads(opened.content)
