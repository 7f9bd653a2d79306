"""HTTP of drafts: a form is begun, saved, taken up again, submitted; its writer's alone. 下書き"""

from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Header, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from service import clock
from service.desk.refusals import version_needed
from service.errors import Refusal, Text, forbidden, not_found
from service.filings import acts, intake_routes
from service.filings.bodies import NonSendingBody
from service.filings.entered import FileEntered
from service.filings.shapes import DoneShape, FiledShape
from service.filings.words import Body, Day, Id, Sentence
from service.foreign import routes as confirmations
from service.foreign.shapes import RequestBody, RequestedShape
from service.forms.checking import check
from service.forms.drafts import Draft, StaleSave
from service.forms.routes import Verdict
from service.forms.schema import forms
from service.keyholder.answers import Caller
from service.web.house import CallerDep, House, HouseDep, Seen
from service.web.strict import StrictRoute

router = APIRouter(prefix="/drafts", tags=["forms"], route_class=StrictRoute)


class DraftBody(Body):
    """A form as far as it is filled in; nothing of it is judged yet."""

    form: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")] = Field(description="Code of the form. 様式")
    said: dict[str, Any] = Field(description="What is filled in so far. 記入内容")


class DraftRow(BaseModel):
    """A draft in the list; what it is shows when it is opened."""

    id: UUID
    revision: int
    saved_at: datetime


class DraftList(BaseModel):
    """Your drafts, newest first."""

    drafts: list[DraftRow]


class DraftShape(DraftRow):
    """A draft, and what its form has to say to it today."""

    form: str
    said: dict[str, Any]
    verdict: Verdict


class SubmitBody(Body):
    """Submit the revision that you have seen. filing: whose request it is (Form 2); the rest is said with an application."""

    revision: Annotated[int, Field(ge=1, le=2**31 - 1)]
    filing: Id | None = None
    read_back: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    request_review: Sentence | None = None
    review_form: dict[str, Any] | None = None
    happened_on: Day | None = None
    date_reason: Sentence | None = None


@router.get("", name="list-drafts")
async def list_drafts(house: HouseDep, caller: CallerDep) -> DraftList:
    """Your drafts. 下書き一覧"""
    found = await house.drafts.all(await _person(house, caller))
    return DraftList(drafts=[DraftRow(id=i, revision=r, saved_at=at) for i, r, at in found])


@router.get("/{draft_id}", name="read-draft")
async def read_draft(house: HouseDep, caller: CallerDep, draft_id: UUID, response: Response) -> DraftShape:
    """One of your drafts, with every fault that it would have today. 下書き"""
    caller.decided(await house.keyholder.who(caller), None, None)
    draft = await house.drafts.open(caller, draft_id)
    response.headers["etag"] = f'"{draft.revision}"'
    today = clock.today()
    verdict = check(forms().on(draft.form, today), draft.said, today).to_json()
    return DraftShape(**vars(draft), verdict=Verdict.model_validate(verdict))


@router.put("/{draft_id}", name="save-draft")
async def save_draft(
    house: HouseDep, caller: CallerDep, draft_id: UUID, body: DraftBody, seen: Seen, response: Response
) -> DraftRow:
    """Begin a draft under an id of your own (201), or save over the revision in If-Match (200). 下書きの保存"""
    person = await _person(house, caller)
    form = forms().on(body.form, clock.today())
    if seen is None:
        if not await house.drafts.begin(caller, person, draft_id, form, body.said):
            raise version_needed()
        revision, response.status_code = 1, 201
    else:
        revision = await house.drafts.save(caller, person, draft_id, seen, form, body.said)
    response.headers["etag"] = f'"{revision}"'
    return DraftRow(id=draft_id, revision=revision, saved_at=clock.now())


