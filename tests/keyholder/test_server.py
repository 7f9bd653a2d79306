"""Every request ends with an answer or a named refusal, whatever it holds; who sends no frame hurts nobody else."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.keyholder import frames, server
from service.keyholder.client import KeyholderUnavailable
from service.keyholder.server import MAX_SERVED
from tests.keyholder.world import World

SEED = 20261123
OPS = ("who", "decide", "read", "sign", "log", "open_case", "assign", "attest", "revoke", "relabel")
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, "", "a", "a" * 16, "\ud7ff", b"", b"x", b"x" * 15, b"x" * 16, b"x" * 17, [], [[]], [None], ["a" * 16],
    [b"x" * 32], {}, {"a": 1}, {"action": "know"}, {"action": ["know"], "case": "a" * 16}, [{"action": "know", "case": "a" * 16}],
    [{"action": 5}], [{"action": "know", "case": [1] * 16}], [{}] * 201, {"kind": "post", "person": "a" * 16, "values": {}},
    {"kind": [], "person": b"x" * 16, "values": []}, {"kind": "post", "person": b"x" * 16, "values": {}, "from": "31.12.2026"},
    {"kind": "post", "person": b"x" * 16, "values": {"office": b"", "role": {}}, "until": "0001-01-01"},
)  # fmt: skip
FIELDS = (
    "token",
    "request",
    "part",
    "purpose",
    "case",
    "asks",
    "size",
    "leaves",
    "kind",
    "party",
    "works",
    "action",
    "fact",
    "label",
)
NAMES = {"sign-in-needed", "not-found", "not-permitted", "invalid", "unavailable", "log-behind"}


class Raw:
    """A connection that speaks frames by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._numbers = itertools.count(1)

    def send(self, message: frames.Message) -> int:
        number = message.setdefault("id", next(self._numbers))
        self.writer.write(frames.encode(message))
        assert type(number) is int
        return number

    async def answer(self) -> frames.Message:
        length = int.from_bytes(await self.reader.readexactly(4), "big")
        said = frames.unpack(await self.reader.readexactly(length))
        assert isinstance(said, dict)
        return said

    async def ended(self) -> bool:
        """Whether the other end closed."""
        try:
            return await self.reader.read(1) == b""
        except ConnectionResetError:
            return True


@asynccontextmanager
async def line(world: World) -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_unix_connection(str(world.socket))
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


def sound(world: World, name: str = "tanaka") -> frames.Message:
    """Fields of the right types for every operation, about nothing that there is."""
    return {
        "token": world.token(name), "request": uuid4().bytes, "part": uuid4().bytes, "purpose": "work", "case": uuid4().bytes,
        "asks": [{"action": "know", "case": uuid4().bytes}], "size": 0, "leaves": [], "kind": "filing", "party": None, "works": ["review"],
        "action": "designate", "label": "designated",
        "fact": {"kind": "clearance", "person": uuid4().bytes, "values": {"level": 1}},
    }  # fmt: skip


def a_read(world: World, part: UUID) -> frames.Message:
    request = uuid4().bytes
    return {"op": "read", "token": world.token("tanaka"), "request": request, "part": part.bytes, "purpose": "work"}


async def test_a_request_of_any_shape_is_answered(world: World) -> None:
    """Each field of each operation in turn absent, and of every wrong type; then random mixtures. No answer is missing."""
    rng = random.Random(SEED)
    requests = [{**sound(world), "op": op, name: odd} for op in OPS for name in FIELDS for odd in ODD]
    requests += [{k: v for k, v in sound(world).items() if k != gone} | {"op": op} for op in OPS for gone in FIELDS]
    requests += [{"op": odd} for odd in ODD] + [{}]
    rng.shuffle(requests)
    async with line(world) as raw:
        for start in range(0, len(requests), 100):
            some = requests[start : start + 100]
            asked = {raw.send(message): message for message in some}
            for _ in some:
                said = await raw.answer()
                del asked[said["id"]]
                assert "error" not in said or said["error"] in NAMES, said
            assert not asked
    print(f"\nkeyholder: seed {SEED}, {len(requests)} requests of odd shapes, each answered")


