"""The scene of the attacks by the database's owner: three cases, everyone's facts, what was taken away, and what he kept of it.

The table of who may read what is written by hand here; it shares nothing with the service.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from service import clock
from service.embedded import Server
from service.keyholder.client import KeyholderRefused
from service.keyholder.facts import FactRow
from service.keyholder.vaults import FileVault
from service.sealing.chunked import DoesNotOpen
from tests.keyholder import world as worlds
from tests.keyholder.world import CAST, ID, PAPERS, QUICK, Laid, World

TABLES = ("facts", "parts", "cases")
Probe = tuple[str, UUID]
"""(who asks, for which part)."""

ALL = (*PAPERS, "proposal", "act-answer_demand", "act-answer_demand.screening")
PARTY = ("title", "claims", "DOC-67-10", "act-answer_demand", "act-answer_demand.screening")
EXPECTED: frozenset[tuple[str, str, str]] = frozenset(
    [("sato", "X", d) for d in PARTY]
    + [("tanaka", "X", d) for d in ALL]
    + [("kobayashi", "X", d) for d in ALL]
    + [("yamada", "Z", d) for d in PARTY]
    + [("mori", "Z", "claims")]
    + [("yamada", "Y", d) for d in PARTY]
    + [("ito", "Y", d) for d in ALL]
    + [("kato", "Y", d) for d in ("title", "claims", "act-answer_demand.screening")]
    + [("suzuki", "Y", d) for d in ("title", "claims", "screening", "act-answer_demand.screening")]
)
"""Who may read what, by the Act and the house's rules: designated content needs clearance and compartment, save for its applicant."""

WORKS = {
    "X": {
        "sato": "applicant", "kato": "intake", "suzuki": "screening", "takahashi": "head", "tanaka": "review", "ito": "review",
        "kobayashi": "decision", "okada": "decision", "watanabe": "review_head", "shimizu": "review_head",
        "hayashi": "expertise", "mori": "consultation",
        "endo": "review", "fujita": "review", "hara": "review", "imai": "review", "kimura": "review",
    },
    "Y": {"yamada": "applicant", "ito": "review", "kato": "intake", "suzuki": "screening", "watanabe": "review_head"},
    "Z": {"yamada": "applicant", "tanaka": "review", "suzuki": "screening", "mori": "consultation"},
}  # fmt: skip


@dataclass
class Scene:
    """The world under attack. cases: X designated/a by the decider's act, Y unpublished, Z designated/b since ever.

    kept: rows of facts, by person, as they were before something of theirs was revoked; old_parts: rows of X's parts before the
    designation. asked: request ids of all probes. faults: what went wrong, in words.
    """

    world: World
    cases: dict[str, Laid] = field(default_factory=dict)
    kept: dict[str, list[Any]] = field(default_factory=dict)
    revoked: dict[str, UUID] = field(default_factory=dict)
    old_parts: list[Any] = field(default_factory=list)
    doubles: list[FactRow] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    released: list[Probe] = field(default_factory=list)
    how: list[str] = field(default_factory=list)
    other: FileVault | None = None

    @property
    def db(self) -> Any:
        return self.world.admin

    def part(self, case: str, document: str) -> UUID:
        return self.cases[case].parts[document]

    def may(self, name: str, part: UUID) -> bool:
        """By the table."""
        return any(
            (name, c, d) in EXPECTED for c, laid in self.cases.items() for d, p in laid.parts.items() if p == part
        )

    def denied(self, names: Sequence[str] | None = None) -> list[Probe]:
        """Every probe that the table denies."""
        parts = [p for laid in self.cases.values() for p in laid.parts.values()]
        return [(n, p) for n in names or CAST for p in parts if not self.may(n, p)]

    async def probe(self, name: str, part: UUID) -> bool:
        """One read; whether a key came. A key for other content than was asked for is noted as one for nobody."""
        request = uuid4()
        self.asked.append(request.hex)
        try:
            said = await self.world.read(name, part, request=request.bytes)
        except KeyholderRefused:
            return False
        content = next(laid.contents[part] for laid in self.cases.values() if part in laid.contents)
        try:
            right = self.world.opened(part, said) == content
        except DoesNotOpen:
            right = False
        if not self.may(name, part) or not right:
            self.released.append((name, part))
        return True

    async def matrix(self) -> set[tuple[str, str, str]]:
        """Who can read what at this moment."""
        found = set()
        for case, laid in self.cases.items():
            asked = [(n, d, p) for n in CAST for d, p in laid.parts.items()]
            came = await asyncio.gather(*(self.probe(n, p) for n, _, p in asked))
            found |= {(n, case, d) for (n, d, _), key in zip(asked, came, strict=True) if key}
        return found

    async def keep(self) -> None:
        """Remember the tables as they stand."""
        for table in TABLES:
            await self.db.execute(f"drop table if exists kept_{table}")
            await self.db.execute(f"create table kept_{table} as table {table}")

    async def restore(self, *tables: str) -> None:
        """Put the tables back as they were kept."""
        for table in tables:
            await self.db.execute(f"delete from {table}")
            await self.db.execute(f"insert into {table} table kept_{table}")

    async def unrecorded(self) -> list[str]:
        """Probes that left no record, or more than one, among the records of requests."""
        counts = dict.fromkeys(self.asked, 0)
        for record in await self.world.records():
            if record["what"] in ("read", "refusal") and record["request"] in counts:
                counts[record["request"]] += 1
        return [request for request, count in counts.items() if count != 1]


