"""The wire between the service and its keyholder: 4 bytes of length, big-endian, then one msgpack map.

Promise: a frame's length is checked before any of it is decoded or kept; one byte string has one meaning (string keys,
none twice, nothing behind the end), and a decoded value holds only None, bool, int, str, bytes, lists and maps, at most
8 deep. No extension types, no floats, no Python objects. Not promised: what a message means is for its reader to check.
"""

from collections.abc import Sequence
from typing import Any

import msgpack  # type: ignore[import-untyped]

LENGTH = 4
LIMIT = 8 * 1024 * 1024
DEPTH = 8
Message = dict[str, Any]


class BadFrame(Exception):
    """Bytes that are no frame of ours: too long, not strict msgpack, or not a map. The connection is of no more use."""


def encode(message: Message, limit: int = LIMIT) -> bytes:
    """A message as a frame. Raises BadFrame when it is over `limit` bytes or holds a value that no frame may hold."""
    body = pack(message)
    if len(body) > limit:
        raise BadFrame("a frame over the limit")
    return len(body).to_bytes(LENGTH, "big") + body


class FrameReader:
    """Takes bytes as they come, gives whole messages. After BadFrame it must not be fed again."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes, in order. Raises BadFrame before keeping a frame over the limit."""
        self._held += data
        found, start = [], 0
        while len(self._held) - start >= LENGTH:
            length = int.from_bytes(self._held[start : start + LENGTH], "big")
            if length > self._limit:
                raise BadFrame("a frame over the limit")
            end = start + LENGTH + length
            if len(self._held) < end:
                break
            found.append(_message(bytes(self._held[start + LENGTH : end])))
            start = end
        del self._held[:start]
        return found


def pack(value: object) -> bytes:
    """A value as msgpack. Raises BadFrame for a type, a depth or an integer that a frame may not hold."""
    try:
        _check(value, DEPTH)
        packed: bytes = msgpack.packb(value, use_bin_type=True)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadFrame(str(error)) from None
    return packed


def unpack(data: bytes) -> Any:
    """The value of strict msgpack bytes. Raises BadFrame, and nothing else."""
    try:
        value = msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=True,
            object_pairs_hook=_map,
            ext_hook=_no_extension,
            max_ext_len=0,
        )
        _check(value, DEPTH)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadFrame(f"not strict msgpack: {type(error).__name__}") from None
    return value


def _message(body: bytes) -> Message:
    value = unpack(body)
    if not isinstance(value, dict):
        raise BadFrame("a frame holds a map")
    return value


def _map(pairs: Sequence[tuple[Any, Any]]) -> Message:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key twice")
    return made


def _no_extension(code: int, data: bytes) -> object:
    raise ValueError("an extension type")


def _check(value: object, depth: int) -> None:
    kind = type(value)
    if value is None or kind in (bool, int, str, bytes):
        return
    if depth == 0:
        raise ValueError("too deep")
    if kind is dict:
        for key, inner in value.items():  # type: ignore[attr-defined]
            if type(key) is not str:
                raise ValueError("a key that is not text")
            _check(inner, depth - 1)
    elif kind in (list, tuple):
        for inner in value:  # type: ignore[attr-defined]
            _check(inner, depth - 1)
    else:
        raise TypeError(f"a frame holds no {kind.__name__}")
