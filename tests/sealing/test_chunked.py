"""A sealed message opens only whole, unaltered and under its own key and context (the vectors are in tests/vectors)."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sealing import chunked
from service.sealing.chunked import CHUNK, GROUP, HEADER, TAG, DoesNotOpen, WrongCommitment

KEY = bytes(range(32))
LENGTHS = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, GROUP * CHUNK - 1, GROUP * CHUNK, GROUP * CHUNK + 1]


@pytest.mark.parametrize("length", [*LENGTHS, 2 * GROUP * CHUNK, 5 * CHUNK * GROUP + 77])
def test_one_shot_and_stream_open_each_other(length: int) -> None:
    message = os.urandom(length)
    sealed = chunked.seal_message(KEY, b"place", message)
    spool, opened = io.BytesIO(), io.BytesIO()
    assert len(sealed) == chunked.sealed_length(length)
    assert chunked.open_stream(KEY, b"place", io.BytesIO(sealed), opened) == length
    assert chunked.seal_stream(KEY, b"place", io.BytesIO(message), spool) == len(sealed)
    assert chunked.open_message(KEY, b"place", spool.getvalue()) == opened.getvalue() == message


@pytest.mark.parametrize("length", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_message_cut_or_extended_at_any_edge_is_refused(length: int) -> None:
    sealed = chunked.seal_message(KEY, b"", os.urandom(length))
    edges = {0, 24, HEADER, *range(HEADER, len(sealed), CHUNK + TAG), len(sealed)}
    cuts = {cut for edge in edges for cut in range(edge - 17, edge + 18) if 0 <= cut < len(sealed)}
    for wrong in [*(sealed[:cut] for cut in cuts), sealed + b"\x00", sealed + sealed[HEADER:], sealed + bytes(TAG)]:
        refused_both_ways(wrong)


def test_chunks_that_change_places_or_are_doubled_or_dropped_are_refused() -> None:
    sealed = chunked.seal_message(KEY, b"", os.urandom(4 * CHUNK + 5))
    head, step = sealed[:HEADER], CHUNK + TAG
    pieces = [sealed[i : i + step] for i in range(HEADER, len(sealed), step)]
    for i in range(4):
        for j in range(4):
            if i != j:
                swapped = list(pieces)
                swapped[i], swapped[j] = pieces[j], pieces[i]
                refused_both_ways(head + b"".join(swapped))
                refused_both_ways(head + b"".join([*pieces[:i], pieces[j], *pieces[i + 1 :]]))
        refused_both_ways(head + b"".join(pieces[:i] + pieces[i + 1 :]))


def refused_both_ways(sealed: bytes) -> None:
    with pytest.raises(DoesNotOpen):
        chunked.open_message(KEY, b"", sealed)
    with pytest.raises(DoesNotOpen):
        chunked.open_stream(KEY, b"", io.BytesIO(sealed), io.BytesIO())


@given(context=st.binary(max_size=80), other=st.binary(max_size=80))
def test_another_context_or_key_is_refused_by_the_commitment(context: bytes, other: bytes) -> None:
    sealed = chunked.seal_message(KEY, context, b"claims")
    for key, place in [(KEY, other)] * (other != context) + [(bytes(32), context), (KEY[:31], context)]:
        with pytest.raises(WrongCommitment):
            chunked.open_message(key, place, sealed)


class Dripping(io.RawIOBase):
    """A file that gives a few bytes at a time, as a pipe or socket does."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        return self._inner.readinto(buffer[:7919])


class Narrow(io.BytesIO):
    """A file that takes a few bytes at a time, as an unbuffered one may."""

    def write(self, data: memoryview, /) -> int:  # type: ignore[override]
        return super().write(data[:7907])


def test_files_that_give_and_take_a_little_at_a_time_lose_nothing() -> None:
    message, spool, opened = os.urandom(GROUP * CHUNK + 3), Narrow(), Narrow()
    chunked.seal_stream(KEY, b"", Dripping(message), spool)
    chunked.open_stream(KEY, b"", Dripping(spool.getvalue()), opened)
    assert opened.getvalue() == message


def test_a_stream_that_fails_late_has_handed_on_verified_chunks_only() -> None:
    message = os.urandom(3 * GROUP * CHUNK)
    sealed = bytearray(chunked.seal_message(KEY, b"", message))
    sealed[-1] ^= 1
    spool = io.BytesIO()
    with pytest.raises(DoesNotOpen):
        chunked.open_stream(KEY, b"", io.BytesIO(sealed), spool)
    assert message.startswith(spool.getvalue())


def test_no_two_seals_of_the_same_message_share_salt_or_bytes() -> None:
    sealed = [chunked.seal_message(KEY, b"", b"same") for _ in range(1000)]
    assert len({one[:24] for one in sealed}) == len({one[24:] for one in sealed}) == 1000


def test_the_chunk_counter_ends_at_four_pebibytes() -> None:
    chunks = chunked._Chunks(bytes(32), bytes(12))
    assert chunks._nonce(chunked.MAX_CHUNKS - 1)
    with pytest.raises(DoesNotOpen):
        chunks._nonce(chunked.MAX_CHUNKS)
