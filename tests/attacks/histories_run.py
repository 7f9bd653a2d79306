"""One history through the service, and whether some order of its acts explains it.

What must hold: a linearisation exists. Each act and read has a moment between its being sent and its being answered, such that the
sequential model, taking them in that order, gives every client the answer he got and ends where the database stands.
"""

import asyncio
import itertools
import json
import random
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from tests.attacks.histories_draw import Look, past, wave
from tests.attacks.histories_model import Case
from tests.attacks.histories_words import Answer, Ask, Event
from tests.attacks.inside import Reply, Service
from tests.keyholder.world import ID

WORKS = {
    "sato": "applicant", "kato": "intake", "suzuki": "screening", "tanaka": "review", "kobayashi": "decision", "okada": "decision",
    "watanabe": "review_head",
}  # fmt: skip
NAMES = {person.hex: name for name, person in ID.items()} | {UUID(int=0).hex: "service"}
FACT = "insert into facts (id, person, case_id, tag, body) values ($1, $2, $3, $4, $5)"
EVENT = (
    "insert into events (id, case_id, kind, version, source, name, target, happened_on, until, recorded_at, person, supersedes, annuls,"
    " application) values ($1, $2, 'filing', $3, $4, $5, $6, $7, $8, now(), $9, $10, $11, $12)"
)
CASE = "insert into cases (id, kind, state, version, label, compartment, recorded_at) values ($1, 'filing', $2, $3, $4, $5, now())"


def today() -> date:
    return datetime.now(ZoneInfo("Asia/Tokyo")).date()


@dataclass(frozen=True)
class Done:
    """One act or read: when it was sent and answered (on the harness's own count), and what came."""

    what: Ask | str
    begun: int
    ended: int
    got: Reply

    @cached_property
    def said(self) -> dict[str, Any]:
        return said_in(self.got)

    @cached_property
    def seen(self) -> tuple[Any, ...]:
        return _seen_in(self.got.status, self.said)

    def explains(self, case: Case) -> Case | None:
        """The case after it, where the model gives this answer; else None."""
        if isinstance(self.what, str):
            return case if _read(case, self.what) == self.seen else None
        event = self.said.get("event") or ""
        answer, after = case.does(self.what, event)
        if answer != _answered(self.got.status, self.said):
            return None
        return after if (after.version > case.version) == bool(event) else None

    def __str__(self) -> str:
        return f"{self.what} -> {self.got.status} {self.got.body[:160]!r}"


