"""HTTP of links between filings: entered by the examiner who screens both, shown to whoever sees both.

What must hold: a link bears the higher label of the two filings as its reader is told of them; who does not see both gets the bytes of a
filing without links. Not here: a link that the applicant claims with his filing, one to a prior confirmation, and taking a link back.
"""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from service.errors import Refusal
from service.filings.kind import FILING
from service.filings.words import Body, Id
from service.keyholder.answers import Caller, Linked
from service.reading import MARKS
from service.web.house import CallerDep, House, HouseDep, Seen
from service.web.strict import StrictRoute

router = APIRouter(prefix="/filings", tags=["links"], route_class=StrictRoute)

STRICTEST = ("designated", "application", "released")
"""Labels, the strictest first."""


class LinkBody(Body):
    """How this filing (the later one) belongs together with another; same_matter has no order."""

    link: Literal["divisional", "converted", "priority", "same_matter"] = Field(
        description="分割・変更・国内優先権・同一内容"
    )
    other: Id = Field(description="The other filing's id: the parent, the base, the like. 相手方の出願の識別子")


class LinkShape(BaseModel):
    """A link to another filing that you see. side: which of the two this filing is; label, mark: the higher of the two filings'."""

    link: str
    side: str
    other: UUID
    since: date
    label: str
    mark: dict[str, str]


class LinksShape(BaseModel):
    """The filing's links, the oldest first."""

    links: list[LinkShape]


@router.get("/{filing_id}/links", name="links")
async def links(house: HouseDep, caller: CallerDep, filing_id: UUID) -> LinksShape:
    """Filings that belong together with this one, of those that you see (Patent Act 41, 44, 46). 関連する出願"""
    here = await house.view.seen(caller, filing_id, "read_case")
    found = [await _shown(house, caller, here.label, link) for link in await house.keyholder.links(caller, filing_id)]
    return LinksShape(links=[link for link in found if link is not None])


@router.post("/{filing_id}/links", status_code=201, name="link_cases")
async def link(house: HouseDep, caller: CallerDep, filing_id: UUID, said: LinkBody, seen: Seen) -> LinksShape:
    """Enter a link to another filing that you screen too; the same again adds nothing (Patent Act 41, 44, 46). 関連の登録"""
    await house.desk.link(caller, filing_id, said.other, said.link, seen, FILING.name)
    return await links(house, Caller(caller.token, caller.request, beside=True), filing_id)


async def _shown(house: House, caller: Caller, label: str, found: Linked) -> LinkShape | None:
    """The link under the higher label of both as they are told to him; None where the other is hidden from him meanwhile."""
    asks = Caller(caller.token, caller.request, beside=True)  # the request's record names the filing that was asked for
    try:
        other = await house.view.seen(asks, found.other, "read_case")
    except Refusal as refusal:
        if refusal.status in (403, 404):
            return None
        raise
    higher = min(label, other.label, key=STRICTEST.index)
    said: dict[str, Any] = vars(found)
    return LinkShape(**said, label=higher, mark=MARKS[higher])
