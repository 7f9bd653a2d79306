"""PostgreSQL refuses what the road does not have, and keeps what was written; whoever asks, unless he switches triggers off."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.embedded import SUPERUSER
from service.filings.road import ROAD
from tests.store.databases import Connection, Database

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROWS = ROAD.stored_rows("file")
STATES = sorted(ROAD.states)
APPLICATION_ROLES = ("hozen_web", "hozen_worker", "hozen_keyholder")
KEPT = ("events", "records", "leaves", "checkpoints")
REFUSED = (asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError)

# Tries steps one by one, each undone at once, and tells what PostgreSQL said: 'ZZ000' where it stood.
TRIES = """
create function stored(sources text[], names text[], targets text[]) returns table (s text, n text, t text, said text)
language plpgsql as $$
declare c uuid; opening uuid;
begin
  select e.case_id, e.id into c, opening from events e limit 1;
  for s, n, t in select * from unnest(sources, names, targets) loop
    begin
      insert into events (id, case_id, kind, version, source, name, target, happened_on, recorded_at, person, supersedes, annuls)
      values (gen_random_uuid(), c, 'filing', 2, s, n, t, '2026-06-01', now(), gen_random_uuid(),
              case when n = 'correct' then opening end, n = 'correct' and s <> t);
      raise exception using errcode = 'ZZ000';
    exception when others then said := sqlstate;
    end;
    return next;
  end loop;
end $$;

create function moved() returns table (at text, s text, n text, t text, said text) language plpgsql as $$
declare c uuid; opening uuid;
begin
  for c, at, opening, s, n, t in
    select k.id, k.state, e.id, r.source, r.name, r.target from cases k join events e on e.case_id = k.id, road_steps r
    where r.source <> '' and r.kind = 'filing'
  loop
    begin
      insert into events (id, case_id, kind, version, source, name, target, happened_on, recorded_at, person, supersedes, annuls)
      values (gen_random_uuid(), c, 'filing', 2, s, n, t, '2026-06-01', now(), gen_random_uuid(),
              case when n = 'correct' then opening end, n = 'correct' and s <> t);
      update cases set state = t, version = 2 where id = c;
      set constraints all immediate;
      raise exception using errcode = 'ZZ000';
    exception when others then said := sqlstate;
    end;
    return next;
  end loop;
