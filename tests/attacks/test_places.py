"""A ciphertext is valid in its own place alone (PROMISES P8): 159,600 exchanges, 5,000 older versions, 5,000 laxer labels."""

import random

import pytest

from tests.attacks.campaign import Campaign
from tests.attacks.places_faults import FAULTS
from tests.attacks.places_items import CHAIN, LABELS, RANK, Item, Rooms, neighbours

SWAPS, REPLAYS, DOWNGRADES = 400 * 399, 5000, 5000
ALL = SWAPS + REPLAYS + DOWNGRADES
STRIDE = 104_729
"""Prime to ALL: however few trials are made, they are of every sort."""


def trial(number: int, rooms: Rooms, items: list[Item], chains: list[list[Item]], rng: random.Random) -> str | None:
    if number < SWAPS:
        first, second = divmod(number, len(items) - 1)
        return rooms.moved(items[first], items[second + (second >= first)])
    if number < SWAPS + REPLAYS:
        chain = rng.choice(chains)
        newer = rng.randrange(1, len(chain))
        return rooms.moved(chain[rng.randrange(newer)], chain[newer])
    designated = [i for i in items if RANK[i.label] > 0]
    return rooms.downgraded(rng.choice(designated), rng)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("roots"))


@pytest.mark.attack("P8", full=ALL)
def test_no_part_opens_in_the_place_of_another(campaign: Campaign, rooms: Rooms) -> None:
    items, chains = rooms.items(), rooms.chains()
    assert len(items) == 400
    for number in campaign.rounds():
        if opened := trial(number * STRIDE % ALL, rooms, items, chains, campaign.rng(number)):
            campaign.fail(f"{number}: {opened}")
    campaign.passed()


@pytest.mark.attack("P8")
@pytest.mark.parametrize("name", FAULTS)
def test_weaker_binding_is_found(name: str, campaign: Campaign, rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[name](monkeypatch)
    items = rooms.items((LABELS[0], *LABELS[2:4]))
    near = neighbours(items)
    rng = random.Random(name)
    swaps = (rooms.moved(*pair) for pair in rng.sample(near, len(near)))
    lower = (rooms.downgraded(rng.choice(items), rng) for _ in range(400))
    campaign.plant(name, any(lower) or any(swaps))


def test_there_are_enough_planted_faults() -> None:
    assert len(FAULTS) >= 20
    assert len(CHAIN) == 45
    assert len(LABELS) == 5
