"""A call to the keyholder ends: answered, refused by name, or unavailable; never hangs, never sends twice."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from service.keyholder import frames
from service.keyholder.client import KeyholderClient, KeyholderRefused, KeyholderUnavailable

Answer = Callable[[dict[str, Any], asyncio.StreamWriter], Awaitable[None]]


class Peer:
    """A keyholder's end of the socket: reads frames, answers as the test tells it."""

    def __init__(self, path: Path) -> None:
        self.path, self.asked, self.connections = path, asyncio.Queue[dict[str, Any]](), 0
        self.answer: Answer = echo
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await self._server.wait_closed()
        self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        held = frames.FrameReader()
        while data := await reader.read(65536):
            for message in held.feed(data):
                self.asked.put_nowait(message)
                await self.answer(message, writer)


async def echo(message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    if message["op"] == "refuse":
        writer.write(frames.encode({"id": message["id"], "error": "not-permitted", "detail": {"n": 1}}))
        return
    writer.write(frames.encode({"id": message["id"], "said": message.get("say"), "wait": message["wait"]}))


async def silence(message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    return


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[Peer]:
    made = Peer(tmp_path / "kh.sock")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def client(peer: Peer) -> AsyncIterator[KeyholderClient]:
    made = KeyholderClient(peer.path, deadline=20)
    yield made
    await made.close()


async def test_an_answer_comes_with_its_fields(client: KeyholderClient) -> None:
    answer = await client.call("read", say=b"key")
    assert answer["said"] == b"key"
    assert 0 < answer["wait"] <= 20_000


async def test_a_refusal_comes_by_its_name(client: KeyholderClient) -> None:
    with pytest.raises(KeyholderRefused) as refused:
        await client.call("refuse")
    assert (refused.value.error, refused.value.detail) == ("not-permitted", {"n": 1})


async def test_many_requests_share_one_connection_and_answers_find_their_caller(
    client: KeyholderClient, peer: Peer
) -> None:
    held: list[dict[str, Any]] = []

    async def backwards(message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        held.append(message)
        if len(held) == 100:
            for one in reversed(held):
                await echo(one, writer)

    peer.answer = backwards
    answers = await asyncio.gather(*(client.call("read", say=n) for n in range(100)))
    assert [answer["said"] for answer in answers] == list(range(100))
    assert peer.connections == 1


async def test_no_answer_ends_in_unavailable_and_harms_nobody_else(client: KeyholderClient, peer: Peer) -> None:
    async def deaf_to_some(message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        if message["op"] != "hang":
            await echo(message, writer)

    peer.answer = deaf_to_some
    hung = asyncio.create_task(client.call("hang", deadline=0.05))
    assert (await client.call("read", say=1))["said"] == 1
    with pytest.raises(KeyholderUnavailable):
        await hung
    assert (await client.call("read", say=2))["said"] == 2
    assert peer.connections == 1


async def test_an_answer_after_the_deadline_is_nobody_s(client: KeyholderClient, peer: Peer) -> None:
    late: list[Awaitable[None]] = []

    async def later(message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        late.append(echo(message, writer))

    peer.answer = later
    with pytest.raises(KeyholderUnavailable):
        await client.call("read", say="late", deadline=0.05)
    await late[0]
    peer.answer = echo
    assert (await client.call("read", say="next"))["said"] == "next"
    assert peer.connections == 1


async def test_a_keyholder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    client = KeyholderClient(tmp_path / "none.sock", deadline=0.05)
    with pytest.raises(KeyholderUnavailable):
        await client.call("read")
    await client.close()


async def test_a_restart_fails_what_was_under_way_and_the_next_call_goes_to_the_new_keyholder(
    client: KeyholderClient, peer: Peer
) -> None:
    peer.answer = silence
    under_way = [asyncio.create_task(client.call("read", say=n)) for n in range(5)]
    for _ in under_way:
        await peer.asked.get()
    await peer.stop()
    for task in under_way:
        with pytest.raises(KeyholderUnavailable):
            await task
    peer.answer = echo
    waiting = asyncio.create_task(client.call("read", say="after"))
    await peer.start()
    assert (await waiting)["said"] == "after"
    asked = [peer.asked.get_nowait()["say"] for _ in range(peer.asked.qsize())]
    assert asked == ["after"], "nothing was sent a second time"


async def test_one_caller_s_deadline_does_not_end_the_connecting_of_others(tmp_path: Path) -> None:
    peer = Peer(tmp_path / "kh.sock")
    client = KeyholderClient(peer.path, deadline=20)
    hurried = asyncio.create_task(client.call("read", deadline=0.02))
    patient = asyncio.create_task(client.call("read", say="patient"))
    with pytest.raises(KeyholderUnavailable):
        await hurried
    await peer.start()
    assert (await patient)["said"] == "patient"
    await client.close()
    await peer.stop()


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\x00\x00\x00\x01\x01",
        b"\xff\xff\xff\xff",
        frames.encode({"id": 999, "said": 1}),
        frames.encode({"id": "1"}),
        frames.encode({"id": True}),
        frames.encode({}),
    ],
)
async def test_garbage_drops_the_connection_and_the_next_call_makes_a_new_one(
    client: KeyholderClient, peer: Peer, garbage: bytes
) -> None:
    async def talk_nonsense(message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        writer.write(garbage)

    peer.answer = talk_nonsense
    with pytest.raises(KeyholderUnavailable):
        await client.call("read")
    peer.answer = echo
    assert (await client.call("read", say=1))["said"] == 1
    assert peer.connections == 2


async def test_no_more_than_the_bound_wait_at_a_time(peer: Peer) -> None:
    client = KeyholderClient(peer.path, deadline=20, bound=3)
    peer.answer = silence
    waiting = [asyncio.create_task(client.call("read")) for _ in range(3)]
    for _ in waiting:
        await peer.asked.get()
    with pytest.raises(KeyholderUnavailable, match="too many"):
        await client.call("read")
    await client.close()
    for task in waiting:
        with pytest.raises(KeyholderUnavailable):
            await task
    with pytest.raises(KeyholderUnavailable):
        await client.call("read")


async def test_a_cancelled_call_leaves_no_place_taken(peer: Peer) -> None:
    client = KeyholderClient(peer.path, deadline=20, bound=1)
    peer.answer = silence
    call = asyncio.create_task(client.call("read"))
    await peer.asked.get()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    peer.answer = echo
    assert (await client.call("read", say=1))["said"] == 1
    await client.close()


async def test_a_keyholder_that_does_not_read_is_unavailable_and_no_more_is_heaped_up_for_it(
    client: KeyholderClient, peer: Peer
) -> None:
    async def stop_reading(message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]

    peer.answer = stop_reading
    calls = [asyncio.create_task(client.call("read", deadline=0.3, say=bytes(1_000_000))) for _ in range(6)]
    for call in calls:
        with pytest.raises(KeyholderUnavailable):
            await call
    assert client._line is not None
    assert client._line._transport.get_write_buffer_size() < 2_000_000


async def test_nothing_is_kept_of_a_call_that_ended(client: KeyholderClient, peer: Peer) -> None:
    await client.call("read", say=1)
    peer.answer = silence
    with pytest.raises(KeyholderUnavailable):
        await client.call("read", deadline=0.02)
    assert client._line is not None
    assert not client._line._asked


async def test_a_request_over_the_limit_is_not_sent(client: KeyholderClient, peer: Peer) -> None:
    with pytest.raises(frames.BadFrame):
        await client.call("read", say=bytes(frames.LIMIT))
    assert (await client.call("read", say=1))["said"] == 1


@pytest.mark.parametrize("name", ["id", "wait"])
async def test_the_client_s_own_fields_are_not_the_caller_s(client: KeyholderClient, name: str) -> None:
    with pytest.raises(ValueError, match="own"):
        await client.call("read", **{name: 1})


async def test_a_socket_served_by_another_user_is_refused(peer: Peer) -> None:
    mine = KeyholderClient(peer.path, deadline=20, server_uid=os.geteuid())
    assert (await mine.call("read", say=1))["said"] == 1
    other = KeyholderClient(peer.path, deadline=0.1, server_uid=os.geteuid() + 1)
    with pytest.raises(KeyholderUnavailable):
        await other.call("read")
    assert all(peer.asked.get_nowait()["say"] == 1 for _ in range(peer.asked.qsize())), "nothing was said to it"
    await mine.close()
    await other.close()


async def test_a_closed_client_leaves_no_task_behind(tmp_path: Path) -> None:
    client = KeyholderClient(tmp_path / "none.sock", deadline=20)
    call = asyncio.create_task(client.call("read"))
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(KeyholderUnavailable):
        await call
    assert asyncio.all_tasks() == {asyncio.current_task()}
