"""`hozen audit check` reads the log where it lies: whole is told, and whatever was changed is named at its first place."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.audit import export, fsck
from service.audit.checkpoint import Checkpoint, LogKey, sign
from service.audit.leaf import leaf_hash
from service.audit.tree import tree_hash_of
from service.cli import app
from service.embedded import SUPERUSER
from service.store import Store
from tests.audit.logs import KEY, ORIGIN
from tests.bench.big_log import fill
from tests.store.databases import Connection, Database

SIZE = 300
PUBLIC = LogKey.of(ORIGIN, KEY)


@pytest.fixture
async def log(database: Database, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """A superuser's connection, whom no trigger stops, to a log of SIZE records under four checkpoints; stretches of 64."""
    monkeypatch.setattr(fsck, "STRETCH", 64)
    monkeypatch.setattr(fsck, "WINDOW", 40)
    await fill(database.dsn(SUPERUSER), SIZE)
    connection = await database.connect(SUPERUSER, session_replication_role="replica")
    for size in (1, 64, 201):
        await put_head(connection, size)
    return connection


async def put_head(connection: Connection, size: int) -> None:
    """A checkpoint as the keyholder would sign it over the leaves that are there now."""
    hashes = [
        row["hash"] for row in await connection.fetch("select hash from leaves where idx < $1 order by idx", size)
    ]
    note = sign(Checkpoint(ORIGIN, size, tree_hash_of(hashes)(0, size)), KEY)
    await connection.execute("insert into checkpoints values ($1, $2)", size, note)


async def checked(database: Database, key: LogKey | None = PUBLIC) -> str:
    """What a check with the worker's rights finds: "" for whole."""
    told: list[int] = []
    try:
        whole = await fsck.check(database.dsn("hozen_worker"), key, lambda done, size: told.append(done), processes=1)
    except fsck.NotWhole as why:
        return str(why)
    assert told == sorted(told) and told[-1] == whole.size == SIZE
    return ""


async def test_a_whole_log_is_told_whole_with_its_root(database: Database, log: Connection) -> None:
    whole = await fsck.check(database.dsn("hozen_worker"), PUBLIC, lambda done, size: None, processes=1)
    hashes = [
        leaf_hash(r["body"])
        for r in await log.fetch("select body from records r join leaves l on l.record = r.id order by idx")
    ]
    assert whole == fsck.Whole(SIZE, tree_hash_of(hashes)(0, SIZE), 4, 0, True)


OF = "where id = (select record from leaves where idx = $1)"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (f"update records set body = set_byte(body, 20, get_byte(body, 20) # 1) {OF}", "record {}: its bytes"),
        ("update leaves set hash = set_byte(hash, 31, get_byte(hash, 31) # 1) where idx = $1", "record {}: its bytes"),
        (f"delete from records {OF}", "record {}: missing"),
        ("delete from leaves where idx = $1", "record {}: its leaf"),
        ("update leaves set record = gen_random_uuid() where idx = $1", "record {}: missing"),
    ],
)
async def test_the_first_change_is_named_at_its_record(
    change: str, named: str, database: Database, log: Connection
) -> None:
    for index in (SIZE - 1, 150, 64, 63, 40, 39, 0):  # each before those that were changed already
        await log.execute(change, index)
        assert (await checked(database)).startswith(named.format(index))


async def test_a_record_changed_with_its_leaf_is_found_by_the_first_checkpoint_over_it(
    database: Database, log: Connection
) -> None:
    await log.execute("update records set body = 'x' where id = (select record from leaves where idx = 70)")
    await log.execute("update leaves set hash = $1 where idx = 70", leaf_hash(b"x"))
    assert (await checked(database)).startswith("checkpoint 201: another root")


async def test_two_records_exchanged_are_found(database: Database, log: Connection) -> None:
    first, second = await log.fetch("select record, hash from leaves where idx in (7, 8) order by idx")
    await log.execute("delete from leaves where idx in (7, 8)")
    await log.execute("insert into leaves values (7, $1, $2), (8, $3, $4)", second[0], second[1], first[0], first[1])
    assert (await checked(database)).startswith("checkpoint 64: another root")


