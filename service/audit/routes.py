"""HTTP of the record, for auditors: where the log stands, records, bundles. Each of these requests is a record itself."""

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from service.audit import export
from service.errors import Text, forbidden, invalid
from service.web.house import CallerDep, House, HouseDep

router = APIRouter(prefix="/audit", tags=["audit"])

From = Annotated[
    str | None, Query(alias="from", description="Index of the first record, or an ISO time. 開始", max_length=40)
]
To = Annotated[str | None, Query(description="Index after the last record, or an ISO time. 終了", max_length=40)]
Form = Annotated[
    Literal["bundle", "csv", "jsonl"],
    Query(alias="format", description="bundle proves itself; csv and jsonl are to be read, and prove nothing. 形式"),
]
MEDIA = {"bundle": "application/octet-stream", "csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


class LogShape(BaseModel):
    """Where the log stands. records: stored, in the log or not yet; size: under the newest checkpoint; key: the log's public key line."""

    records: int
    size: int
    checkpoint: str
    key: str


class RecordPage(BaseModel):
    """Records as they stand in the log, each with its index."""

    first: int
    records: list[dict[str, Any]]


async def _auditor(house: House, caller: CallerDep, action: str) -> None:
    """Whether the caller may. Raises Refusal."""
    decision = await house.keyholder.decide(caller, (action, None))
    caller.decided(decision, decision.answers[0], None)
    if not decision.answers[0].allow:
        raise forbidden()


@router.get("/log", name="read-log")
async def log(house: HouseDep, caller: CallerDep) -> LogShape:
    """Where the log stands, and the key its checkpoints are verified with. ログの現在位置"""
    await _auditor(house, caller, "read_records")
    top = await export.head(house.store)
    records = (await house.store.fetch("select count(*) from records"))[0][0]
    key = (await house.keyholder.health())["key"]
    return LogShape(records=records, size=top.size, checkpoint=top.note, key=key)


@router.get("/records", name="read-records")
async def records(
    house: HouseDep,
    caller: CallerDep,
    first: Annotated[int, Query(ge=0, lt=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> RecordPage:
    """Records of the log from an index on. 記録の閲覧"""
    await _auditor(house, caller, "read_records")
    rows = await house.store.fetch(export.RECORDS, first, first + limit)
    return RecordPage(first=first, records=[orjson.loads(r["body"]) if r["body"] else {"missing": True} for r in rows])


@router.get("/bundle", name="export-records")
async def bundle(
    house: HouseDep, caller: CallerDep, since: From = None, to: To = None, form: Form = "bundle"
) -> StreamingResponse:
    """A range of the log: a bundle, to be verified offline, or a table, to be read (docs/audit-format.md). 監査用バンドル"""
    await _auditor(house, caller, "export_records")
    top = await export.head(house.store)
    first = await _index(house, "/from", since, top.size, 0)
    last = await _index(house, "/to", to, top.size, top.size)
    if first > last:
        raise invalid("/to", Text("終了が開始より前です。", "The range ends before it begins."))
    headers = {"content-disposition": f'attachment; filename="hozen-{first}-{last}.{form}"'}
    count = last - first
    pieces = (
        export.bundle(house.store, top, first, count)
        if form == "bundle"
        else export.table(house.store, form, first, count)
    )
    return StreamingResponse(pieces, media_type=MEDIA[form], headers=headers)


async def _index(house: House, pointer: str, said: str | None, size: int, otherwise: int) -> int:
    """The index that an index or a time means. Raises Refusal invalid-field."""
    if said is None:
        return otherwise
    if said.isascii() and said.isdigit():
        return min(int(said), size)
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise invalid(
            pointer, Text("番号またはISO形式の日時が必要です。", "An index or an ISO time is needed.")
        ) from None
    if moment.tzinfo is None:
        raise invalid(pointer, Text("時差を付けてください（例：+09:00）。", "Give the offset, such as +09:00."))
    return await export.index_at(house.store, moment, size)
