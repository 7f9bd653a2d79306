"""What the database cannot do now is one refusal, unavailable, and nothing is left of what was begun."""

import os
import signal
from uuid import uuid4

import asyncpg
import pytest

from service import clock
from service import store as store_room
from service.audit.leaf import Draft
from service.embedded import SUPERUSER
from service.errors import Refusal
from service.filings.road import ROAD
from service.store import Store
from service.tables import Case
from tests.store.databases import Database

CODES = {
    "disk full": "53100",
    "out of memory": "53200",
    "too many connections": "53300",
    "a disk that does not read": "58030",
    "a lock that is not had": "55P03",
    "a statement ended": "57014",
    "a deadlock": "40P01",
    "what cannot be serialised": "40001",
    "a standby": "25006",
    "a right that was taken": "42501",
    "a table that is gone": "42P01",
    "a key twice": "23505",
    "a fault of the server": "XX000",
}
FAILS = """create function fails() returns trigger language plpgsql as $$ begin {} end $$;
create trigger fails before insert on records for each row execute function fails()"""
AT_COMMIT = FAILS.replace("create trigger", "create constraint trigger").replace(
    "before insert on records", "after insert on records deferrable initially deferred"
)
RAISED = [f"raise exception sqlstate '{c}';" for c in CODES.values()]


@pytest.mark.parametrize("does", [*RAISED, "return null;"], ids=[*CODES, "no row kept"])
async def test_an_act_whose_record_fails_is_unavailable_and_undone(database: Database, does: str) -> None:
    await _is_unavailable_and_undone(database, FAILS.format(does))


async def test_whatever_a_driver_makes_of_a_commit_it_is_in_doubt_and_unavailable(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The COMMIT went through, and the driver fails with an exception of its own before it says so: nobody is told of a fault of ours."""
    commit = asyncpg.transaction.Transaction.commit

    async def lost(self: asyncpg.transaction.Transaction) -> None:
        await commit(self)
        raise AttributeError("the connection is gone")

    store = await Store.open(database.dsn("hozen_web"), size=1)
    monkeypatch.setattr(asyncpg.transaction.Transaction, "commit", lost)
    try:
        with pytest.raises(Refusal) as refused:
            async with store.transaction() as work:
                await work.record(Draft(what="act", action="send", outcome="allowed", request=uuid4()))
        assert refused.value.name == "unavailable"
        monkeypatch.undo()
        async with store.transaction() as work:
            await work.record(Draft(what="act", action="send", outcome="allowed", request=uuid4()))
    finally:
        await store.close()


@pytest.mark.parametrize("code", [c for c in CODES.values() if not c.startswith("23")])
async def test_an_act_whose_commit_fails_is_unavailable_and_undone(database: Database, code: str) -> None:
    await _is_unavailable_and_undone(database, AT_COMMIT.format(f"raise exception sqlstate '{code}';"), begins=False)


@pytest.mark.parametrize("code", ["25006", "40001", "40P01"])
async def test_a_statement_before_the_record_is_unavailable_too(database: Database, code: str) -> None:
    admin = await database.connect(SUPERUSER)
    await admin.execute(FAILS.format(f"raise exception sqlstate '{code}';").replace("on records", "on cases"))
    store = await Store.open(database.dsn("hozen_web"), size=1)
    try:
        with pytest.raises(Refusal) as refused:
            await _act(store, begins=True)
        assert (refused.value.name, refused.value.status) == ("unavailable", 503)
    finally:
        await store.close()


@pytest.mark.parametrize("at", ["record", "commit"])
async def test_an_act_whose_server_stands_still_is_unavailable_and_holds_no_connection(
    database: Database, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """When the server goes on, its transaction is over: undone, or committed where the COMMIT was on its way."""
    monkeypatch.setattr(store_room, "WITHIN", 0.3)
    monkeypatch.setattr(store_room, "ENDING", 0.3)
    admin = await database.connect(SUPERUSER)
    store = await Store.open(database.dsn("hozen_web"), size=1)
    frozen: list[int] = []
    try:
        with pytest.raises(Refusal) as refused:
            await _stands_still(store, frozen, at)
        assert (refused.value.name, refused.value.status) == ("unavailable", 503)
        await _act(store, begins=False)
    finally:
        for server in frozen:
            os.kill(server, signal.SIGCONT)
        await store.close()
    while await admin.fetchval("select exists (select from pg_stat_activity where pid = any($1))", frozen):
        continue
    assert await admin.fetchval("select count(*) from records") == (1 if at == "record" else 2)


async def test_a_store_closes_also_where_a_transaction_does_not_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_room, "ENDING", 0.1)
    store = await Store.open(database.dsn("hozen_web"), size=1)
    with pytest.raises(Refusal) as refused:
        await _closed_meanwhile(store)
    assert refused.value.name == "unavailable"


async def _closed_meanwhile(store: Store) -> None:
    async with store.transaction() as work:
        await store.close()
        await work.record(Draft(what="act", action="designate", outcome="allowed", request=uuid4()))


async def _stands_still(store: Store, frozen: list[int], at: str) -> None:
    """An act whose server process is stopped before its record, or before its COMMIT."""

    def freeze(where: str) -> None:
        if at == where:
            frozen.append(work.connection.get_server_pid())
            os.kill(frozen[-1], signal.SIGSTOP)

    async with store.transaction() as work:
        freeze("record")
        await work.record(Draft(what="act", action="designate", outcome="allowed", request=uuid4()))
        freeze("commit")


async def _is_unavailable_and_undone(database: Database, laid: str, *, begins: bool = True) -> None:
    """The first act fails, and the second goes through once what was laid is away. begins: the first begins a case, which alone is no
    case at its COMMIT."""
    admin = await database.connect(SUPERUSER)
    await admin.execute(laid)
    store = await Store.open(database.dsn("hozen_web"), size=1)
    try:
        with pytest.raises(Refusal) as refused:
            await _act(store, begins=begins)
        assert (refused.value.name, refused.value.status) == ("unavailable", 503)
        assert await admin.fetchval("select count(*) from records") == 0
        assert await admin.fetchval("select count(*) from cases") == 0
        await admin.execute("drop trigger fails on records")
        await _act(store, begins=False)
        assert await admin.fetchval("select count(*) from records") == 1
    finally:
        await store.close()


async def _act(store: Store, *, begins: bool) -> None:
    """A transaction with its record; begins: and with a new case before it."""
    async with store.transaction() as work:
        if begins:
            row = Case(
                id=uuid4(), kind="file", state=ROAD.initial, version=1, label="application", recorded_at=clock.now()
            )
            await work.insert(row)
        await work.record(Draft(what="act", action="designate", outcome="allowed", request=uuid4()))
