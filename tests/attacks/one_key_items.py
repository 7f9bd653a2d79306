"""Ciphertexts made to open under two keys, and wrapped keys exchanged (PROMISES P9).

Each salamander is proved to be one first: raw AES-GCM opens it under both keys. Then the service must refuse the second key by the
commitment, and before its AEAD has been asked anything. Raw AES-GCM here is the library's own; the two-key arithmetic is tests/sealing.
"""

import hashlib
import io
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.keyholder import keys
from service.sealing import chunked, envelope, wrap
from service.sealing.chunked import DoesNotOpen, WrongCommitment
from tests.attacks import oracle_envelope as oracle
from tests.attacks.oracle_envelope import BODY, HEAD, SALT
from tests.sealing.makes import Pair, pair, place
from tests.sealing.salamander import two_key_ciphertext


@dataclass(frozen=True)
class Salamander:
    """Sealed bytes whose one chunk is valid under both (data key, version of the place); `first` is the one committed to."""

    sealed: bytes
    first: tuple[bytes, int]
    second: tuple[bytes, int]
    plains: tuple[bytes, bytes]


def context(version: int) -> bytes:
    where = place(version=version)
    return oracle.Where(where.root, where.kind, where.case, where.part, where.code, version).context()


def _with(salt: bytes, first: tuple[bytes, int], second: tuple[bytes, int], blocks: int) -> Salamander:
    sides = [oracle.derived(key, salt, context(version)) for key, version in (first, second)]
    body, plains = two_key_ciphertext([(key, oracle.nonce(base, 0)) for key, base, _ in sides], blocks)
    return Salamander(HEAD + salt + sides[0][2] + body, first, second, (plains[0], plains[1]))


def _ground(rng: random.Random, agree: Callable[[bytes, bytes], bool]) -> tuple[bytes, bytes, bytes]:
    """(salt, two keys) whose commitments agree as far as `agree` looks: found by trying salts."""
    one, two = rng.randbytes(32), rng.randbytes(32)
    while True:
        salt = rng.randbytes(SALT)
        if agree(*(oracle.derived(key, salt, context(1))[2] for key in (one, two))):
            return salt, one, two


def _pair_of(kind: str, rng: random.Random) -> tuple[bytes, tuple[bytes, int], tuple[bytes, int]]:
    """(salt, first, second) of one way in which two keys may be related."""
    salt, one, two = rng.randbytes(SALT), rng.randbytes(32), rng.randbytes(32)
    match kind:
        case "first half shared":
            two = one[:16] + two[16:]
        case "second half shared":
            two = two[:16] + one[16:]
        case "one bit apart":
            two = _one_bit(one, rng)
        case "same key, another version":
            return salt, (one, 1), (one, 2)
        case "another key and version":
            return salt, (one, 1), (two, 2)
        case "first byte ground":
            salt, one, two = _ground(rng, lambda a, b: a[0] == b[0])
        case "last byte ground":
            salt, one, two = _ground(rng, lambda a, b: a[-1] == b[-1])
        case "sum ground":
            salt, one, two = _ground(rng, lambda a, b: sum(a) % 256 == sum(b) % 256)
        case "salt of zeros":
            salt = bytes(SALT)
        case "key ends in zero":
            one = one[:31] + b"\x00"
    return salt, (one, 1), (two, 1)


def _one_bit(key: bytes, rng: random.Random) -> bytes:
    changed = bytearray(key)
    changed[rng.randrange(32)] ^= 1 << rng.randrange(8)
    return bytes(changed)


KINDS = (
    "unrelated", "first half shared", "second half shared", "one bit apart", "same key, another version", "another key and version",
    "first byte ground", "last byte ground", "sum ground", "salt of zeros", "key ends in zero",
)  # fmt: skip


def salamander(kind: str, rng: random.Random, blocks: int) -> Salamander:
    """One of a kind, proved to open under both of its keys by raw AES-GCM. Raises AssertionError, InvalidTag."""
    made = _with(*_pair_of(kind, rng), blocks)
    for (key, version), plain in zip((made.first, made.second), made.plains, strict=True):
        aes, base, _ = oracle.derived(key, made.sealed[2 : 2 + SALT], context(version))
        assert AESGCM(aes).decrypt(oracle.nonce(base, 0), made.sealed[BODY:], None) == plain
    assert made.plains[0] != made.plains[1]
    return made


EIGHT = tuple((kind, blocks) for kind, blocks in zip(KINDS, (1, 2, 3, 16, 64, 100, 128, 255), strict=False))
"""One of each of the first kinds, from one block of 16 bytes to 255."""


