"""The keyholder's socket: frames in, one task for each request, answers by request id.

What must hold: a frame is checked before anything is done with it; a request ends with an answer or a named error, never with a fault's
text; a connection that sends what is no frame is dropped and hurts no other. Only the socket's own file rights say who may connect.
"""

import asyncio
import os
import socket
import struct
from pathlib import Path
from typing import Any, cast

from service.keyholder import frames
from service.keyholder.holder import Holder
from service.keyholder.refused import Refused

MAX_WAIT = 5.0
"""Seconds a request may take, whatever its caller says."""


class Server:
    """Serves one Holder on one unix socket."""

    def __init__(self, holder: Holder, path: Path, *, mode: int = 0o660, uids: frozenset[int] | None = None) -> None:
        self._holder, self._path, self._mode, self._uids = holder, path, mode, uids
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()

    async def start(self) -> None:
        """Bind the socket; what an earlier process left there is removed."""
        self._path.unlink(missing_ok=True)
        old = os.umask(0o177)
        try:
            self._server = await asyncio.get_running_loop().create_unix_server(lambda: _Line(self), str(self._path))
        finally:
            os.umask(old)
        self._path.chmod(self._mode)

    async def stop(self) -> None:
        """Take nothing more, end what is under way."""
        if self._server is not None:
            self._server.close()
        for line in list(self._lines):
            line.drop()
        self._path.unlink(missing_ok=True)

    async def answer(self, message: frames.Message) -> frames.Message:
        """The answer to one request."""
        number = message.get("id")
        try:
            return {**await self._holder.serve(message, _deadline(message)), "id": number}
        except Refused as refused:
            return {"id": number, "error": refused.name}


class _Line(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._reader = frames.FrameReader()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server._lines.add(self)
        uids = self._server._uids
        if uids is not None and _peer(self._transport) not in uids:
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server._lines.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            messages = self._reader.feed(data)
        except frames.BadFrame:
            self.drop()
            return
        for message in messages:
            task = asyncio.create_task(self._serve(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def drop(self) -> None:
        self._transport.abort()

    async def _serve(self, message: frames.Message) -> None:
        answer = await self._server.answer(message)
        if not self._transport.is_closing():
            self._transport.write(frames.encode(answer))


def _deadline(message: frames.Message) -> float:
    """The loop's time until which the caller waits."""
    wait = message.get("wait")
    seconds = min(wait / 1000, MAX_WAIT) if type(wait) is int and wait > 0 else MAX_WAIT
    return asyncio.get_running_loop().time() + seconds


def _peer(transport: asyncio.Transport) -> int:
    """The user id of the process at the other end (SO_PEERCRED)."""
    sock: Any = transport.get_extra_info("socket")
    uid: int = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))[1]
    return uid
