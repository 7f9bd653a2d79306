"""Nobody who owns the database can give anybody access (PROMISES P31): moves by the thousand, and planted faults that are found."""

import asyncio
import random
import tempfile
import time
from pathlib import Path

import pytest

from service.embedded import Server
from tests.attacks.facts_attacks import ATTACKS
from tests.attacks.facts_faults import FAULTS, Fault
from tests.attacks.facts_scene import EXPECTED, TABLES, Scene, a_scene
from tests.keyholder import world as worlds

SEED = 20261123
MOVES = 1000
MOVES_AGAINST_A_FAULT = 400


@pytest.fixture(scope="session")
async def facts_template(postgres: Server) -> str:
    return await worlds.template(postgres)


async def campaign(scene: Scene, rng: random.Random, moves: int, *, stop_at_first: bool = False) -> dict[str, int]:
    """So many moves, each undone; how many of each."""
    made = dict.fromkeys(ATTACKS, 0)
    names = sorted(ATTACKS)
    for number in range(moves):
        name = names[number % len(names)] if number < len(names) else rng.choice(names)
        attack, tables = ATTACKS[name]
        before = len(scene.released)
        await asyncio.gather(*(scene.probe(*probe) for probe in await attack(scene, rng)))
        await scene.restore(*tables)
        made[name] += 1
        if len(scene.released) > before:
            scene.how.append(name)
        if stop_at_first and (scene.released or (number % 50 == 49 and await scene.unrecorded())):
            break
    return made


async def test_the_owner_of_the_database_gets_no_key_for_anybody(postgres: Server, facts_template: str) -> None:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hozen-kh-") as folder:
        async with a_scene(postgres, Path(folder), facts_template) as scene:
            assert await scene.matrix() == EXPECTED, "who may read what before anything is touched"
            made = await campaign(scene, random.Random(SEED), MOVES)
            assert scene.released == [], f"{len(scene.released)} keys released, by {sorted(set(scene.how))}"
            assert await scene.unrecorded() == [], "each attempt is one record"
            assert await scene.matrix() == EXPECTED, "who may read what afterwards"
    assert min(made.values()) > 0
    print(
        f"\nP31: seed {SEED}, {MOVES} moves of {len(ATTACKS)} kinds, {len(scene.asked)} reads tried: 0 keys released, "
        f"0 without a record, {time.monotonic() - started:.0f} s"
    )


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_a_planted_fault_is_found(
    fault: Fault, postgres: Server, facts_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The zero above means something: each of these weaker keyholders is caught by the same moves and the same table."""
    fault(monkeypatch)
    with tempfile.TemporaryDirectory(prefix="hozen-kh-") as folder:
        async with a_scene(postgres, Path(folder), facts_template) as scene:
            if await scene.matrix() != EXPECTED:
                return
            await campaign(scene, random.Random(SEED), MOVES_AGAINST_A_FAULT, stop_at_first=True)
            assert scene.released or await scene.unrecorded(), "the fault was not found"


def test_there_are_enough_planted_faults() -> None:
    assert len(FAULTS) >= 20
    assert set(TABLES) == {t for _, tables in ATTACKS.values() for t in tables}
