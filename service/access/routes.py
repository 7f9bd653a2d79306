"""HTTP of facts about persons: posts, clearances, compartments, assignments, grants. Made by the keyholder on the granter's own token."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from service.filings.words import Body, Day, Id
from service.web.house import CallerDep, HouseDep, Key
from service.web.strict import StrictRoute

router = APIRouter(prefix="/facts", tags=["access"], route_class=StrictRoute)

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/@-]{0,199}$")]


class FactBody(Body):
    """One fact. values by kind: subject {issuer, subject}; post {office, role}; clearance {level}; compartment {name}; assignment {work};
    grant {documents: codes with a blank between, purpose}. It holds from `from` (today, when left out) to `until`, both days included."""

    kind: Literal["subject", "post", "clearance", "compartment", "assignment", "grant"]
    person: Id
    case: Id | None = None
    start: Day | None = Field(None, alias="from")
    until: Day | None = None
    values: dict[Word, Word | int] = Field(max_length=8)


class FactShape(BaseModel):
    """The fact that was made: its id ends it again."""

    id: UUID
    person: UUID
    case: UUID | None


@router.post("", status_code=201, name="attest")
async def attest(house: HouseDep, caller: CallerDep, body: FactBody, idempotency_key: Key) -> FactShape:
    """Make a fact about a person (ESPA 67(3)-(6), CAO Order 10; CESI Act 11): who may is the policies' to say. 事実の登録"""
    ids = {"person": body.person.bytes, "case": body.case.bytes if body.case else None}
    made = await house.desk.attest(caller, body.model_dump(mode="json", by_alias=True) | ids, idempotency_key)
    return FactShape(id=made, person=body.person, case=body.case)


class HandShape(BaseModel):
    """A fact on a case: its id ends it, `work` is what it gives the person."""

    id: UUID
    person: UUID
    kind: str
    work: str


@router.get("", name="hands")
async def hands(house: HouseDep, caller: CallerDep, case: UUID) -> list[HandShape]:
    """Who works on a case, for the head of its section who hands it on (house rule). 担当者"""
    caller.decided(await house.keyholder.who(caller), None, case)
    return [HandShape(**vars(hand)) for hand in await house.keyholder.hands(caller, case)]


@router.delete("/{fact_id}", status_code=204, name="revoke")
async def revoke(house: HouseDep, caller: CallerDep, fact_id: UUID) -> None:
    """End a fact at once: every older copy of the person's facts is void when this answers. 事実の取消し"""
    await house.keyholder.revoke(caller, fact_id)
