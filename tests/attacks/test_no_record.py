"""No record, no action (PROMISES P1): while requests run, the making of their records fails; nothing leaves and nothing changes."""

import random
from collections.abc import AsyncIterator

import pytest

from service.embedded import Server
from tests.attacks import no_record_planted_rooms as _rooms  # noqa: F401  (its faults join the others)
from tests.attacks.campaign import Campaign
from tests.attacks.no_record_asks import CHANGING, DENIALS, LISTS, READS, act, draw
from tests.attacks.no_record_faults import DRIVER
from tests.attacks.no_record_judge import Seen, Trial, judge
from tests.attacks.no_record_planted import PLANTED, Planted
from tests.attacks.no_record_scene import AnyFault, Ask, Scene, a_scene, tried
from tests.attacks.no_record_triggers import STANDING, TRIGGERS

ACTS_DONE, ACTS_TRIED = 10, 200
"""How many drawn acts must be done, else nothing would be shown by acts that are not; of at most how many (about six of ten are)."""
FAULTS: tuple[AnyFault, ...] = (*DRIVER, *TRIGGERS, *STANDING)
QUICK = tuple(f for f in FAULTS if not f.slow)
SLOW = tuple(f for f in FAULTS if f.slow)


@pytest.fixture(scope="module")
async def scene(postgres: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    with pytest.MonkeyPatch.context() as patch:
        async with a_scene(postgres, tmp_path_factory.mktemp("kh"), template, patch) as made:
            yield made


async def drawn(scene: Scene, rng: random.Random) -> tuple[str, list[str]]:
    """One fault that hit, by chance, and what the judge finds."""
    while True:
        fault = rng.choice(SLOW) if rng.random() < 0.03 else rng.choice(QUICK)
        asks = draw(scene, rng)
        nth, on = rng.choices((1, 2, 3), (75, 20, 5))[0], rng.random() < 0.5
        hit, trial = await tried(scene, fault, asks, nth, on)
        if trial.before != trial.after or rng.random() < 0.1:
            await scene.clean(rng)
        found = judge(trial)
        if hit or found:
            return f"{fault.name} (from {nth}{' on' if on else ''}), {[a.what for a in asks]}", found


@pytest.mark.attack("P1", full=5_000)
async def test_without_its_record_no_protected_byte_leaves_and_nothing_changes(
    scene: Scene, campaign: Campaign
) -> None:
    await scene.clean(campaign.rng("first"))
    for number in campaign.rounds():
        under, found = await drawn(scene, campaign.rng(number))
        for what in found:
            campaign.fail(f"{number}, {under}: {what}")
    campaign.passed()


@pytest.mark.attack("P1", full=5_000)
async def test_without_a_fault_everything_is_answered_and_content_leaves(scene: Scene, campaign: Campaign) -> None:
    """Else nothing would be shown by what does not leave."""
    rng = campaign.rng("healthy")
    await scene.clean(rng)
    for made in (*READS, *LISTS, *DENIALS, *CHANGING):
        ask = made(scene)
        seen = await _healthy(scene, ask)
        assert (seen.status < 300) == (made not in DENIALS), (ask, seen.body)
        marked = any(mark in seen.body for mark in scene.marks)
        assert marked == (made in READS), (ask, seen)
    done = tried = 0
    while done < ACTS_DONE:
        await scene.clean(rng)
        done += (await _healthy(scene, act(scene, rng, right=True))).status < 300
        tried += 1
        assert tried < ACTS_TRIED


async def _healthy(scene: Scene, ask: Ask) -> Seen:
    await scene.forget()
    before = await scene.state()
    seen = await scene.send(ask)
    trial = Trial([seen], before, await scene.state(), await scene.records(), scene.marks)
    assert judge(trial) == [], ask
    return seen


@pytest.mark.attack("P1", full=5_000)
@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
async def test_a_planted_fault_is_found(
    planted: Planted, scene: Scene, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.plant(monkeypatch, scene)
    campaign.plant(planted.name, await planted.found(scene, campaign.rng(planted.name)))


def test_there_are_enough_planted_faults() -> None:
    assert len(PLANTED) >= 20
