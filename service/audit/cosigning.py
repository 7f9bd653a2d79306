"""The newest signed head brought to a witness (C2SP tlog-witness), and what it answered kept as a note of its own.

What must hold: a note that is kept bears the log's signature and a cosignature that the witness's key made over this very head. A log that
is behind what was witnessed, or beside it, is named and never mended. Not promised: that anybody looks at what is kept; that the database
shows the witness what it shows an auditor: he compares a kept note with his bundle.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from service.audit.checkpoint import LogKey, open_note
from service.audit.export import Head, head
from service.audit.tree import DoesNotVerify, Frontier, consistency_proof
from service.audit.witness.statement import (
    COSIGNATURE,
    COSIGNATURE_PQ,
    DASH,
    bytes_of,
    key_id,
    message,
    message_pq,
    read_key,
)
from service.audit.witness.statement import Head as Witnessed
from service.store import Connection, Store

HASHES = "select hash from leaves where idx >= $1 and idx < $2 order by idx"
LENGTHS = {COSIGNATURE: 64, COSIGNATURE_PQ: 2420}


class LogBehind(Exception):
    """The witness cosigned more leaves than the newest signed head has: the database was put back."""


class LogForked(Exception):
    """The witness cosigned another log: its head is not one that this log ever had."""


class NoCosignature(ValueError):
    """The answer holds no cosignature of this witness over this head."""


@dataclass(frozen=True)
class Cosigned:
    """A kept note, and when its witness cosigned it."""

    note: str
    size: int
    at: datetime


@dataclass(frozen=True)
class WitnessKey:
    """A witness's public key line."""

    name: str
    kind: bytes
    public: bytes

    @classmethod
    def parse(cls, line: str) -> "WitnessKey":
        """Raises ValueError for what is no public key line of a witness."""
        name, kind, public = read_key(line)
        if kind not in LENGTHS:
            raise ValueError("not the public key line of a witness")
        return cls(name, kind, public)

    def holds(self, signature: bytes, note: str, log: LogKey) -> datetime | None:
        """When this key cosigned the note's head with these bytes (key id, time, signature); None where it did not."""
        top = open_note(note, log)
        if signature[:4] != key_id(self.name, self.kind, self.public) or len(signature) != 12 + LENGTHS[self.kind]:
            return None
        at = int.from_bytes(signature[4:12], "big")
        try:
            if self.kind == COSIGNATURE:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature[12:], message(top.body(), at))
            else:
                signed = message_pq(self.name, top.origin, Witnessed(top.size, top.root), at)
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signature[12:], signed)
            return datetime.fromtimestamp(at, UTC)
        except (InvalidSignature, OverflowError, ValueError, OSError):
            return None


async def request(store: Store, old: int) -> tuple[Head, bytes]:
    """The newest head, and a request to cosign it after the head of `old` leaves. Raises Refusal no-checkpoint, LogBehind."""
    top = await head(store)
    if old > top.size:
        raise LogBehind(f"the witness cosigned {old} leaves, the log has {top.size}")
    async with store.snapshot() as connection:
        proof = await _proof(connection, old, top.size) if 0 < old < top.size else []
    lines = [f"old {old}", *(base64.b64encode(h).decode() for h in proof), "", top.note]
    return top, "\n".join(lines).encode()


async def _proof(connection: Connection, old: int, size: int) -> Sequence[bytes]:
    """The consistency proof, the hash of each subtree that it needs from its leaves, in one pass over each."""
    needed: dict[bytes, tuple[int, int]] = {}

    def name(start: int, stop: int) -> bytes:
        mark = len(needed).to_bytes(32, "big")
        needed[mark] = (start, stop)
        return mark

    return [await _hash(connection, *needed[mark]) for mark in consistency_proof(0, old, size, name)]


async def _hash(connection: Connection, start: int, stop: int) -> bytes:
    """The tree hash of [start, stop). Raises DoesNotVerify where leaves are missing."""
    edge = Frontier()
    async for row in connection.cursor(HASHES, start, stop, prefetch=1000):
        edge.append(row["hash"])
    if edge.size != stop - start:
        raise DoesNotVerify("leaves are missing")
    return edge.root()


def kept(note: str, answer: str, log: LogKey, keys: Sequence[WitnessKey]) -> Cosigned:
    """The note with those lines of the answer that one of the witness's keys made. Raises NoCosignature, WrongSignature, NotACheckpoint."""
    top, lines, at = open_note(note, log), [], None
    for line in answer.splitlines(keepends=True):
        name, _, signature = line.removeprefix(DASH).partition(" ")
        try:
            data = bytes_of(signature.removesuffix("\n"))
        except ValueError:
            continue
        times = [when for key in keys if key.name == name and (when := key.holds(data, note, log))]
        if line.startswith(DASH) and line.endswith("\n") and times:
            lines.append(line)
            at = times[0]
    if at is None:
        raise NoCosignature("no cosignature of this witness over this head")
    return Cosigned(note + "".join(lines), top.size, at)


def last_kept(folder: Path) -> int:
    """The greatest size of the notes in a folder of kept ones; 0 for none."""
    return max((int(p.stem) for p in folder.glob("*.note") if p.stem.isdigit()), default=0)
