"""Which notices were given in a case, and each as its act's sealed paper says it: the PDF is made of that paper and of nothing else.

What must hold: a notice stands with its act (same transaction, same record, whose digest is the paper's), so that no act fails for a font
and nothing is kept twice. What was taken back by a correction is no notice any more; one that was dated anew keeps the day it says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service.audit.leaf import Record
from service.audit.receipt import number_of
from service.errors import Text, not_found
from service.filings.view import Seen
from service.history import standing
from service.kinds import KINDS
from service.law.documents import documents
from service.notices.layout import Notice
from service.notices.render import pdf
from service.notices.words import texts
from service.reading import MARKS


@dataclass(frozen=True)
class Issued:
    """One notice. id: of its event; part: its act's sealed paper."""

    id: UUID
    code: str
    name: str
    day: date
    basis: str
    part: UUID

    def notice(self, case: UUID, label: str, paper: Mapping[str, Any]) -> Notice:
        """Its canonical data, marked with the label that the case has for the reader."""
        return Notice(self.code, number_of(case.bytes), self.day, self.basis, _mark(label), paper)


def issued(seen: Seen) -> list[Issued]:
    """The notices of a case as its reader sees it, oldest first."""
    stand = {e.id for e in standing(seen.entries)}
    return [
        Issued(row["id"], step.document, row["name"], row["happened_on"], step.basis, row["part_id"])
        for row, step in zip(seen.rows, seen.steps, strict=True)
        if row["id"] in stand
        and step is not None
        and step.document is not None
        and step.document in texts()
        and row["part_id"]
    ]


def one(seen: Seen, notice: UUID) -> Issued:
    """Raises Refusal not-found."""
    found = next((i for i in issued(seen) if i.id == notice), None)
    if found is None:
        raise not_found()
    return found


def is_of(record: Record, paper: Mapping[str, Any], given: bytes) -> str | None:
    """The code of the notice that `given` (PDF) is, made anew from the record's act and its paper; None where it is another's."""
    for notice in _of_record(record, paper):
        if pdf(notice) == given:
            return notice.code
    return None


def _of_record(record: Record, paper: Mapping[str, Any]) -> Iterator[Notice]:
    """As the record's act can have been shown: one for each row of the road and each mark."""
    if record.step is None or record.case is None or record.kind is None or record.kind not in KINDS:
        return
    steps = [s for s in KINDS[record.kind].road.steps if s.name == record.step["name"]]
    day, number = date.fromisoformat(record.step["happened_on"]), number_of(record.case.bytes)
    for code, basis in sorted({(s.document, s.basis) for s in steps if s.document in documents() and s.document}):
        if code in texts():
            yield from (Notice(code, number, day, basis, _mark(label), paper) for label in MARKS)


def _mark(label: str) -> Text:
    return Text(MARKS[label]["ja"], MARKS[label]["en"])
