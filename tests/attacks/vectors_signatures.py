"""Vectors of Ed25519 (PROMISES P13): a note whose signed text is the vector's message."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from service.audit import checkpoint
from tests.attacks.vectors_cases import Case, case_of, from_hex, wycheproof
from tests.shared import shared


class _Text(str):
    """Text that is signed as other bytes."""

    signed: bytes

    def encode(self, *_: Any) -> bytes:  # type: ignore[override]
        return self.signed


def _note_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """As `checkpoint.open_note` says of a note so signed."""
    key = checkpoint.LogKey("vector", public)
    data = base64.b64encode(key.id + signature).decode()
    root = base64.b64encode(bytes(32)).decode()
    note = f"vector\n1\n{root}\n\n\u2014 vector {data}\n"

    def body(self: checkpoint.Checkpoint) -> str:
        text = _Text("")
        text.signed = message
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint.Checkpoint, "body", body)
        try:
            checkpoint.open_note(note, key)
        except ValueError:
            return False
        return True


def ed25519() -> Iterator[Case]:
    for group, test in wycheproof("ed25519"):
        public = bytes.fromhex(group["publicKey"]["pk"])
        yield case_of(
            "ed25519", test, lambda test=test, public=public: _note_holds(public, *from_hex(test, "msg", "sig"))
        )


def ed25519_corners() -> Iterator[Case]:
    """CCTV. The equation without cofactor, R compared as bytes: a low-order residue or an R in a second form is refused, all else taken."""
    for vector in json.loads(shared("vectors/cctv/ed25519/ed25519vectors.json").read_text()):
        flags = set(vector["flags"] or ())
        valid = not flags & {"low_order_residue", "non_canonical_R"}
        public, signature = bytes.fromhex(vector["key"]), bytes.fromhex(vector["sig"])
        message = vector["msg"].encode()
        run = lambda public=public, message=message, signature=signature: _note_holds(public, message, signature)
        yield Case(f"ed25519 corner {vector['number']}", valid, run, vector)
