"""Concurrency cannot bend the law (PROMISES P25): random histories of a filing, each explained by a sequential model of the Act."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator

import pytest

from service.embedded import Server
from tests.attacks import histories_faults_rules as _rules  # noqa: F401  (its faults join the others)
from tests.attacks.campaign import Campaign
from tests.attacks.histories_draw import PAIRS
from tests.attacks.histories_faults import FAULTS, Fault
from tests.attacks.histories_open import Opening, Papers
from tests.attacks.histories_run import History
from tests.attacks.histories_tables import Ground
from tests.attacks.inside import a_service

AT_ONCE = 4
"""Histories under way at the same time, each of a filing of its own."""
TRIES = 800
"""Histories against one fault, at most."""


@pytest.fixture(scope="module")
async def inside(postgres: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    async with a_service(postgres, tmp_path_factory.mktemp("kh"), template) as service:
        yield Ground(service)


def drawn(papers: Papers, rng: random.Random, number: int, pair: tuple[str, str]) -> History:
    """Every eighth history begins with the filing itself."""
    if number % 8 == 7:
        return Opening(ground=papers.ground, rng=rng, pair=pair, papers=papers)
    return History(ground=papers.ground, rng=rng, pair=pair)


@pytest.mark.attack("P25", full=10_000)
async def test_every_history_is_explained_by_some_order_of_its_acts(inside: Ground, campaign: Campaign) -> None:
    pairs = campaign.rng("pairs").sample(PAIRS, len(PAIRS))
    rounds, papers = campaign.rounds(), Papers(inside)

    async def client() -> None:
        for number in rounds:
            history = drawn(papers, campaign.rng(number), number, pairs[number % len(pairs)])
            if found := await history.run():
                campaign.fail(f"history {number}: {found}")

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    campaign.passed()


async def found(papers: Papers, fault: Fault, campaign: Campaign) -> bool:
    """Whether some history of a weaker service is one that no order of its acts explains."""
    numbers, wrong = itertools.count(), list[str]()

    async def client() -> None:
        while not wrong and (number := next(numbers)) < TRIES:
            pair = fault.pairs[number % len(fault.pairs)]
            history = drawn(papers, campaign.rng(fault.name, number), 7 if fault.files else 0, pair)
            if said := await history.run():
                wrong.append(said)

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return bool(wrong)


@pytest.mark.slow
@pytest.mark.attack("P25", full=10_000)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_planted_fault_is_found(
    fault: Fault, inside: Ground, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = Papers(inside)
    for number in "AB" if fault.files else "":
        for kind in ("ordinary", "pct-national"):
            await papers.form(kind, number)
    fault.plant(monkeypatch)
    campaign.plant(fault.name, await found(papers, fault, campaign))


def test_there_are_enough_planted_faults() -> None:
    assert len(FAULTS) >= 20
