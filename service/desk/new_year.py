"""What falls due over New Year: every running clock whose last day lies about the days on which the offices are closed.

What must hold: the days are those of the table of holidays; a last day that is the State's own does not move from a closed day (limits.toml
says which do), so each is told with the last open day until which it can be kept. Nothing is moved and nothing is recorded here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service.desk.acts import Kind
from service.law.calendar import Calendar
from service.law.limits import limits
from service.store import Store

FALLING = """
select k.case_id, k.limit_name, k.due, c.kind, c.state from clocks k join cases c on c.id = k.case_id
where k.state = 'running' and k.due between $1 and $2 order by k.due, k.case_id, k.limit_name
"""


@dataclass(frozen=True)
class Falling:
    """A clock: its last day, and the last open day until which what it asks can be done."""

    case: UUID
    limit: str
    due: date
    until: date

    def said(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "case": str(self.case), "limit": self.limit, "due": self.due.isoformat(), "until": self.until.isoformat()
        }  # fmt: skip


async def falling(store: Store, kinds: Mapping[str, Kind], closed: Calendar, today: date) -> list[Falling]:
    """What falls due over the New Year that is next, what is due first first. Raises Refusal unavailable, outside-calendar."""
    return [
        Falling(row["case_id"], row["limit_name"], row["due"], closed.last_open(row["due"]))
        for row in await store.fetch(FALLING, *closed.new_year(today))
        if not (row["state"] in kinds[row["kind"]].road.terminal and limits()[row["limit_name"]].kind == "ban")
    ]
