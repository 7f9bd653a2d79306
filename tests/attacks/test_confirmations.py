"""Concurrency cannot bend the law of ESPA 79 either (PROMISES P25): random histories of a confirmation, each explained by a model of it.

A history begins with the request over HTTP and goes on in waves of acts that are sent at once; the runner is that of the filings.
"""

import asyncio
import itertools
import json
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from service import desk
from service.desk.taking import Taking
from service.embedded import Server
from service.foreign.acts import PassingOn
from tests.attacks.campaign import Campaign
from tests.attacks.confirmations_model import ACTS, BY, WORK, Confirmation
from tests.attacks.histories_draw import past, uuid
from tests.attacks.histories_run import Done, History, explained
from tests.attacks.histories_tables import NAMES, Ground, today
from tests.attacks.histories_words import Ask, Event
from tests.attacks.inside import a_service
from tests.foreign.asked import form

AT_ONCE, QUICK, FULL, TRIES = 4, 40, 2_000, 200


ONWARD = {
    "SUBMITTED": "accept_request",
    "FIELD_CHECK": "refer",
    "REFERRED": "answer_referral",
    "PM_ANSWERED": "pass_on_answer",
}
"""The act that leads to the answer, drawn more often than the others: what goes wrong at the end is seen only by who gets there."""


@dataclass
class Scene:
    """The service, and a filing of sato's that he may name as the later one."""

    ground: Ground
    filing: UUID


