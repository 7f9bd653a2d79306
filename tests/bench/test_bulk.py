"""The rows of bulk work run, in a tiny setting."""

import asyncio
import time

import pytest

from service.embedded import SUPERUSER
from tests.bench import rows_bulk, rows_screen, rows_seal
from tests.bench.big_log import BigLog, fill
from tests.store.databases import Database


@pytest.mark.parametrize("work", [rows_bulk.verified, rows_bulk.exported("csv"), rows_bulk.exported("jsonl")])
async def test_bulk_work_on_the_record_is_measured_against_copy(work: rows_bulk.Work, database: Database) -> None:
    await fill(database.dsn(SUPERUSER), 1000)
    log = BigLog(database.server, database.name, 1000)
    (one,) = await asyncio.to_thread(lambda: list(rows_bulk.measured(work, log, 1)))
    assert one.ours > 0 and one.theirs > 0 and "grown MiB" in one.split


@pytest.mark.parametrize("seal", [rows_seal.one_thread, rows_seal.two_threads])
def test_sealing_is_measured_against_a_copy(seal: rows_seal.Seal) -> None:
    rounds = list(rows_seal.measured(seal, time.perf_counter, 2, 1))
    assert len(rounds) == 1 and rounds[0].ours > 0


def test_screening_is_measured_in_sets() -> None:
    (one,) = rows_screen.rounds(100, 1)
    assert one.theirs == 50 and len(one.split) == 2