end $$;
"""


async def add_case(connection: Connection, case: UUID, state: str = "RECEIVED", version: int = 1) -> None:
    await connection.execute(
        "insert into cases (id, kind, state, version, label, recorded_at) values ($1, 'filing', $2, $3, 'application', $4)",
        case, state, version, NOW,
    )  # fmt: skip


async def add_event(connection: Connection, case: UUID, version: int, step: Sequence[str], **more: Any) -> UUID:
    row = {
        "id": uuid4(), "case_id": case, "kind": "filing", "version": version, "source": step[0], "name": step[1],
        "target": step[2], "happened_on": date(2026, 6, 1), "recorded_at": NOW, "person": uuid4(), "annuls": False, **more,
    }  # fmt: skip
    places = ", ".join(f"${i}" for i in range(1, len(row) + 1))
    await connection.execute(f"insert into events ({', '.join(row)}) values ({places})", *row.values())
    found: UUID = row["id"]
    return found


OPENING = ("", "file", "RECEIVED")
START = ("RECEIVED", "start", "PRIMARY_REVIEW")


async def begun(
    connection: Connection, state: str = "RECEIVED", version: int = 1, opening: Sequence[str] = OPENING
) -> tuple[UUID, UUID]:
    """A case as the desk begins it, and its opening event."""
    case = uuid4()
    async with connection.transaction():
        await add_case(connection, case, state, version)
        return case, await add_event(connection, case, version, opening)


async def taken(
    connection: Connection, case: UUID, version: int, step: Sequence[str], to: str | None = None, **more: Any
) -> UUID:
    """A step as the desk takes it: the event, and the case moved by it (to another state, with `to`)."""
    async with connection.transaction():
        event = await add_event(connection, case, version, step, **more)
        await connection.execute(
            "update cases set state = $2, version = $3 where id = $1", case, to or step[2], version
        )
        return event


async def placed(database: Database, states: Sequence[str]) -> None:
    """One case in each state, put there with triggers off: what only a superuser can do."""
    connection = await database.connect(SUPERUSER, session_replication_role="replica")
    for state in states:
        case = uuid4()
        await add_case(connection, case, state)
        await add_event(connection, case, 1, OPENING)


@pytest.fixture
async def web(database: Database) -> Connection:
    return await database.connect("hozen_web")


# ------------------------------------------------------------------ movement


async def test_no_step_is_stored_but_those_of_the_road_and_their_corrections(
    database: Database, web: Connection
) -> None:
    """Every source x name x target: each row of the road stands, each other triple is refused."""
    await (await database.connect()).execute(TRIES)
    await begun(web)
    names = sorted({*ROAD.names(), "file", "correct", "convert"})
    triples = [(s, n, t) for s in ["", *STATES] for n in names for t in STATES]
    said = {
        (r["s"], r["n"], r["t"]): r["said"]
        for r in await web.fetch("select * from stored($1, $2, $3)", *zip(*triples, strict=True))
    }
    assert len(said) == 21 * len(names) * 20
    assert {triple for triple, fault in said.items() if fault == "ZZ000"} == {row[1:] for row in ROWS}
    assert set(said.values()) == {"ZZ000", "23503"}


async def test_a_case_moves_by_each_row_that_leaves_its_state_and_by_no_other(
    database: Database, web: Connection
) -> None:
    await (await database.connect()).execute(TRIES)
    await placed(database, STATES)
    said = {(r["at"], r["s"], r["n"], r["t"]): r["said"] for r in await web.fetch("select * from moved()")}
    assert len(said) == 20 * (len(ROWS) - 1)
    assert {key for key, fault in said.items() if fault == "ZZ000"} == {(row[1], *row[1:]) for row in ROWS if row[1]}
    assert {fault for key, fault in said.items() if key[0] != key[1]} == {"23514"}


async def test_a_case_does_not_change_its_state_without_an_event(web: Connection) -> None:
    case, _ = await begun(web)
    with pytest.raises(asyncpg.CheckViolationError, match="no event leads"):
        await web.execute("update cases set state = 'PRIMARY_REVIEW', version = 2 where id = $1", case)


async def test_an_event_is_used_once(web: Connection) -> None:
    case, _ = await begun(web)
    await taken(web, case, 2, START)
    with pytest.raises(asyncpg.CheckViolationError, match="no event leads"):
        await web.execute("update cases set state = 'PRIMARY_REVIEW', version = 2 where id = $1", case)


@pytest.mark.parametrize("change", ["label = 'released'", "compartment = 'a'", "version = 2", "state = 'RELEASED'"])
async def test_nothing_of_a_case_changes_without_an_event(web: Connection, change: str) -> None:
    case, _ = await begun(web)
    with pytest.raises(asyncpg.CheckViolationError):
        await web.execute(f"update cases set {change} where id = $1", case)


@pytest.mark.parametrize("state", ["DESIGNATED", "RELEASED", "RECEIVED"])
async def test_a_case_goes_where_its_event_leads(web: Connection, state: str) -> None:
    case, _ = await begun(web)
    with pytest.raises(asyncpg.CheckViolationError, match="no event leads"):
        await taken(web, case, 2, START, to=state)


async def test_a_case_does_not_skip_a_version(web: Connection) -> None:
    case, _ = await begun(web)
    with pytest.raises(asyncpg.CheckViolationError, match="no event leads"):
        await taken(web, case, 3, START)


async def test_an_event_that_the_case_did_not_take_is_not_committed(web: Connection) -> None:
    case, _ = await begun(web)
    with pytest.raises(asyncpg.CheckViolationError, match="did not take it"):
        await add_event(web, case, 2, START)
    with pytest.raises(asyncpg.UniqueViolationError):
        await add_event(web, case, 1, OPENING)


async def test_a_case_is_not_begun_without_its_opening_event(web: Connection) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="no event began it"):
        await add_case(web, uuid4())


@pytest.mark.parametrize("state", ["PRIMARY_REVIEW", "DESIGNATED", "RELEASED", "NO_SUCH_STATE"])
async def test_a_case_begins_where_its_road_begins(web: Connection, state: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="no event began it"):
        await begun(web, state)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await begun(web, state, opening=("", "file", state))


async def test_a_case_begins_with_version_1(web: Connection) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="no event began it"):
        await begun(web, version=2)
    case = uuid4()
    transaction = web.transaction()
    await transaction.start()
    await add_case(web, case, version=2)
    await add_event(web, case, 1, OPENING)
    with pytest.raises(asyncpg.CheckViolationError, match="no event began it"):
        await transaction.commit()


async def test_an_event_of_another_kind_of_case_is_refused(web: Connection) -> None:
    case, _ = await begun(web)
    with pytest.raises(REFUSED):
        await add_event(web, case, 2, START, kind="clearance")


@pytest.mark.parametrize("column", ["id = gen_random_uuid()", "kind = 'clearance'", "recorded_at = now()"])
async def test_the_identity_of_a_case_never_changes_even_by_its_owner(
    database: Database, web: Connection, column: str
) -> None:
    case, _ = await begun(web)
    owner = await database.connect()
    with pytest.raises(asyncpg.CheckViolationError, match="identity never changes"):
        await owner.execute(f"update cases set {column} where id = $1", case)


# ------------------------------------------------------------------ corrections


async def test_a_wrong_date_is_corrected_in_the_state_the_case_is_in(web: Connection) -> None:
    case, opening = await begun(web)
    await taken(web, case, 2, ("RECEIVED", "correct", "RECEIVED"), supersedes=opening)
    assert await web.fetchval("select count(*) from events where case_id = $1", case) == 2


async def test_an_entry_is_corrected_once_and_then_its_correction(web: Connection) -> None:
    case, opening = await begun(web)
    first = await taken(web, case, 2, ("RECEIVED", "correct", "RECEIVED"), supersedes=opening)
    with pytest.raises(asyncpg.UniqueViolationError):
        await taken(web, case, 3, ("RECEIVED", "correct", "RECEIVED"), supersedes=opening)
    await taken(web, case, 3, ("RECEIVED", "correct", "RECEIVED"), supersedes=first)


async def test_only_a_correction_supersedes_and_a_correction_always_does(web: Connection) -> None:
    case, opening = await begun(web)
    with pytest.raises(asyncpg.CheckViolationError, match="ck_events_supersedes"):
        await taken(web, case, 2, ("RECEIVED", "correct", "RECEIVED"))
    with pytest.raises(asyncpg.CheckViolationError, match="ck_events_supersedes"):
        await add_event(web, case, 2, START, supersedes=opening)
    with pytest.raises(asyncpg.CheckViolationError, match="ck_events_annuls"):
        await add_event(web, case, 2, START, annuls=True)


async def test_a_case_is_not_corrected_by_an_entry_of_another(web: Connection) -> None:
    (case, _), (_, elsewhere) = await begun(web), await begun(web)
    with pytest.raises(asyncpg.CheckViolationError, match="another case"):
        await taken(web, case, 2, ("RECEIVED", "correct", "RECEIVED"), supersedes=elsewhere)


async def test_only_an_entry_taken_back_moves_the_case_back(web: Connection) -> None:
    case, _ = await begun(web)
    started = await taken(web, case, 2, START)
    with pytest.raises(asyncpg.CheckViolationError, match="only taking back"):
        await taken(web, case, 3, ("PRIMARY_REVIEW", "correct", "RECEIVED"), supersedes=started)
    await taken(web, case, 3, ("PRIMARY_REVIEW", "correct", "RECEIVED"), supersedes=started, annuls=True)


# ------------------------------------------------------------------ what was written stays


async def written(database: Database) -> None:
    """A row in each table whose rows stay."""
    web, worker = await database.connect("hozen_web"), await database.connect("hozen_worker")
    await begun(web)
    record = uuid4()
    await web.execute("insert into records (id, writer, number, body) values ($1, $2, 1, '{}')", record, uuid4())
    await worker.execute("insert into leaves (idx, record, hash) values (0, $1, '\\x00')", record)
    await worker.execute("insert into checkpoints (size, note) values (1, 'note')")


def changes(table: str) -> dict[str, str]:
    column = {"events": "happened_on", "records": "body", "leaves": "hash", "checkpoints": "note"}[table]
    return {
        "update": f"update {table} set {column} = {column}",
        "update nothing": f"update {table} set {column} = {column} where false",
        "delete": f"delete from {table}",
        "truncate": f"truncate {table} cascade",
    }


@pytest.mark.parametrize("table", KEPT)
async def test_no_process_may_change_or_remove_what_was_written(database: Database, table: str) -> None:
    await written(database)
    for role in APPLICATION_ROLES:
        connection = await database.connect(role)
        for statement in changes(table).values():
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                await connection.execute(statement)


@pytest.mark.parametrize("table", KEPT)
async def test_what_was_written_stays_also_for_roles_with_every_right_and_for_the_owner(
    database: Database, table: str
) -> None:
    await written(database)
    owner = await database.connect()
    await owner.execute(f"grant all on all tables in schema public to {', '.join(APPLICATION_ROLES)}")
    for role in (*APPLICATION_ROLES, "hozen_owner", SUPERUSER):
        connection = await database.connect(role)
        for statement in changes(table).values():
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="rows are never changed or removed"):
                await connection.execute(statement)
    assert await owner.fetchval(f"select count(*) from {table}") == 1


async def test_no_process_and_not_the_owner_may_switch_triggers_off_for_its_session(database: Database) -> None:
    for role in (*APPLICATION_ROLES, "hozen_owner"):
        connection = await database.connect(role)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("set session_replication_role = replica")
    for role in APPLICATION_ROLES:
        connection = await database.connect(role)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("alter table records disable trigger all")


async def test_who_owns_the_database_can_remove_rows_all_the_same(database: Database) -> None:
    """A stated limit (SECURITY.md): this is found by gaps, by the log and by its witness; it is not prevented here."""
    await written(database)
    superuser = await database.connect(SUPERUSER, session_replication_role="replica")
    await superuser.execute("delete from checkpoints")
    owner = await database.connect()
    await owner.execute("alter table leaves disable trigger user")
    await owner.execute("delete from leaves")
    assert await owner.fetchval("select count(*) from leaves") == 0


async def test_a_number_of_a_writer_is_given_once_and_a_record_has_one_place(database: Database) -> None:
    await written(database)
    web, worker = await database.connect("hozen_web"), await database.connect("hozen_worker")
    with pytest.raises(asyncpg.UniqueViolationError):
        await web.execute(
            "insert into records (id, writer, number, body) select gen_random_uuid(), writer, number, body from records"
        )
    with pytest.raises(asyncpg.UniqueViolationError):
        await worker.execute("insert into leaves (idx, record, hash) select idx + 1, record, hash from leaves")
