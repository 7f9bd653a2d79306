"""A load generator: one process of its own, keep-alive HTTP/1.1 connections, each sends its next request when its answer is whole.

Called as `python -m tests.bench.load`, it reads one plan (JSON) from its input and prints what it saw (JSON). Its own processor time is
nobody's: only what the servers use is measured.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

from tests.shared import ROOT


@dataclass(frozen=True)
class Seen:
    """What the generator saw: answers, seconds, latencies in ms, and the statuses that were not 200."""

    answers: int
    seconds: float
    p50: float
    p99: float
    others: Mapping[str, int]


def drive(
    address: str, paths: Sequence[str], *, connections: int, seconds: float, headers: Mapping[str, str] | None = None
) -> Seen:
    """Ask for random ones of `paths` at http://`address` (host:port) for so long. Raises AssertionError for an answer that is not 200."""
    plan = {"address": address, "paths": list(paths), "connections": connections, "seconds": seconds}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps({**plan, "headers": dict(headers or {})}),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    seen = Seen(**json.loads(ran.stdout))
    assert not seen.others, f"answers that were not 200: {seen.others}"
    return seen


class _Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, requests: Sequence[bytes], end: float, times: list[float], others: dict[str, int]) -> None:
        self._requests, self._end, self._times, self._others = requests, end, times, others
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held = b""
        self._need = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._next()

    def _next(self) -> None:
        self._sent = time.perf_counter()
        if self._sent >= self._end:
            self._transport.close()
            return
        self._transport.write(random.choice(self._requests))

    def data_received(self, data: bytes) -> None:
        self._held = self._held + data if self._held else data
        if not self._need:
            head = self._held.find(b"\r\n\r\n")
            if head < 0:
                return
            lines = self._held[:head].lower()
            at = lines.index(b"content-length:")
            self._need = head + 4 + int(lines[at + 15 :].split(b"\r\n", 1)[0])
        if len(self._held) >= self._need:
            self._answered()

    def _answered(self) -> None:
        self._times.append(time.perf_counter() - self._sent)
        status = self._held[9:12].decode()
        if status != "200":
            self._others[status] = self._others.get(status, 0) + 1
        self._held, self._need = b"", 0
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._held or self._need:
            self._others["cut"] = self._others.get("cut", 0) + 1
        if not self.done.done():
            self.done.set_result(None)


async def _run(plan: dict[str, Any]) -> dict[str, Any]:
    host, _, port = plan["address"].rpartition(":")
    said = "".join(f"{name}: {value}\r\n" for name, value in {"host": plan["address"], **plan["headers"]}.items())
    requests = [f"GET {path} HTTP/1.1\r\n{said}\r\n".encode() for path in plan["paths"]]
    times: list[float] = []
    others: dict[str, int] = {}
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    made = [
        await loop.create_connection(lambda: _Connection(requests, begun + plan["seconds"], times, others), host, port)
        for _ in range(plan["connections"])
    ]
    await asyncio.gather(*(connection.done for _, connection in made))
    took = time.perf_counter() - begun
    times.sort()
    at = {p: 1000 * times[min(len(times) - 1, int(len(times) * p))] if times else 0.0 for p in (0.5, 0.99)}
    return {"answers": len(times), "seconds": took, "p50": at[0.5], "p99": at[0.99], "others": others}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_run(json.load(sys.stdin)))))
