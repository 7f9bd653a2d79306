"""Records are durable before anyone is told so, and a writer's numbers have no gap, whatever fails when."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from service import embedded
from service.audit.lane import Lane, RecordUnavailable, insert_record
from service.audit.leaf import Draft, NotARecord, Position, decode
from service.audit.writer import BatchedWriter
from service.embedded import SUPERUSER
from tests.store.databases import Database, migrated

Connection = asyncpg.Connection


def draft(action: str = "designate") -> Draft:
    return Draft(what="request", action=action, outcome="allowed", request=uuid4())


async def rows_of(database: Database) -> dict[UUID, list[int]]:
    """The numbers of each writer in order, after checking that every row says what its columns say, once."""
    admin = await database.connect(SUPERUSER)
    lanes: dict[UUID, list[int]] = {}
    seen = set()
    for row in await admin.fetch("select id, writer, number, body from records order by writer, number"):
        record = decode(row["body"])
        assert (record.id, record.writer, record.number) == (row["id"], row["writer"], row["number"])
        seen.add(record.request)
        lanes.setdefault(row["writer"], []).append(row["number"])
    assert len(seen) == sum(map(len, lanes.values())), "no draft stands twice"
    for numbers in lanes.values():
        assert numbers == list(range(1, len(numbers) + 1)), "no gap"
    return lanes


async def until(connection: "Connection[Any]", condition: str, *args: object) -> None:
    """Ask until it is so."""
    while not await connection.fetchval(f"select exists ({condition})", *args):
        pass


WAITS = """select from pg_locks l join pg_database d on d.oid = l.database
where not l.granted and l.relation = 'records'::regclass and d.datname = current_database()"""


@asynccontextmanager
async def writing(database: Database, **options: Any) -> AsyncIterator[BatchedWriter]:
    writer = BatchedWriter(lambda: database.connect("hozen_keyholder"), **options)
    writer.start()
    try:
        yield writer
    finally:
        await writer.stop()


@asynccontextmanager
async def locked(database: Database) -> AsyncIterator["Connection[Any]"]:
    """Nobody can write a record meanwhile."""
    owner = await database.connect("hozen_owner")
    async with owner.transaction():
        await owner.execute("lock table records in exclusive mode")
        yield owner


async def test_numbers_have_no_gap_over_rollbacks_and_failures(database: Database) -> None:
    rng = random.Random(4)
    connection, lane = await database.connect("hozen_web"), Lane()
    committed: list[Position] = []
    for _ in range(60):
        transaction = connection.transaction()
        await transaction.start()
        drawn = [await insert_record(connection, lane, draft()) for _ in range(rng.randint(0, 2))]
        how = rng.choice(["commit", "rollback", "bad draft", "failing statement"])
        if how == "bad draft":
            with pytest.raises(NotARecord):
                await insert_record(connection, lane, draft("not a token"))
        if how == "failing statement":
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute("select 1 / 0")
        if how in ("commit", "bad draft"):
            await transaction.commit()
            lane.committed()
            committed += drawn
        else:
            await transaction.rollback()
            lane.rolled_back()
    assert await rows_of(database) == {lane.writer: [r.number for r in committed]}


async def test_a_record_is_durable_when_its_caller_is_told(database: Database) -> None:
    looking = await database.connect(SUPERUSER)
    one_by_one = asyncio.Lock()

    async with writing(database) as writer:

        async def write_and_look() -> None:
            record = await writer.record(draft())
            async with one_by_one:
                assert await looking.fetchval("select body from records where id = $1", record.id)

        await asyncio.gather(*(write_and_look() for _ in range(400)))
        lanes = await rows_of(database)
        assert lanes == {writer.writer: list(range(1, 401))}
    commits = await looking.fetchval("select count(distinct xid) from records")
    assert commits < 40, "what waits together is committed together"


async def test_a_bad_draft_is_refused_alone(database: Database) -> None:
    async with writing(database) as writer:
        done = await asyncio.gather(
            writer.record(draft()), writer.record(draft("two words")), writer.record(draft()), return_exceptions=True
        )
    assert [type(d) for d in done] == [Position, NotARecord, Position]
    assert [len(n) for n in (await rows_of(database)).values()] == [2]


async def test_a_backend_ended_in_mid_batch_leaves_no_gap_and_no_false_word(database: Database) -> None:
    async with writing(database) as writer:
        first = await writer.record(draft())
        async with locked(database) as owner:
            waiting = [asyncio.create_task(writer.record(draft())) for _ in range(9)]
            await until(owner, WAITS)
            admin = await database.connect(SUPERUSER)
            await admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'hozen_keyholder'"
                " and datname = current_database()"
            )
            done = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(d) for d in done] == [RecordUnavailable] * 9
        assert not writer.healthy
        after = await writer.record(draft())
        assert writer.healthy
        assert after.writer != first.writer, "a connection in doubt ends with its lane"
    assert await rows_of(database) == {first.writer: [1], after.writer: [1]}


async def test_a_locked_table_ends_in_a_bounded_wait_and_the_writer_recovers(database: Database) -> None:
    async with writing(database, wait=0.3, queue_limit=5) as writer:
        await writer.record(draft())
        async with locked(database) as owner:
            hung = asyncio.create_task(writer.record(draft()))
            await until(owner, WAITS)
            queued = [asyncio.create_task(writer.record(draft())) for _ in range(5)]
            await asyncio.sleep(0)
            with pytest.raises(RecordUnavailable, match="no more"):
                await writer.record(draft())
            done = await asyncio.gather(hung, *queued, return_exceptions=True)
            assert [type(d) for d in done] == [RecordUnavailable] * 6
        after = await writer.record(draft())
    lanes = await rows_of(database)
    assert after.number == lanes[after.writer][-1]


async def test_after_a_failure_the_writer_is_ready_again_without_a_record_being_asked_of_it(database: Database) -> None:
    async with writing(database, wait=0.5) as writer:
        assert await writer.ready()
        async with locked(database):
            with pytest.raises(RecordUnavailable):
                await writer.record(draft())
            while writer.healthy:  # the caller is told first
                await asyncio.sleep(0.01)
        assert await writer.ready()
    assert await rows_of(database) == {}, "the trial leaves nothing"


SWALLOW = """create function swallow() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger swallow before insert on records for each row when (new.number = 2 or length(new.body) = 0) execute function swallow()"""


async def test_a_row_that_the_database_took_and_did_not_keep_is_no_record(database: Database) -> None:
    admin = await database.connect(SUPERUSER)
    await admin.execute(SWALLOW)
    async with writing(database) as writer:
        told = await asyncio.gather(*(writer.record(draft()) for _ in range(3)), return_exceptions=True)
        assert [type(t) for t in told] == [RecordUnavailable] * 3
        assert not await writer.ready()
        connection, lane = await database.connect("hozen_web"), Lane()
        async with connection.transaction():
            await insert_record(connection, lane, draft())
        lane.committed()
        with pytest.raises(RecordUnavailable):
            async with connection.transaction():
                await insert_record(connection, lane, draft())
        lane.rolled_back()
        await admin.execute("drop trigger swallow on records")
        assert await writer.ready()
        await writer.record(draft())


async def test_no_database_is_no_record_until_it_is_back(database: Database) -> None:
    away = True

    async def connect() -> "Connection[Any]":
        if away:
            raise ConnectionRefusedError
        return await database.connect("hozen_web")

    writer = BatchedWriter(connect)
    writer.start()
    with pytest.raises(RecordUnavailable) as refused:
        await writer.record(draft())
    assert isinstance(refused.value.__cause__, ConnectionRefusedError)
    away = False
    await writer.record(draft())
    await writer.stop()


async def test_a_connection_lost_while_idle_costs_nobody_a_record(database: Database) -> None:
    async with writing(database) as writer:
        before = await writer.record(draft())
        assert writer._connection is not None
        admin = await database.connect(SUPERUSER)
        await admin.execute("select pg_terminate_backend($1, 5000)", writer._connection.get_server_pid())
        while not writer._connection.is_closed():
            await asyncio.sleep(0)
        after = await writer.record(draft())
    assert await rows_of(database) == {before.writer: [1], after.writer: [1]}


async def test_a_caller_who_leaves_hurts_nobody_and_his_decision_stays_recorded(database: Database) -> None:
    async with writing(database) as writer:
        await writer.record(draft())
        async with locked(database) as owner:
            leaving = asyncio.create_task(writer.record(draft("leaves")))
            staying = asyncio.create_task(writer.record(draft("stays")))
            await until(owner, WAITS)
            leaving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaving
        record = await staying
    assert record.number == 3
    assert await rows_of(database) == {record.writer: [1, 2, 3]}


async def test_stop_writes_what_waits_and_takes_no_more(database: Database) -> None:
    writer = BatchedWriter(lambda: database.connect("hozen_web"), batch_limit=7)
    with pytest.raises(RecordUnavailable):
        await writer.record(draft())
    writer.start()
    waiting = [asyncio.create_task(writer.record(draft())) for _ in range(30)]
    await asyncio.sleep(0)
    await writer.stop()
    records = await asyncio.gather(*waiting)
    assert {r.number for r in records} == set(range(1, 31))
    with pytest.raises(RecordUnavailable):
        await writer.record(draft())


async def test_a_writer_that_was_stopped_and_begun_again_gives_up_in_time(database: Database) -> None:
    """The second caller waits in the queue: no statement is under way for him, only his own time ends his waiting."""
    async with writing(database, wait=0.3, batch_limit=1) as writer:
        await writer.record(draft())
        await writer.stop()
        writer.start()
        other = await database.connect(SUPERUSER)
        async with other.transaction():
            await other.execute("lock table records in exclusive mode")
            told = await asyncio.gather(writer.record(draft()), writer.record(draft()), return_exceptions=True)
        assert str(told[1]) == "not durable in time"


async def test_an_answer_lost_on_the_way_ends_the_lane(database: Database, reachable_tmp: Path) -> None:
    """The COMMIT happens, its answer never arrives: the caller is refused, and the number is not used again."""
    folder = reachable_tmp / f"proxy-{uuid4().hex[:8]}"
    folder.mkdir()
    cut = False

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, before = await asyncio.open_unix_connection(database.server.socket_dir / ".s.PGSQL.5432")

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, answers: bool) -> None:
            while data := await source.read(65536):
                if answers and cut and b"INSERT 0" in data:
                    break
                sink.write(data)
            sink.close()

        await asyncio.gather(pump(reader, before, False), pump(behind, writer, True))

    proxy = await asyncio.start_unix_server(relay, folder / ".s.PGSQL.5432")

    async def connect() -> "Connection[Any]":
        through = database.server.dsn("hozen_web", database.name) | {"host": str(folder)}
        found: Connection[Any] = await asyncpg.connect(**through)
        return found

    writer = BatchedWriter(connect)
    writer.start()
    first = await writer.record(draft())
    cut = True
    with pytest.raises(RecordUnavailable):
        await writer.record(draft())
    cut = False
    after = await writer.record(draft())
    await writer.stop()
    proxy.close()
    assert await rows_of(database) == {first.writer: [1, 2], after.writer: [1]}


async def test_no_acknowledged_record_is_lost_when_the_server_is_killed(reachable_tmp: Path) -> None:
    home = reachable_tmp / "killed"
    server = await asyncio.to_thread(embedded.start, home)
    database = Database(server, await migrated(server, "killed"))
    acknowledged: set[UUID] = set()
    rng = random.Random(8)

    for _ in range(3):
        enough = rng.randint(50, 400)
        told = asyncio.Event()
        begun = len(acknowledged)

        async def write(writer: BatchedWriter, until_told: asyncio.Event, more_than: int) -> None:
            while True:
                try:
                    acknowledged.add((await writer.record(draft())).id)
                except RecordUnavailable:
                    return
                if len(acknowledged) > more_than:
                    until_told.set()

        async with writing(database, wait=5) as writer:
            clients = [asyncio.create_task(write(writer, told, begun + enough)) for _ in range(20)]
            await told.wait()
            server.kill()
            await asyncio.gather(*clients)
        await database.close()
        server = database.server = await asyncio.to_thread(embedded.start, home)
    lanes = await rows_of(database)
    admin = await database.connect(SUPERUSER)
    durable = {row["id"] for row in await admin.fetch("select id from records")}
    await database.close()
    await asyncio.to_thread(server.stop)
    assert acknowledged <= durable
    assert len(acknowledged) > 150
    assert len(lanes) == 3


def test_the_record_module_draws_ids_at_random() -> None:
    lane = Lane()
    places = [lane.draw(n) for n in range(100)]
    assert [p.number for p in places] == list(range(1, 101))
    assert len({p.id for p in places}) == 100
    assert len({Lane().writer for _ in range(100)}) == 100
