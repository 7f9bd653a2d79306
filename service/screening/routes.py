"""HTTP of the screening desk: many cases with one reason, the figures, and what the examination system is told."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, field_validator

from service import clock
from service.filings.words import Body, Day, Id, Sentence
from service.law.screening_desk import desk_rules
from service.screening import bulk
from service.screening.quality import quality
from service.screening.stay import Stays
from service.screening.what_if import open_results
from service.web.house import CallerDep, HouseDep
from service.web.strict import StrictRoute

router = APIRouter(tags=["screening"], route_class=StrictRoute)


FIRST = UUID(int=0)
"""Before every case."""


class Seen(Body):
    """A case, and its version as it was read."""

    case: Id
    version: Annotated[int, Field(ge=1, lt=2**31)]


class BulkBody(Body):
    """One reason for many cases (66(7))."""

    reason: Sentence
    cases: list[Seen] = Field(min_length=1, max_length=bulk.MOST)

    @field_validator("cases")
    @classmethod
    def _once(cls, cases: list[Seen]) -> list[Seen]:
        if len({c.case for c in cases}) < len(cases):
            raise ValueError("a case stands twice")
        return cases


class JudgedShape(BaseModel):
    """What came of one case: done with state and version, or refused by name."""

    case: UUID
    done: bool
    state: str | None = None
    version: int | None = None
    refusal: dict[str, Any] | None = None


class BulkShape(BaseModel):
    """What came of each, in the order of the list."""

    results: list[JudgedShape]


class OpenResults(BaseModel):
    """A page of open cases, by id: {case, part}."""

    results: list[dict[str, UUID]]


class EarlierNotice(BaseModel):
    """A pre-designation notice (67(9)) that this applicant got on an earlier request of his; which filing it was is not told."""

    person: UUID
    day: date


class EarlierNotices(BaseModel):
    """The earlier notices of the filing's applicants, oldest first."""

    notices: list[EarlierNotice]


class StayShape(BaseModel):
    """Whether refusal (Patent Act 49), grant (51) and publication (64(1)) wait; priority_certificate: withheld (186(1) proviso)."""

    case: UUID
    decisions: str
    publication: str
    priority_certificate: str
    priority_certificate_overridden: bool
    since: date
    basis: str
    why: dict[str, str]


class StayEvent(BaseModel):
    """One signed event; note: null where the keyholder does not sign it: then the stay goes on."""

    number: int
    case: UUID
    event: str
    day: date
    note: str | None


class StayEvents(BaseModel):
    """The events after the number asked for, oldest first."""

    events: list[StayEvent]


class Acknowledged(BaseModel):
    """The event that is known to have come."""

    number: int


@router.post("/screening/judge-not-to-send", name="judge-not-to-send-in-bulk")
async def judge_not_to_send(house: HouseDep, caller: CallerDep, said: BulkBody) -> BulkShape:
    """Judge up to 200 cases not to be sent, with one reason; each is decided and recorded by itself. 不送付の一括判断"""
    cases = [(c.case, c.version) for c in said.cases]
    judged = await bulk.judge_not_to_send(house.screening, caller, said.reason, cases)
    return BulkShape(
        results=[
            JudgedShape(
                case=j.case,
                done=j.refusal is None,
                state=j.state,
                version=j.version,
                refusal=j.refusal.problem() if j.refusal else None,
            )
            for j in judged
        ]
    )


@router.get("/screening/quality", name="screening-quality")
async def read_quality(
    house: HouseDep,
    caller: CallerDep,
    first: Annotated[
        Day | None, Query(description="First day; the house rule's span before the last when left out. 初日")
    ] = None,
    last: Annotated[Day | None, Query(description="Last day; today when left out. 末日")] = None,
) -> dict[str, Any]:
    """Figures of your section's decisions: each item suggested and confirmed, overrides, sampled misses. 照合の精度"""
    until = last or clock.today()
    return await quality(house.screening, caller, first or until - timedelta(desk_rules().span_days), until)


@router.get("/screening/open", name="open-results")
async def read_open(
    house: HouseDep,
    caller: CallerDep,
    after: UUID = FIRST,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
) -> OpenResults:
    """The open cases and the part of each that holds its newest screening, for who tries a new definition. 係属案件の照合結果"""
    return OpenResults(results=await open_results(house.store, house.keyholder, caller, after, limit))


@router.get("/filings/{filing_id}/earlier-notices", name="earlier-notices")
async def earlier_notices(house: HouseDep, caller: CallerDep, filing_id: UUID) -> EarlierNotices:
    """Did an applicant of this filing get a pre-designation notice on an earlier request (66(2))? For who may send it. 以前の申出の有無"""
    await house.view.seen(caller, filing_id, "workbench")
    found = await house.keyholder.earlier_notices(caller, filing_id)
    return EarlierNotices(notices=[EarlierNotice(person=person, day=day) for person, day in found])


@router.get("/filings/{filing_id}/stay", name="read-stay")
async def read_stay(house: HouseDep, caller: CallerDep, filing_id: UUID) -> StayShape:
    """Whether the examination may decide and publish (66(7)), and whether the priority certificate is withheld. 査定等の留保"""
    stay = await Stays(house.store, house.keyholder).one(caller, filing_id)
    held = _word(hold=stay.hold)
    return StayShape(
        case=filing_id,
        decisions=held,
        publication=held,
        priority_certificate=_word(hold=stay.certificate),
        priority_certificate_overridden=stay.overridden,
        since=stay.since,
        basis=stay.basis,
        why={"ja": stay.why.ja, "en": stay.why.en},
    )


@router.get("/stays/events", name="stay-events")
async def stay_events(
    house: HouseDep,
    caller: CallerDep,
    after: Annotated[int, Query(ge=0, lt=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> StayEvents:
    """Hold and resume events after a number, each signed by the keyholder over case id, day and number, nothing else. 留保の通知"""
    found = await Stays(house.store, house.keyholder).events(caller, after, limit)
    return StayEvents(events=[StayEvent(**e) for e in found])


@router.post("/stays/events/{number}/receipt", name="acknowledge-stay-event")
async def acknowledge(house: HouseDep, caller: CallerDep, number: int) -> Acknowledged:
    """The event has come; said again it changes nothing. 受領の確認"""
    await Stays(house.store, house.keyholder).received(caller, number)
    return Acknowledged(number=number)


def _word(*, hold: bool) -> str:
    return "hold" if hold else "resume"
