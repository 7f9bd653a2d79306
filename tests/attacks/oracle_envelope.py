"""Another reading of the sealed envelope, for the attacks alone: from the format's text and raw AES-GCM, no line of the service.

It seals with a chosen salt, key, padding and context, so that an attack can make what no honest sealer makes, and opens what it is told
to be sound. HKDF is written out here; tests/attacks/test_vectors.py runs it against the published vectors.
"""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HEAD = b"\x01\x01"
CHUNK, TAG, SALT, COMMITMENT = 16384, 16, 24, 32
PIECE = CHUNK + TAG
BODY = len(HEAD) + SALT + COMMITMENT
"""Where the first chunk begins in a sealed part."""


def extract(salt: bytes, secret: bytes, name: str) -> bytes:
    """RFC 5869, 2.2."""
    return hmac.new(salt or bytes(hashlib.new(name).digest_size), secret, name).digest()


def expand(key: bytes, info: bytes, length: int, name: str) -> bytes:
    """RFC 5869, 2.3. Raises ValueError for more than 255 blocks."""
    block, out, number = b"", b"", 1
    while len(out) < length:
        block = hmac.new(key, block + info + bytes([number]), name).digest()
        out, number = out + block, number + 1
    return out[:length]


def listed(*values: bytes) -> bytes:
    """Count, then each value behind its length."""
    return len(values).to_bytes(4, "big") + b"".join(len(v).to_bytes(8, "big") + v for v in values)


@dataclass(frozen=True)
class Where:
    """A place, in plain values."""

    root: bytes
    kind: str
    case: UUID
    part: UUID
    code: str
    version: int

    def context(self) -> bytes:
        ids = (self.case.bytes, self.part.bytes)
        number = self.version.to_bytes(8, "big")
        return listed(b"hozen content", HEAD, self.root, self.kind.encode(), *ids, self.code.encode(), number)


def derived(data_key: bytes, salt: bytes, context: bytes) -> tuple[bytes, int, bytes]:
    """(AES key, base nonce, commitment)."""
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00" + salt + context
    out = expand(data_key, info, 76, "sha512")
    return out[:32], int.from_bytes(out[32:44], "big"), out[44:]


def nonce(base: int, index: int) -> bytes:
    return (base ^ index).to_bytes(12, "big")


def padded(content: bytes) -> bytes:
    """Behind its length, filled with zeros up to its class."""
    inner = len(content).to_bytes(8, "big") + content
    size = next(c for c in _classes() if c >= len(inner))
    return inner.ljust(size, b"\x00")


def _classes():  # type: ignore[no-untyped-def]
    yield from range(1024, 16385, 1024)
    low = 16384
    while True:
        yield from range(low + low // 16, 2 * low + 1, low // 16)
        low *= 2


def seal(data_key: bytes, context: bytes, plain: bytes, salt: bytes, head: bytes = HEAD) -> bytes:
    """A sealed part over any padded bytes at all."""
    key, base, commitment = derived(data_key, salt, context)
    aead, out = AESGCM(key), head + salt + commitment
    for index in range(len(plain) // CHUNK + 1):
        out += aead.encrypt(nonce(base, index), plain[index * CHUNK : (index + 1) * CHUNK], None)
    return out


def opened(data_key: bytes, context: bytes, sealed: bytes) -> bytes | None:
    """The content of a sound part; None for anything else."""
    key, base, commitment = derived(data_key, sealed[2 : 2 + SALT], context)
    if sealed[:2] != HEAD or sealed[2 + SALT : BODY] != commitment:
        return None
    aead, plain, body = AESGCM(key), b"", sealed[BODY:]
    try:
        for index in range(len(body) // PIECE + 1):
            plain += aead.decrypt(nonce(base, index), body[index * PIECE : (index + 1) * PIECE], None)
    except InvalidTag:
        return None
    content = plain[8 : 8 + int.from_bytes(plain[:8], "big")]
    return content if padded(content) == plain else None