@router.delete("/{draft_id}", status_code=204, name="drop-draft")
async def drop_draft(house: HouseDep, caller: CallerDep, draft_id: UUID) -> None:
    """Drop a draft. 下書きの削除"""
    if not await house.drafts.drop(caller, await _person(house, caller), draft_id):
        raise not_found()


@router.post("/{draft_id}/submit", name="submit-draft", response_model=FiledShape | DoneShape | RequestedShape)
async def submit_draft(
    house: HouseDep,
    caller: CallerDep,
    draft_id: UUID,
    body: SubmitBody,
    seen: Seen,
    response: Response,
    idempotency_key: Annotated[str | None, Header(pattern=r"^[!-~]{8,128}$")] = None,
) -> FiledShape | DoneShape | RequestedShape:
    """Submit a draft: an application is filed, a confirmation asked for, a request made on its filing; the draft is gone then. 下書きの提出

    What begins a case takes an Idempotency-Key (the draft's id and revision, when left out), a request the case's version in If-Match.
    """
    person = await _person(house, caller)
    draft = await house.drafts.open(caller, draft_id)
    if draft.revision != body.revision:
        raise StaleSave(draft.revision, [])
    key = idempotency_key or f"{draft.id}/{draft.revision}"
    done: FiledShape | DoneShape | RequestedShape
    if draft.form == "filing":
        done = await _filed(house, caller, draft, body, response, key)
    elif draft.form == "cao-meti-3":
        asked = _kept(RequestBody, {"form": draft.said})
        response.status_code = 201
        done = await confirmations.request_confirmation(house, caller, asked, response, key)
    elif draft.form == "cao-meti-2" and body.filing is not None:
        done = await _requested(house, caller, draft, body, seen, response)
    else:
        raise _no_such_way()
    with suppress(Refusal):  # what it became stands; the draft is dropped later
        await house.drafts.drop(caller, person, draft_id, draft.revision)
    return done


async def _person(house: House, caller: Caller) -> UUID:
    """Who keeps drafts. Raises Refusal not-permitted, sign-in-needed."""
    decision = await house.keyholder.decide(caller, ("keep_draft", None))
    caller.decided(decision, decision.answers[0], None)
    if not decision.answers[0].allow:
        raise forbidden()
    return decision.person


async def _filed(
    house: House, caller: Caller, draft: Draft, body: SubmitBody, response: Response, key: str
) -> FiledShape:
    said = _kept(FileEntered, {"filing": draft.said, **_with(body, "filing", "revision")})
    response.status_code = 201
    return await intake_routes.file_entered(house, caller, said, response, key)


async def _requested(
    house: House, caller: Caller, draft: Draft, body: SubmitBody, seen: int | None, response: Response
) -> DoneShape:
    said = _kept(NonSendingBody, {"form": draft.said, "happened_on": body.happened_on, "date_reason": body.date_reason})
    assert body.filing is not None
    done = await acts.perform(house.desk, caller, body.filing, "request_non_sending_notice", said, seen)
    response.headers["etag"] = f'"{done.version}"'
    return DoneShape(**vars(done))


Kept = TypeVar("Kept", bound=Body)


def _kept(model: type[Kept], said: dict[str, Any]) -> Kept:
    """The body of the act. Raises FormRefused, RequestValidationError."""
    try:
        return model.model_validate(said)
    except ValidationError as wrong:
        raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in wrong.errors()]) from None


def _with(body: SubmitBody, *without: str) -> dict[str, Any]:
    said = body.model_dump(exclude_none=True, exclude=set(without))
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}


def _no_such_way() -> Refusal:
    return Refusal(
        "draft-not-submitted-here",
        409,
        Text("この様式は単独では提出できません。", "This form is not submitted by itself."),
        next_step=Text(
            "様式第1は出願とともに（review_form）、様式第2は filing に案件を示して、様式第4・第5は様式第3の中で提出してください。",
            "Send Form 1 with the application (review_form), name the filing for Form 2, fill Forms 4 and 5 in within Form 3.",
        ),
    )
