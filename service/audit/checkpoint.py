"""The signed head of the record: a C2SP tlog-checkpoint in a C2SP signed note, with Ed25519.

Promise: `open_note` returns a checkpoint only if its one valid text was signed by the key given; a note has exactly one accepted
encoding (no extension lines, minimal base64, LF only). Not promised: that the checkpoint is the newest, or the only one of its size;
that takes witnesses and the checkpoints that an auditor kept.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
SIGNATURE_MARK = "\N{EM DASH} "
NAME = re.compile(r"[!-*,-~]+")  # printable ASCII without space and plus
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NotACheckpoint(ValueError):
    """Text that is not a checkpoint note, or not a key line, in its one valid form."""


class WrongSignature(ValueError):
    """The note bears no valid signature of the key given."""


@dataclass(frozen=True)
class Checkpoint:
    """The log `origin` had `size` leaves under `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


@dataclass(frozen=True)
class LogKey:
    """A log's public key under its name (the origin of its checkpoints)."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Signed note: the first four bytes of SHA-256(name, LF, type, key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def line(self) -> str:
        """The verifier key as one line: name+hash+key. A public key file is this line."""
        return f"{self.name}+{self.id.hex()}+{_base64(ED25519 + self.public)}\n"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Raises NotACheckpoint for anything that `line` does not make."""
        parts = line.split("+", 2)
        data = bytes_of(parts[2].removesuffix("\n")) if len(parts) == 3 else b""
        if not NAME.fullmatch(parts[0]) or len(data) != 33 or data[:1] != ED25519:
            raise NotACheckpoint("not a public key line")
        key = cls(parts[0], data[1:])
        if key.line() != line:
            raise NotACheckpoint("not a public key line")
        return key

    @classmethod
    def of(cls, name: str, key: Ed25519PrivateKey) -> Self:
        return cls(name, key.public_key().public_bytes_raw())


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The signed note. Raises NotACheckpoint where no note could say this."""
    return signed(checkpoint, key.public_key().public_bytes_raw(), key.sign)


def signed(checkpoint: Checkpoint, public: bytes, signer: Callable[[bytes], bytes]) -> str:
    """As `sign`, by a signer that keeps its key to itself. Raises NotACheckpoint where no note could say this."""
    body = checkpoint.body()
    if _checkpoint(body) != checkpoint:
        raise NotACheckpoint("origin, size or root")
    name = checkpoint.origin
    signature = LogKey(name, public).id + signer(body.encode())
    return f"{body}\n{SIGNATURE_MARK}{name} {_base64(signature)}\n"


def open_note(note: str, key: LogKey) -> Checkpoint:
    """The checkpoint of a note with exactly one signature, made by `key`. Raises NotACheckpoint, WrongSignature."""
    checkpoint, name, signature = _parts(note)
    if checkpoint.origin != key.name or name != key.name or signature[:4] != key.id:
        raise WrongSignature("signed by another key")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], checkpoint.body().encode())
    except InvalidSignature:
        raise WrongSignature("the signature does not hold") from None
    return checkpoint


def claimed(note: str) -> Checkpoint:
    """What a note says, its signature unread: nothing to rely on. Raises NotACheckpoint."""
    return _parts(note)[0]


def _parts(note: str) -> tuple[Checkpoint, str, bytes]:
    """(checkpoint, name of the signer, key id and signature)."""
    body, mark, signed = note.partition(f"\n\n{SIGNATURE_MARK}")
    name, _, signature = signed.removesuffix("\n").partition(" ")
    checkpoint = _checkpoint(body + "\n")
    data = bytes_of(signature)
    if not mark or not signed.endswith("\n") or not NAME.fullmatch(name) or len(data) != 68:
        raise NotACheckpoint("not one signature line")
    return checkpoint, name, data


def _checkpoint(body: str) -> Checkpoint:
    lines = body.split("\n")
    if len(lines) != 4 or lines[3] or not NAME.fullmatch(lines[0]) or not SIZE.fullmatch(lines[1]):
        raise NotACheckpoint("not a checkpoint of three lines")
    root = bytes_of(lines[2])
    if len(root) != 32:
        raise NotACheckpoint("not a root hash")
    return Checkpoint(lines[0], int(lines[1]), root)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def bytes_of(text: str) -> bytes:
    """Raises NotACheckpoint unless the text is the one base64 of some bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotACheckpoint("not base64") from None
    if _base64(data) != text:
        raise NotACheckpoint("not minimal base64")
    return data
