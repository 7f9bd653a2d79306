"""Where P1 is attacked: the service with a filing full of marks, cases on every stretch of the road, and what is asked of it."""

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from starlette.types import Message, Receive, Scope, Send

from service import store
from service.embedded import Server
from service.keyholder.drafts import Drafts
from tests.attacks.histories_draw import past
from tests.attacks.histories_model import Case
from tests.attacks.histories_open import form
from tests.attacks.histories_tables import Ground, today
from tests.attacks.histories_words import ROWS
from tests.attacks.inside import Service, a_service, drive
from tests.attacks.no_record_faults import WIRE, Armed, Fault
from tests.attacks.no_record_judge import Seen, State, Trial
from tests.attacks.no_record_triggers import LAID, Standing, Trigger
from tests.web.filed import TEXT

MARK = "鱶鸞彁龕驫札"
LATIN = "ZQXJKVMARK"
MARKS = (
    *(MARK.encode(e) for e in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")),
    json.dumps(MARK)[1:-1].encode(),
    LATIN.encode(),
    *(base64.b64encode(b"\0" * n + LATIN.encode())[4:12] for n in range(3)),
)
"""What the filing holds, as it may lie in an answer."""
PATIENCE = 0.4
"""Seconds that the service under attack waits for a record: a fraction of the true figure, so that faults that hang do not take hours."""
UNJUDGED = ("records", "leaves", "checkpoints", "staged_parts", "injected", "alembic_version")
AnyFault = Fault | Trigger | Standing
FORM = {"content-type": "multipart/form-data; boundary=x"}
KEPT = {
    "cases": "id", "parts": "id", "events": "id", "clocks": "id", "approvals": "id", "facts": "id", "idempotency_keys": "tag",
    "queue": "case_id", "records": "id", "drafts": "id",
}  # fmt: skip
"""Tables and what tells a row that was there at the beginning from one of a trial's."""


@dataclass(frozen=True)
class Ask:
    """One request. what begins with "act" where it changes something; reads: readings of parts that it is made of."""

    what: str
    name: str
    method: str
    path: str
    said: Any = None
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    reads: int = 0


@dataclass
class Scene:
    """The service under attack. eye: a connection of the judge's own."""

    service: Service
    ground: Ground
    eye: "asyncpg.Connection[Any]"
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    own: str = ""
    parts: list[str] = field(default_factory=list)
    filing: bytes = b""
    draft: str = ""
    spare: str = ""
    paper: bytes = b""
    exported: int = 0
    tables: list[str] = field(default_factory=list)
    marks: tuple[bytes, ...] = MARKS
    case: UUID = field(default_factory=uuid4)
    stands: Case | None = None
    version: int = 0
    hand: str = ""
    known: dict[str, list[UUID]] = field(default_factory=lambda: {"records": []})

    async def lay(self) -> None:
        """The trigger, and sato's filing whose texts are marks."""
        await self.service.world.admin.execute("set synchronous_commit = off")
        await self.service.world.admin.execute(LAID)
        paper = TEXT.format("M1").replace("紙の留め具", f"{MARK}{LATIN}").replace("紙を留める留め具", MARK).encode()
        said = {"application": "ordinary"}
        self.paper = form(said, paper)
        told = await self.service.ask("sato", "POST", "/filings/read-back", body=self.paper, headers=FORM)
        self.filing = form({**said, "read_back": told.json()["digest"]}, paper)
        filed = await self.service.ask("sato", **self._filing())
        assert filed.status == 201, filed.body
        self.own = f"/filings/{filed.json()['case']}"
        case = (await self.service.ask("sato", "GET", self.own)).json()
        for part in case["parts"]:
            got = await self.service.ask("sato", "GET", f"{self.own}/parts/{part['id']}")
            if any(mark in got.body for mark in MARKS):
                self.parts.append(part["id"])
        self.draft = await self.begin_draft(MARK)
        exported = await self.service.ask("sato", "GET", f"{self.own}/export")
        mine = await self.service.records()
        self.exported = sum(r["what"] == "read" and r["request"] == exported.request for r in mine)
        filing = next(r for r in mine if r["request"] == filed.request)
        await self.service.world.admin.execute("insert into leaves values (0, $1, $2)", UUID(filing["id"]), bytes(32))
        await self.service.world.admin.execute("insert into checkpoints values (1, 'x')")
        self.marks = (*MARKS, filing["id"].encode())
        admin = self.service.world.admin
        self.known = {t: [r[0] for r in await admin.fetch(f"select {key} from {t}")] for t, key in KEPT.items()}

    def _filing(self) -> dict[str, Any]:
        return {
            "method": "POST", "path": "/filings", "body": self.filing, "headers": {**FORM, "idempotency-key": uuid4().hex},
        }  # fmt: skip

    async def clean(self, rng: random.Random, aim: str | None = None) -> None:
        """A new case on some stretch of the road, or in the state `aim`; all that earlier trials left is taken away."""
        admin = self.service.world.admin
        for table, key in KEPT.items():
            await admin.execute(f"delete from {table} where not {key} = any($1)", self.known[table])
        await admin.execute("delete from staged_parts")
        self.case = uuid4()
        wanted = aim or rng.choice([r.source for r in ROWS if r.source])
        self.stands = past(rng, today(), wanted)
        while aim and self.stands.state != aim:
            self.stands = past(rng, today(), wanted)
        await self.ground.lay(self.case, self.stands)
        row = await self.service.world.give("goto", "assignment", self.case, {"work": "review"})
        self.hand = str(row.id)
        self.version = self.stands.version
        self.spare = await self.begin_draft("x")

    async def begin_draft(self, title: str) -> str:
        """A draft of sato's; its path."""
        path = f"/drafts/{uuid4()}"
        begun = await self.service.ask("sato", "PUT", path, said={"form": "filing", "said": {"title": title}})
        assert begun.status == 201, begun.body
        return path

    async def forget(self) -> None:
        """Records of earlier trials are gone."""
        await self.service.world.admin.execute("delete from records where not id = any($1)", self.known["records"])

    async def state(self) -> State:
        """What there is now, once nothing of the service's is under way: what a client left behind goes on without him."""
        world = self.service.world
        while _serving() or world.state.pending() or await self.eye.fetchval(UNDER_WAY):
            await asyncio.sleep(0.001)
        if not self.tables:
            self.tables = [r["name"] for r in await self.eye.fetch(TABLES, list(UNJUDGED))]
        rows = await self.eye.fetch(" union all ".join(DIGEST.format(t) for t in self.tables))
        kept = (world.folder / "state" / "state").read_bytes()
        return State({r["name"]: (r["count"], str(r["digest"])) for r in rows}, kept)

    async def records(self) -> list[dict[str, Any]]:
        """Those of this trial."""
        rows = await self.eye.fetch("select body from records where not id = any($1)", self.known["records"])
        return [json.loads(row["body"]) for row in rows]

    async def send(self, ask: Ask) -> Seen:
        """One request; when its answer begins, the judge looks which of its records are durable."""
        seen = Seen(ask.what, reads=ask.reads)

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    headers = {k.decode().lower(): v.decode("latin-1") for k, v in message["headers"]}
                    seen.request = headers.get("request-id", "")
                    async with self.looking:
                        seen.durable = [r for r in await self.records() if r["request"] == seen.request]
                    seen.status, seen.headers = message["status"], headers
                await send(message)
                seen.body += message.get("body", b"")

            await self.service.app(scope, receive, sending)

        headers = dict(ask.headers)
        if ask.name:
            headers["authorization"] = f"Bearer {self.service.world.token(ask.name) if ask.name != '?' else 'x.y.z'}"
        data = ask.body
        if ask.said is not None:
            headers["content-type"], data = "application/json", json.dumps(ask.said).encode()
        with suppress(asyncio.CancelledError):
            await drive(watched, ask.method, ask.path, headers=headers, body=data)
        return seen

    async def under(self, armed: Armed, asks: Sequence[Ask]) -> list[Seen]:
        """Requests sent at once."""
        armed.tasks = [asyncio.ensure_future(self.send(ask)) for ask in asks]
        await asyncio.wait(armed.tasks)
        return [_of(task, ask) for task, ask in zip(armed.tasks, asks, strict=True)]


def _of(task: "asyncio.Task[Seen]", ask: Ask) -> Seen:
    """What came of a task; one that was ended before it began saw nothing."""
    return Seen(ask.what) if task.cancelled() else task.result()


def _serving() -> bool:
    """Whether the keyholder is at a request, also one whose connection has ended."""
    return any(getattr(task.get_coro(), "__qualname__", "") == "_Line._serve" for task in asyncio.all_tasks())


UNDER_WAY = (
    "select exists (select from pg_stat_activity where datname = current_database() and usename in ('hozen_web', 'hozen_keyholder')"
    " and state <> 'idle' and not (state = 'active' and wait_event = 'ClientRead'))"
)
"""Whether a statement or transaction of the service's runs; one that waits for its client to go on has begun nothing."""
TABLES = "select tablename as name from pg_tables where schemaname = 'public' and not tablename = any($1) order by 1"
DIGEST = "select '{0}' as name, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as digest from {0} t"


async def tried(scene: Scene, fault: AnyFault, asks: Sequence[Ask], nth: int, on: bool) -> tuple[bool, Trial]:
    """One fault while these requests run: whether it hit, and what came of it."""
    await scene.forget()
    before = await scene.state()
    async with fault.armed(scene.service, nth, on) as armed:
        answers = await scene.under(armed, asks)
    after, records = await scene.state(), await scene.records()
    hit = bool(armed.fired) or any(seen.status == 503 for seen in answers)
    return hit, Trial(answers, before, after, records, scene.marks, fault.in_doubt, fault.cancels)


@asynccontextmanager
async def a_scene(postgres: Server, folder: Path, template: str, patch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """The scene, with waits cut short."""
    patch.setattr(store, "WITHIN", 2 * PATIENCE)
    patch.setattr(store, "ENDING", PATIENCE)
    WIRE.lay(patch)
    async with a_service(postgres, folder, template) as service:
        service.world.holder._operations.setdefault("read_draft", Drafts(service.world.acting).read_draft)
        service.house.writer._wait = service.world.writer._wait = PATIENCE
        eye = await service.world.connect()
        try:
            scene = Scene(service, Ground(service), eye)
            await scene.lay()
            yield scene
        finally:
            await eye.close()
