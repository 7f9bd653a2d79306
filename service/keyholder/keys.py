"""Private keys: how they are derived, how a data key is unwrapped, and how it is re-wrapped to another label.

Promise: this module is the only one in the service that can unwrap a data key (a test reads the imports of the rest).
A data key unwraps only when the row's label and compartment are those of the key it is wrapped to, so an edited label
column opens nothing. Every purpose has a key of its own, derived under the root's id; keys of two roots share nothing.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.sealing.encoding import fields
from service.sealing.envelope import DATA_KEY, Place
from service.sealing.wrap import SUITE, LabelKey, NoSuchKey, WrongRoot, wrap

if TYPE_CHECKING:
    from service.keyholder.vaults import Vault

_SEED = 64
_X25519 = 32


class DoesNotUnwrap(Exception):
    """A wrapped data key that is not the one for this place, label, compartment and key, or was altered."""


@dataclass(frozen=True)
class WrappedKey:
    """A stored row's claim: the wrapped data key, the id of the key it is wrapped to, and the row's label columns."""

    wrapped: bytes
    key_id: UUID
    label: str
    compartment: str | None


def derive(secret: bytes, root: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose of one root (HKDF-SHA256; root id and purpose in `info`)."""
    return HKDF(hashes.SHA256(), 32, None, fields(b"hozen key v1", root, purpose.encode())).derive(secret)


@dataclass(frozen=True, repr=False)
class LabelPair:
    """The private half of a label key. `secret` is 64 bytes of ML-KEM-768 seed and 32 of X25519."""

    secret: bytes
    private: MLKEM768X25519PrivateKey
    public: bytes

    @classmethod
    def generate(cls) -> "LabelPair":
        """A new pair from the system's random source."""
        raw = X25519PrivateKey.generate().private_bytes_raw()
        return cls.load(MLKEM768PrivateKey.generate().private_bytes_raw() + raw)

    @classmethod
    def load(cls, secret: bytes) -> "LabelPair":
        """The pair of a stored secret. Raises ValueError for a secret of wrong length."""
        mlkem = MLKEM768PrivateKey.from_seed_bytes(secret[:_SEED])
        x25519 = X25519PrivateKey.from_private_bytes(secret[_SEED:])
        public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        return cls(secret, MLKEM768X25519PrivateKey(mlkem, x25519), public)


def unwrap(private: MLKEM768X25519PrivateKey, wrapped: bytes, info: bytes) -> bytes:
    """The data key of 32 bytes. Raises DoesNotUnwrap, and nothing else."""
    try:
        data_key = SUITE.decrypt(wrapped, private, info)
    except (InvalidTag, ValueError):
        raise DoesNotUnwrap("another place, label, compartment or key") from None
    if len(data_key) != DATA_KEY:
        raise DoesNotUnwrap("a data key has 32 bytes")
    return data_key


def open_data_key(vault: "Vault", row: WrappedKey, place: Place) -> bytes:
    """The data key of a stored part version, to be released after the decision and its record.

    Raises DoesNotUnwrap, also when the row's label or compartment is not that of the key it names.
    """
    try:
        key = vault.label_keys().by_id(row.key_id)
        info = key.info(place)
    except (NoSuchKey, WrongRoot) as error:
        raise DoesNotUnwrap(str(error)) from None
    if (key.label, key.compartment) != (row.label, row.compartment):
        raise DoesNotUnwrap("the row's label is not that of its key")
    return vault.unwrap(row.key_id, row.wrapped, info)


def rewrap(vault: "Vault", row: WrappedKey, place: Place, to: LabelKey) -> bytes:
    """The same data key, wrapped to another label's public key: relabelling. No data key leaves. Raises as above."""
    return wrap(open_data_key(vault, row, place), to, place)
