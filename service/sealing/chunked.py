"""C2SP chunked-encryption (c2sp.org/chunked-encryption, Cobblestone): salt, commitment, chunks of 16 KiB.

    sealed = salt (24 random bytes) || commitment (32) || chunk_0 || ... || chunk_n
    key || base nonce || commitment =
        HKDF-Expand-SHA-512(data key, "c2sp.org/chunked-encryption@v1+" || AEAD || 0x00 || salt || context)

Every chunk holds 16 KiB of plaintext and a 16-byte tag; the last one is always shorter, and may be empty, so a message
cut at a chunk's edge is refused. The nonce of chunk i is the base nonce XOR i; there is no associated data.

Promise: `open_message` gives the whole message or raises; `open_stream` hands on only chunks that were verified, and
raises unless the message was whole. A wrong key, context or salt is found by the commitment, compared in constant time,
before any chunk is decrypted. Not promised: that a salt is never repeated is left to 192 random bits.
"""

import hmac
import os
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.utils import Buffer

CHUNK = 16 * 1024
TAG = 16
SALT = 24
COMMITMENT = 32
NONCE = 12
HEADER = SALT + COMMITMENT
GROUP = 16  # chunks read and written together: 256 KiB, the quickest size for large parts
MAX_CHUNKS = 2**38


@dataclass(frozen=True)
class Suite:
    """An AEAD by its IANA name, and the length in bytes of its key (the data key has the same length)."""

    aead: bytes
    key_length: int


COBBLESTONE_128 = Suite(b"AEAD_AES_128_GCM", 16)
COBBLESTONE_256 = Suite(b"AEAD_AES_256_GCM", 32)


class DoesNotOpen(Exception):
    """Sealed bytes that are not what was sealed: altered, cut, extended, or under another key, place or version."""


class WrongCommitment(DoesNotOpen):
    """The data key, the salt or the context is not the one that sealed; found before any chunk was decrypted."""


class Source(Protocol):
    """A binary file open for reading."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


class Sink(Protocol):
    """A binary file open for writing."""

    def write(self, data: memoryview, /) -> int | None: ...


def sealed_length(length: int) -> int:
    """The length in bytes of the sealed form of a message of `length` bytes."""
    return HEADER + length + (length // CHUNK + 1) * TAG


def seal_message(key: bytes, context: bytes, message: Buffer, suite: Suite = COBBLESTONE_256) -> bytes:
    """Seal a message under a data key that is used for nothing else. Raises ValueError for a key of wrong length."""
    salt = os.urandom(SALT)
    chunks, commitment = _derive(key, salt, context, suite)
    view = memoryview(message).cast("B")
    out = bytearray(sealed_length(view.nbytes))
    out[:SALT], out[SALT:HEADER] = salt, commitment
    chunks.seal(0, view, memoryview(out)[HEADER:], last=True)
    return bytes(out)


def open_message(key: bytes, context: bytes, sealed: Buffer, suite: Suite = COBBLESTONE_256) -> bytes:
    """Open a sealed message, whole. Raises DoesNotOpen (WrongCommitment before any decryption), and nothing else."""
    view = memoryview(sealed).cast("B")
    chunks = _open_header(key, context, view, suite)
    body = view[HEADER:]
    out = bytearray(_message_length(body.nbytes))
    chunks.open(0, body, memoryview(out))
    return bytes(out)


def seal_stream(
    key: bytes,
    context: bytes,
    source: Source,
    sink: Sink,
    suite: Suite = COBBLESTONE_256,
) -> int:
    """Seal all of `source` into `sink`, 256 KiB at a time through two reused buffers; the number of bytes written."""
    salt = os.urandom(SALT)
    chunks, commitment = _derive(key, salt, context, suite)
    put(sink, memoryview(salt + commitment))
    plain, sealed = (
        memoryview(bytearray(GROUP * CHUNK)),
        memoryview(bytearray(GROUP * (CHUNK + TAG))),
    )
    written, index = HEADER, 0
    while True:
        got = fill(source, plain)
        last = got < plain.nbytes
        length = chunks.seal(index, plain[:got], sealed, last=last)
        put(sink, sealed[:length])
        written, index = written + length, index + GROUP
        if last:
            return written


def open_stream(
    key: bytes,
    context: bytes,
    source: Source,
    sink: Sink,
    suite: Suite = COBBLESTONE_256,
) -> int:
    """Open all of `source` into `sink`, 256 KiB at a time; the number of bytes of the message.

    Raises DoesNotOpen. What `sink` then holds is a verified beginning of the message and must be thrown away: write to
    a spool, never to a client.
    """
    header = memoryview(bytearray(HEADER))
    chunks = _open_header(key, context, header[: fill(source, header)], suite)
    plain, sealed = (
        memoryview(bytearray(GROUP * CHUNK)),
        memoryview(bytearray(GROUP * (CHUNK + TAG))),
    )
    total, index = 0, 0
    while True:
        got = fill(source, sealed)
        last = got < sealed.nbytes
        length = _message_length(got) if last else plain.nbytes
        chunks.open(index, sealed[:got], plain[:length])
        put(sink, plain[:length])
        total, index = total + length, index + GROUP
        if last:
            return total


def put(sink: Sink, data: memoryview) -> None:
    """Write all of `data`: an unbuffered file may take less at a time."""
    while data.nbytes:
        data = data[sink.write(data) or 0 :]


def fill(source: Source, view: memoryview) -> int:
    """Read until `view` is full or the source ends; the number of bytes read."""
    filled = 0
    while filled < view.nbytes:
        got = source.readinto(view[filled:])
        if not got:
            break
        filled += got
    return filled


def _message_length(body: int) -> int:
    """The message's length behind `body` bytes of chunks that end with the last one. Raises DoesNotOpen."""
    whole, rest = divmod(body, CHUNK + TAG)
    if rest < TAG:
        raise DoesNotOpen("cut: the last chunk is missing or shorter than its tag")
    return whole * CHUNK + rest - TAG


