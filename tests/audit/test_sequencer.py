"""Every record gets one place in the log, in an order nobody can slip into, under a head that only grows."""

import asyncio
import io
import random
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.audit import bundle, sequencer, verify
from service.audit.checkpoint import claimed, open_note
from service.audit.lane import Lane, RecordUnavailable, insert_record
from service.audit.leaf import decode, leaf_hash
from service.audit.writer import BatchedWriter
from service.embedded import SUPERUSER
from service.keyholder.signing import LogSigner
from service.keyholder.state import State
from service.keyholder.vault_file import Argon2Cost
from service.keyholder.vaults import FileVault
from tests.audit.test_writer import draft
from tests.store.databases import Database

Connection = asyncpg.Connection


class Lost(Exception):
    """What a call to the keyholder may end in."""


class Keyholder:
    """The keyholder's own signer, in this process; `lose` makes a call end before it or after it."""

    def __init__(self, folder: Path) -> None:
        quick = Argon2Cost(memory_kib=64, iterations=1, lanes=1)
        vault = FileVault.create(folder / "vault", "demo", None, ("application",), [], quick)
        self.signer = LogSigner(vault, State.open(folder / "state", vault))
        self.lose = ""

    async def sign(self, size: int, leaves: list[bytes]) -> str:
        if self.lose == "before":
            raise Lost
        note = self.signer.sign(size, leaves)
        if self.lose == "after":
            raise Lost
        return note

    async def signed(self) -> int:
        return self.signer.size()


@pytest.fixture
def keyholder(tmp_path: Path) -> Keyholder:
    return Keyholder(tmp_path)


async def once(connection: "Connection[Any]", keyholder: Keyholder) -> int:
    return await sequencer.sequence_once(connection, keyholder.sign, keyholder.signed)


async def write(connection: "Connection[Any]", lane: Lane, count: int = 1) -> None:
    for _ in range(count):
        async with connection.transaction():
            await insert_record(connection, lane, draft())
        lane.committed()


async def tampering(database: Database) -> "Connection[Any]":
    """The database owner's worst: a superuser whose triggers are off."""
    return await database.connect(SUPERUSER, session_replication_role="replica")


async def verified(database: Database, keyholder: Keyholder, folder: Path) -> str:
    """Export the whole log and verify it; what the verifier said."""
    looking = await database.connect(SUPERUSER)
    rows = await looking.fetch(
        "select l.idx, l.hash, r.body from leaves l join records r on r.id = l.record order by idx"
    )
    assert [row["idx"] for row in rows] == list(range(len(rows)))
    note = await looking.fetchval("select note from checkpoints order by size desc limit 1")
    assert open_note(note, keyholder.signer.key()).size == len(rows)
    out = io.BytesIO()
    bundle.write(out, note, 0, [row["hash"] for row in rows], [row["body"] for row in rows], [], [])
    (folder / "bundle").write_bytes(out.getvalue())
    (folder / "key").write_text(keyholder.signer.key().line())
    said = io.StringIO()
    with redirect_stdout(said):
        status = verify.main([str(folder / "bundle"), "--key", str(folder / "key")])
    assert status == 0, said.getvalue()
    return said.getvalue()


async def test_records_are_placed_once_each_and_the_log_verifies(
    database: Database, keyholder: Keyholder, tmp_path: Path
) -> None:
    worker = await database.connect("hozen_worker")
    webs = [(await database.connect("hozen_web"), Lane()) for _ in range(3)]
    placed = 0
    for round_ in range(5):
        for web, lane in webs:
            await write(web, lane, round_ + 1)
        placed += await once(worker, keyholder)
    assert placed == 45
    assert await once(worker, keyholder) == 0
    assert "records: 45 from 0 of 45" in await verified(database, keyholder, tmp_path)


async def test_the_empty_log_is_not_signed(database: Database, keyholder: Keyholder) -> None:
    worker = await database.connect("hozen_worker")
    assert await once(worker, keyholder) == 0
    assert await worker.fetchval("select count(*) from checkpoints") == 0


async def test_nothing_is_placed_beyond_a_transaction_that_may_still_bring_a_record_before_it(
    database: Database, keyholder: Keyholder
) -> None:
    worker = await database.connect("hozen_worker")
    slow, slow_lane = await database.connect("hozen_web"), Lane()
    quick, quick_lane = await database.connect("hozen_web"), Lane()
    transaction = slow.transaction()
    await transaction.start()
    await insert_record(slow, slow_lane, draft())
    await write(quick, quick_lane, 3)
    assert await once(worker, keyholder) == 0
    await transaction.commit()
    assert await once(worker, keyholder) == 4
    first = await worker.fetchval("select r.writer from leaves l join records r on r.id = l.record where idx = 0")
    assert first == slow_lane.writer


