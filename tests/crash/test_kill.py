"""kill -9 of every process at random points under twenty clients: nothing acknowledged is lost, nothing is answered without its record."""

import asyncio
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from service import embedded
from service.audit import verify
from service.demo.client import Person
from service.demo.run import DATABASE, Demo, running
from service.settings import RunSettings
from tests.attacks.campaign import Campaign
from tests.crash import oracle, planted
from tests.crash.load import Client, Load
from tests.crash.supervisor import TARGETS, Supervisor, until

KILLS = 15
"""In `make test`; in `make attack` the full number."""
OPENED_WHOLE = 30
DOCUMENTS = "select document, count(*) from parts where case_id = $1 group by 1"


@pytest.fixture(scope="module")
def crashing(reachable_tmp: Path) -> Iterator[Demo]:
    """A demo of this module's own: it is killed."""
    with running(RunSettings(home=reachable_tmp / "crash-home", pg=os.environ.get("HOZEN_PG") or None)) as service:
        yield service


@pytest.mark.slow
@pytest.mark.attack("P24", full=200)
async def test_nothing_acknowledged_is_lost_and_nothing_answered_without_its_record(
    crashing: Demo, campaign: Campaign, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = campaign.full if campaign.whole else KILLS
    seed = campaign.seed
    load, supervisor = Load(crashing, seed), Supervisor(crashing)
    first = await _first_documents(crashing, load)
    watching = asyncio.create_task(supervisor.run())
    clients = [asyncio.create_task(client.run()) for client in load.clients()]
    recovery = await _kill(load, supervisor, random.Random(seed), kills)
    load.stopping = True
    await asyncio.gather(*clients)
    supervisor.stop()
    await watching
    opened = await _open_all(crashing, load, random.Random(seed))
    connection = await asyncpg.connect(**crashing.server.dsn(embedded.SUPERUSER, DATABASE))
    await _sequenced(connection)
    found = (
        load.journal.faults
        + supervisor.ended_by_themselves()
        + opened
        + await oracle.findings(connection, load.journal, first)
    )
    records = await connection.fetchval("select count(*) from records")
    blind = await planted.not_found(connection, load.journal, first, seed)
    await connection.close()
    with capsys.disabled():
        print(_said(load, recovery, seed, records, crashing))
    campaign.trials += kills
    campaign.failures += found
    campaign.planted += planted.COUNT
    campaign.caught += planted.COUNT - len(blind)
    campaign.passed()
    assert blind == [], "planted faults that the oracle does not see"
    assert len(load.journal.filings) >= kills
    _verify_offline(crashing, tmp_path)


async def _first_documents(demo: Demo, load: Load) -> dict[bool, Counter[str]]:
    """What a filing leaves while nothing is killed."""
    client = load.clients()[0]
    found: dict[bool, Counter[str]] = {}
    connection = await asyncpg.connect(**demo.server.dsn(embedded.SUPERUSER, DATABASE))
    async with httpx2.AsyncClient(base_url=demo.address, timeout=20) as client.http:
        for requested in (False, True):
            filing = await client.file(requested=requested)
            found[requested] = Counter(dict(await connection.fetch(DOCUMENTS, filing.case)))
    await connection.close()
    return found


async def _kill(load: Load, supervisor: Supervisor, chance: random.Random, kills: int) -> dict[str, list[float]]:
    """Kill each target in turn, in a random order, at random moments; the seconds until a filing sent afterwards was acknowledged."""
    taken: dict[str, list[float]] = {target: [] for target in TARGETS}
    order: list[str] = []
    for _ in range(kills):
        if not order:
            order = chance.sample(TARGETS, len(TARGETS))
        await asyncio.sleep(chance.uniform(0.05, 0.8))
        target, at = order.pop(), time.monotonic()
        log = await _checkpoints(load.demo) if target == "worker" else 0
        await supervisor.kill(target)
        if target == "worker":
            while await _checkpoints(load.demo) <= log:
                await asyncio.sleep(0.05)
        else:
            await supervisor.recovered()
            await until(lambda at=at: any(f.began > at for f in load.journal.filings[-20:]), "a filing after the kill")  # type: ignore[misc]
        taken[target].append(time.monotonic() - at)
    return taken


async def _checkpoints(demo: Demo) -> int:
    connection = await asyncpg.connect(**demo.server.dsn(embedded.SUPERUSER, DATABASE))
    try:
        size: int = await connection.fetchval("select coalesce(max(size), 0) from checkpoints")
        return size
    finally:
        await connection.close()


async def _open_all(demo: Demo, load: Load, chance: random.Random) -> list[str]:
    """The applicant opens the title and the source of every filing that was acknowledged to him, and every part of some."""
    found: list[str] = []
    queue = list(load.journal.filings)
    whole = {filing.case for filing in chance.sample(queue, min(OPENED_WHOLE, len(queue)))}

    async def work(client: Client) -> None:
        async with httpx2.AsyncClient(base_url=demo.address, timeout=20) as client.http:
            while queue:
                filing = queue.pop()
                parts = (await client.ask("sato", "GET", f"/filings/{filing.case}")).json()["parts"]
                wanted = [p for p in parts if filing.case in whole or p["document"] in ("title", "source.1")]
                found.extend([f async for f in client.opened(filing, wanted)])

    await asyncio.gather(*(work(client) for client in load.clients()[:8]))
    return found


async def _sequenced(connection: Any) -> None:
    """Wait until the log holds every record."""
    waits = "select (select count(*) from records) - coalesce((select max(size) from checkpoints), 0)"
    end = time.monotonic() + 60
    while await connection.fetchval(waits):
        assert time.monotonic() < end, "the log does not come to its end"
        await asyncio.sleep(0.1)


def _verify_offline(demo: Demo, folder: Path) -> None:
    bundle, key = folder / "bundle", folder / "key"
    with httpx2.Client(base_url=demo.address, timeout=60) as http:
        auditor = Person(http, demo.issuer, "nakamura")
        key.write_text(auditor.get("/audit/log")["key"])
        auditor.download("/audit/bundle", bundle)
    command = [sys.executable, "-I", str(Path(verify.__file__)), str(bundle), "--key", str(key)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _said(load: Load, recovery: dict[str, list[float]], seed: int, records: int, demo: Demo) -> str:
    j = load.journal
    lines = [
        f"\nkill -9: n={sum(map(len, recovery.values()))} seed={seed}; {len(j.filings)} filings and "
        f"{sum(len(f.acts) for f in j.filings)} acts acknowledged, {len(j.answers)} answers, {j.lost} lost, {records} records; "
        f"PostgreSQL {demo.server.version}; {planted.COUNT} planted faults"
    ]
    for target, seconds in recovery.items():
        if seconds:
            lines.append(
                f"  {target}: {len(seconds)} kills, recovery median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s"
            )
    return "\n".join(lines)
