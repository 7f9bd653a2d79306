"""HTTP of parties: who is on the applicant's side, and entries that change it."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from service import clock
from service.filings.kind import FILING
from service.parties.addressees import addressed
from service.parties.entries import DOCUMENT, Entry, act_of
from service.web.house import CallerDep, HouseDep, Seen
from service.web.strict import StrictRoute

router = APIRouter(tags=["parties"], route_class=StrictRoute)


class PartyShape(BaseModel):
    """Somebody on the applicant's side, from and until which day. His name and address are in the sealed papers of the entries."""

    person: UUID
    work: str
    represents: UUID | None
    since: date
    until: date | None


class PartiesShape(BaseModel):
    """Parties and attorneys as they stand; addressees: to whom a notice of today goes."""

    parties: list[PartyShape]
    addressees: list[UUID]


class EntryShape(BaseModel):
    """The paper of an entry: a part of the case."""

    case: UUID
    part: UUID


@router.get("/filings/{filing_id}/parties", name="parties")
async def parties(house: HouseDep, caller: CallerDep, filing_id: UUID) -> PartiesShape:
    """Who is a party, who acts for whom, and to whom a notice goes (Patent Act 9-14). 当事者・代理人・代表者"""
    await house.view.seen(caller, filing_id, "read_case")
    found = await house.keyholder.parties(caller, filing_id)
    shown = [
        PartyShape(person=p.person, work=p.work, represents=p.represents, since=p.start, until=p.until) for p in found
    ]
    return PartiesShape(parties=shown, addressees=addressed(found, clock.today()))


@router.post("/filings/{filing_id}/parties", status_code=201, name="enter-party")
async def enter(house: HouseDep, caller: CallerDep, filing_id: UUID, said: Entry, seen: Seen) -> EntryShape:
    """Enter a party, a power of attorney, its end, the common representative (Patent Act 9-14). Access follows at once. 当事者の登録"""
    part = await house.desk.enter(caller, filing_id, act_of(said), DOCUMENT, seen, FILING.name)
    return EntryShape(case=filing_id, part=part)
