"""HTTP of prior confirmations (ESPA 79), and of the question of Art. 78. Routes translate and stop."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from service import clock
from service.desk import Done
from service.errors import Refusal, forbidden
from service.filings import uploads
from service.filings.intake_routes import form_schema, receipt_of
from service.filings.listing import Listing, Place, Wanted
from service.filings.routes import Only, Purpose, rendered
from service.filings.shapes import CaseShape, DoneShape, PartContent, Receipt, Workbench
from service.filings.view import Seen as Looked
from service.filings.view import View
from service.filings.words import ActBody, Day, EnteredSymbol
from service.foreign import acts, ban
from service.foreign.kind import CONFIRMATION, OPENING
from service.foreign.road import S
from service.foreign.shapes import (
    BODIES,
    Ban,
    ConfirmationList,
    LaterFilingBody,
    RequestBody,
    RequestedShape,
    UploadedBody,
    attached,
)
from service.history import standing
from service.intake.gate import judge
from service.keyholder.answers import Caller
from service.law.symbols import Spelled
from service.reading import MARKS
from service.web.act_routes import add_acts
from service.web.house import CallerDep, House, HouseDep, Key, Seen
from service.web.strict import StrictRoute

router = APIRouter(prefix="/confirmations", tags=["confirmations"], route_class=StrictRoute)
of_filings = APIRouter(prefix="/filings", tags=["filings"], route_class=StrictRoute)

NAME = "request.json"
On = Annotated[Day | None, Query(description="The day asked about; today in Japan when left out. 基準日")]


@router.get("", name="list-confirmations")
async def list_confirmations(
    house: HouseDep,
    caller: CallerDep,
    after: Annotated[str | None, Query(description="`next` of the page before. 前の頁の next")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    state: Annotated[S | None, Query(description="State as you see it. 状態")] = None,
    risen: Annotated[
        Only, Query(description="Those alone of which a clock has risen to your post. 上申されたもの")
    ] = "false",
) -> ConfirmationList:
    """The confirmations you may know of: what is due first stands first. 事前確認一覧"""
    listing = Listing(house.store, house.keyholder, _view(house), CONFIRMATION, "list_confirmations")
    page = await listing.page(
        caller, Wanted(None if after is None else Place.parse(after), state=state, risen=risen == "true"), limit
    )
    return ConfirmationList(confirmations=page.filings, next=page.next)


@router.post("", status_code=201, name=OPENING)
async def request_confirmation(
    house: HouseDep, caller: CallerDep, said: RequestBody, response: Response, idempotency_key: Key
) -> RequestedShape:
    """Ask whether a foreign application is barred (ESPA 79(1)): Form 3 with its description and drawings filled in. 事前確認の求め"""
    await _may_request(house, caller)
    attached(said.form, 0)
    async with house.desk.stage(caller, CONFIRMATION) as stage:
        await stage.begin(None)
        asked = acts.Asked(said.form, _symbols(said.symbols), [_form_verdict(said.form)], idempotency_key)
        return await _requested(house, caller, response, await acts.request(house.desk, caller, stage, asked), asked)


@router.post(
    "/uploaded", status_code=201, name="request_confirmation_uploaded", openapi_extra=form_schema(UploadedBody)
)
async def request_uploaded(
    house: HouseDep, caller: CallerDep, request: Request, response: Response, idempotency_key: Key
) -> RequestedShape:
    """The same with its papers as files, each checked and sealed as it comes. 事前確認の求め（書類を別に送る場合）"""
    await _may_request(house, caller)
    async with house.desk.stage(caller, CONFIRMATION) as stage:
        given = await uploads.taken(request, uploads.sealed_into(stage))
        said = uploads.said(UploadedBody, given.fields)
        attached(said.form, len(given.verdicts))
        verdicts = [_form_verdict(said.form), *given.verdicts]
        asked = acts.Asked(said.form, _symbols(said.symbols), verdicts, idempotency_key)
        return await _requested(house, caller, response, await acts.request(house.desk, caller, stage, asked), asked)


@router.get("/{confirmation_id}", name="read-confirmation")
async def read_confirmation(house: HouseDep, caller: CallerDep, confirmation_id: UUID, response: Response) -> CaseShape:
    """One confirmation: its events, clocks with their reason, the parts you may know of. 事前確認"""
    shape = await _view(house).case(caller, confirmation_id)
    response.headers["etag"] = f'"{shape.version}"'
    return shape


@router.get("/{confirmation_id}/workbench", name="confirmation-workbench")
async def workbench(house: HouseDep, caller: CallerDep, confirmation_id: UUID, response: Response) -> Workbench:
    """Your lawful next acts, each with its article and what is still missing. 次にできる行為"""
    bench = await _view(house).workbench(caller, confirmation_id)
    response.headers["etag"] = f'"{bench.version}"'
    return bench


@router.get("/{confirmation_id}/receipt", name="read-confirmation-receipt")
async def receipt(house: HouseDep, caller: CallerDep, confirmation_id: UUID) -> Receipt:
    """The receipt of the request: number, legal date and time, digest of every document, signed. 受領書"""
    await _view(house).seen(caller, confirmation_id, "read_case")
    return await receipt_of(house, caller, CONFIRMATION, confirmation_id)


@router.get("/{confirmation_id}/parts/{part_id}", name="read-confirmation-part")
async def read_part(
    house: HouseDep, caller: CallerDep, confirmation_id: UUID, part_id: UUID, purpose: Purpose = "work"
) -> PartContent:
    """The content of one part, marked; decided and recorded by the keyholder before it is released. 内容の閲覧"""
    opened = await house.reading.open(caller, confirmation_id, part_id, purpose, CONFIRMATION.name)
    media_type, content = rendered(opened.document, opened.content)
    return PartContent(
        id=part_id,
        case=confirmation_id,
        document=opened.document,
        version=opened.version,
        label=opened.label,
        mark=MARKS[opened.label],
        media_type=media_type,
        content=content,
    )


@router.get("/{confirmation_id}/foreign-filing", name="confirmation-foreign-filing")
async def foreign_of_confirmation(house: HouseDep, caller: CallerDep, confirmation_id: UUID, on: On = None) -> Ban:
    """May the invention be filed abroad on a day (Art. 78), by this confirmation? Its answer is opened as a read. 外国出願の可否"""
    seen = await _view(house).seen(caller, confirmation_id, "read_case")
    harmless = await _answer(house, caller, seen) if seen.state == S.ANSWERED else None
    return Ban(**ban.of_confirmation(seen.entries, seen.state, harmless, on or clock.today()))


@of_filings.get("/{filing_id}/foreign-filing", name="foreign-filing")
async def foreign_of_filing(house: HouseDep, caller: CallerDep, filing_id: UUID, on: On = None) -> Ban:
    """May the filing's invention be filed abroad on a day (Art. 78), by its own events as you are told of them? 外国出願の可否"""
    seen = await house.view.seen(caller, filing_id, "read_case")
    return Ban(**ban.of_filing(seen.entries, on or clock.today(), applicant=seen.masked))


