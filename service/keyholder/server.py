"""The keyholder's socket: frames in, one task for each request, answers by request id.

What must hold: a frame is checked before anything is done with it; every request ends with an answer or a named error by its deadline,
never with a fault's text; a connection that sends what is no frame is dropped and hurts no other. A client is read from no faster than
it is served and than it takes its answers. Only the socket's own file rights (and `uids`, where given) say who may connect.
"""

import asyncio
import logging
import os
import socket
import struct
from collections import deque
from pathlib import Path
from typing import Any, cast

from service.keyholder import frames
from service.keyholder.holder import Holder
from service.keyholder.refused import Refused

MAX_WAIT = 5.0
"""Seconds a request may take, whatever its caller says."""
MAX_SERVED = 256
"""Requests of one connection that are served at a time; more stay unread."""
MAX_LINES = 64
"""Connections at a time; more are dropped."""
REQUEST_LIMIT = 1024 * 1024
"""Bytes of one request's frame."""

log = logging.getLogger("hozen.keyholder")


class Server:
    """Serves one Holder on one unix socket."""

    def __init__(self, holder: Holder, path: Path, *, mode: int = 0o660, uids: frozenset[int] | None = None) -> None:
        self._holder, self._path, self._mode, self._uids = holder, path, mode, uids
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()

    async def start(self) -> None:
        """Bind the socket; what an earlier process left there is removed (the state's lock keeps a second keyholder away)."""
        self._path.unlink(missing_ok=True)
        old = os.umask(0o177)
        try:
            self._server = await asyncio.get_running_loop().create_unix_server(lambda: _Line(self), str(self._path))
        finally:
            os.umask(old)
        self._path.chmod(self._mode)

    async def stop(self) -> None:
        """Take nothing more, let what is under way end (at the latest at its deadline), close every connection."""
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)
        under_way = [task for line in self._lines for task in line.end()]
        if under_way:
            await asyncio.wait(under_way, timeout=MAX_WAIT)
        for line in list(self._lines):
            line.drop()

    def admits(self, line: "_Line", uid: int) -> bool:
        """Whether this connection is served."""
        if len(self._lines) >= MAX_LINES or (self._uids is not None and uid not in self._uids):
            return False
        self._lines.add(line)
        return True

    def forget(self, line: "_Line") -> None:
        """The connection ended."""
        self._lines.discard(line)

    async def answer(self, message: frames.Message, deadline: float) -> bytes:
        """The frame that answers one request."""
        number = message["id"]
        try:
            async with asyncio.timeout_at(deadline):
                return frames.encode({**await self._holder.serve(message, deadline), "id": number})
        except Refused as refused:
            return _refusal(number, refused)
        except TimeoutError:
            return _refusal(number, Refused("unavailable"))
        except frames.BadFrame:
            log.warning("an answer that no frame holds: %s", message.get("op"))
            return _refusal(number, Refused("unavailable"))


class _Line(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._reader = frames.FrameReader(REQUEST_LIMIT)
        self._waiting: deque[tuple[frames.Message, float]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writable = True
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if not self._server.admits(self, _peer(self._transport)):
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._waiting.clear()
        self._server.forget(self)

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._reader.feed(data):
                if type(message.get("id")) is not int:
                    raise frames.BadFrame("a request without a number")
                self._waiting.append((message, _deadline(message)))
        except frames.BadFrame:
            self.drop()
            return
        self._serve_more()

    def pause_writing(self) -> None:
        self._writable = False
        self._read_or_wait()

    def resume_writing(self) -> None:
        self._writable = True
        self._serve_more()

    def end(self) -> list["asyncio.Task[None]"]:
        """Take nothing more; what is under way."""
        self._ended = True
        self._waiting.clear()
        self._read_or_wait()
        return list(self._tasks)

    def drop(self) -> None:
        """Close at once."""
        self._ended = True
        self._waiting.clear()
        self._transport.abort()

    def _serve_more(self) -> None:
        while self._waiting and len(self._tasks) < MAX_SERVED and self._writable and not self._ended:
            task = asyncio.get_running_loop().create_task(self._serve(*self._waiting.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._served)
        self._read_or_wait()

    def _served(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._serve_more()

    def _read_or_wait(self) -> None:
        """Read only while everything read is being served and the answers are taken."""
        if self._transport.is_closing():
            return
        if self._waiting or not self._writable or self._ended:
            self._transport.pause_reading()
        elif not self._transport.is_reading():
            self._transport.resume_reading()

    async def _serve(self, message: frames.Message, deadline: float) -> None:
        answer = await self._server.answer(message, deadline)
        if not self._transport.is_closing():
            self._transport.write(answer)


def _refusal(number: int, refused: Refused) -> bytes:
    said: frames.Message = {"id": number, "error": refused.name}
    return frames.encode({**said, "detail": {"recorded": True}} if refused.recorded else said)


def _deadline(message: frames.Message) -> float:
    """The loop's time until which the caller waits."""
    wait = message.get("wait")
    seconds = min(wait / 1000, MAX_WAIT) if type(wait) is int and wait >= 0 else MAX_WAIT
    return asyncio.get_running_loop().time() + seconds


def _peer(transport: asyncio.Transport) -> int:
    """The user id of the process at the other end (SO_PEERCRED)."""
    sock: Any = transport.get_extra_info("socket")
    uid: int = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))[1]
    return uid