@asynccontextmanager
async def a_scene(postgres: Server, folder: Path, template: str) -> AsyncIterator[Scene]:
    """The scene, set."""
    async with worlds.a_world(postgres, folder, template) as world:
        scene = Scene(world, other=FileVault.create(folder / "other", "demo", None, ["application"], (), QUICK))
        for held in (
            "drop index uq_facts_tag",
            "alter table parts drop constraint ck_parts_version, drop constraint ck_parts_label",
            "alter table cases drop constraint ck_cases_version, drop constraint ck_cases_label",
        ):
            await scene.db.execute(held)
        await _lay(scene)
        await _designate(scene)
        await _take_away(scene)
        await scene.keep()
        yield scene


async def _lay(scene: Scene) -> None:
    world, today = scene.world, clock.today()
    scene.cases["X"] = x = await world.lay(WORKS["X"], state="DOCS_FILED", papers=ALL)
    scene.cases["Y"] = await world.lay(WORKS["Y"], papers=ALL)
    scene.cases["Z"] = z = await world.lay(
        WORKS["Z"], state="DESIGNATED", label="designated", compartment="b", papers=ALL
    )
    await world.give("hayashi", "grant", x.id, {"documents": "claims", "purpose": "opinion"})
    for laid in (x, z):
        await world.give("mori", "grant", laid.id, {"documents": "claims"})
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    await world.give("kimura", "clearance", None, {"level": 1}, start=today - timedelta(days=9), until=yesterday)
    await world.give("noda", "assignment", x.id, {"work": "review"}, start=today - timedelta(days=9), until=yesterday)
    await world.give("okuda", "assignment", x.id, {"work": "review"}, start=tomorrow)


async def _designate(scene: Scene) -> None:
    world, x = scene.world, scene.cases["X"]
    scene.old_parts = await scene.db.fetch("select * from parts where case_id = $1", x.id)
    said = await world.ask(
        "kobayashi", "relabel", case=x.id.bytes, action="designate", label="designated", compartment="a"
    )
    await world.store_wraps(x.id, said["parts"], "designated", "a")
    await scene.db.execute("update cases set state = 'DESIGNATED' where id = $1", x.id)


async def _take_away(scene: Scene) -> None:
    """Revocations, each by who may: all earlier rows of the person stay in the owner's drawer."""
    world, x = scene.world, scene.cases["X"]
    goto = await world.give("goto", "assignment", x.id, {"work": "review"})
    facts = {
        f.id: f
        for f in world.granting.authentic(await scene.db.fetch("select id, person, case_id, tag, body from facts"))
    }
    kinds = {"endo": "clearance", "fujita": "post", "hara": "compartment", "imai": "subject"}
    scene.revoked = {
        n: next(f.id for f in facts.values() if f.person == ID[n] and f.kind == k) for n, k in kinds.items()
    }
    scene.revoked["goto"] = goto.id
    for name, fact in scene.revoked.items():
        scene.kept[name] = await scene.db.fetch("select * from facts where person = $1", ID[name])
        await world.ask("watanabe" if name == "goto" else "yoshida", "revoke", fact=fact.bytes)
    for subject, person in (
        ("ito", "tanaka"),
        ("nakamura", "kobayashi"),
    ):  # made by the officer's mistake, and never stored
        values = {"issuer": worlds.ISSUER, "subject": subject}
        made = await world.ask(
            "yoshida", "attest", fact={"kind": "subject", "person": ID[person].bytes, "values": values}
        )
        row = made["facts"][0]
        scene.doubles.append(FactRow(UUID(bytes=row["id"]), UUID(bytes=row["person"]), None, row["tag"], row["body"]))
