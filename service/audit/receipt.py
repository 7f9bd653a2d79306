"""The receipt of a filing: what the applicant keeps, and can check offline with nothing but the log's public key.

    hozen/<root>/receipt
    <case, 32 hex digits>
    <SHA-256 leaf hash of the record (RFC 6962 2.1), base64>

is signed by the log's key as a C2SP signed note, at once. The record's own `digest` is SHA-256 of the manifest: the canonical JSON that
lists each document with its size and SHA-256, and what was said with them.

Promise: `verify` returns only for a receipt whose record stood in the store of the service that holds the key, for this case, with exactly
these documents. Not promised: that the record still stands there. Whoever holds a receipt can ask; a log without its leaf is bent.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.audit.checkpoint import SIGNATURE_MARK, LogKey, NotACheckpoint, bytes_of
from service.audit.leaf import NotARecord, Record, decode, leaf_hash

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that reads like a digit."""


class NotAReceipt(ValueError):
    """A file that is no receipt, or one that does not hold; the message says which of its statements fails."""


@dataclass(frozen=True)
class Holds:
    """What a receipt that holds proves."""

    number: str
    record: Record
    manifest: Mapping[str, Any]


def number_of(case: bytes) -> str:
    """The number on a receipt, for speaking and writing: 60 bits of the case's id, in groups; it tells nothing of how many there are."""
    value = int.from_bytes(hashlib.sha256(b"hozen receipt\0" + case).digest()[:8], "big") >> 4
    digits = "".join(ALPHABET[value >> shift & 31] for shift in range(55, -1, -5))
    return "-".join(digits[i : i + 4] for i in range(0, 12, 4))


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The manifest's one encoding, whose SHA-256 is the record's digest."""
    return orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)


def text(origin: str, case: str, leaf: bytes) -> str:
    """The text that is signed. origin: of the log's checkpoints; case: 32 hex digits; leaf: 32 bytes."""
    return f"{origin}/receipt\n{case}\n{base64.b64encode(leaf).decode()}\n"


def signed(origin: str, case: str, leaf: bytes, public: bytes, signer: Callable[[bytes], bytes]) -> str:
    """The signed note."""
    body = text(origin, case, leaf)
    signature = LogKey(origin, public).id + signer(body.encode())
    return f"{body}\n{SIGNATURE_MARK}{origin} {base64.b64encode(signature).decode()}\n"


def verify(receipt: Mapping[str, Any], key: LogKey) -> Holds:
    """Check a receipt's statements against each other and its signature. Raises NotAReceipt."""
    try:
        data = bytes_of(receipt["record"])
        manifest, number, note = dict(receipt["manifest"]), str(receipt["number"]), str(receipt["note"])
        record = decode(data)
    except (KeyError, TypeError, ValueError, NotACheckpoint, NotARecord):
        raise NotAReceipt("not a receipt: number, manifest, record or note is missing or malformed") from None
    if record.case is None or record.outcome != "allowed":
        raise NotAReceipt("the record is not one of an act that was done on a case")
    _signature(note, text(key.name, record.case.hex, leaf_hash(data)), key)
    if hashlib.sha256(manifest_bytes(manifest)).hexdigest() != record.digest:
        raise NotAReceipt("the documents listed are not those that the record names")
    if number != number_of(record.case.bytes):
        raise NotAReceipt("the number is not that of the case")
    return Holds(number, record, manifest)


def _signature(note: str, expected: str, key: LogKey) -> None:
    body, mark, line = note.partition(f"\n{SIGNATURE_MARK}")
    found = re.fullmatch(r"(\S+) (\S+)\n", line)
    if not mark or found is None or body != expected or found[1] != key.name:
        raise NotAReceipt("the note is not one over this record, by this log")
    try:
        data = bytes_of(found[2])
        if data[:4] != key.id:
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(key.public).verify(data[4:], expected.encode())
    except (InvalidSignature, NotACheckpoint):
        raise NotAReceipt("the signature does not hold under this key") from None
