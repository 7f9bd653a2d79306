"""`hozen audit cosign`: the newest head goes to a real witness, what it cosigned is kept; a log put back or forked is named."""

import asyncio
import base64
import hashlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.audit.checkpoint import LogKey, WrongSignature, open_note
from service.audit.cosigning import NoCosignature, WitnessKey, kept
from service.audit.witness.__main__ import server
from service.audit.witness.memory import Witness
from service.cli import app
from service.embedded import SUPERUSER
from tests.audit.logs import KEY, ORIGIN
from tests.audit.test_fsck import put_head
from tests.bench.big_log import fill
from tests.shared import ROOT
from tests.store.databases import Connection, Database

SIZE = 300
PUBLIC = LogKey.of(ORIGIN, KEY)


@pytest.fixture
async def log(database: Database) -> Connection:
    """A superuser's connection, whom no trigger stops, to a log of SIZE records with heads at 1, 64 and SIZE."""
    await fill(database.dsn(SUPERUSER), SIZE)
    connection = await database.connect(SUPERUSER, session_replication_role="replica")
    for size in (1, 64):
        await put_head(connection, size)
    return connection


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    made = Witness.init(tmp_path / "w", "witness.test.example/w1")
    made.trust(PUBLIC.line())
    (tmp_path / "log.pub").write_text(PUBLIC.line())
    (tmp_path / "witness.pub").write_text(made.public())
    return made


@pytest.fixture
def address(witness: Witness) -> Iterator[str]:
    with server(witness, "127.0.0.1", 0) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.fixture
