"""One byte string on the wire has one meaning, or none; nothing is kept that is over the limit."""

import struct
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.keyholder.frames import DEPTH, BadFrame, FrameReader, encode, pack, unpack

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=20) | st.binary(max_size=40)
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=5), v, max_size=4), max_leaves=12
)
MESSAGES = st.dictionaries(st.text(max_size=8), VALUES, max_size=6).filter(lambda m: depth(m) <= DEPTH)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, inner), default=0) if isinstance(value, dict | list) else 0


@given(messages=st.lists(MESSAGES, max_size=5), sizes=st.lists(st.integers(1, 50), min_size=1, max_size=10))
def test_messages_come_back_however_the_bytes_are_cut(messages: list[dict[str, Any]], sizes: list[int]) -> None:
    stream, reader, found = b"".join(map(encode, messages)), FrameReader(), []
    while stream:
        size = sizes[len(stream) % len(sizes)]
        found += reader.feed(stream[:size])
        stream = stream[size:]
    assert found == messages


@given(data=st.binary(max_size=300))
def test_any_bytes_are_messages_or_a_bad_frame(data: bytes) -> None:
    try:
        FrameReader(limit=200).feed(data)
    except BadFrame:
        return


@given(body=st.binary(max_size=200))
def test_any_body_is_strict_msgpack_or_a_bad_frame(body: bytes) -> None:
    try:
        value = unpack(body)
    except BadFrame:
        return
    assert unpack(pack(value)) == value


@given(message=MESSAGES, at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_flipped_bit_never_raises_anything_else(message: dict[str, Any], at: int, bit: int) -> None:
    frame = bytearray(encode(message))
    frame[at % len(frame)] ^= 1 << bit
    try:
        FrameReader().feed(bytes(frame))
    except BadFrame:
        return


def frame(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


@pytest.mark.parametrize(
    "body",
    [
        b"",  # nothing
        b"\x01",  # not a map
        b"\x90",
        b"\xc0",
        b"\x81\xa1a\x01\x00",  # something behind the end
        b"\x82\xa1a\x01\xa1a\x02",  # a key twice
        b"\x81\x01\x02",  # a key that is not text
        b"\x81\xc4\x01a\x02",
        b"\x81\xc0\x02",
        b"\x81\xa1a\xcb" + bytes(8),  # a float
        b"\x81\xa1a\xca" + bytes(4),
        b"\x81\xa1a\xd4\x05\x00",  # extension types, with and without content
        b"\x81\xa1a\xc7\x00\x05",
        b"\x81\xa1a\xd6\xff" + bytes(4),  # a time stamp
        b"\x81\xa1a\xa2\xff\xfe",  # not UTF-8
        b"\x81\xa1a\xa3\xed\xa0\x80",  # a lone surrogate
        b"\x81\xa1a\xc1",  # never used
        b"\x81\xa1a\xdd\xff\xff\xff\xff",  # four billion items, none there
        b"\x81\xa1a\xc6\xff\xff\xff\xff",
        b"\x81\xa1a" + b"\x91" * 8 + b"\xc0",  # too deep
        b"\x81\xa1a" + b"\x91" * 5000 + b"\xc0",
    ],
)
def test_what_is_not_strict_is_refused(body: bytes) -> None:
    with pytest.raises(BadFrame):
        FrameReader().feed(frame(body))


def test_a_length_over_the_limit_is_refused_before_its_body_comes() -> None:
    with pytest.raises(BadFrame):
        FrameReader(limit=1000).feed(struct.pack(">I", 1001))
    assert FrameReader(limit=1000).feed(struct.pack(">I", 1000)) == []


def test_a_message_over_the_limit_is_not_sent() -> None:
    with pytest.raises(BadFrame):
        encode({"a": bytes(1000)}, limit=1000)


@pytest.mark.parametrize("value", [1.5, {1: 2}, {"a": object()}, {"a": 2**64}, {"a": {1, 2}}, {"a": "\ud800"}])
def test_a_value_that_no_frame_holds_is_not_packed(value: Any) -> None:
    with pytest.raises(BadFrame):
        pack(value)


def test_the_greatest_depth_is_the_same_in_both_directions() -> None:
    value: Any = None
    for _ in range(DEPTH):
        value = [value]
    assert unpack(pack(value)) == value
    with pytest.raises(BadFrame):
        pack([value])
    with pytest.raises(BadFrame):
        unpack(msgpack.packb([value]))