@contextmanager
def counted() -> Iterator[list[int]]:
    """How often the AEAD of sealed parts was asked to open anything, meanwhile."""
    asked, real = [0], chunked.AESGCM

    class Counting:
        def __init__(self, key: bytes) -> None:
            self._aead = real(key)

        def encrypt_into(self, *args: Any) -> int:
            return self._aead.encrypt_into(*args)

        def decrypt_into(self, *args: Any) -> int:
            asked[0] += 1
            return self._aead.decrypt_into(*args)

        def decrypt(self, *args: Any) -> bytes:
            asked[0] += 1
            return self._aead.decrypt(*args)

    chunked.AESGCM = Counting  # type: ignore[assignment,misc]
    try:
        yield asked
    finally:
        chunked.AESGCM = real  # type: ignore[misc]


def refused_before_the_aead(sealed: bytes, key: bytes, version: int) -> str | None:
    """Through every door; what went wrong, or None."""
    doors: dict[str, Callable[[], object]] = {
        "open_sealed": lambda: envelope.open_sealed(sealed, key, place(version=version)),
        "open_stream": lambda: envelope.open_stream(io.BytesIO(sealed), key, place(version=version), io.BytesIO()),
        "open_message": lambda: chunked.open_message(key, context(version), sealed[2:]),
        "chunked.open_stream": lambda: chunked.open_stream(key, context(version), io.BytesIO(sealed[2:]), io.BytesIO()),
    }
    for name, door in doors.items():
        with counted() as asked:
            try:
                door()
                return f"{name}: a second key opened it"
            except WrongCommitment:
                pass
            except DoesNotOpen:
                return f"{name}: refused, but not by the commitment"
        if asked[0]:
            return f"{name}: the AEAD was asked before it was refused"
    return None


def tried(made: Salamander, rng: random.Random) -> str | None:
    """The second key on what is committed to the first; the first where the commitment was put to that of the second; and others."""
    key, version = made.first
    assert chunked.open_message(key, context(version), made.sealed[2:]) == made.plains[0], "the first key opens it"
    fault = refused_before_the_aead(made.sealed, *made.second)
    salt = made.sealed[2 : 2 + SALT]
    other = oracle.derived(made.second[0], salt, context(made.second[1]))[2]
    for commitment, (key, version) in (
        (other, made.first),
        (bytes(32), made.second),
        (_both(made.sealed[2 + SALT : BODY], other), made.second),
        (_both(other, made.sealed[2 + SALT : BODY]), made.second),
        (hashlib.sha512(salt).digest()[:32], made.second),
    ):
        changed = made.sealed[: 2 + SALT] + commitment + made.sealed[BODY:]
        fault = fault or refused_before_the_aead(changed, key, version)
    longer = (made.first[0] + rng.randbytes(1), made.first[0][:31], made.first[0] + bytes(32), b"")
    for key in longer:
        fault = fault or refused_before_the_aead(made.sealed, key, made.first[1])
    return fault


def committed_by_the_service(made: Salamander) -> Salamander:
    """With the commitment that the service itself, weaker or not, makes for the first key."""
    key, version = made.first
    salt = made.sealed[2 : 2 + SALT]
    _, commitment = chunked._derive(key, salt, context(version), chunked.COBBLESTONE_256)
    return replace(made, sealed=HEAD + salt + commitment + made.sealed[BODY:])


def _both(one: bytes, two: bytes) -> bytes:
    """Half of one commitment and half of the other."""
    return one[:16] + two[16:]


class Wraps:
    """Parts at one place under one label, and their wrapped keys: each wrap is lawful where it stands, only not for that content."""

    def __init__(self, count: int) -> None:
        self.to: Pair = pair()
        self.place = place()
        self.vault = _OneKey(self.to)
        self.sealed = [envelope.seal(bytes([n % 256]) * 20, self.place, self.to.key) for n in range(count)]

    def exchanged(self, rng: random.Random) -> str | None:
        """One part under the wrapped key of another, or under a key that anybody wrapped for this place."""
        mine, other = rng.sample(self.sealed, 2)
        wrapped = other.wrapped if rng.randrange(2) else wrap.wrap(rng.randbytes(32), self.to.key, self.place)
        row = keys.WrappedKey(wrapped, self.to.key.key_id, self.to.key.label, self.to.key.compartment)
        key = keys.open_data_key(self.vault, row, self.place)  # type: ignore[arg-type]
        return refused_before_the_aead(mine.sealed, key, self.place.version)


class _OneKey:
    """The part of a vault that `open_data_key` uses, over one pair of keys."""

    def __init__(self, to: Pair) -> None:
        self._pair = to

    def label_keys(self) -> wrap.LabelKeys:
        return wrap.LabelKeys(self._pair.key.root, [self._pair.key])

    def unwrap(self, key_id: UUID, wrapped: bytes, info: bytes) -> bytes:
        return keys.unwrap(self._pair.private.private, wrapped, info)
