"""HTTP of notices: which were given, each as PDF, and its receipt. Routes translate and stop."""

import base64
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Response
from pydantic import BaseModel

from service.audit.leaf import Record, decode
from service.audit.receipt import number_of
from service.desk import Kind
from service.errors import Text, not_found
from service.filings.kind import FILING
from service.filings.view import Seen, View
from service.foreign.kind import CONFIRMATION
from service.keyholder.answers import Caller
from service.law.documents import documents
from service.notices.issued import Issued, issued, one
from service.notices.receiving import Delivered, deliveries, must_have_received, receive
from service.notices.render import rendered
from service.web.house import CallerDep, House, HouseDep
from service.web.strict import StrictRoute

router = APIRouter(tags=["notices"], route_class=StrictRoute)

PDF = {200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}}


class DeliveredShape(BaseModel):
    """To whom (pseudonym) a notice was delivered, and when he confirmed its receipt."""

    person: UUID
    received_at: datetime | None


class NoticeShape(BaseModel):
    """A notice that was given: its paper's code and name, its day."""

    id: UUID
    document: str
    title: dict[str, str]
    day: date
    basis: str
    addressees: list[DeliveredShape]


class NoticeList(BaseModel):
    """The notices of a case that the reader may know of, oldest first."""

    notices: list[NoticeShape]


class ServiceProof(BaseModel):
    """Proof that an addressee received a notice, offline: the record of his confirmation and the keyholder's signed note over it."""

    case: UUID
    notice: UUID
    person: UUID
    received_at: datetime
    record: str
    note: str


class NoticeReceipt(BaseModel):
    """Proof of a notice, offline: `hozen verify-receipt`. manifest: the act's paper, whose SHA-256 the signed record names."""

    number: str
    case: UUID
    notice: UUID
    document: str
    day: date
    recorded_at: datetime
    manifest: dict[str, Any]
    record: str
    note: str


async def _listed(house: House, caller: Caller, kind: Kind, case: UUID) -> NoticeList:
    seen = await _seen(house, caller, kind, case)
    found = issued(seen)
    may = await house.keyholder.know_parts(caller, case, [i.part for i in found]) if found else []
    known = [i for i, know in zip(found, may, strict=True) if know]
    delivered = await deliveries(house.store, [i.id for i in known])
    return NoticeList(notices=[_shape(i, delivered[i.id]) for i in known])