@pytest.fixture(scope="module")
async def scene(postgres: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with a_service(postgres, tmp_path_factory.mktemp("kc"), template) as service:
        ground, filing = Ground(service), uuid4()
        await ground.lay(filing, past(random.Random(7), today(), "PRIMARY_REVIEW"))
        yield Scene(ground, filing)


@dataclass(kw_only=True)
class Asked(History):
    """One confirmation's history under way."""

    scene: Scene

    async def run(self) -> str:
        day = today()
        start = await self.begin(day)
        for _ in range(self.rng.choice((4, 6, 8))):
            await asyncio.gather(*(self.send(one) for one in self._wave(await self._stands(day), day)))
            # Each wave is explained by itself, from where the one before it left the database.
            if found := await self._explained(start, day):
                return found if today() == day else ""
            start, self.done = await self._stands(day, start), []
        return ""

    async def begin(self, day: date) -> Confirmation:
        got = await self.ground.service.ask(
            "sato", "POST", "/confirmations", said={"form": form()}, headers={"idempotency-key": uuid(self.rng)}
        )
        self.case = UUID(json.loads(got.body)["case"])
        await self.ground.stand_in(self.case, {"tanaka": "review", "kobayashi": "decision"})
        return await self._stands(day)

    async def _explained(self, start: Confirmation, day: date) -> str:
        stands, left = await self._stands(day), []
        for after in explained(start, self.done):
            if _bare(after) == _bare(stands):
                return ""
            left.append(after)
        told = "\n  ".join(map(str, self.done))
        return f"{start.state} v{start.version}: {'no order explains' if not left else left[0]} -> {stands}\n  {told}"

    async def _stands(self, day: date, before: Confirmation | None = None) -> Confirmation:
        """Where the database stands, in the model's words; approvals with their words, which only the wave that sent them knows."""
        admin = self.ground.service.world.admin
        async with self.ground.alone:
            case = await admin.fetchrow("select state, version from cases where id = $1", self.case)
            rows = await admin.fetch("select * from events where case_id = $1 order by version", self.case)
            said = await admin.fetch("select version, person from approvals where case_id = $1", self.case)
        assert case is not None
        approvals = frozenset((r["version"], "", NAMES[r["person"].hex]) for r in said)
        stands = Confirmation(day, tuple(_entry(r) for r in rows), case["state"], approvals=approvals)
        if before is None:
            return stands
        words = {
            (v, w, n)
            for d in self.done
            if isinstance(d.what, Ask)
            for v, w, n in [(d.what.seen or 0, d.what.words, d.what.who)]
        }
        kept = {a for a in before.approvals if a[1]} | {
            a for a in words if (a[0], "", a[2]) in approvals and _approved(self.done, a)
        }
        return replace(stands, approvals=frozenset(kept))

    async def send(self, what: Ask | str) -> None:
        begun, path = next(self.count), f"/confirmations/{self.case}"
        if isinstance(what, str):
            got = await self.ground.service.ask(what, "GET", path)
        else:
            headers = {} if what.seen is None else {"if-match": f'"{what.seen}"'}
            address = f"{path}/{what.act.replace('_', '-')}"
            got = await self.ground.service.ask(what.who, "POST", address, said=dict(what.body), headers=headers)
        self.done.append(Done(what, begun, next(self.count), got))

    def _wave(self, at: Confirmation, day: date) -> list[Ask | str]:
        rng = self.rng
        if rng.random() < 0.2:
            event = at.events[-1].id if rng.random() < 0.7 else rng.choice(at.events).id
            said = {"event": event, "annuls": True, "reason": "x"}
            return [Ask(n, "correct", at.version, said) for n in rng.sample(("suzuki", "tanaka", "kobayashi"), 2)]
        lawful = [a for s, a in sorted(BY) if s == at.state and a != "later_filing"]
        acts = [
            rng.choice(lawful) if lawful and rng.random() < 0.8 else rng.choice(ACTS)
            for _ in range(rng.choice((1, 2, 3)))
        ]
        if at.state in ONWARD and rng.random() < 0.5:
            acts[0] = ONWARD[at.state]
        sent: list[Ask | str] = [self._ask(at, act, day) for act in acts]
        return sent + ([rng.choice(("sato", "suzuki", "kobayashi", "yamada"))] if rng.random() < 0.4 else [])

    def _ask(self, at: Confirmation, act: str, day: date) -> Ask:
        rng = self.rng
        whose = [n for n in WORK if act in WORK[n]]
        name = rng.choice(whose) if rng.random() < 0.9 else rng.choice(sorted(WORK))
        right = at.told()[0] if name == "sato" else at.version
        seen = right if rng.random() < 0.9 else rng.choice((None, right - 1))
        return Ask(name, act, seen, _body(rng, act, day, self.scene.filing))


def _approved(done: list[Done], approval: tuple[int, str, str]) -> bool:
    """Whether one of the answers was that this approval was taken."""
    return any(
        isinstance(d.what, Ask) and d.got.status in (200, 202) and (d.what.seen, d.what.words, d.what.who) == approval
        for d in done
    )


MEETS: dict[str, Any] = {"claim": 1, "item": 13, "left_out": True}
REFERRED: list[list[dict[str, Any]]] = [
    [MEETS], [MEETS], [{"claim": 1, "item": 7}], [{"claim": 1}], [{"claim": 1, "item": 1}, {"claim": 2}], [{"claim": 3, "item": 13}],
]  # fmt: skip
"""What a referral says: most meet an item whole."""


def _body(rng: random.Random, act: str, day: date, filing: UUID) -> dict[str, Any]:
    said: dict[str, Any] = {"reason": "x"}
    if act == "refer":
        said["inventions"] = rng.choice(REFERRED)
    if act == "reject_on_formality":
        said["ground"] = rng.choice(("fee", "form", "form"))
    if act == "ask_for_more" and rng.random() < 0.7:
        said["until"] = (day + timedelta(days=rng.choice((-1, 0, 14)))).isoformat()
    if act == "answer_referral":
        said["clearly_harmless"] = rng.random() < 0.5
    if act == "later_filing":
        said["filing"] = str(filing)
    return said


def _entry(row: Any) -> Event:
    of = str(row["supersedes"]) if row["supersedes"] else None
    return Event(
        str(row["id"]), row["version"], row["source"], row["name"], row["target"], row["happened_on"], row["until"],
        NAMES[row["person"].hex], of, row["annuls"], row["application"],
    )  # fmt: skip


def _bare(case: Confirmation) -> Confirmation:
    return replace(case, approvals=frozenset((version, "", who) for version, _, who in case.approvals))


def drawn(scene: Scene, rng: random.Random) -> Asked:
    return Asked(ground=scene.ground, rng=rng, pair=("", ""), scene=scene)


@pytest.mark.attack("P25", full=10_000)
async def test_every_history_of_a_confirmation_is_explained_by_some_order_of_its_acts(
    scene: Scene, campaign: Campaign
) -> None:
    rounds, wrong = itertools.islice(campaign.rounds(), FULL if campaign.whole else QUICK), list[str]()

    async def client() -> None:
        for number in rounds:
            if found := await drawn(scene, campaign.rng("confirmation", number)).run():
                wrong.append(found)
                campaign.fail(f"confirmation {number}: {found}")

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    assert not wrong, wrong[0]


def _no_version(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(desk, "check_version", lambda *_: None)


def _tells_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(desk, "_told", lambda taking, done: done)


def _no_guard(patch: pytest.MonkeyPatch) -> None:
    true = Taking.choose

    def first(self: Taking, act: Any, happened_on: date) -> Any:
        rows = self.kind.road.rows(self.case.state, act.name)
        return rows[0] if rows else true(self, act, happened_on)

    patch.setattr(Taking, "choose", first)


def _another_answer(patch: pytest.MonkeyPatch) -> None:
    async def none(*_: Any) -> None:
        return None

    patch.setattr(PassingOn, "_answer", none)


@pytest.mark.attack("P25", full=10_000)
@pytest.mark.parametrize("fault", [_no_version, _tells_all, _no_guard, _another_answer], ids=lambda f: f.__name__)
async def test_a_fault_planted_in_the_confirmation_s_road_is_found(
    fault: Callable[[pytest.MonkeyPatch], None], scene: Scene, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    found = False
    for number in range(TRIES):
        if found := bool(await drawn(scene, campaign.rng(fault.__name__, number)).run()):
            break
    campaign.plant(f"confirmation{fault.__name__}", found)
