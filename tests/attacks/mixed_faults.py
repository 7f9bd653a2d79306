"""Services that skip, double or mislabel a record: each is one patch away from ours, and the judge must see every one."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.types import Message, Receive, Scope, Send

from service import clock
from service.audit.leaf import Draft, Position
from service.audit.writer import BatchedWriter
from service.desk.trail import Trail
from service.keyholder.answers import Caller
from service.store import Work
from service.web import edge
from service.web.edge import _Answer
from tests.attacks.inside import Service, drive
from tests.attacks.mixed import EARLY, FORM, LATE, Ask, Got
from tests.keyholder.world import ID
from tests.web.filed import TEXT

Fault = Callable[[pytest.MonkeyPatch], None]
FAULTS: list[Fault] = []


def fault(plant: Fault) -> Fault:
    FAULTS.append(plant)
    return plant


@asynccontextmanager
async def fault_scene(service: Service) -> AsyncIterator[list[Ask]]:
    """A case as sato filed it, and one request of every sort around it."""
    paper = TEXT.format("F1").encode()
    form = (("content-type", "multipart/form-data; boundary=x"),)
    told = await send(service, Ask("POST", "/filings/read-back", "sato", form, FORM % (paper, b"")))
    keyed = (*form, ("idempotency-key", uuid4().hex))
    filing = Ask("POST", "/filings", "sato", keyed, FORM % (paper, told.json()["digest"].encode()))
    case = (await send(service, filing)).json()["case"]
    parts = (await send(service, Ask("GET", f"/filings/{case}", "sato"))).json()["parts"]
    yield _script(f"/filings/{case}", str(parts[0]["id"]), filing)


def _script(case: str, part: str, filing: Ask) -> list[Ask]:
    tag, json = ("if-match", '"2"'), ("content-type", "application/json")
    reason = b'{"reason":"x"}'
    return [
        filing,
        Ask("GET", "/filings", "sato"),
        Ask("GET", case, "sato"),
        Ask("GET", case, "yamada"),
        Ask("GET", case, ""),
        Ask("GET", case, "?"),
        Ask("GET", f"{case}/parts/{part}", "sato"),
        Ask("GET", f"{case}/parts/{part}", "yamada"),
        Ask("GET", f"{case}/parts/{part}", "sato", leave=LATE),
        Ask("GET", f"{case}/workbench", "suzuki", leave=LATE),
        Ask("HEAD", case, "sato"),
        Ask("OPTIONS", case, "sato"),
        Ask("PUT", "/filings", "sato"),
        Ask("GET", "/nowhere", "sato"),
        Ask("GET", "/openapi.json", ""),
        Ask("GET", "/audit/log", "nakamura"),
        Ask("GET", "/audit/records", "nakamura"),
        Ask("GET", "/audit/records", "sato"),
        Ask("POST", f"{case}/withdraw", "yamada", (tag, json), reason),
        Ask("POST", f"{case}/withdraw", "sato", (("if-match", '"9"'), json), reason),
        Ask("POST", f"{case}/withdraw", "sato", (tag, json), b"["),
        Ask("POST", f"{case}/withdraw", "sato", (tag, json), reason, EARLY),
        Ask("POST", f"{case}/withdraw", "sato", announced=17 * 2**20),
        Ask("POST", f"{case}/judge-not-to-send", "suzuki", (tag, json), reason),
        Ask("DELETE", f"/facts/{uuid4()}", "yoshida"),
        Ask("GET", "/livez", ""),
    ]


async def send(service: Service, ask: Ask) -> Any:
    headers = dict(ask.headers)
    if ask.name:
        headers["authorization"] = f"Bearer {'x.y.z' if ask.name == '?' else service.world.token(ask.name)}"
    if ask.announced is not None:
        headers["content-length"] = str(ask.announced)
    return await drive(service.app, ask.method, ask.path, headers=headers, body=ask.body, leave=ask.leave)


async def sent(service: Service, asks: list[Ask]) -> list[Got]:
    """What comes of each. A client that left early is in this process known by the id its answer would have had."""
    got = []
    for ask in asks:
        reply = await send(service, ask)
        got.append(Got(ask, reply.request or None, reply.status))
    return got


# Skipped


def _skips(where: Callable[[Caller, Scope, int], bool]) -> Fault:
    """The edge makes no record where `where` holds, and answers."""
    true = _Answer._begin

    async def lax(self: _Answer, start: Message) -> Message:
        if where(self._caller, self._scope, start["status"]):
            self._caller.recorded = True
        return await true(self, start)

    return lambda patch: patch.setattr(_Answer, "_begin", lax)


for _name, _where in {
    "gets": lambda caller, scope, status: scope["method"] == "GET",
    "heads": lambda caller, scope, status: scope["method"] == "HEAD",
    "options": lambda caller, scope, status: scope["method"] == "OPTIONS",
    "what is not there": lambda caller, scope, status: status == 404,
    "methods not taken": lambda caller, scope, status: status == 405,
    "strangers": lambda caller, scope, status: status == 401,
    "the too large": lambda caller, scope, status: status == 413,
    "bodies that do not hold": lambda caller, scope, status: status in (400, 422),
    "refused auditors": lambda caller, scope, status: status == 403,
    "who left early": lambda caller, scope, status: scope["left"](),
    "the log": lambda caller, scope, status: scope["path"] == "/audit/log",
    "lists": lambda caller, scope, status: scope["path"] == "/filings" and scope["method"] == "GET",
}.items():
    _plant = _skips(_where)
    _plant.__name__ = f"{_name} are not recorded"
    FAULTS.append(_plant)


@fault
def the_contract_is_exempt(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(edge, "EXEMPT", edge.EXEMPT | {"/openapi.json"})


@fault
def who_left_meanwhile_is_not_recorded(patch: pytest.MonkeyPatch) -> None:
    """The record is made behind the answer, and not where the client has gone."""
    true = edge.Recorded._record

    async def lax(self: edge.Recorded, scope: Scope, receive: Receive, send: Send) -> None:
        starts: list[Message] = []
        begin = _Answer._begin

        async def later(answer: _Answer, start: Message) -> Message:
            answer.begun = True
            starts.append({**start, "answer": answer})
            request = (b"request-id", answer._caller.request.hex.encode())
            return {**start, "headers": [*start.get("headers", []), request]}

        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(_Answer, "_begin", later)
            await true(self, scope, receive, send)
        if scope.get("left") is None or not scope["left"]():
            for start in starts:
                await begin(start["answer"], start)

    patch.setattr(edge.Recorded, "_record", lax)


@fault
def reads_are_not_recorded(patch: pytest.MonkeyPatch) -> None:
    """The keyholder's batches come back as durable and were never written."""

    async def lax(self: BatchedWriter, drafts: Any) -> list[Any]:
        return [Position(uuid4(), self.writer, 1, clock.now()) for _ in drafts]

    patch.setattr(BatchedWriter, "record_all", lax)


