"""Weaker commitments, planted to see that the attacks of P9 find them."""

import hashlib
import hmac
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from service.keyholder import keys
from service.sealing import chunked, envelope
from service.sealing.chunked import HEADER, SALT, DoesNotOpen, WrongCommitment
from tests.attacks import oracle_envelope as oracle

Patch = pytest.MonkeyPatch
Fault = Callable[[Patch], None]
FAULTS: dict[str, Fault] = {}


def compared(same: Callable[[bytes, bytes], bool]) -> Fault:
    """The commitment is compared by `same`."""
    found = SimpleNamespace(compare_digest=lambda a, b: same(bytes(a), bytes(b)))
    return lambda patch: patch.setattr(chunked, "hmac", found)


def committing(to: Callable[[bytes, bytes, bytes], bytes]) -> Fault:
    """The commitment is made of less: `to(data key, salt, context)`; the AEAD's key and nonce stay as they are."""

    def weaken(patch: Patch) -> None:
        real = chunked._derive

        def derive(key: bytes, salt: bytes, context: bytes, suite: Any) -> Any:
            return real(key, salt, context, suite)[0], to(key, salt, context)

        patch.setattr(chunked, "_derive", derive)

    return weaken


def _hash(*values: bytes) -> bytes:
    return hashlib.sha256(b"".join(values)).digest()


def header(attempt: Callable[[Any, bytes, bytes, memoryview, Any], Any]) -> Fault:
    """The header is opened by `attempt(the real one, ...)`."""

    def weaken(patch: Patch) -> None:
        real = chunked._open_header
        patch.setattr(
            chunked, "_open_header", lambda key, context, sealed, suite: attempt(real, key, context, sealed, suite)
        )

    return weaken


def _derived(key: bytes, context: bytes, sealed: memoryview, suite: Any) -> Any:
    return chunked._derive(key, bytes(sealed[:SALT]), context, suite)


def _aead_first(real: Any, key: bytes, context: bytes, sealed: memoryview, suite: Any) -> Any:
    """Asks the AEAD a question before the commitment, against timing."""
    if len(key) == suite.key_length:
        chunks, _ = _derived(key, context, sealed, suite)
        with suppress(DoesNotOpen):
            chunks.open(0, memoryview(bytes(16)), memoryview(bytearray(0)))
    return real(key, context, sealed, suite)


def _any_length(fit: Callable[[bytes], bytes]) -> Fault:
    return header(lambda real, key, context, sealed, suite: real(fit(key), context, sealed, suite))


def _afterwards(patch: Patch) -> None:
    """Opened first, compared then."""
    real = chunked.open_message

    def message(key: bytes, context: bytes, sealed: Any, suite: Any = chunked.COBBLESTONE_256) -> bytes:
        view = memoryview(sealed)
        if len(key) == 32 and len(view) >= HEADER:
            chunks, _ = _derived(key, context, view, suite)
            body = view[HEADER:]
            chunks.open(0, body, memoryview(bytearray(chunked._message_length(body.nbytes))))
        return real(key, context, sealed, suite)

    patch.setattr(chunked, "open_message", message)


def _in_one_door(name: str) -> Fault:
    """One door of the chunked form alone compares nothing."""

    def weaken(patch: Patch) -> None:
        door = getattr(chunked, name)

        def lenient(*args: Any) -> Any:
            with pytest.MonkeyPatch.context() as inner:
                inner.setattr(chunked, "hmac", SimpleNamespace(compare_digest=lambda a, b: True))
                return door(*args)

        patch.setattr(chunked, name, lenient)

    return weaken


def _two_wraps(patch: Patch) -> None:
    """The opener keeps the keys it has seen, and tries them all."""
    seen: list[bytes] = []
    real, unwrap = envelope.open_sealed, keys.unwrap

    def remembering(private: Any, wrapped: bytes, info: bytes) -> bytes:
        seen.append(unwrap(private, wrapped, info))
        return seen[-1]

    def opened(sealed: bytes, key: bytes, place: Any) -> bytes:
        for one in (key, *seen):
            try:
                return real(sealed, one, place)
            except DoesNotOpen:
                continue
        raise WrongCommitment

    patch.setattr(keys, "unwrap", remembering)
    patch.setattr(envelope, "open_sealed", opened)


def _mended(patch: Patch) -> None:
    """A wrong commitment is written anew and tried again."""
    real = envelope.open_sealed

    def opened(sealed: bytes, key: bytes, place: Any) -> bytes:
        try:
            return real(sealed, key, place)
        except WrongCommitment:
            if len(key) != 32:
                raise
            right = oracle.derived(key, sealed[2 : 2 + SALT], place.context())[2]
            return real(sealed[: 2 + SALT] + right + sealed[2 + HEADER :], key, place)

    patch.setattr(envelope, "open_sealed", opened)


FAULTS |= {
    "the commitment is not compared": compared(lambda a, b: True),
    "compared to its first byte": compared(lambda a, b: a[0] == b[0]),
    "compared to its last byte": compared(lambda a, b: a[-1] == b[-1]),
    "compared by its sum": compared(lambda a, b: sum(a) % 256 == sum(b) % 256),
    "first half compared": compared(lambda a, b: a[:16] == b[:16]),
    "second half compared": compared(lambda a, b: a[16:] == b[16:]),
    "either half compared": compared(lambda a, b: a[:16] == b[:16] or a[16:] == b[16:]),
    "zeros mean no commitment": compared(lambda a, b: a == b or not any(b)),
    "committed to the salt alone": committing(lambda key, salt, context: _hash(salt)),
    "committed to the context alone": committing(lambda key, salt, context: _hash(context)),
    "committed to the key alone": committing(lambda key, salt, context: _hash(key)),
    "committed to half the key": committing(lambda key, salt, context: hmac.digest(key[:16], salt + context, "sha256")),
    "committed to the other half": committing(
        lambda key, salt, context: hmac.digest(key[16:], salt + context, "sha256")
    ),
    "committed to key and salt, not the place": committing(lambda key, salt, context: hmac.digest(key, salt, "sha256")),
    "committed to a fixed word": committing(lambda key, salt, context: _hash(b"hozen")),
    "a salt of zeros needs none": header(
        lambda real, key, context, sealed, suite: (
            _derived(key, context, sealed, suite)[0]
            if not any(sealed[:SALT]) and len(key) == 32
            else real(key, context, sealed, suite)
        )
    ),
    "a wrong commitment is not by name": header(
        lambda real, key, context, sealed, suite: _renamed(real, key, context, sealed, suite)
    ),
    "keys are cut to length": _any_length(lambda key: key[:32]),
    "keys are filled with zeros": _any_length(lambda key: key.ljust(32, b"\0")),
    "the AEAD is asked first": header(_aead_first),
    "compared after opening": _afterwards,
    "not compared in one-shot opening": _in_one_door("open_message"),
    "not compared in streamed opening": _in_one_door("open_stream"),
    "all keys ever seen are tried": _two_wraps,
    "the commitment is mended": _mended,
}


def _renamed(real: Any, key: bytes, context: bytes, sealed: memoryview, suite: Any) -> Any:
    try:
        return real(key, context, sealed, suite)
    except WrongCommitment:
        raise DoesNotOpen("something") from None
