"""Any change of history is found offline, and the first bad record is named (PROMISES P3)."""

import random

import pytest

from service.audit import verify
from service.embedded import Server
from tests.attacks import history_faults
from tests.attacks.campaign import Campaign
from tests.attacks.history_bundles import Bundle, History
from tests.attacks.history_log import RECORDS, as_exported, attacked, exported, lay
from tests.attacks.history_mutants import MUTATIONS
from tests.attacks.history_tables import TAMPERINGS, Tampering
from tests.audit import logs
from tests.audit.logs import Log
from tests.store.databases import Connection

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
        small.judge(verifier, *MUTATIONS[kinds[n % len(kinds)]][1](small, rng), kept=_kept(rng))
        for n in range(TRIALS_AGAINST_A_FAULT)
    )
    campaign.plant(name, any(tried))


def _kept(rng: random.Random) -> bool:
    """Mostly the auditor has kept the heads that were signed; else bundle and key are all he has."""
    return rng.randrange(4) > 0


TRIALS = [kind for kind, (many, _) in (*MUTATIONS.items(), *TAMPERINGS.items()) for _ in range(many)]
STRIDE = 7919
"""Prime to the number of trials: however few are made, they are of every sort."""
UNTOUCHED = 1000


@pytest.fixture(scope="module")
async def laid(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> History:
    """The log of 5,000 records, made once; its database is the template of the attacked one."""
    made = await lay(postgres, tmp_path_factory.mktemp("laid"))
    return History(made.whole, made.notes, made.key, tmp_path_factory.mktemp("auditor"), made.ranges)


async def tampered(connection: Connection, history: History, tampering: Tampering, rng: random.Random) -> Bundle | str:
    """The bundle after one tampering, which is then undone."""
    undo = connection.transaction()
    await undo.start()
    try:
        await tampering(connection, history, rng)
        return await as_exported(connection)
    finally:
        await undo.rollback()


def judged(history: History, kind: str, now: Bundle | str) -> str | None:
    """What was wrong with the finding on a tampered database, checkpoints kept."""
    if isinstance(now, str):
        return None if kind.startswith("checkpoints") else f"no bundle could be made: {now}"
    if kind.startswith("columns"):
        return None if now == history.whole else "a column beside the record changed the bundle"
    return history.judge(verify, history.whole, now, kept=True)


@pytest.mark.attack("P3", full=10_000)
async def test_any_change_of_history_is_found_and_the_first_bad_record_named(
    campaign: Campaign, laid: History, postgres: Server
) -> None:
    assert len(TRIALS) == campaign.full
    async with attacked(postgres) as connection:
        assert await as_exported(connection) == laid.whole
        for number in campaign.rounds():
            kind, rng = TRIALS[number * STRIDE % len(TRIALS)], campaign.rng(number)
            if kind in TAMPERINGS:
                now = await tampered(connection, laid, TAMPERINGS[kind][1], rng)
                fault = judged(laid, kind, now)
            else:
                fault = laid.judge(verify, *MUTATIONS[kind][1](laid, rng), kept=_kept(rng))
            if fault:
                campaign.fail(f"{number}, {kind}: {fault}")
            if number % 200 == 199:
                await connection.execute("vacuum records, leaves")
        assert await as_exported(connection) == laid.whole, "everything was undone"
    spans = laid.spans or [0]
    print(
        f"\nP3: {laid.sure} times one record had to be named; {len(laid.spans)} times hashes were made anew and heads kept: one of"
        f" {sum(spans) / len(spans):.1f} records on average, {max(spans)} at most; {laid.blind} times without heads"
    )
    campaign.passed()


@pytest.mark.attack("P3")
async def test_untouched_copies_raise_no_alarm(campaign: Campaign, laid: History, postgres: Server) -> None:
    rng, ranges = campaign.rng("untouched"), 0
    copies = UNTOUCHED if campaign.whole else UNTOUCHED // 50
    async with attacked(postgres) as connection:
        while ranges < copies:
            first = rng.randrange(RECORDS)
            was = Bundle.read(await exported(connection, first, rng.randrange(min(RECORDS - first, 1500) + 1)))
            alarm = laid.judge(verify, was, was, kept=_kept(rng))
            assert alarm is None, f"{first}: {alarm}"
            ranges += 1
    for _ in range(copies // 20):
        assert laid.judge(verify, laid.whole, laid.whole, kept=_kept(rng)) is None
