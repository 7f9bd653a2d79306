"""Weaker sealing, planted to see that the attacks of P7 find it: each breaks one thing that the envelope checks."""

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from service.keyholder import keys
from service.sealing import chunked, envelope
from service.sealing.chunked import CHUNK, COMMITMENT, HEADER, SALT, TAG, DoesNotOpen

Patch = pytest.MonkeyPatch
Fault = Callable[[Patch], None]
FAULTS: dict[str, Fault] = {}
PIECE = CHUNK + TAG


def fault(made: Fault) -> Fault:
    FAULTS[made.__name__] = made
    return made


def _comparing(patch: Patch, compare: Callable[[bytes, bytes], bool]) -> None:
    patch.setattr(chunked, "hmac", SimpleNamespace(compare_digest=lambda a, b: compare(bytes(a), bytes(b))))


def _opening(patch: Patch, attempt: Callable[[bytes, Callable[[bytes], bytes]], bytes]) -> None:
    """open_sealed through `attempt(sealed, the real one)`."""
    real = envelope.open_sealed
    patch.setattr(envelope, "open_sealed", lambda s, k, p: attempt(s, lambda changed: real(changed, k, p)))


def _again(patch: Patch, mend: Callable[[bytes], list[bytes]]) -> None:
    """open_sealed that mends what does not open, and tries again."""

    def attempt(sealed: bytes, real: Callable[[bytes], bytes]) -> bytes:
        for one in [sealed, *mend(sealed)]:
            try:
                return real(one)
            except DoesNotOpen:
                continue
        raise DoesNotOpen("even mended")

    _opening(patch, attempt)


def _deriving(patch: Patch, salted: Callable[[bytes], bytes]) -> None:
    real = chunked._derive
    patch.setattr(chunked, "_derive", lambda key, salt, context, suite: real(key, salted(salt), context, suite))


def _chunk_opener(patch: Patch, one: Callable[[bytes, bytes, memoryview], bytes]) -> None:
    """Chunks opened one by one through `one(key, nonce, sealed chunk)`; InvalidTag refuses."""
    init = chunked._Chunks.__init__

    def keep(self: Any, key: bytes, base: bytes) -> None:
        init(self, key, base)
        self.key = key

    def opens(self: Any, index: int, sealed: memoryview, out: memoryview) -> None:
        at = 0
        for start in range(0, sealed.nbytes, PIECE):
            piece = sealed[start : start + PIECE]
            try:
                plain = one(self.key, self._nonce(index), piece)
            except InvalidTag:
                raise DoesNotOpen("not this chunk") from None
            out[at : at + len(plain)] = plain
            at, index = at + len(plain), index + 1

    patch.setattr(chunked._Chunks, "__init__", keep)
    patch.setattr(chunked._Chunks, "open", opens)


def _unverified(key: bytes, nonce: bytes, piece: memoryview) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(nonce + b"\0\0\0\2")).decryptor().update(piece[:-TAG])


@fault
def commitment_is_not_compared(patch: Patch) -> None:
    _comparing(patch, lambda a, b: True)


@fault
def only_the_first_half_of_the_commitment_counts(patch: Patch) -> None:
    _comparing(patch, lambda a, b: a[:16] == b[:16])


@fault
def only_the_second_half_of_the_commitment_counts(patch: Patch) -> None:
    _comparing(patch, lambda a, b: a[16:] == b[16:])


@fault
def a_commitment_of_zeros_is_an_old_format(patch: Patch) -> None:
    _comparing(patch, lambda a, b: a == b or b == bytes(COMMITMENT))


@fault
def any_version_will_do(patch: Patch) -> None:
    _opening(patch, lambda sealed, real: real(b"\x01" + sealed[1:]))


@fault
def any_suite_will_do(patch: Patch) -> None:
    _opening(patch, lambda sealed, real: real(sealed[:1] + b"\x01" + sealed[2:]))


@fault
def version_0_was_not_sealed(patch: Patch) -> None:
    _opening(patch, lambda sealed, real: sealed[2:] if sealed[:1] == b"\x00" else real(sealed))


@fault
def suite_2_is_plain(patch: Patch) -> None:
    _opening(patch, lambda sealed, real: sealed[2:] if sealed[:2] == b"\x01\x02" else real(sealed))


@fault
def nothing_opens_as_nothing(patch: Patch) -> None:
    _opening(patch, lambda sealed, real: b"" if not sealed else real(sealed))


@fault
def the_salt_is_not_bound(patch: Patch) -> None:
    _deriving(patch, lambda salt: bytes(SALT))


@fault
def half_the_salt_is_bound(patch: Patch) -> None:
    _deriving(patch, lambda salt: salt[:12] + bytes(12))


@fault
def every_chunk_has_the_same_nonce(patch: Patch) -> None:
    patch.setattr(chunked._Chunks, "_nonce", lambda self, index: self._base.to_bytes(12, "big"))