async def test_no_wrong_type_is_taken_for_a_fault_of_the_keyholders(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """What is not of its shape is `invalid`, and never an error inside."""
    for op in ("decide", "read", "open_case", "assign", "attest", "revoke", "relabel", "sign"):
        whole = {**sound(world, "worker" if op == "sign" else "tanaka"), "op": op}
        odd = [{**whole, name: value} for name, value in itertools.product(FIELDS, ODD)]
        said = await asyncio.gather(*(world.refusal_of(message) for message in odd))
        assert "unavailable" not in said, odd[said.index("unavailable")]
    assert not [r for r in caplog.records if "unavailable" in r.getMessage()]


async def test_an_unknown_operation_is_invalid_and_does_nothing(world: World) -> None:
    assert await world.refusal("tanaka", "serve") == await world.refusal("tanaka", "__init__") == "invalid"
    assert await world.records() == []


@pytest.mark.parametrize("number", [None, "1", b"1", True, [1]])
async def test_a_request_without_a_number_ends_its_connection_and_no_other(world: World, number: Any) -> None:
    async with line(world) as bad, line(world) as good:
        bad.send({"id": 1, "op": "keys"})
        await bad.answer()
        bad.writer.write(frames.encode({"id": number, "op": "keys"}))
        assert await bad.ended()
        good.send({"op": "keys"})
        assert "keys" in await good.answer()


@pytest.mark.parametrize(
    "sent", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc1", b"\x00\x00\x00\x01\x90", b"\x00\x10\x00\x01"]
)
async def test_what_is_no_frame_ends_its_connection_and_no_other(world: World, sent: bytes) -> None:
    async with line(world) as bad, line(world) as good:
        bad.writer.write(sent)
        assert await bad.ended()
        good.send({"op": "keys"})
        assert "keys" in await good.answer()


async def test_a_client_that_closes_in_the_middle_hurts_nobody(world: World) -> None:
    case = await world.lay({"tanaka": "review"})
    part = case.parts["claims"]
    for _ in range(20):
        async with line(world) as raw:
            for _ in range(10):
                raw.send(a_read(world, part))
            raw.writer.write(b"\x00\x00\x10\x00half a frame")
            await raw.answer()
    assert await world.reading("tanaka", part) == ""


async def test_a_client_that_takes_no_answers_is_read_from_no_further(world: World) -> None:
    """Answers that nobody takes are bounded: some few are made, then its requests stay unread."""
    case = await world.lay({"tanaka": "review"}, papers=["claims"], size=60_000)
    async with line(world) as raw:
        raw.writer.transport.set_write_buffer_limits(0)
        raw.reader._transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(3 * MAX_SERVED):
            raw.send(a_read(world, case.parts["claims"]))
        while not await world.records():
            await asyncio.sleep(0)
        assert await world.reading("tanaka", case.parts["claims"]) == ""
        made = len(await world.records(what="read"))
        assert made <= 2 * MAX_SERVED
        raw.reader._transport.resume_reading()  # type: ignore[attr-defined]
        for _ in range(3 * MAX_SERVED):
            assert "id" in await raw.answer()


async def test_requests_beyond_what_is_served_stay_with_who_sent_them(world: World) -> None:
    """Twenty thousand requests at once from one who takes no answers: most of them are not even read."""
    async with line(world) as raw:
        raw.reader._transport.pause_reading()  # type: ignore[attr-defined]
        frame = frames.encode({"id": 1, "op": "keys", "filler": "x" * 500})
        raw.writer.write(frame * 20_000)
        for _ in range(20):
            assert await world.refusal("tanaka", "who") == ""
        assert raw.writer.transport.get_write_buffer_size() > 5_000_000


async def test_a_request_whose_time_is_up_is_refused_and_not_left(world: World) -> None:
    case = await world.lay({"tanaka": "review"})
    async with line(world) as raw:
        raw.send({**a_read(world, case.parts["claims"]), "wait": 0})
        assert (await raw.answer())["error"] == "unavailable"


async def test_an_answer_that_no_frame_holds_is_a_refusal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.vault, "label_keys", lambda: Huge())
    assert await world.refusal("tanaka", "keys") == "unavailable"
    assert (await world.ask("tanaka", "who"))["roles"] == ["reviewer"]


class Huge:
    def dumps(self) -> str:
        return "x" * (frames.LIMIT + 1)


async def test_more_connections_than_the_bound_are_dropped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_LINES", 2)
    async with line(world) as one, line(world) as two:
        for raw in (one, two):
            raw.send({"op": "keys"})
            await raw.answer()
        async with line(world) as three:
            assert await three.ended()
    assert await world.refusal("tanaka", "who") == ""


async def test_a_server_that_stops_lets_what_is_under_way_end(world: World) -> None:
    case = await world.lay({"tanaka": "review"})
    async with world.locked("records", "exclusive"):
        waiting = asyncio.create_task(world.reading("tanaka", case.parts["claims"]))
        while not await world.waits_for("records"):
            pass
        stopping = asyncio.create_task(world.server.stop())
        await asyncio.sleep(0)
    await stopping
    assert await waiting == ""
    with pytest.raises(KeyholderUnavailable):
        await world.client.call("keys", deadline=0.1)
