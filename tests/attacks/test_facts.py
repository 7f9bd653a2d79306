"""Nobody who owns the database can give anybody access (PROMISES P31): moves by the thousand, and planted faults that are found."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.embedded import Server
from tests.attacks.campaign import Campaign
from tests.attacks.facts_attacks import ATTACKS
from tests.attacks.facts_faults import FAULTS, Fault
from tests.attacks.facts_scene import EXPECTED, TABLES, Probe, Scene, a_scene
from tests.keyholder import world as worlds

TRIES = 40
"""Moves against one fault, at most."""
EVERYBODY = ("ito", "yamada", "kato", "tanaka", "mori", "nakamura")


@pytest.fixture(scope="session")
async def facts_template(postgres: Server) -> str:
    return await worlds.template(postgres)


@pytest.fixture(scope="module")
async def shared(postgres: Server, facts_template: str) -> AsyncIterator[Scene]:
    """One scene for all faults that may come after it was made."""
    with tempfile.TemporaryDirectory(prefix="hozen-kh-") as folder:
        async with a_scene(postgres, Path(folder), facts_template) as scene:
            yield scene


async def make(scene: Scene, name: str, rng: random.Random) -> None:
    """One move, who tries what then, and everything put back."""
    attack, tables = ATTACKS[name]
    before = len(scene.released)
    await asyncio.gather(*(scene.probe(*probe) for probe in await attack(scene, rng)))
    await scene.restore(*tables)
    if len(scene.released) > before:
        scene.how.append(name)


@pytest.mark.attack("P31", full=10_000)
async def test_the_owner_of_the_database_gets_no_key_for_anybody(
    postgres: Server, facts_template: str, campaign: Campaign
) -> None:
    rng, names = campaign.rng("moves"), sorted(ATTACKS)
    with tempfile.TemporaryDirectory(prefix="hozen-kh-") as folder:
        async with a_scene(postgres, Path(folder), facts_template) as scene:
            assert await scene.matrix() == EXPECTED, "who may read what before anything is touched"
            for number in campaign.rounds():
                await make(scene, names[number] if number < len(names) else rng.choice(names), rng)
            for name in scene.how:
                campaign.fail(f"a key was released by {name}")
            for request in await scene.unrecorded():
                campaign.fail(f"the attempt {request} is not one record")
            assert await scene.matrix() == EXPECTED, "who may read what afterwards"
    assert campaign.least >= len(names)
    campaign.passed()


async def found(scene: Scene, fault: Fault, rng: random.Random) -> bool:
    """Whether a key came that should not have, or an attempt left no record; first by nothing but asking, then by the fault's moves."""
    await asyncio.gather(*(scene.probe(*probe) for probe in _some(scene, rng)))
    for number in range(TRIES if fault.moves else 0):
        if scene.released:
            break
        await make(scene, fault.moves[number % len(fault.moves)], rng)
    return bool(scene.released or await scene.unrecorded())


def _some(scene: Scene, rng: random.Random) -> list[Probe]:
    """What the table denies, of everybody and of those who lost something; and some of what it grants."""
    granted = [(n, scene.part(c, d)) for n, c, d in sorted(EXPECTED)]
    denied = scene.denied((*EVERYBODY, *scene.revoked))
    return rng.sample(denied, 60) + rng.sample(granted, 10)


@pytest.mark.slow
@pytest.mark.attack("P31", full=10_000)
@pytest.mark.parametrize("fault", [f for f in FAULTS if not f.whole], ids=lambda fault: fault.name)
async def test_a_planted_fault_is_found(
    fault: Fault, shared: Scene, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The zero above means something: each of these weaker keyholders is caught by its moves and the same table."""
    for said in (shared.asked, shared.released, shared.how):
        said.clear()
    fault.plant(monkeypatch)
    caught = await found(shared, fault, campaign.rng(fault.name))
    await shared.restore(*TABLES)
    campaign.plant(fault.name, caught)


@pytest.mark.slow
@pytest.mark.attack("P31", full=10_000)
@pytest.mark.parametrize("fault", [f for f in FAULTS if f.whole], ids=lambda fault: fault.name)
async def test_a_planted_fault_in_what_is_sealed_is_found(
    fault: Fault, postgres: Server, facts_template: str, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault.plant(monkeypatch)
    with tempfile.TemporaryDirectory(prefix="hozen-kh-") as folder:
        async with a_scene(postgres, Path(folder), facts_template) as scene:
            campaign.plant(fault.name, await found(scene, fault, campaign.rng(fault.name)))


async def test_without_a_fault_the_same_moves_find_nothing(shared: Scene) -> None:
    """Every fault's moves against ours, where the faults have been: none of them was found for what another left."""
    for said in (shared.asked, shared.released, shared.how):
        said.clear()
    for name in sorted({m for fault in FAULTS for m in fault.moves}):
        await make(shared, name, random.Random(31))
    assert shared.released == []
    assert await shared.unrecorded() == []


def test_there_are_enough_planted_faults() -> None:
    assert len(FAULTS) >= 20
    assert set(TABLES) == {t for _, tables in ATTACKS.values() for t in tables}
    assert {m for fault in FAULTS for m in fault.moves} <= ATTACKS.keys()
