"""A changed ciphertext never opens, not even in part (PROMISES P7)."""

import random

import pytest

from tests.attacks import ciphertext_mutants as mutants
from tests.attacks import oracle_envelope as oracle
from tests.attacks.campaign import Campaign
from tests.attacks.ciphertext_faults import FAULTS
from tests.attacks.ciphertext_mutants import KINDS

SMALL = (0, 700, 16376, 16377, 40_000, 65_528)
ROUNDS_AGAINST_A_FAULT = 400


@pytest.mark.attack("P7", full=10_000)
def test_a_changed_ciphertext_or_wrap_never_opens_not_even_in_part(campaign: Campaign) -> None:
    made = mutants.items(campaign.rng("items"))
    for item in made:
        assert oracle.opened(item.key, item.where.context(), item.sealed) == item.content, "both read the sound ones"
    for number in campaign.rounds():
        kind = KINDS[number % len(KINDS)]
        if fault := mutants.trial(made, kind, campaign.rng(number)):
            campaign.fail(f"{number}: {fault}")
    campaign.passed()


@pytest.mark.attack("P7")
@pytest.mark.parametrize("name", FAULTS)
def test_a_weaker_opener_is_found(name: str, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[name](monkeypatch)
    rng = random.Random(name)
    made = mutants.items(rng, SMALL)
    tried = (mutants.trial(made, kind, rng) for _ in range(ROUNDS_AGAINST_A_FAULT) for kind in KINDS)
    campaign.plant(name, any(tried))


def test_there_are_enough_planted_faults() -> None:
    assert len(FAULTS) >= 20
