"""Wrapping data keys to the public key of a label, and the file that lists these public keys.

Hybrid HPKE (RFC 9180): KEM MLKEM768-X25519, KDF HKDF-SHA256, AEAD AES-256-GCM. A wrapped data key has 1,168 bytes.
Promise: a wrapped key opens only under the private key of its label key, and only when label, compartment, key id, key
epoch, root and place are those it was wrapped for: all of them are the HPKE `info`. Public keys only: this module can
wrap and can never unwrap.
Not promised: that the file of public keys is the keyholder's. It is trusted like the program itself; `LabelKeys.load`
only refuses a file that others than its owner may write.
"""

import base64
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PublicKey,
    Suite,
)

from service.sealing.encoding import fields, number, optional

if TYPE_CHECKING:
    from service.sealing.envelope import Place

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
RootKind = Literal["demo", "real"]
_MLKEM = 1184
_ROOT = re.compile(rb"(demo|real)-[0-9a-f]{32}")
_NAME = re.compile(r"[a-z0-9_-]{1,32}")


class WrongRoot(Exception):
    """Keys, files or places of two different roots were brought together; demo and real never mix."""


class NoSuchKey(Exception):
    """No public key for this label and compartment, or with this id, in the file."""


def root_kind(root: bytes) -> RootKind:
    """The kind that a root id states, `demo-` or `real-` and 32 hexadecimal digits. Raises WrongRoot."""
    if not _ROOT.fullmatch(root):
        raise WrongRoot("a root id begins with demo- or real-")
    return "demo" if root.startswith(b"demo-") else "real"


@dataclass(frozen=True)
class LabelKey:
    """The public key of a label, or of a compartment within it, in one epoch of one root.

    public: 1,184 bytes of ML-KEM-768 and 32 of X25519. Raises ValueError for a name or key that is none.
    """

    root: bytes
    key_id: UUID
    label: str
    compartment: str | None
    epoch: int
    public: bytes

    def __post_init__(self) -> None:
        root_kind(self.root)
        for name in (
            self.label,
            *([] if self.compartment is None else [self.compartment]),
        ):
            if not _NAME.fullmatch(name):
                raise ValueError("a label or compartment is 1 to 32 of a-z, 0-9, - and _")
        _ = self.key  # a key that does not parse is refused here, not at the first use

    @cached_property
    def key(self) -> MLKEM768X25519PublicKey:
        """The key as the library's object, parsed once."""
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.public[:_MLKEM]),
            X25519PublicKey.from_public_bytes(self.public[_MLKEM:]),
        )

    def info(self, place: "Place") -> bytes:
        """What a wrap of a data key of `place` to this key is bound to (HPKE `info`). Raises WrongRoot."""
        if place.root != self.root:
            raise WrongRoot("the place belongs to another root")
        compartment = None if self.compartment is None else self.compartment.encode()
        return fields(
            b"hozen wrap v1",
            self.root,
            self.label.encode(),
            optional(compartment),
            self.key_id.bytes,
            number(self.epoch),
            place.context(),
        )


def wrap(data_key: bytes, public_key: LabelKey, place: "Place") -> bytes:
    """The data key of `place`, for the holder of this label's private key only. Raises WrongRoot."""
    return SUITE.encrypt(data_key, public_key.key, public_key.info(place))


class LabelKeys:
    """The public keys of one root, by label and by id.

    Raises WrongRoot when a key is of another root, ValueError when an id, or a label, compartment and epoch, is double.
    """

    def __init__(self, root: bytes, keys: Iterable[LabelKey]) -> None:
        self.root = root
        self.kind = root_kind(root)
        self._by_id: dict[UUID, LabelKey] = {}
        self._by_label: dict[tuple[str, str | None], dict[int, LabelKey]] = {}
        for key in keys:
            self._add(key)

    def _add(self, key: LabelKey) -> None:
        if key.root != self.root:
            raise WrongRoot("a label key of another root")
        epochs = self._by_label.setdefault((key.label, key.compartment), {})
        if key.key_id in self._by_id or key.epoch in epochs:
            raise ValueError("a label key is listed twice")
        self._by_id[key.key_id] = epochs[key.epoch] = key

    def __iter__(self) -> Iterator[LabelKey]:
        return iter(self._by_id.values())

    def newest(self, label: str, compartment: str | None = None) -> LabelKey:
        """The key of the highest epoch of a label. Raises NoSuchKey."""
        epochs = self._by_label.get((label, compartment))
        if not epochs:
            raise NoSuchKey(f"no key for label {label} and compartment {compartment}")
        return epochs[max(epochs)]

    def by_id(self, key_id: UUID) -> LabelKey:
        """The key with this id. Raises NoSuchKey."""
        try:
            return self._by_id[key_id]
        except KeyError:
            raise NoSuchKey(f"no key {key_id}") from None

    def dumps(self) -> str:
        """The public keys file, as JSON."""
        keys = [
            {
                "key_id": str(key.key_id),
                "label": key.label,
                "compartment": key.compartment,
                "epoch": key.epoch,
                "public": base64.b64encode(key.public).decode(),
            }
            for key in self._by_id.values()
        ]
        return json.dumps({"root": self.root.decode(), "kind": self.kind, "keys": keys}, indent=1) + "\n"

    @classmethod
    def loads(cls, text: str) -> "LabelKeys":
        """Read the public keys file. Raises ValueError for a file that is none, WrongRoot when kind and root differ."""
        try:
            file = json.loads(text)
            root = file["root"].encode("ascii")
            keys = cls(root, [_key_from(root, entry) for entry in file["keys"]])
            stated = file["kind"]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"not a file of label keys: {error}") from None
        if stated != keys.kind:
            raise WrongRoot("the file states another kind than its root")
        return keys

    @classmethod
    def load(cls, path: Path) -> "LabelKeys":
        """As `loads`, from a file that only its owner may write. Raises PermissionError otherwise."""
        with path.open(encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o022:
                raise PermissionError(f"{path.name}: others than its owner may write it")
            return cls.loads(file.read())


def _key_from(root: bytes, entry: dict[str, str]) -> LabelKey:
    return LabelKey(
        root,
        UUID(entry["key_id"]),
        entry["label"],
        entry["compartment"],
        int(entry["epoch"]),
        base64.b64decode(entry["public"], validate=True),
    )