def _open_header(key: bytes, context: bytes, sealed: memoryview, suite: Suite) -> "_Chunks":
    if sealed.nbytes < HEADER:
        raise DoesNotOpen("cut: shorter than salt and commitment")
    if len(key) != suite.key_length:
        raise WrongCommitment("the data key has another length")
    chunks, commitment = _derive(key, bytes(sealed[:SALT]), context, suite)
    if not hmac.compare_digest(commitment, sealed[SALT:HEADER]):
        raise WrongCommitment("another data key, place or version")
    return chunks


def _derive(key: bytes, salt: bytes, context: bytes, suite: Suite) -> tuple["_Chunks", bytes]:
    """The chunks of a message and its commitment. Raises ValueError for a key of wrong length."""
    if len(key) != suite.key_length:
        raise ValueError(f"a data key of {suite.key_length} bytes is needed")
    info = b"c2sp.org/chunked-encryption@v1+" + suite.aead + b"\x00" + salt + context
    size = suite.key_length
    derived = HKDFExpand(SHA512(), size + NONCE + COMMITMENT, info).derive(key)
    return _Chunks(derived[:size], derived[size : size + NONCE]), derived[size + NONCE :]


class _Chunks:
    """The chunks of one message: its AEAD and base nonce."""

    def __init__(self, key: bytes, base_nonce: bytes) -> None:
        self._aead = AESGCM(key)
        self._base = int.from_bytes(base_nonce, "big")

    def seal(self, index: int, plain: memoryview, out: memoryview, *, last: bool) -> int:
        """Seal `plain` as chunks index, index+1, ...; only the last call may, and must, end with a short chunk."""
        read = written = 0
        ends = plain.nbytes + 1 if last else plain.nbytes
        while read < ends:
            piece = plain[read : read + CHUNK]
            size = piece.nbytes + TAG
            self._aead.encrypt_into(self._nonce(index), piece, None, out[written : written + size])
            read, written, index = read + CHUNK, written + size, index + 1
        return written

    def open(self, index: int, sealed: memoryview, out: memoryview) -> None:
        """Open chunks index, index+1, ... into `out`, which has exactly their length. Raises DoesNotOpen."""
        written = 0
        for start in range(0, sealed.nbytes, CHUNK + TAG):
            piece = sealed[start : start + CHUNK + TAG]
            size = piece.nbytes - TAG
            try:
                self._aead.decrypt_into(self._nonce(index), piece, None, out[written : written + size])
            except InvalidTag:
                out[:] = bytes(out.nbytes)  # decrypt_into leaves unverified plaintext behind
                raise DoesNotOpen("a chunk is not the one that was sealed here") from None
            written, index = written + size, index + 1

    def _nonce(self, index: int) -> bytes:
        if index >= MAX_CHUNKS:
            raise DoesNotOpen("longer than 4 PiB")
        return (self._base ^ index).to_bytes(NONCE, "big")