def settings(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    where = database.dsn("hozen_worker")
    for name, value in (("ROOT", "demo"), ("DATABASE_HOST", where["host"]), ("DATABASE_NAME", where["database"])):
        monkeypatch.setenv(f"HOZEN_{name}", str(value))
    if where.get("port"):
        monkeypatch.setenv("HOZEN_DATABASE_PORT", str(where["port"]))


async def cosign(folder: Path, *more: str) -> tuple[int, str]:
    said = ["audit", "cosign", "--key", str(folder / "log.pub"), "--witness-key", str(folder / "witness.pub")]
    done = await asyncio.to_thread(CliRunner().invoke, app, [*said, "--kept", str(folder / "kept"), *more])
    return done.exit_code, done.output


async def cut(log: Connection, size: int) -> None:
    """The log as an older backup held it."""
    await log.execute("delete from checkpoints where size > $1", size)
    await log.execute("delete from leaves where idx >= $1", size)


@pytest.mark.usefixtures("settings")
async def test_each_head_is_cosigned_after_the_one_before(log: Connection, address: str, tmp_path: Path) -> None:
    await log.execute("delete from checkpoints where size > 64")
    assert (await cosign(tmp_path, "--witness", address))[0] == 0
    await put_head(log, SIZE)
    code, told = await cosign(tmp_path, "--witness", address)
    assert code == 0 and f"cosigned: {SIZE} records" in told
    notes = sorted(p.name for p in (tmp_path / "kept").iterdir())
    assert notes == ["300.note", "64.note"]
    held = (tmp_path / "kept" / "300.note").read_text()
    assert held.startswith(f"{ORIGIN}\n300\n") and held.count("\N{EM DASH} witness.test.example/w1 ") == 2
    assert open_note("".join(held.splitlines(keepends=True)[:5]), PUBLIC).size == SIZE, "a checkpoint for --known"
    (tmp_path / "kept" / "300.note").unlink()
    assert (await cosign(tmp_path, "--witness", address))[0] == 0, "where the witness is, it says itself"


@pytest.mark.usefixtures("settings")
async def test_a_log_that_was_put_back_is_named(log: Connection, address: str, tmp_path: Path) -> None:
    assert (await cosign(tmp_path, "--witness", address))[0] == 0
    await cut(log, 64)
    code, told = await cosign(tmp_path, "--witness", address)
    assert code == 1 and "LogBehind: " in told and "300" in told and "64" in told
    for held in (tmp_path / "kept").iterdir():
        held.unlink()
    assert (await cosign(tmp_path, "--witness", address))[0] == 1, "the witness remembers what we forgot"


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("size", [64, 200, SIZE])
async def test_another_log_of_any_size_is_named(log: Connection, address: str, tmp_path: Path, size: int) -> None:
    """Signed with the log's own key, hashes recomputed: whoever holds the key and the database."""
    await log.execute("delete from checkpoints where size > 64")
    assert (await cosign(tmp_path, "--witness", address))[0] == 0
    await log.execute("update leaves set hash = $1 where idx = 7", hashlib.sha256(b"another").digest())
    await log.execute("delete from checkpoints")
    await put_head(log, size)
    code, told = await cosign(tmp_path, "--witness", address)
    assert code == 1 and "LogForked: " in told
    assert not (tmp_path / "kept" / f"{size}.note").exists() or size == 64


@pytest.mark.usefixtures("settings")
async def test_a_log_with_a_leaf_missing_is_not_asked_about(log: Connection, address: str, tmp_path: Path) -> None:
    await log.execute("delete from checkpoints where size > 64")
    assert (await cosign(tmp_path, "--witness", address))[0] == 0
    await put_head(log, SIZE)
    await log.execute("delete from leaves where idx = 200")
    code, told = await cosign(tmp_path, "--witness", address)
    assert code == 2 and "DoesNotVerify: " in told


@pytest.mark.usefixtures("settings")
async def test_by_file_the_request_goes_out_and_its_answer_is_taken(
    log: Connection, witness: Witness, tmp_path: Path
) -> None:
    ask, answer = tmp_path / "request.txt", tmp_path / "answer.txt"
    assert await cosign(tmp_path, "--ask", str(ask)) == (0, "")
    answer.write_bytes(witness.add(ask.read_bytes()))
    assert (await cosign(tmp_path, "--ask", str(ask), "--take", str(answer)))[0] == 0
    assert (tmp_path / "kept" / "300.note").exists()


@pytest.mark.usefixtures("settings")
async def test_a_witness_that_is_away_or_signs_something_else_is_told(
    log: Connection, witness: Witness, tmp_path: Path
) -> None:
    assert (await cosign(tmp_path, "--witness", "http://127.0.0.1:9"))[0] == 2
    assert (await cosign(tmp_path))[0] == 2
    other = Witness.init(tmp_path / "other", witness.name)
    other.trust(PUBLIC.line())
    ask, answer = tmp_path / "request.txt", tmp_path / "answer.txt"
    assert await cosign(tmp_path, "--ask", str(ask)) == (0, "")
    answer.write_bytes(other.add(ask.read_bytes()))
    code, told = await cosign(tmp_path, "--ask", str(ask), "--take", str(answer))
    assert code == 2 and told.startswith("NoCosignature")
    assert not list((tmp_path / "kept").iterdir())


async def test_a_kept_note_bears_no_line_that_does_not_hold(log: Connection, witness: Witness) -> None:
    row = await log.fetchrow("select note from checkpoints where size = 64")
    assert row is not None
    keys = [WitnessKey.parse(line) for line in witness.public().splitlines(keepends=True)]
    good = witness.add(f"old 0\n\n{row['note']}".encode()).decode()
    assert kept(row["note"], good, PUBLIC, keys).note == row["note"] + good
    first, second = good.splitlines(keepends=True)
    spoilt = second[:-9] + ("A" if second[-9] != "A" else "B") + second[-8:]
    assert kept(row["note"], first + spoilt, PUBLIC, keys).note == row["note"] + first
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    data = base64.b64decode(first.split(" ")[2])
    for wrong in (
        first[:-4] + letter[letter.index(first[-4]) + 1] + first[-3:],  # the same bytes in another spelling
        first.replace(" " + witness.name + " ", " somebody "),
        f"\N{EM DASH} {witness.name} {base64.b64encode(bytes(4) + data[4:]).decode()}\n",  # another key's id
        first.removesuffix("\n"),
    ):
        assert kept(row["note"], second + wrong, PUBLIC, keys).note == row["note"] + second
    with pytest.raises(NoCosignature):
        kept(row["note"], spoilt, PUBLIC, keys)
    with pytest.raises(WrongSignature):
        kept(row["note"], good, LogKey(ORIGIN, bytes(32)), keys)
    for line in (PUBLIC.line(), witness.public().replace("w1", "w2"), "x"):
        with pytest.raises(ValueError, match=r"key line|^$"):
            WitnessKey.parse(line)


@pytest.mark.usefixtures("settings")
async def test_a_witness_that_comes_back_is_asked_again(log: Connection, witness: Witness, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = ["audit", "cosign", "--key", "log.pub", "--witness-key", "witness.pub", "--kept", "kept", "--every", "1"]
    command = [sys.executable, "-m", "service", *said, "--witness", f"http://127.0.0.1:{port}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert (await asyncio.to_thread(process.stderr.readline)).startswith("WitnessAway")
        with server(witness, "127.0.0.1", port) as http:
            threading.Thread(target=http.serve_forever, daemon=True).start()
            assert "cosigned: 300 records" in await asyncio.to_thread(process.stdout.readline)
            http.shutdown()
        process.kill()


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000, "too much"),
        (b"HTTP/1.1 409 X\r\nContent-Type: text/x.tlog.size\r\n\r\n-1\n", "without a size"),
        (b"no", "RemoteProtocolError"),
    ],
)
async def test_a_hostile_witness_is_one_that_is_away(
    log: Connection, witness: Witness, tmp_path: Path, answer: bytes, why: str
) -> None:
    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(head.partition("content-length: ")[2].split("\r\n")[0]))
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answered, "127.0.0.1", 0) as hostile:
        address = f"http://127.0.0.1:{hostile.sockets[0].getsockname()[1]}"
        code, told = await cosign(tmp_path, "--witness", address)
    assert code == 2 and told.startswith("WitnessAway") and why in told


@pytest.mark.usefixtures("settings")
async def test_bad_use_is_told(log: Connection, witness: Witness, tmp_path: Path) -> None:
    for more in (
        (),
        ("--witness", "http://x", "--ask", "f"),
        ("--witness", "http://x", "--take", "f"),
        ("--ask", "f", "--every", "9"),
    ):
        assert (await cosign(tmp_path, *more))[0] == 2
    assert (await cosign(tmp_path, "--ask", str(tmp_path / "f"), "--user", "nobody"))[0] == 2
    (tmp_path / "witness.pub").write_text("x\n")
    assert (await cosign(tmp_path, "--witness", "http://127.0.0.1:9"))[1].startswith("ValueError: ")
    assert not list((tmp_path / "kept").glob("*.note"))