async def _read(house: House, caller: Caller, kind: Kind, case: UUID, notice: UUID) -> Response:
    seen = await _seen(house, caller, kind, case)
    found = one(seen, notice)
    assert caller.decision is not None, "who is shown a case was decided on"
    await must_have_received(house.store, notice, caller.decision.person)
    opened = await house.reading.open(caller, case, found.part, "work", kind.name)
    label = await View(house.store, house.keyholder, kind).told_label(caller, case, opened.label, opened.state)
    made = await rendered(found.notice(case, label, orjson.loads(opened.content)))
    headers = {"content-disposition": f'attachment; filename="{found.code}.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


async def _receipt(house: House, caller: Caller, kind: Kind, case: UUID, notice: UUID) -> NoticeReceipt:
    seen = await _seen(house, caller, kind, case)
    found = one(seen, notice)
    opened = await house.reading.open(caller, case, found.part, "work", kind.name)
    rows = await house.store.fetch("select record from events where case_id = $1 and id = $2", case, notice)
    data, note, record = await _signed(house, caller, case, rows[0]["record"])
    return NoticeReceipt(
        number=number_of(case.bytes),
        case=case,
        notice=notice,
        document=found.code,
        day=found.day,
        recorded_at=record.at,
        manifest=orjson.loads(opened.content),
        record=base64.b64encode(data).decode(),
        note=note,
    )


async def _receive(house: House, caller: Caller, kind: Kind, case: UUID, notice: UUID) -> DeliveredShape:
    found = one(await _seen(house, caller, kind, case), notice)
    return _delivered(await receive(house.store, caller, case, found))


async def _service(house: House, caller: Caller, kind: Kind, case: UUID, notice: UUID) -> list[ServiceProof]:
    found = one(await _seen(house, caller, kind, case), notice)
    if not (await house.keyholder.know_parts(caller, case, [found.part]))[0]:
        raise not_found()
    proofs = []
    for one_of in (await deliveries(house.store, [notice]))[notice]:
        if one_of.received_at is not None:
            data, note, record = await _signed(house, caller, case, one_of.record)
            proofs.append(
                ServiceProof(
                    case=case,
                    notice=notice,
                    person=one_of.person,
                    received_at=record.at,
                    record=base64.b64encode(data).decode(),
                    note=note,
                )
            )
    return proofs


async def _signed(house: House, caller: Caller, case: UUID, record: UUID | None) -> tuple[bytes, str, Record]:
    """The record of an act on the case, and the keyholder's note over it. Raises Refusal not-found, not-permitted, unavailable."""
    if record is None:
        raise not_found()
    data, note = await house.keyholder.receipt(caller, case, record)
    return data, note, decode(data)


async def _seen(house: House, caller: Caller, kind: Kind, case: UUID) -> Seen:
    return await View(house.store, house.keyholder, kind).seen(caller, case, "read_case")


def _delivered(said: Delivered) -> DeliveredShape:
    return DeliveredShape(person=said.person, received_at=said.received_at)


def _shape(found: Issued, delivered: list[Delivered]) -> NoticeShape:
    title: Text = documents()[found.code].title
    return NoticeShape(
        id=found.id,
        document=found.code,
        title={"ja": title.ja, "en": title.en},
        day=found.day,
        basis=found.basis,
        addressees=[_delivered(d) for d in delivered],
    )


def _add(kind: Kind) -> None:
    """The routes for cases of this kind."""
    name, base = f"{kind.name}_id", f"{kind.path}/{{{kind.name}_id}}/notices"
    case = Annotated[UUID, Path(alias=name)]

    async def list_notices(house: HouseDep, caller: CallerDep, case_id: UUID) -> NoticeList:
        """The notices given in the case that you may know of, oldest first. 通知の一覧"""
        return await _listed(house, caller, kind, case_id)

    async def read_notice(house: HouseDep, caller: CallerDep, case_id: UUID, notice_id: UUID) -> Response:
        """One notice as PDF, Japanese with an English reading copy; recorded as a read of the act's paper. 通知書"""
        return await _read(house, caller, kind, case_id, notice_id)

    async def read_receipt(house: HouseDep, caller: CallerDep, case_id: UUID, notice_id: UUID) -> NoticeReceipt:
        """What proves the notice offline: its paper, the record of its act, the keyholder's signature. 通知の証明"""
        return await _receipt(house, caller, kind, case_id, notice_id)

    async def receive_notice(house: HouseDep, caller: CallerDep, case_id: UUID, notice_id: UUID) -> DeliveredShape:
        """Confirm that you received a notice that was delivered to you; its PDF opens to you from then on. 通知の受領"""
        return await _receive(house, caller, kind, case_id, notice_id)

    async def read_service(house: HouseDep, caller: CallerDep, case_id: UUID, notice_id: UUID) -> list[ServiceProof]:
        """What proves that addressees received the notice, one for each who did. 受領の証明"""
        return await _service(house, caller, kind, case_id, notice_id)

    routes: list[tuple[str, str, Callable[..., Any], dict[str, Any]]] = [
        (base, "notices", list_notices, {}),
        (f"{base}/{{notice_id}}", "notice", read_notice, {"response_class": Response, "responses": PDF}),
        (f"{base}/{{notice_id}}/receipt", "notice-receipt", read_receipt, {}),
        (f"{base}/{{notice_id}}/service", "notice-service", read_service, {}),
    ]
    for path, called, route, more in routes:
        route.__annotations__ |= {"case_id": case}
        router.get(path, name=f"read-{kind.name}-{called}", **more)(route)
    receive_notice.__annotations__ |= {"case_id": case}
    router.post(f"{base}/{{notice_id}}/receive", name=f"receive-{kind.name}-notice")(receive_notice)


for each in (FILING, CONFIRMATION):
    _add(each)
