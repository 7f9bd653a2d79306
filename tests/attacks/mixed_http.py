"""Requests on real sockets, written byte by byte: a client that can leave in the middle of its own request or of the answer.

Not shown: what the server itself refuses (no HTTP, or a method it does not know); the service never hears of it, and no record is made.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

from tests.attacks.mixed import EARLY, LATE, Ask, Got

ABORT = struct.pack("ii", 1, 0)
"""SO_LINGER so that close() resets the connection."""


class Connection:
    """One connection after another to one address; kept while the server keeps it."""

    def __init__(self, host: str, port: int, token: Callable[[str], str]) -> None:
        self._host, self._port, self._token = host, port, token
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, ask: Ask) -> Got:
        """Send one request; a connection that the server has closed meanwhile is made anew. Raises ConnectionError."""
        fresh = self._writer is None
        try:
            return await self._once(ask)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            if fresh:
                raise ConnectionError(str(ask)) from None
            return await self._once(ask)

    async def _once(self, ask: Ask) -> Got:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._reader, self._writer
        assert reader is not None
        writer.write(self._bytes(ask))
        await writer.drain()
        if ask.leave == EARLY:
            self.close(abort=True)
            return Got(ask, None, 0)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:])}
        got = Got(ask, headers.get("request-id"), int(head[0].split(" ")[1]))
        if ask.leave == LATE:
            self.close(abort=True)
            return got
        try:
            await self._skip(reader, headers, got.status, ask.method)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            return replace(got, cut=True)
        if ask.announced or headers.get("connection", "").lower() == "close":
            self.close()
        return got

    def _bytes(self, ask: Ask) -> bytes:
        length = len(ask.body) if ask.announced is None else ask.announced
        lines = [f"{ask.method} {ask.path} HTTP/1.1", "host: hozen", f"content-length: {length}"]
        lines += [f"{k}: {v}" for k, v in ask.headers]
        if ask.name:
            lines.append(f"authorization: Bearer {self._token(ask.name)}")
        body = ask.body[: len(ask.body) // 2] if ask.leave == EARLY and len(ask.path) % 2 else ask.body
        return "\r\n".join([*lines, "", ""]).encode() + body

    @staticmethod
    async def _skip(reader: asyncio.StreamReader, headers: dict[str, str], status: int, method: str) -> None:
        """Read the body away."""
        if method == "HEAD" or status in (204, 304):
            return
        if "chunked" in headers.get("transfer-encoding", ""):
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                await reader.readexactly(size + 2)
            await reader.readexactly(2)
        else:
            await reader.readexactly(int(headers.get("content-length", "0")))

    def close(self, *, abort: bool = False) -> None:
        """Leave; abort: by a reset."""
        if self._writer is not None:
            if abort:
                with suppress(OSError):
                    self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
                self._writer.transport.abort()
            else:
                self._writer.close()
        self._reader = self._writer = None


async def send_all(asks: Iterator[Ask], connections: list[Connection]) -> list[Got]:
    """Each request on whichever connection is free; what came of all."""
    got: list[Got] = []

    async def work(connection: Connection) -> None:
        for ask in asks:
            got.append(await connection.ask(ask))
        connection.close()

    await asyncio.gather(*(work(c) for c in connections))
    return got
