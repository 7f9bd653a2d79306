"""What a read costs: authorised, decrypted and durably recorded, against the same answer without any of it.

Cost is processor time of web, keyholder and PostgreSQL together for one answer of 20 KiB. Both sides are one uvicorn process on loopback
and ask the same PostgreSQL over the same unix socket. The service runs as the demo runs it, its worker (which sequences the records) too.
"""

import httpx2

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
