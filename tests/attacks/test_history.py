"""Any change of history is found offline, and the first bad record is named (PROMISES P3)."""

import random

import pytest

from tests.attacks import history_faults
from tests.attacks.campaign import Campaign
from tests.attacks.history_bundles import Bundle, History
from tests.attacks.history_mutants import MUTATIONS
from tests.audit import logs
from tests.audit.logs import Log

SMALL = 240
HEADS = (*range(7, SMALL, 16), SMALL)
TRIALS_AGAINST_A_FAULT = 900


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> History:
    """A short log in memory, for the planted faults."""
    log = Log(logs.records(SMALL, writers=5, seed=8))
    notes = {size: log.note(size).encode() for size in HEADS}
    history = History(Bundle.read(log.bundle()), notes, log.public(), tmp_path_factory.mktemp("small"))
    history.ranges = [
        Bundle.read(log.bundle(first, count)) for first, count in ((0, 100), (64, 64), (100, 140), (33, 3))
    ]
    return history


@pytest.mark.attack("P3")
@pytest.mark.parametrize("name", history_faults.FAULTS)
def test_a_weaker_verifier_is_found(name: str, campaign: Campaign, small: History) -> None:
    rng, kinds = random.Random(name), list(MUTATIONS)
    verifier = history_faults.weaker(name)
    assert small.judge(verifier, small.whole, small.whole, kept=True) is None, "it takes the sound log for sound"
    tried = (
        small.judge(verifier, *MUTATIONS[kinds[n % len(kinds)]][1](small, rng), kept=_kept(small, rng))
        for n in range(TRIALS_AGAINST_A_FAULT)
    )
    campaign.plant(name, any(tried))


def _kept(history: History, rng: random.Random) -> bool:
    return rng.randrange(4) > 0
