"""HTTP of filing: documents or a form are read back, confirmed, filed; then a receipt. Routes translate and stop."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import Strict

from service import clock
from service.audit.leaf import decode
from service.audit.receipt import number_of
from service.desk import Kind as CaseKind
from service.desk import Stage
from service.errors import Refusal, forbidden, not_found
from service.filings import acts, uploads
from service.filings.entered import NAME, FileEntered, OriginalDay, ReadEntered, Said, UploadedSaid, filing_of, source
from service.filings.read_back import Understood, manifest, must_be_confirmed, read_back
from service.filings.shapes import FiledShape, ReadBack, Receipt
from service.filings.words import Body
from service.intake.filing import DOCUMENTS, Kind, Source
from service.intake.formats import st96_written
from service.intake.gate import judge
from service.keyholder.answers import Caller, Decision
from service.reading import MARKS
from service.web.house import CallerDep, House, HouseDep, Key
from service.web.strict import StrictRoute

router = APIRouter(prefix="/filings", tags=["filings"], route_class=StrictRoute)

EXPORTED = frozenset(DOCUMENTS) - {"losses"}


class ReadSaid(Body):
    """The fields beside files that are only to be read back."""

    application: Kind | None = None
    original_filed_on: OriginalDay
    self_check: Annotated[bool, Strict(False)] = False


def form_schema(model: type[Body]) -> dict[str, Any]:
    """How OpenAPI tells of a streamed form."""
    schema = model.model_json_schema()
    files = {"type": "array", "items": {"type": "string", "format": "binary"}, "description": "出願書類"}
    schema["properties"] = {**schema["properties"], "files": files}
    schema["required"] = [*schema.get("required", []), "files"]
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@router.post("/read-back", name="read-back", openapi_extra=form_schema(ReadSaid))
async def read_back_documents(house: HouseDep, caller: CallerDep, request: Request) -> ReadBack:
    """What is understood of these documents and what is not; nothing is stored. 読み取り結果の確認"""
    await _may_file(house, caller)
    given = await uploads.taken(request, uploads.forgotten)
    said = uploads.said(ReadSaid, given.fields)
    filing = await uploads.read(given)
    what = Understood(filing, said.application or filing.kind, said.original_filed_on, given.verdicts)
    what.must_have_its_original(clock.today())
    told = read_back(what, clock.today() if said.self_check else None)
    return ReadBack.model_validate(told)


@router.post("/entered/read-back", name="read-back-entered")
async def read_back_entered(house: HouseDep, caller: CallerDep, said: ReadEntered) -> ReadBack:
    """What is understood of the form; nothing is stored. 入力内容の確認"""
    await _may_file(house, caller)
    verdict = judge(NAME, source(said.filing, None))
    form = said.filing
    what = Understood(filing_of(form), form.application, form.original_filed_on, [verdict])
    told = read_back(what, clock.today() if said.self_check else None)
    return ReadBack.model_validate(told)


@router.post("", status_code=201, name="file", openapi_extra=form_schema(UploadedSaid))
async def file(
    house: HouseDep, caller: CallerDep, request: Request, response: Response, idempotency_key: Key
) -> FiledShape:
    """File an application (ESPA 66(1)): documents are checked and sealed as they come, the whole is read and screened. 特許出願"""
    decision = await _may_file(house, caller)
    async with house.desk.stage(caller, house.filing) as stage:
        given = await uploads.taken(request, uploads.sealed_into(stage))
        said = uploads.said(UploadedSaid, given.fields)
        filing = await uploads.read(given)
        what = Understood(filing, said.application or filing.kind, said.original_filed_on, given.verdicts)
        return await _file(house, caller, response, stage, decision, what, said, idempotency_key)


@router.post("/entered", status_code=201, name="file-entered")
async def file_entered(
    house: HouseDep, caller: CallerDep, said: FileEntered, response: Response, idempotency_key: Key
) -> FiledShape:
    """File what was entered by hand: the applicant's form, or a clerk's copy of a paper filing under its day of receipt. 書面出願の入力"""
    decision = await _may_file(house, caller)
    data = source(said.filing, said.happened_on)
    verdict = judge(NAME, data)
    filing = replace(filing_of(said.filing), sources=(Source(NAME, b""),))
    async with house.desk.stage(caller, house.filing) as stage:
        await stage.begin(said.party)
        await stage.put("source.1", data)
        what = Understood(filing, said.filing.application, said.filing.original_filed_on, [verdict])
        return await _file(house, caller, response, stage, decision, what, said, idempotency_key)


@router.get("/{filing_id}/receipt", name="read-receipt")
async def receipt(house: HouseDep, caller: CallerDep, filing_id: UUID) -> Receipt:
    """The receipt of the filing: number, legal date and time, digest of every document, signed. 受領書"""
    await house.view.seen(caller, filing_id, "read_case")
    return await receipt_of(house, caller, house.filing, filing_id)


@router.get(
    "/{filing_id}/export",
    name="export-filing",
    response_class=Response,
    responses={200: {"content": {"application/xml": {"schema": {"type": "string"}}}}},
)
async def export_filing(house: HouseDep, caller: CallerDep, filing_id: UUID) -> Response:
    """The filing as WIPO ST.96, of the parts you may read; each is decided and recorded as a read. ST.96 での書き出し"""
    seen = await house.view.case(caller, filing_id)
    wanted = {p.document: p.id for p in seen.parts if p.document in EXPORTED}
    if not wanted:
        raise not_found()
    opened = [
        await house.reading.open(caller, filing_id, part, "own-case", house.filing.name) for part in wanted.values()
    ]
    mark = MARKS[seen.label]["en"]
    parts = {o.document: o.content for o in opened}
    return Response(st96_written.export(parts), media_type="application/xml", headers={"marking": mark})


async def _file(
    house: House,
    caller: Caller,
    response: Response,
    stage: Stage,
    decision: Decision,
    what: Understood,
    said: Said,
    key: str,
) -> FiledShape:
    """Confirmed, filed, receipted."""
    what.must_have_its_original(said.happened_on or clock.today())
    told = read_back(what, None)
    if "clerk" not in decision.roles:
        must_be_confirmed(said.read_back, told["digest"])
    words = said.model_dump(mode="json", include={"request_review", "happened_on", "date_reason", "party"})
    words |= {"original_filed_on": what.original} if what.original else {}
    words |= {"review_form": said.review_form} if said.review_form else {}
    filed = acts.Filed(
        what.filing,
        what.application,
        manifest(what.application, what.verdicts, words),
        said.happened_on,
        said.date_reason,
        said.review(),
        key,
        what.original,
    )
    done = await acts.file(house.desk, house.filing, caller, stage, filed)
    response.headers["location"], response.headers["etag"] = f"/filings/{done.case}", f'"{done.version}"'
    try:
        signed = await receipt_of(house, caller, house.filing, done.case, filed.manifest)
    except Refusal:  # the filing stands; its receipt is fetched later
        signed = None
    return FiledShape(
        case=done.case,
        state=done.state,
        version=done.version,
        format=what.filing.format,
        application=what.application,
        losses=told["losses"],
        receipt=signed,
    )


async def receipt_of(
    house: House, caller: Caller, kind: CaseKind, case: UUID, listed: Mapping[str, Any] | None = None
) -> Receipt:
    """The receipt over the record of the opening act. Raises Refusal not-found, not-permitted, unavailable."""
    rows = await house.store.fetch("select record from events where case_id = $1 and source = ''", case)
    if not rows or rows[0]["record"] is None:
        raise not_found()
    if listed is None:
        part = await house.store.fetch("select id from parts where case_id = $1 and document = 'manifest'", case)
        if not part:
            raise not_found()
        listed = orjson.loads((await house.reading.open(caller, case, part[0]["id"], "own-case", kind.name)).content)
    data, note = await house.keyholder.receipt(caller, case, rows[0]["record"])
    record = decode(data)
    assert record.step is not None
    return Receipt(
        number=number_of(case.bytes),
        case=case,
        filed_on=record.step["happened_on"],
        received_at=record.at,
        manifest=dict(listed),
        record=base64.b64encode(data).decode(),
        note=note,
    )


async def _may_file(house: House, caller: Caller) -> Decision:
    """Who may not file has nothing read of what he sent. Raises Refusal not-permitted, sign-in-needed."""
    decision = await house.keyholder.decide(caller, ("file", None))
    caller.decided(decision, decision.answers[0], None)
    if not decision.answers[0].allow:
        raise forbidden()
    return decision