async def test_a_checkpoint_that_is_not_of_this_log_is_named(database: Database, log: Connection) -> None:
    for change, named in (
        ("update checkpoints set note = 'x' where size = 64", "checkpoint 64: "),
        ("update checkpoints set note = (select note from checkpoints where size = 1) where size = 64", "checkpoint 64: of another size"),
        ("update checkpoints set note = replace(note, 'test', 'best') where size = 300", "checkpoint 300: of another size or log"),
    ):  # fmt: skip
        before = await log.fetch("select size, note from checkpoints")
        await log.execute(change)
        assert (await checked(database)).startswith(named), change
        await log.executemany("update checkpoints set note = $2 where size = $1", before)
    assert await checked(database) == ""


async def test_with_the_key_a_newest_checkpoint_that_others_signed_is_found(
    database: Database, log: Connection
) -> None:
    await log.execute("update checkpoints set note = regexp_replace(note, '(.{8})\n$', 'AAAAAAA=\n') where size = 300")
    assert await checked(database, None) == ""
    assert (await checked(database)).startswith("checkpoint 300: ")


async def test_leaves_without_any_checkpoint_are_not_whole(database: Database, log: Connection) -> None:
    await log.execute("delete from checkpoints")
    assert "no checkpoint" in await checked(database)


async def test_the_command_tells_in_both_languages_and_by_its_exit_code(
    database: Database, log: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = database.dsn("hozen_worker")
    for name, value in {"ROOT": "demo", "DATABASE_HOST": connect["host"], "DATABASE_NAME": connect["database"]}.items():
        monkeypatch.setenv(f"HOZEN_{name}", str(value))
    (tmp_path / "key").write_text(PUBLIC.line())

    async def run(*more: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, ["audit", "check", *more])

    whole = await run("--json", "--key", str(tmp_path / "key"))
    assert whole.exit_code == 0, whole.output
    said = json.loads(whole.stdout)
    assert (said["whole"], said["records"], said["signature"]) == (True, SIZE, True)
    assert "300/300" in whole.stderr
    assert "一致しました / whole" in (await run()).stdout
    (tmp_path / "key").write_text("no key")
    assert (await run("--key", str(tmp_path / "key"))).exit_code == 2
    assert (await run("--user", "nobody_here")).exit_code == 2
    await log.execute("delete from leaves where idx = 5")
    broken = await run()
    assert broken.exit_code == 1 and "NOT WHOLE: record 5" in broken.stdout


async def test_a_table_has_a_line_for_every_index_whatever_the_database_lacks(
    database: Database, log: Connection
) -> None:
    bodies = [r[0] for r in await log.fetch("select body from records r join leaves l on l.record = r.id order by idx")]
    await log.execute("delete from leaves where idx in (3, 299)")
    await log.execute(
        "update records set body = 'a' || chr(10)::bytea || '=1' where id = (select record from leaves where idx = 5)"
    )
    store = await Store.open(database.dsn("hozen_web"), size=1)
    try:
        lines = b"".join([piece async for piece in export.table(store, "jsonl", 2, 298)]).splitlines()
        rows = b"".join([piece async for piece in export.table(store, "csv", 2, 298)]).decode().split("\r\n")
        cut = export.table(store, "csv", 0, SIZE)
        await anext(cut)
        await anext(cut)
        await cut.aclose()
        assert (await store.fetch("select 1"))[0][0] == 1
    finally:
        await store.close()
    expected = [bodies[n] for n in range(2, 300)]
    expected[1] = b'{"fault":"missing","index":3}'
    expected[3] = b'{"fault":"unreadable","index":5}'
    expected[297] = b'{"fault":"missing","index":299}'
    assert lines == expected
    assert [row.split(",")[0] for row in rows[1:-1]] == [str(n) for n in range(2, 300)]
    assert {row.split(",")[0]: row.rsplit(",", 1)[1] for row in rows[1:-1] if not row.endswith(",")} == {
        "3": "missing", "5": "unreadable", "299": "missing",
    }  # fmt: skip