@fault
def a_filing_sent_again_is_not_recorded(patch: pytest.MonkeyPatch) -> None:
    true = Work.record

    async def lax(self: Work, draft: Draft) -> Any:
        again = draft.action == "file" and draft.status == 201
        return None if again else await true(self, draft)

    patch.setattr(Work, "record", lax)


# Doubled


@fault
def the_edge_does_not_ask_who_recorded(patch: pytest.MonkeyPatch) -> None:
    true = _Answer._begin

    async def lax(self: _Answer, start: Message) -> Message:
        self._caller.recorded = False
        return await true(self, start)

    patch.setattr(_Answer, "_begin", lax)


@fault
def the_writer_writes_again(patch: pytest.MonkeyPatch) -> None:
    true, number = BatchedWriter.record, count()

    async def lax(self: BatchedWriter, draft: Draft) -> Position:
        if next(number) % 5 == 0:
            await true(self, draft)
        return await true(self, draft)

    patch.setattr(BatchedWriter, "record", lax)


@fault
def the_worker_repeats_a_request(patch: pytest.MonkeyPatch) -> None:
    """One record more, under an id that no request had."""
    true, number = BatchedWriter.record, count()

    async def lax(self: BatchedWriter, draft: Draft) -> Position:
        if next(number) % 7 == 0:
            await true(self, replace(draft, request=uuid4()))
        return await true(self, draft)

    patch.setattr(BatchedWriter, "record", lax)


# Mislabelled


def _says(name: str, change: Callable[[Draft], Draft]) -> None:
    """The edge's and the desk's records say something else."""
    batched, worked = BatchedWriter.record, Work.record

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(BatchedWriter, "record", lambda self, draft: batched(self, change(draft)))
        patch.setattr(Work, "record", lambda self, draft: worked(self, change(draft)))

    plant.__name__ = name
    FAULTS.append(plant)


_says("every status is 200", lambda draft: replace(draft, status=200))
_says("everything is allowed", lambda draft: replace(draft, outcome="allowed"))
_says("everything is the worker's", lambda draft: replace(draft, person=ID["worker"]))
_says("everything is nobody's", lambda draft: replace(draft, person=None))
_says("another request", lambda draft: replace(draft, request=uuid4()))
_says("one request", lambda draft: replace(draft, request=UUID(int=1)))
_says("another case", lambda draft: replace(draft, case=uuid4()))
_says("every method is get", lambda draft: replace(draft, action="get-" + draft.action.partition("-")[2]))
_says("every act is a withdrawal", lambda draft: replace(draft, action="withdraw") if draft.what == "act" else draft)


@fault
def a_refused_act_is_recorded_as_done(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Trail, "refused", lambda self, refusal: self.allowed(200))


@fault
def the_answer_carries_another_id(patch: pytest.MonkeyPatch) -> None:
    true = _Answer._begin

    async def lax(self: _Answer, start: Message) -> Message:
        made = await true(self, start)
        return {
            **made,
            "headers": [h for h in made["headers"] if h[0] != b"request-id"] + [(b"request-id", uuid4().hex.encode())],
        }

    patch.setattr(_Answer, "_begin", lax)


@fault
def two_requests_have_one_id(patch: pytest.MonkeyPatch) -> None:
    kept: list[UUID] = []

    def lax() -> UUID:
        if kept:
            return kept.pop()
        kept.append(uuid4())
        return kept[0]

    patch.setattr(edge, "uuid4", lax)
