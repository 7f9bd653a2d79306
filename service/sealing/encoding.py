"""Length-prefixed fields: the one encoding of every context that is bound to a key.

Promise: injective. Two different lists of fields never give the same bytes, so a value can never be read as part of its
neighbour. It is no serialisation: nothing ever parses it back.
"""

from uuid import UUID

from cryptography.utils import Buffer


def fields(*values: Buffer) -> bytes:
    """The count (4 bytes, big-endian), then each value behind its length (8 bytes, big-endian)."""
    parts = [len(values).to_bytes(4, "big")]
    for value in values:
        said = bytes(value)
        parts += (len(said).to_bytes(8, "big"), said)
    return b"".join(parts)


def optional(value: bytes | None) -> bytes:
    """An absent value differs from an empty one: b"" for None, else a 1 before the value."""
    return b"" if value is None else b"\x01" + value


def uuid_or_none(value: UUID | None) -> bytes | None:
    """The 16 bytes of a UUID, or None."""
    return None if value is None else value.bytes


def number(value: int) -> bytes:
    """A count, version or epoch as 8 bytes, big-endian. Raises OverflowError outside 0..2**64-1."""
    return value.to_bytes(8, "big")
