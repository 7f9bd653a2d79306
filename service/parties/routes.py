"""HTTP of parties and mandates: who is on the applicant's side, entries that change it; who acts for the authorities."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from service import clock
from service.desk.addressees import addressed
from service.filings.kind import FILING
from service.filings.words import Body, Day, Id
from service.foreign.kind import CONFIRMATION
from service.parties.entries import DOCUMENT, Entry, act_of
from service.web.house import CallerDep, HouseDep, Key, Seen
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
async def enter(
    house: HouseDep, caller: CallerDep, filing_id: UUID, said: Entry, seen: Seen, idempotency_key: Key
) -> EntryShape:
    """Enter a party, a power of attorney, its end, the common representative (Patent Act 9-14). Access follows at once. 当事者の登録"""
    part = await house.desk.enter(caller, filing_id, act_of(said), DOCUMENT, seen, FILING.name, idempotency_key)
    return EntryShape(case=filing_id, part=part)


class MandateBody(Body):
    """Who acts for an authority, in which acts (all, when left out), by which instrument of delegation, from and until which day."""

    person: Id
    authority: Literal["commissioner", "prime_minister"]
    acts: list[str] | None = Field(None, min_length=1, max_length=20, description="Names of acts. 行為の名称")
    instrument: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    start: Day | None = Field(None, alias="from", description="First day; today when left out. 始期")
    until: Day | None = Field(None, description="Last day. 終期")

    @model_validator(mode="after")
    def _of_the_authority(self) -> Self:
        known = {*FILING.mandated.items(), *CONFIRMATION.mandated.items()}
        theirs = {name for name, authority in known if authority == self.authority}
        if set(self.acts or ()) - theirs:
            raise PydanticCustomError("not_its_act", "an act that is not done for this authority")
        return self


class MandateMade(BaseModel):
    """The fact that was made: its id ends it again (DELETE /facts/{id})."""

    id: UUID


class MandateShape(BaseModel):
    """A mandate that holds today."""

    id: UUID
    authority: str
    scope: str
    instrument: str


@router.post("/mandates", status_code=201, name="give-mandate")
async def give_mandate(house: HouseDep, caller: CallerDep, said: MandateBody, idempotency_key: Key) -> MandateMade:
    """Enter the instrument by which somebody acts for the Commissioner or the Prime Minister (house rule). 委任（専決）の登録"""
    values = {
        "authority": said.authority,
        "scope": " ".join(said.acts) if said.acts else "all",
        "instrument": said.instrument,
    }
    fact = {
        "kind": "mandate",
        "person": said.person.bytes,
        "case": None,
        "from": said.start.isoformat() if said.start else None,
        "until": said.until.isoformat() if said.until else None,
        "values": values,
    }
    return MandateMade(id=await house.desk.attest(caller, fact, idempotency_key))


@router.get("/mandates", name="own-mandates")
async def own_mandates(house: HouseDep, caller: CallerDep) -> list[MandateShape]:
    """For whom you act today, and by which instrument. 自己の委任"""
    decision = await house.keyholder.who(caller)
    caller.decided(decision, None, None)
    return [MandateShape(**vars(m)) for m in decision.mandates]
