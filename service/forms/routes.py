"""HTTP of forms: which there are, one form with its texts, the verdict on a form that is filled in. Nothing is stored. 様式"""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel

from service import clock
from service.errors import Refusal
from service.filings.words import Day
from service.forms.checking import check
from service.forms.post import MEDIA_TYPE, posted, unreadable
from service.forms.schema import Form, forms
from service.strict_json import loads
from service.web.house import CallerDep, HouseDep
from service.web.problems import OF_FRAMEWORK
from service.web.strict import StrictRoute

router = APIRouter(prefix="/forms", tags=["forms"], route_class=StrictRoute)

JSON = "application/json"


class Words(BaseModel):
    """In both languages."""

    ja: str
    en: str


class FormRow(BaseModel):
    """One form. id: what a submission pins."""

    code: str
    id: str
    valid_from: date
    title: Words
    legal_basis: str
    official: str | None


class FormList(BaseModel):
    """The forms that hold on a day."""

    forms: list[FormRow]


class FaultShape(BaseModel):
    """One fault: the field (RFC 6901), what is wrong, the article, what to do."""

    pointer: str
    fault: str
    article: str
    text: Words
    next_step: Words


class Verdict(BaseModel):
    """The verdict on a form. more: faults beyond those told."""

    form: str
    holds: bool
    faults: list[FaultShape]
    more: int


@router.get("", name="list-forms")
async def list_forms(house: HouseDep, caller: CallerDep, on: Day | None = None) -> FormList:
    """The forms in the version that holds on a legal date (today, when left out). 様式の一覧"""
    caller.decided(await house.keyholder.who(caller), None, None)
    day = on or clock.today()
    found = [form for code in forms().codes() if (form := _held(code, day))]
    return FormList(forms=[_row(form) for form in found])


@router.get(
    "/{code}",
    name="read-form",
    response_class=Response,
    responses={
        200: {"content": {"application/schema+json": {"schema": {"type": "object"}}}},
        304: {"description": "As If-None-Match has it"},
    },
)
async def read_form(
    house: HouseDep,
    caller: CallerDep,
    code: str,
    on: Day | None = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """One form: its JSON Schema with the texts of every field. 様式"""
    caller.decided(await house.keyholder.who(caller), None, None)
    form = forms().on(code, on or clock.today())
    etag = f'"{form.sha256}"'
    told = {"etag": etag, "content-location": f"/forms/{form.code}?on={form.valid_from.isoformat()}"}
    if if_none_match is not None and etag in [one.strip() for one in if_none_match.split(",")]:
        return Response(status_code=304, headers=told)
    return Response(form.text, media_type="application/schema+json", headers=told)


@router.post(
    "/{code}/check",
    name="check-form",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"type": "object"}} for kind in (JSON, MEDIA_TYPE)},
        }
    },
)
async def check_form(house: HouseDep, caller: CallerDep, request: Request, code: str, on: Day | None = None) -> Verdict:
    """The verdict on a form as JSON or as posted: every fault at once. Nothing is stored. 様式の点検"""
    caller.decided(await house.keyholder.who(caller), None, None)
    day = on or clock.today()
    form = forms().on(code, day)
    return Verdict.model_validate(check(form, await said(request, form), day).to_json())


async def said(request: Request, form: Form) -> Any:
    """What a request says in a form. Raises Refusal form-unreadable, media-type-not-taken."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == MEDIA_TYPE:
        return posted(await request.body(), form.schema)
    if kind != JSON:
        raise Refusal(OF_FRAMEWORK[415][0], 415, OF_FRAMEWORK[415][1])
    try:
        return loads(await request.body())
    except ValueError:
        raise unreadable() from None


def _held(code: str, day: date) -> Form | None:
    try:
        return forms().on(code, day)
    except Refusal:
        return None


def _row(form: Form) -> FormRow:
    title = Words(ja=form.title.ja, en=form.title.en)
    official = form.schema.get("official")
    return FormRow(
        code=form.code, id=form.id, valid_from=form.valid_from, title=title, legal_basis=form.basis, official=official
    )
