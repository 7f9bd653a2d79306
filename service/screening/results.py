"""The results of screening that a case has: `screening` at filing, `screening.2` and on after each correction of its classification.

What must hold: a result is opened on the token of who asks and by the keyholder's decision, as any part; the newest is the suggestion.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from service.keyholder.answers import Caller
from service.reading import Reading
from service.store import Store

DOCUMENT = "screening"
PARTS = (
    "select id, document from parts where case_id = $1 and (document = 'screening' or document like 'screening.%')"
    " order by recorded_at desc, document desc"
)


@dataclass(frozen=True)
class Result:
    """One result. number: 1 for the one at filing. items: those the rule matched and no answer excluded. said: the whole of it."""

    part: UUID
    number: int
    outcome: str
    items: tuple[int, ...]
    said: dict[str, Any]

    @property
    def also_on(self) -> date | None:
        """The original's filing date, of a divisional or converted application whose applicant gave it."""
        return date.fromisoformat(said) if (said := self.said.get("also_on")) else None


async def newest(store: Store, reading: Reading, caller: Caller, case: UUID) -> Result | None:
    """The newest result, opened as a read of its own; None where the case has none. Raises Refusal as Reading.open does."""
    rows = await store.fetch(PARTS, case)
    if not rows:
        return None
    opened = await reading.open(Caller(caller.token, caller.request, beside=True), case, rows[0]["id"], "screening")
    return result(rows[0]["id"], opened.document, opened.content)


def result(part: UUID, document: str, content: bytes) -> Result:
    """A part's content as a result."""
    said = orjson.loads(content)
    number = int(document.partition(".")[2] or 1)
    return Result(part, number, said["outcome"], tuple(i["item"] for i in said["items"]), said)
