"""What a witness reads and says, pure: the request, the proof that a log has grown, key lines, and what a cosignature signs."""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

LOG, COSIGNATURE, COSIGNATURE_PQ = b"\x01", b"\x04", b"\x06"
"""Types of keys (C2SP signed-note, tlog-cosignature): of a log, of a witness in Ed25519, in ML-DSA-44."""
PROOF_LINES = 63
EMPTY = hashlib.sha256(b"").digest()
NAME = re.compile(r"[!-*,-~]+")
DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
DASH = "\N{EM DASH} "


class NotCosigned(Exception):
    """A request that is refused: the HTTP status of tlog-witness, its words, and for 409 the size that was cosigned last."""

    def __init__(self, status: int, words: str, size: int | None = None) -> None:
        super().__init__(words)
        self.status, self.size = status, size

    def answer(self) -> tuple[str, bytes]:
        """(media type, body)."""
        if self.size is not None:
            return "text/x.tlog.size", f"{self.size}\n".encode()
        return "text/plain; charset=utf-8", f"{self}\n".encode()


class Head(NamedTuple):
    """The log had `size` leaves under `root` (32 bytes)."""

    size: int
    root: bytes


class Request(NamedTuple):
    """What add-checkpoint takes. body: the note's text, that is cosigned; signatures: (name, key id and signature)."""

    old: int
    proof: list[bytes]
    origin: str
    head: Head
    body: str
    signatures: list[tuple[str, bytes]]


def parse(data: bytes) -> Request:
    """The request in its one form. Raises NotCosigned 400."""
    try:
        asked, _, note = data.decode().partition("\n\n")
        old, *proof = asked.split("\n")
        body, _, signed = note.partition("\n\n")
        origin, size, root = body.split("\n")
        lines = signed.split("\n")
        head = Head(number(size), bytes_of(root, 32))
        if (
            not old.startswith("old ")
            or len(proof) > PROOF_LINES
            or not NAME.fullmatch(origin)
            or lines.pop()
            or not lines
        ):
            raise ValueError
        said = Request(
            number(old[4:]), [bytes_of(p, 32) for p in proof], origin, head, body + "\n", [_signature(s) for s in lines]
        )
    except ValueError:
        raise NotCosigned(400, "not a request of tlog-witness: old size, proof, empty line, checkpoint") from None
    if said.old > head.size or (said.old == 0 and proof):
        raise NotCosigned(400, "an old size above the checkpoint's, or a proof from nothing")
    if head.size == 0 and head.root != EMPTY:
        raise NotCosigned(400, "not the root of an empty log")
    return said


def number(text: str) -> int:
    if not DECIMAL.fullmatch(text):
        raise ValueError
    return int(text)


def bytes_of(text: str, length: int | None = None) -> bytes:
    """Raises ValueError unless the text is the one base64 of so many bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError from None
    if base64.b64encode(data).decode() != text or (length is not None and len(data) != length):
        raise ValueError
    return data


def _signature(line: str) -> tuple[str, bytes]:
    name, _, signature = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not NAME.fullmatch(name):
        raise ValueError
    return name, bytes_of(signature)


def grows(old: Head, new: Head, proof: Sequence[bytes]) -> bool:
    """Whether the log of `new` begins with the log of `old` (RFC 9162 2.1.4.2)."""
    if old.size == 0:
        return not proof
    if old.size == new.size:
        return not proof and old.root == new.root
    first, last, hashes = old.size - 1, new.size - 1, list(proof)
    while first & 1:
        first, last = first >> 1, last >> 1
    if first and not hashes:
        return False
    before = after = hashes.pop(0) if first else old.root
    for sibling in hashes:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = _node(sibling, before), _node(sibling, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = _node(after, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old.root and after == new.root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def key_id(name: str, kind: bytes, public: bytes) -> bytes:
    """C2SP signed-note: the first four bytes of SHA-256(name, LF, type, key)."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def key_line(name: str, kind: bytes, public: bytes) -> str:
    """The public key as one line: name+hash+key."""
    return f"{name}+{key_id(name, kind, public).hex()}+{base64.b64encode(kind + public).decode()}\n"


def read_key(line: str) -> tuple[str, bytes, bytes]:
    """(name, type, key) of a public key line. Raises ValueError for anything that `key_line` does not make."""
    name, _, rest = line.removesuffix("\n").partition("+")
    data = bytes_of(rest.partition("+")[2])
    if not NAME.fullmatch(name) or key_line(name, data[:1], data[1:]) != line.removesuffix("\n") + "\n":
        raise ValueError("not a public key line")
    return name, data[:1], data[1:]


def message(body: str, at: int) -> bytes:
    """What an Ed25519 cosignature signs. at: POSIX seconds."""
    return f"cosignature/v1\ntime {at}\n{body}".encode()


def message_pq(name: str, origin: str, head: Head, at: int) -> bytes:
    """What an ML-DSA-44 cosignature of a whole log signs (cosigned_message)."""
    named, log = name.encode(), origin.encode()
    return b"".join((
        b"subtree/v1\n\0", bytes([len(named)]), named, at.to_bytes(8, "big"), bytes([len(log)]), log,
        (0).to_bytes(8, "big"), head.size.to_bytes(8, "big"), head.root,
    ))  # fmt: skip