def said_in(got: Reply) -> dict[str, Any]:
    try:
        said = json.loads(got.body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _answered(status: int, said: dict[str, Any]) -> Answer:
    if status < 300:
        return Answer(status, said.get("state", ""), said.get("version", -1), said.get("approvals_missing", -1))
    return Answer(status, said.get("name", ""))


def _seen_in(status: int, said: dict[str, Any]) -> tuple[Any, ...]:
    if status != 200:
        return status, said.get("name")
    events = tuple((e["id"], e["step"], e["happened_on"], e["supersedes"], e["annuls"]) for e in said["events"])
    return 200, said["state"], said["version"], said["label"], events


def _read(case: Case, name: str) -> tuple[Any, ...]:
    if name == "yamada":
        return 404, "not-found"
    known = case.known() if name == "sato" else case.events
    version, state = case.told() if name == "sato" else (case.version, case.state)
    label = _told_label(case) if name == "sato" else case.label
    return 200, state, version, label, tuple((e.id, e.name, e.on.isoformat(), e.of, e.annuls) for e in known)


def _told_label(case: Case) -> str:
    """He hears of the designation and of its end; of the lifting only with the notice of the end."""
    names = [e.name for e in case.standing(case.known())]
    return "released" if "notify_end" in names else "designated" if "designate" in names else "application"


def explained(case: Case, done: Sequence[Done], seen: set[tuple[object, ...]] | None = None) -> Iterator[Case]:
    """Every case that some order of what was done leaves, where that order explains every answer. seen: where a search has been."""
    seen = set() if seen is None else seen
    at = (*(d.begun for d in done), *(e.id for e in case.events), case.state, case.approvals)
    if at in seen:
        return
    seen.add(at)
    if not done:
        yield case
    first = min((d.ended for d in done), default=0)
    for number, one in enumerate(done):
        if one.begun < first and (after := one.explains(case)) is not None:
            yield from explained(after, [*done[:number], *done[number + 1 :]], seen)


class Wrong(Exception):
    """What is seen to be wrong before the history has begun."""


@dataclass
class Ground:
    """The service, and the one who lays and reads its tables: one at a time."""

    service: Service
    alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def stand_in(self, case: UUID, works: Mapping[str, str]) -> None:
        """These persons work on the case."""
        world = self.service.world
        facts = [world.granting.make(ID[n], "assignment", case, today(), None, {"work": w}) for n, w in works.items()]
        async with self.alone:
            await world.admin.executemany(FACT, [(f.id, f.person, f.case_id, f.tag, f.body) for f in facts])


@dataclass
class History:
    """One filing's history under way. pair: state to be reached, act to be tried there."""

    ground: Ground
    rng: random.Random
    pair: tuple[str, str]
    waves: int = 0
    done: list[Done] = field(default_factory=list)
    case: UUID = field(default_factory=uuid4)
    count: Iterator[int] = field(default_factory=itertools.count)

    async def run(self) -> str:
        """What no order explains, or "". A history over which midnight falls in Japan is run again."""
        while True:
            day = today()
            self.case, self.done = uuid4(), []
            try:
                start = await self.begin(day)
            except Wrong as wrong:
                return str(wrong)
            await self._act(day)
            if today() == day:
                return await self.judge(start)

    async def begin(self, day: date) -> Case:
        """The case as the history finds it."""
        start = past(self.rng, day, self.pair[0])
        await self._lay(start)
        return start

    async def _act(self, day: date) -> None:
        first: str | None = self.pair[1]
        for _ in range(self.waves or self.rng.choice((2, 3))):
            sent = wave(self.rng, await self._look(), day, first)
            first = None
            await asyncio.gather(*(self.send(one) for one in sent), *self.beside())

    def beside(self) -> list[Awaitable[None]]:
        """What else is sent at once."""
        return []

    async def judge(self, start: Case) -> str:
        """Whether some order explains every answer, and the database stands where it ends."""
        stands = await self.stored(start.today)
        left = []
        for after in explained(start, self.done):
            if _bare(after) == _bare(stands):
                return ""
            left.append(after)
        told = "\n  ".join(map(str, self.done))
        why = "no order explains the answers" if not left else f"left {stands}, by the law {left[0]}"
        return f"{self.pair} from {start.state} v{start.version}: {why}\n  {told}"

    async def send(self, what: Ask | str) -> None:
        begun = next(self.count)
        if isinstance(what, str):
            got = await self.ground.service.ask(what, "GET", f"/filings/{self.case}")
        else:
            headers = {} if what.seen is None else {"if-match": f'"{what.seen}"'}
            path = f"/filings/{self.case}/{what.act.replace('_', '-')}"
            got = await self.ground.service.ask(what.who, "POST", path, said=dict(what.body), headers=headers)
        self.done.append(Done(what, begun, next(self.count), got))

    async def _lay(self, case: Case) -> None:
        """The past, straight into the tables: who works on the case, its entries, one paper."""
        world = self.ground.service.world
        await self.ground.stand_in(self.case, WORKS)
        async with self.ground.alone:
            await world.admin.execute(CASE, self.case, case.state, case.version, case.label, case.compartment)
            await world.admin.executemany(EVENT, [_row(self.case, e) for e in case.events])
            await world.put_part(uuid4(), self.case, "claims", b"x", case.label, case.compartment)

    async def _look(self) -> Look:
        """As clients read it now."""
        case = await self.stored(today())
        return Look(case.state, case.version, case.told()[0], [e.id for e in case.events])

    async def stored(self, day: date) -> Case:
        """Where the database stands, in the model's words."""
        admin = self.ground.service.world.admin
        async with self.ground.alone:
            case = await admin.fetchrow("select state, version, label, compartment from cases where id = $1", self.case)
            rows = await admin.fetch("select * from events where case_id = $1 order by version", self.case)
            said = await admin.fetch("select version, person from approvals where case_id = $1", self.case)
            labels = await admin.fetch("select distinct label, compartment from parts where case_id = $1", self.case)
        events = tuple(_entry(row) for row in rows)
        if [(r["label"], r["compartment"]) for r in labels] != [(case["label"], case["compartment"])]:
            events = ()
        approvals = frozenset((r["version"], "", NAMES[r["person"].hex]) for r in said)
        stands = Case(day, events, case["state"], case["label"], case["compartment"], approvals)
        return stands if case["version"] == len(rows) else replace(stands, events=())


def _bare(case: Case) -> Case:
    """Approvals without their words, which the database holds as a digest."""
    return replace(case, approvals=frozenset((version, "", who) for version, _, who in case.approvals))


def _row(case: UUID, e: Event) -> tuple[Any, ...]:
    who = UUID(int=0) if e.who == "service" else ID[e.who]
    of = UUID(e.of) if e.of else None
    return (
        UUID(e.id), case, e.version, e.source, e.name, e.target, e.on, e.until, who, of, e.annuls, e.application,
    )  # fmt: skip


def _entry(row: Any) -> Event:
    of = str(row["supersedes"]) if row["supersedes"] else None
    return Event(
        str(row["id"]), row["version"], row["source"], row["name"], row["target"], row["happened_on"], row["until"],
        NAMES[row["person"].hex], of, row["annuls"], row["application"],
    )  # fmt: skip