@fault
def nonces_come_back_after_two(patch: Patch) -> None:
    patch.setattr(chunked._Chunks, "_nonce", lambda self, index: (self._base ^ index % 2).to_bytes(12, "big"))


@fault
def tags_are_not_checked(patch: Patch) -> None:
    _chunk_opener(patch, _unverified)


@fault
def tags_are_checked_to_twelve_bytes(patch: Patch) -> None:
    def one(key: bytes, nonce: bytes, piece: memoryview) -> bytes:
        mode = modes.GCM(nonce, bytes(piece[-TAG : -TAG + 12]), min_tag_length=12)
        opener = Cipher(algorithms.AES(key), mode).decryptor()
        return opener.update(piece[:-TAG]) + opener.finalize()

    _chunk_opener(patch, one)


@fault
def a_bad_chunk_is_read_as_zeros(patch: Patch) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    def one(key: bytes, nonce: bytes, piece: memoryview) -> bytes:
        try:
            return AESGCM(key).decrypt(nonce, piece, None)
        except InvalidTag:
            return bytes(piece.nbytes - TAG)

    _chunk_opener(patch, one)


@fault
def the_last_chunk_may_be_missing(patch: Patch) -> None:
    real = chunked._message_length
    patch.setattr(chunked, "_message_length", lambda n: n // PIECE * CHUNK if n and n % PIECE == 0 else real(n))


@fault
def a_cut_is_refused_by_another_name(patch: Patch) -> None:
    real = chunked._message_length

    def length(body: int) -> int:
        if body % PIECE < TAG:
            raise IndexError
        return real(body)

    patch.setattr(chunked, "_message_length", length)


@fault
def what_follows_is_overlooked(patch: Patch) -> None:
    _again(patch, lambda sealed: [sealed[:-n] for n in range(1, 18)])


@fault
def a_doubled_chunk_is_mended(patch: Patch) -> None:
    def mend(sealed: bytes) -> list[bytes]:
        body = sealed[2 + HEADER :]
        pieces = [body[a : a + PIECE] for a in range(0, len(body), PIECE)]
        kept = [p for n, p in enumerate(pieces) if n == 0 or p != pieces[n - 1]]
        return [sealed[: 2 + HEADER] + b"".join(kept)]

    _again(patch, mend)


@fault
def two_swapped_chunks_are_mended(patch: Patch) -> None:
    def mend(sealed: bytes) -> list[bytes]:
        a, b = 2 + HEADER, 2 + HEADER + PIECE
        return [sealed[:a] + sealed[b : b + PIECE] + sealed[a:b] + sealed[b + PIECE :]]

    _again(patch, mend)


@fault
def a_header_without_version_is_mended(patch: Patch) -> None:
    _again(patch, lambda sealed: [b"\x01\x01" + sealed, b"\x01" + sealed[:1] + sealed[1:]])


@fault
def padding_may_say_anything(patch: Patch) -> None:
    patch.setattr(envelope, "_not_zero", lambda padding: False)


@fault
def any_length_fits_any_class(patch: Patch) -> None:
    patch.setattr(envelope, "_content_length", lambda prefix, padded: int.from_bytes(prefix, "big"))


def _streaming(patch: Patch, on_failure: Callable[[bytes, Any, DoesNotOpen], int]) -> None:
    real = envelope.open_stream

    def stream(source: Any, key: bytes, place: envelope.Place, sink: Any) -> int:
        data = source.read()
        try:
            return real(io.BytesIO(data), key, place, sink)
        except DoesNotOpen as refused:
            return on_failure(data, sink, refused)

    patch.setattr(envelope, "open_stream", stream)


@fault
def the_stream_gives_what_it_did_not_verify(patch: Patch) -> None:
    def give(data: bytes, sink: Any, refused: DoesNotOpen) -> int:
        sink.write(memoryview(data)[-PIECE:])
        raise refused

    _streaming(patch, give)


@fault
def the_stream_ends_quietly_where_it_fails(patch: Patch) -> None:
    _streaming(patch, lambda data, sink, refused: 0)


@fault
def the_stream_takes_a_cut_for_the_end(patch: Patch) -> None:
    def end(data: bytes, sink: Any, refused: DoesNotOpen) -> int:
        if (len(data) - 2 - HEADER) % PIECE == 0:
            return 0
        raise refused

    _streaming(patch, end)


@fault
def a_wrap_may_be_followed_by_anything(patch: Patch) -> None:
    real = keys.unwrap
    patch.setattr(keys, "unwrap", lambda private, wrapped, info: real(private, wrapped[:1168], info))


@fault
def a_wrap_that_fails_gives_zeros(patch: Patch) -> None:
    real = keys.unwrap

    def unwrap(private: Any, wrapped: bytes, info: bytes) -> bytes:
        try:
            return real(private, wrapped, info)
        except keys.DoesNotUnwrap:
            return bytes(32)

    patch.setattr(keys, "unwrap", unwrap)