async def test_more_than_one_batch_is_placed_in_order(
    database: Database, keyholder: Keyholder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 7)
    monkeypatch.setattr(sequencer, "SIGNED_AT_ONCE", 3)
    worker = await database.connect("hozen_worker")
    writer = BatchedWriter(lambda: database.connect("hozen_keyholder"))
    writer.start()
    await asyncio.gather(*(writer.record(draft()) for _ in range(30)))  # many records of one transaction
    await writer.stop()
    assert [await once(worker, keyholder) for _ in range(6)] == [7, 7, 7, 7, 2, 0]
    await verified(database, keyholder, tmp_path)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_signature_lost_on_its_way_is_made_good(
    database: Database, keyholder: Keyholder, tmp_path: Path, when: str
) -> None:
    worker, web, lane = await database.connect("hozen_worker"), await database.connect("hozen_web"), Lane()
    await write(web, lane, 2)
    await once(worker, keyholder)
    await write(web, lane, 3)
    keyholder.lose = when
    with pytest.raises(Lost):
        await once(worker, keyholder)
    keyholder.lose = ""
    assert await once(worker, keyholder) == 0
    assert "of 5" in await verified(database, keyholder, tmp_path)


async def test_a_keyholder_that_lost_its_head_signs_the_log_again_from_its_beginning(
    database: Database, keyholder: Keyholder, tmp_path: Path
) -> None:
    worker, web, lane = await database.connect("hozen_worker"), await database.connect("hozen_web"), Lane()
    await write(web, lane, 4)
    await once(worker, keyholder)
    keyholder.signer = LogSigner(keyholder.signer._vault, Unsigned())  # type: ignore[arg-type]
    await write(web, lane, 1)
    assert await once(worker, keyholder) == 1
    await verified(database, keyholder, tmp_path)


class Unsigned:
    """A store that has signed nothing yet."""

    head: Any = None

    def log_head(self) -> Any:
        return self.head

    def set_log_head(self, head: Any) -> None:
        self.head = head


async def test_a_database_put_back_is_named_and_nothing_more_is_placed(
    database: Database, keyholder: Keyholder
) -> None:
    worker, web, lane = await database.connect("hozen_worker"), await database.connect("hozen_web"), Lane()
    await write(web, lane, 5)
    await once(worker, keyholder)
    thief = await tampering(database)
    await thief.execute("delete from leaves where idx >= 3")
    with pytest.raises(sequencer.LogBehind):
        await once(worker, keyholder)
    with pytest.raises(sequencer.LogBehind):
        await sequencer.check(worker, keyholder.sign, keyholder.signed)
    assert await worker.fetchval("select count(*) from leaves") == 3


async def test_leaves_changed_under_a_signed_head_are_found_at_the_start(
    database: Database, keyholder: Keyholder
) -> None:
    worker, web, lane = await database.connect("hozen_worker"), await database.connect("hozen_web"), Lane()
    await write(web, lane, 6)
    await once(worker, keyholder)
    await sequencer.check(worker, keyholder.sign, keyholder.signed)
    thief = await tampering(database)
    await thief.execute("create temporary table kept as select * from leaves")
    for change in (
        "update leaves set hash = sha256(hash) where idx = 2",
        "delete from leaves where idx = 2",
        "update leaves set idx = case idx when 2 then 103 else 102 end where idx in (2, 3)",
    ):
        await thief.execute(change)
        with pytest.raises((sequencer.LogForked, sequencer.LogBehind)):
            await sequencer.check(worker, keyholder.sign, keyholder.signed)
        await thief.execute("delete from leaves")
        await thief.execute("insert into leaves select * from kept")
    await sequencer.check(worker, keyholder.sign, keyholder.signed)


async def test_a_stored_note_that_says_otherwise_is_a_fork(
    database: Database, keyholder: Keyholder, tmp_path: Path
) -> None:
    worker, web, lane = await database.connect("hozen_worker"), await database.connect("hozen_web"), Lane()
    await write(web, lane, 2)
    await once(worker, keyholder)
    (tmp_path / "other").mkdir()
    other = Keyholder(tmp_path / "other")
    thief = await tampering(database)
    await thief.execute("insert into checkpoints (size, note) values (3, $1)", other.signer.sign(0, [bytes(32)] * 3))
    await write(web, lane, 1)
    with pytest.raises(sequencer.LogForked):
        await once(worker, keyholder)


