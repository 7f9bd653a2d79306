"""A ciphertext has one key (PROMISES P9): two-key ciphertexts and exchanged wraps are refused, before the AEAD is asked."""

import random

import pytest

from service.sealing import envelope
from tests.attacks.campaign import Campaign
from tests.attacks.one_key_faults import FAULTS
from tests.attacks.one_key_items import EIGHT, KINDS, Wraps, committed_by_the_service, salamander, tried

GENERATED, EXCHANGED = 1000, 1000
ALL = len(EIGHT) + GENERATED + EXCHANGED


@pytest.mark.attack("P9", full=ALL)
def test_no_second_key_opens_a_part(campaign: Campaign) -> None:
    wraps = Wraps(64)
    for number in campaign.rounds():
        rng = campaign.rng(number)
        if number < len(EIGHT):
            fault = tried(salamander(EIGHT[number][0], rng, EIGHT[number][1]), rng)
        elif number % 2:
            fault = tried(salamander(KINDS[number // 2 % len(KINDS)], rng, rng.choice([1, 2, 3, 4, 32])), rng)
        else:
            fault = wraps.exchanged(rng)
        if fault:
            campaign.fail(f"{number}: {fault}")
    campaign.passed()


@pytest.mark.attack("P9")
@pytest.mark.parametrize("name", FAULTS)
def test_a_weaker_commitment_is_found(name: str, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(name)
    made = [salamander(kind, rng, 2) for kind in KINDS]
    FAULTS[name](monkeypatch)
    wraps = Wraps(8)
    found = any(wraps.exchanged(rng) for _ in range(40)) or any(
        tried(committed_by_the_service(one), rng) for one in made
    )
    campaign.plant(name, found)


def test_there_are_enough_planted_faults() -> None:
    assert len(FAULTS) >= 20
    assert len(EIGHT) == 8
    assert envelope.VERSION == 1
