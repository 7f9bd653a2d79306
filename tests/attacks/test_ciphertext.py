"""A changed ciphertext never opens, not even in part (PROMISES P7)."""

import random
from uuid import UUID

import asyncpg
import pytest

from service.demo.client import Person
from service.demo.run import DATABASE, Demo
from service.embedded import SUPERUSER
from tests.attacks import ciphertext_mutants as mutants
from tests.attacks import oracle_envelope as oracle
from tests.attacks.campaign import Campaign
from tests.attacks.ciphertext_faults import FAULTS
from tests.attacks.ciphertext_mutants import KINDS

SMALL = (0, 700, 16376, 16377, 40_000, 65_528)
ROUNDS_AGAINST_A_FAULT = 400
SENTENCE = "保全される発明の一文であって、これより外に出ることはない。"
CHANGES = 24


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


@pytest.mark.attack("P7")
async def test_no_byte_of_a_part_changed_in_the_database_reaches_a_client(
    demo: Demo, people: dict[str, Person], campaign: Campaign
) -> None:
    """Over HTTP: a part of several chunks, changed behind the first one; the answer is a refusal that holds nothing of it."""
    rng = campaign.rng("http")
    document = f"【書類名】特許願\n【書類名】明細書\n【発明の名称】不変の試験\n【発明の詳細な説明】{SENTENCE * 4000}\n"
    filed = people["sato"].file({"filing.txt": document.encode()})
    assert filed.status_code == 201, filed.text
    case = UUID(filed.json()["case"])
    owner = await asyncpg.connect(**demo.server.dsn(SUPERUSER, DATABASE))
    try:
        rows = await owner.fetch("select id, sealed from parts where case_id = $1 order by length(sealed) desc", case)
        part, sealed = rows[0]["id"], rows[0]["sealed"]
        assert len(sealed) > 3 * oracle.PIECE
        path = f"/filings/{case}/parts/{part}"
        assert SENTENCE in people["sato"].get(path)["content"]
        for _ in range(CHANGES):
            changed = mutants.flip(sealed, rng, oracle.BODY + oracle.PIECE, len(sealed))
            await owner.execute("update parts set sealed = $2 where id = $1", part, changed)
            answer = people["sato"].ask("GET", path)
            assert answer.status_code == 503
            assert SENTENCE[:8] not in answer.text
            assert len(answer.content) < 2000
        await owner.execute("update parts set sealed = $2 where id = $1", part, sealed)
        assert SENTENCE in people["sato"].get(path)["content"]
    finally:
        await owner.close()
