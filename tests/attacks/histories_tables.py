"""Where histories stand: a filing's past laid straight into the tables, and what the tables hold after it, in the model's words."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from tests.attacks.histories_model import Case
from tests.attacks.histories_words import Event
from tests.attacks.inside import Service
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

    async def lay(self, number: UUID, case: Case) -> None:
        """The past, straight into the tables: who works on the case, its entries, one paper."""
        world = self.service.world
        await self.stand_in(number, WORKS)
        async with self.alone:
            await world.admin.execute(CASE, number, case.state, case.version, case.label, case.compartment)
            await world.admin.executemany(EVENT, [_row(number, e) for e in case.events])
            await world.put_part(uuid4(), number, "claims", b"x", case.label, case.compartment)

    async def stored(self, number: UUID, day: date) -> Case:
        """Where the database stands, in the model's words."""
        admin = self.service.world.admin
        async with self.alone:
            case = await admin.fetchrow("select state, version, label, compartment from cases where id = $1", number)
            rows = await admin.fetch("select * from events where case_id = $1 order by version", number)
            said = await admin.fetch("select version, person from approvals where case_id = $1", number)
            labels = await admin.fetch("select distinct label, compartment from parts where case_id = $1", number)
        assert case is not None, number
        events = tuple(_entry(row) for row in rows)
        if [(r["label"], r["compartment"]) for r in labels] != [(case["label"], case["compartment"])]:
            events = ()
        approvals = frozenset((r["version"], "", NAMES[r["person"].hex]) for r in said)
        stands = Case(day, events, case["state"], case["label"], case["compartment"], approvals)
        return stands if case["version"] == len(rows) else replace(stands, events=())


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
