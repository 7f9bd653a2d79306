"""What a read costs: authorised, decrypted and durably recorded, against the same answer without any of it.

Cost is processor time of web, keyholder and PostgreSQL together for one answer of 20 KiB. Both sides are one uvicorn process on loopback
and ask the same PostgreSQL over the same unix socket. The service runs as the demo runs it, its worker (which sequences the records) too.
"""

import asyncio
import json
import sys
from uuid import UUID

import asyncpg
import httpx2

from service.demo.run import await_ready, free_port
from tests.bench import openbao
from tests.bench.keyholder import LEFT_OUT, WRITTEN
from tests.bench.scene import Scene, Side, scene
from tests.bench.table import Round, row


def _against(name: str, connections: int) -> list[Round]:
    at = scene()
    return list(at.rounds(at.service, same(at, name), at.paths, connections))


def same(at: Scene, name: str) -> Side:
    """An application beside the service, once it was seen to answer the same bytes. Raises AssertionError."""
    side = at.beside(name)
    headers = {"authorization": f"Bearer {at.token()}"}
    for path in at.paths[:2]:
        ours = httpx2.get(f"http://{at.service.address}{path}", headers=headers)
        theirs = httpx2.get(f"http://{side.address}{path}")
        assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content), "another answer"
    return side


@row("read_vs_bare", goal=0.45, against="bare asyncpg + orjson endpoint, 32 connections; CPU us")
def read_vs_bare() -> list[Round]:
    """The headline: what security costs."""
    return _against("bare", 32)


@row("read_vs_bare_one", goal=0.30, against="bare asyncpg + orjson endpoint, 1 connection; CPU us")
def read_vs_bare_one() -> list[Round]:
    """With nothing to batch."""
    return _against("bare", 1)


@row("read_vs_idiomatic", goal=1.0, against="FastAPI + SQLModel without any security, 32 connections; CPU us")
def read_vs_idiomatic() -> list[Round]:
    """Against what would be built without much thought."""
    return _against("idiomatic", 32)


@row("read_without_record", goal=0.85, against="the same read with its record left out, 32 connections; CPU us")
def read_without_record() -> list[Round]:
    """What durability of the record costs: one keyholder, switched between the two."""
    at = scene()
    at.demo.processes["keyholder"].stop()
    try:
        at.start([sys.executable, "-m", "tests.bench.keyholder"], "keyholder", **at.demo.environment)
        await_ready(at.demo.address)
        process = at.started["keyholder"]
        pids = {**at.service.pids, "keyholder": process.pid}
        recorded = Side(at.service.address, pids, signed=True, before=lambda: process.send_signal(WRITTEN))
        left_out = Side(at.service.address, pids, signed=True, before=lambda: process.send_signal(LEFT_OUT))
        return list(at.rounds(recorded, left_out, at.paths, 32))
    finally:
        at.end("keyholder")
        at.demo.processes["keyholder"].start()
        await_ready(at.demo.address)


@row(
    "read_vs_openbao",
    goal=0.8,
    against="bare endpoint + one transit decrypt on OpenBao with a file audit device; CPU us",
)
def read_vs_openbao() -> list[Round]:
    """Against a service that asks a key server for each read: policies, decision and record of its own not counted."""
    at = scene()
    with openbao.running(free_port(0)) as bao:
        asyncio.run(_give_keys(at, bao))
        side = at.beside("openbao", more={"openbao": bao.pid}, BENCH_OPENBAO=json.dumps(bao.told))
        try:
            headers = {"authorization": f"Bearer {at.token()}"}
            ours = httpx2.get(f"http://{at.service.address}{at.paths[0]}", headers=headers)
            assert ours.content == httpx2.get(f"http://{side.address}{at.paths[0]}").content, "another answer"
            before = bao.audited()
            rounds = list(at.rounds(at.service, side, at.paths, 32))
            assert bao.audited() > before, "nothing was audited"
            return rounds
        finally:
            at.end("openbao")


async def _give_keys(at: Scene, bao: openbao.OpenBao) -> None:
    """A data key of its own for each part, sealed by the transit engine."""
    connection = await asyncpg.connect(**at.dsn)
    try:
        for _, part in at.parts:
            await connection.execute("update bench_parts set key = $2 where id = $1", UUID(part), bao.sealed_key())
    finally:
        await connection.close()
