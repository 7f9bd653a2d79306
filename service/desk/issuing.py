"""Giving a notice: its number in its office's register, and to whom it goes, both in the transaction of the act that gives it.

What must hold: numbers of one register and year are 1, 2, 3 ... without a gap: an act that is rolled back takes its number back with it,
and the next act of that office waits for it. A notice that was taken back keeps its number. The number stands in the act's sealed paper.
Not promised: that the owner of the database leaves the count alone; a number that stands on two papers shows it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from service.desk.acts import Act
from service.desk.addressees import addressed
from service.keyholder.answers import Party
from service.law.documents import Document, documents
from service.store import Work
from service.tables import Delivery, Event
from service.workflow import Step

REGISTERS = {"jpo": "JPO", "pm": "CAO"}
NEXT = """
insert into registers (office, year, last) values ($1, $2, 1)
on conflict (office, year) do update set last = registers.last + 1 returning last
"""


def notice_of(step: Step) -> Document | None:
    """The notice that a step gives, or None."""
    paper = documents().get(step.document or "")
    return paper if paper is not None and paper.is_notice else None


async def numbered(work: Work, paper: Document, act: Act, today: date) -> Act:
    """The act with the next number of the register: office, calendar year of the entry in Japan, running number."""
    office = REGISTERS[paper.sender]
    last = await work.connection.fetchval(NEXT, office, today.year)
    return replace(act, number=f"{office}-{today.year}-{last}")


async def deliver(work: Work, event: Event, parties: Sequence[Party]) -> list[UUID]:
    """Lay the notice out for those to whom it goes on its legal day; their pseudonyms."""
    persons = addressed(parties, event.happened_on)
    for person in persons:
        await work.insert(Delivery(event_id=event.id, person=person))
    return persons
