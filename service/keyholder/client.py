"""The keyholder's client, for web and worker: many requests under way on one unix socket, answers by request id.

Promise: `call` ends, at the latest at its deadline: with the answer, with KeyholderRefused, or with
KeyholderUnavailable. A lost connection fails everything under way (nothing is sent twice: the keyholder may have
recorded it already) and is made anew for the next call, with a back-off from 10 ms to 1 s. No more than `bound`
requests wait at a time.
Not promised: that a request that ended in KeyholderUnavailable was not carried out.

A request is {id, op, wait: milliseconds its caller still waits, ...}; an answer {id, ...} or {id, error, detail}.
"""

import asyncio
import socket
import struct
from pathlib import Path
from typing import Any, cast

from service.keyholder import frames

RESERVED = frozenset({"id", "op", "wait"})
_BACK_OFF = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


class KeyholderUnavailable(Exception):
    """No answer: not reachable, connection lost, too many waiting, or too late."""


class KeyholderRefused(Exception):
    """The keyholder's named refusal. `detail` is what it chose to say beside the name, or None."""

    def __init__(self, error: str, detail: Any = None) -> None:
        super().__init__(error)
        self.error = error
        self.detail = detail


class KeyholderClient:
    """One client per process and event loop. `deadline` in seconds is each call's, unless it brings its own.

    server_uid: when given, a socket served by another user is refused (SO_PEERCRED).
    """

    def __init__(self, path: Path, *, deadline: float = 5.0, bound: int = 512, server_uid: int | None = None) -> None:
        self._path, self._deadline, self._bound, self._server_uid = path, deadline, bound, server_uid
        self._line: _Line | None = None
        self._connecting: asyncio.Task[_Line] | None = None
        self._waiting = 0
        self._closed = False

    async def call(self, op: str, *, deadline: float | None = None, **fields: Any) -> frames.Message:
        """Ask; the answer's fields. Raises KeyholderRefused, KeyholderUnavailable; ValueError for a reserved field.

        frames.BadFrame: the request itself is over the limit or holds what no frame may hold; nothing was sent.
        """
        if RESERVED & fields.keys():
            raise ValueError("id, op and wait are the client's own")
        if self._closed or self._waiting >= self._bound:
            raise KeyholderUnavailable("closed" if self._closed else "too many requests wait")
        seconds = self._deadline if deadline is None else deadline
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds) as limit:
                line = await self._connected()
                answer = await line.ask(op, fields, limit)
        except TimeoutError:
            raise KeyholderUnavailable("no answer in time") from None
        finally:
            self._waiting -= 1
        if "error" in answer:
            raise KeyholderRefused(str(answer["error"]), answer.get("detail"))
        return answer

    async def close(self) -> None:
        """End the connection; what is under way ends in KeyholderUnavailable."""
        self._closed = True
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        if self._line is not None:
            self._line.end("closed")

    async def _connected(self) -> "_Line":
        if self._line is not None and self._line.alive:
            return self._line
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
            self._connecting.add_done_callback(self._made)
        # The attempt is everybody's: one caller's deadline must not end it for the others.
        try:
            return await asyncio.shield(self._connecting)
        except asyncio.CancelledError:
            if self._closed:
                raise KeyholderUnavailable("closed") from None
            raise

    async def _connect(self) -> "_Line":
        loop = asyncio.get_running_loop()
        tries = 0
        while True:
            try:
                _, line = await loop.create_unix_connection(_Line, str(self._path))
                line.check_server(self._server_uid)
                return line
            except OSError:
                if not self._waiting:  # nobody asks any more
                    raise
                await asyncio.sleep(_BACK_OFF[min(tries, len(_BACK_OFF) - 1)])
                tries += 1

    def _made(self, task: "asyncio.Task[_Line]") -> None:
        self._connecting = None
        if not task.cancelled() and task.exception() is None:
            self._line = task.result()
            if self._closed:
                self._line.end("closed")


class _Line(asyncio.Protocol):
    """One connection: writes requests as they come, gives answers to whom they belong."""

    def __init__(self) -> None:
        self.alive = False
        self._reader = frames.FrameReader()
        self._asked: dict[int, asyncio.Future[frames.Message]] = {}
        self._next = 1
        self._writable = asyncio.Event()
        self._writable.set()

    async def ask(self, op: str, fields: frames.Message, limit: asyncio.Timeout) -> frames.Message:
        """One request and its answer. Raises KeyholderUnavailable when the connection ends first."""
        while not self._writable.is_set():  # asked again: whoever woke first may have filled it
            await self._writable.wait()
        if not self.alive:
            raise KeyholderUnavailable("connection lost")
        loop = asyncio.get_running_loop()
        number, self._next = self._next, self._next + 1
        wait = max(0, int(((limit.when() or loop.time()) - loop.time()) * 1000))
        frame = frames.encode({**fields, "id": number, "op": op, "wait": wait})
        answer: asyncio.Future[frames.Message] = loop.create_future()
        self._asked[number] = answer
        try:
            self._transport.write(frame)
            return await answer
        finally:
            self._asked.pop(number, None)

    def check_server(self, uid: int | None) -> None:
        """Raises OSError when the socket is served by another user than `uid`."""
        if uid is None:
            return
        sock = self._transport.get_extra_info("socket")
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        if struct.unpack("3i", raw)[1] != uid:
            self._transport.abort()
            raise OSError("another user serves the keyholder's socket")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.alive = True

    def data_received(self, data: bytes) -> None:
        try:
            for answer in self._reader.feed(data):
                self._give(answer)
        except frames.BadFrame as error:
            self.end(f"not an answer: {error}")

    def _give(self, answer: frames.Message) -> None:
        number = answer.pop("id", None)
        if type(number) is not int or not 0 < number < self._next:
            raise frames.BadFrame("an answer to nothing that was asked")
        asked = self._asked.get(number)  # absent: its caller's deadline has passed
        if asked is not None and not asked.done():
            asked.set_result(answer)

    def end(self, why: str) -> None:
        """Drop the connection and fail everything under way on it."""
        self.alive = False
        self._transport.abort()
        self._fail(why)

    def connection_lost(self, exc: Exception | None) -> None:
        self.alive = False
        self._writable.set()
        self._fail("connection lost")

    def _fail(self, why: str) -> None:
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(KeyholderUnavailable(why))

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()
