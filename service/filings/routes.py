"""HTTP of filings: routes translate and stop. One POST per act of the road, made from the road's own table."""

import base64
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from service import clock
from service.desk import Done
from service.filings import acts
from service.filings.bodies import BODIES, AnswerBody, DemandBody
from service.filings.kind import FILING
from service.filings.listing import Place, Wanted
from service.filings.road import S as State
from service.filings.shapes import CaseList, CaseShape, PartContent, Workbench
from service.filings.words import ActBody, Day
from service.forms import returned
from service.keyholder.answers import Caller
from service.law.calendar import calendar
from service.reading import MARKS
from service.screening import deciding as screening
from service.web.act_routes import add_acts
from service.web.house import CallerDep, House, HouseDep, the_caller, the_house
from service.web.strict import StrictRoute

router = APIRouter(prefix="/filings", tags=["filings"], route_class=StrictRoute)

ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Only = Literal["true", "false"]
Purpose = Literal["work", "screening", "review", "decision", "hearing", "own-case", "inspection"]


@router.get("", name="list-filings")
async def list_filings(
    house: HouseDep,
    caller: CallerDep,
    after: Annotated[str | None, Query(description="`next` of the page before. 前の頁の next")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    due_from: Annotated[Day | None, Query(description="Last day from. 期限の初日")] = None,
    due_to: Annotated[
        Day | None, Query(description="Last day to; over New Year, say. 期限の末日（年末年始など）")
    ] = None,
    state: Annotated[State | None, Query(description="State as you see it. 状態")] = None,
    risen: Annotated[
        Only, Query(description="Those alone of which a clock has risen to your post. 上申されたもの")
    ] = "false",
    new_year: Annotated[
        Only, Query(description="Due about the next New Year's closed days. 年末年始に期限が来るもの")
    ] = "false",
) -> CaseList:
    """The filings you may know of: what is due first stands first, then, newest first, those for which nothing runs. 案件一覧（期限順）"""
    if new_year == "true":
        first, last = calendar().new_year(clock.today())
        due_from, due_to = max(first, due_from or first), min(last, due_to or last)
    wanted = Wanted(None if after is None else Place.parse(after), due_from, due_to, state, risen == "true")
    return await house.listing.page(caller, wanted, limit)


@router.get("/{filing_id}", name="read-filing")
async def read_filing(house: HouseDep, caller: CallerDep, filing_id: UUID, response: Response) -> CaseShape:
    """One filing: its events, clocks with their reason, the parts you may know of. 案件"""
    shape = await house.view.case(caller, filing_id)
    response.headers["etag"] = f'"{shape.version}"'
    return shape


@router.get("/{filing_id}/workbench", name="workbench")
async def workbench(house: HouseDep, caller: CallerDep, filing_id: UUID, response: Response) -> Workbench:
    """Your lawful next acts, each with its article, due day and what is still missing. 次にできる行為"""
    bench = await house.view.workbench(caller, filing_id)
    response.headers["etag"] = f'"{bench.version}"'
    return bench


async def read_part(request: Request, filing_id: UUID, part_id: UUID, purpose: Purpose = "work") -> Response:
    """The content of one part, marked with its label; decided and recorded by the keyholder before it is released. 内容の閲覧"""
    house, caller = await the_house(request), await the_caller(request)
    opened = await house.reading.open(caller, filing_id, part_id, purpose, FILING.name)
    label = await house.view.told_label(caller, filing_id, opened.label, opened.state)
    media_type, content = rendered(opened.document, opened.content)
    said = {
        "id": part_id,
        "case": filing_id,
        "document": opened.document,
        "version": opened.version,
        "label": label,
        "mark": MARKS[label],
        "media_type": media_type,
        "content": content,
    }
    return Response(orjson.dumps(said), media_type="application/json")


class PlainAddress(StrictRoute):
    """The route most used. What its address says plainly is not taken apart by the framework; anything else is, and is refused there."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        by_framework = super().get_route_handler()

        async def handle(request: Request) -> Response:
            filing, part = request.path_params["filing_id"], request.path_params["part_id"]
            if request.scope["query_string"] or not (ID.fullmatch(filing) and ID.fullmatch(part)):
                return await by_framework(request)
            return await read_part(request, UUID(filing), UUID(part))

        return handle


router.add_api_route(
    "/{filing_id}/parts/{part_id}",
    read_part,
    name="read-part",
    response_model=PartContent,
    route_class_override=PlainAddress,
)


async def _perform(house: House, caller: Caller, case: UUID, name: str, said: ActBody, seen: int | None) -> Done:
    """An act on a filing: what decides the screening goes by the screening desk."""
    await _returned(house, caller, case, said)
    if name in screening.ACTS:
        return await house.screening.perform(caller, case, name, said, seen)
    return await acts.perform(house.desk, caller, case, name, said, seen)


async def _returned(house: House, caller: Caller, case: UUID, said: ActBody) -> None:
    """A form that a demand returns, or that comes back corrected. Raises FormRefused, NotReopened, Refusal not-found."""
    if isinstance(said, DemandBody) and said.returns:
        part, pointers = said.returns.part, said.returns.pointers
        await returned.must_be_fields(house.reading, caller, case, part, pointers, "/returns")
    if isinstance(said, AnswerBody) and said.answers and said.form is not None:
        on = said.happened_on or clock.today()
        said.form = await returned.corrected(house.reading, caller, case, said.answers, said.form, on, "/form")


add_acts(router, FILING, BODIES, _perform)


def rendered(document: str, content: bytes) -> tuple[str, object]:
    """A part for a JSON answer: parsed JSON, text, or base64 of a source file that is neither."""
    if document.startswith("source"):
        return "application/octet-stream;base64", base64.b64encode(content).decode()
    try:
        return "application/json", orjson.loads(content)
    except orjson.JSONDecodeError:
        return "text/plain", content.decode()