async def pass_on_answer(
    house: HouseDep, caller: CallerDep, confirmation_id: UUID, said: ActBody, seen: Seen, response: Response
) -> DoneShape:
    """`pass_on_answer` (ESPA 79(4)): the requester is told that it is an Art. 66(1) invention, and the Prime Minister's answer. 回答"""
    passing = acts.PassingOn(house.desk, _view(house), house.reading)
    return _done(response, await passing.pass_on(caller, confirmation_id, said, seen))


async def later_filing(
    house: HouseDep, caller: CallerDep, confirmation_id: UUID, said: LaterFilingBody, seen: Seen, response: Response
) -> DoneShape:
    """`later_filing`: the Japanese application, one of yours, that you filed later. 後の特許出願"""
    done = await acts.later_filing(house.desk, house.keyholder, caller, confirmation_id, said, seen)
    return _done(response, done)


router.post("/{confirmation_id}/pass-on-answer", name="pass_on_answer")(pass_on_answer)
router.post("/{confirmation_id}/later-filing", name="later_filing")(later_filing)


async def _perform(house: House, caller: Caller, case: UUID, name: str, said: ActBody, seen: int | None) -> Done:
    return await acts.perform(house.desk, caller, case, name, said, seen)


add_acts(router, CONFIRMATION, BODIES, _perform)
router.routes.extend(of_filings.routes)


def _view(house: House) -> View:
    return View(house.store, house.keyholder, CONFIRMATION)


def _done(response: Response, done: Done) -> DoneShape:
    response.headers["etag"] = f'"{done.version}"'
    return DoneShape(**vars(done))


def _symbols(given: list[EnteredSymbol]) -> list[Spelled]:
    return [Spelled(s.text, s.scheme) for s in given]


def _form_verdict(form: dict[str, Any]) -> Any:
    return judge(NAME, orjson.dumps(form, option=orjson.OPT_SORT_KEYS))


async def _may_request(house: House, caller: Caller) -> None:
    """Who may not ask has nothing read of what he sent. Raises Refusal not-permitted, sign-in-needed."""
    decision = await house.keyholder.decide(caller, (OPENING, None))
    caller.decided(decision, decision.answers[0], None)
    if not decision.answers[0].allow:
        raise forbidden()


async def _requested(house: House, caller: Caller, response: Response, done: Done, asked: acts.Asked) -> RequestedShape:
    response.headers["location"], response.headers["etag"] = f"/confirmations/{done.case}", f'"{done.version}"'
    try:
        signed = await receipt_of(house, caller, CONFIRMATION, done.case, asked.manifest)
    except Refusal:  # the request stands; its receipt is fetched later
        signed = None
    return RequestedShape(case=done.case, state=done.state, version=done.version, receipt=signed)


async def _answer(house: House, caller: Caller, seen: Looked) -> bool | None:
    """What was passed on, as the answer that stands says it."""
    passed = next((e.id for e in reversed(standing(seen.entries)) if e.name == "pass_on_answer"), None)
    part = next((r["part_id"] for r in seen.rows if r["id"] == passed), None)
    if part is None:
        return None
    opened = await house.reading.open(caller, seen.case, part, "own-case" if seen.masked else "work", CONFIRMATION.name)
    answer: bool = orjson.loads(opened.content)["clearly_harmless"]
    return answer