async def test_one_sequencer_at_a_time(database: Database, keyholder: Keyholder) -> None:
    one, two = await database.connect("hozen_worker"), await database.connect("hozen_worker")
    async with sequencer.lock(one):
        with pytest.raises(asyncpg.LockNotAvailableError):
            async with sequencer.lock(two):
                pass
    await one.close()
    async with sequencer.lock(two):
        assert await once(two, keyholder) == 0


async def test_two_sequencers_without_the_lock_still_give_no_place_twice(
    database: Database, keyholder: Keyholder, tmp_path: Path
) -> None:
    workers = [await database.connect("hozen_worker") for _ in range(4)]
    web, lane = await database.connect("hozen_web"), Lane()
    for _ in range(10):
        await write(web, lane, 5)
        await asyncio.gather(*(once(worker, keyholder) for worker in workers), return_exceptions=True)
    await once(workers[0], keyholder)
    assert "of 50" in await verified(database, keyholder, tmp_path)


@pytest.mark.parametrize("xid", ["1", "9000000000000000000"])
async def test_a_record_of_a_transaction_that_never_was_is_named_at_the_start(
    database: Database, keyholder: Keyholder, xid: str
) -> None:
    worker, web, lane = await database.connect("hozen_worker"), await database.connect("hozen_web"), Lane()
    await write(web, lane, 3)
    await once(worker, keyholder)
    thief = await tampering(database)
    record = lane.draw()
    await thief.execute(
        "insert into records (id, writer, number, body, xid) values ($1, $2, $3, $4, $5::text::xid8)",
        record.id, uuid4(), 1, b"{}", xid,
    )  # fmt: skip
    with pytest.raises(sequencer.LogMisplaced):
        async with sequencer.lock(worker):
            pass


class Load:
    """Clients of every kind, who go on until told to stop, whatever fails; the ids of what they were told is durable."""

    failures = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)

    def __init__(self, database: Database) -> None:
        self.database, self.acknowledged, self.stop = database, set[UUID](), asyncio.Event()

    async def batched(self) -> None:
        writer = BatchedWriter(lambda: self.database.connect("hozen_keyholder"))
        writer.start()
        await asyncio.gather(*(self.client(writer) for _ in range(5)))
        await writer.stop()

    async def client(self, writer: BatchedWriter) -> None:
        while not self.stop.is_set():
            try:
                self.acknowledged.add((await writer.record(draft())).id)
            except RecordUnavailable:
                continue

    async def acting(self) -> None:
        while not self.stop.is_set():
            web, lane = await self.database.connect("hozen_web"), Lane()
            try:
                while not self.stop.is_set():
                    async with web.transaction():
                        record = await insert_record(web, lane, draft())
                    lane.committed()
                    self.acknowledged.add(record.id)
            except self.failures:
                web.terminate()

    async def sequencing(self, keyholder: Keyholder) -> None:
        while not self.stop.is_set():
            worker = await self.database.connect("hozen_worker")
            try:
                while not self.stop.is_set():
                    await once(worker, keyholder)
            except self.failures:
                worker.terminate()


async def test_log_and_numbers_stay_whole_while_backends_are_ended_under_load(
    database: Database, keyholder: Keyholder, tmp_path: Path
) -> None:
    rng, load = random.Random(13), Load(database)
    admin = await database.connect(SUPERUSER)
    running = [load.batched(), load.acting(), load.acting(), load.sequencing(keyholder)]
    tasks = [asyncio.create_task(task) for task in running]
    for _ in range(40):
        role = rng.choice(["hozen_keyholder", "hozen_web", "hozen_worker"])
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and datname = current_database()",
            role,
        )
        before = len(load.acknowledged)
        while len(load.acknowledged) < before + 25:
            await asyncio.sleep(0)
    load.stop.set()
    await asyncio.gather(*tasks)
    worker = await database.connect("hozen_worker")
    async with sequencer.lock(worker):
        while await once(worker, keyholder):
            pass
    await sequencer.check(worker, keyholder.sign, keyholder.signed)
    placed = {row["record"] for row in await worker.fetch("select record from leaves")}
    assert load.acknowledged <= placed
    assert len(load.acknowledged) >= 1000
    await verified(database, keyholder, tmp_path)


async def test_a_leaf_is_the_hash_of_the_exact_bytes(database: Database, keyholder: Keyholder) -> None:
    worker, web, lane = await database.connect("hozen_worker"), await database.connect("hozen_web"), Lane()
    await write(web, lane, 3)
    await once(worker, keyholder)
    rows = await worker.fetch("select l.hash, r.body from leaves l join records r on r.id = l.record order by idx")
    assert [row["hash"] for row in rows] == [leaf_hash(row["body"]) for row in rows]
    assert [decode(row["body"]).number for row in rows] == [1, 2, 3]
    assert claimed(await worker.fetchval("select note from checkpoints")).size == 3
