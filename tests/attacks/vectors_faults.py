"""Weaker wrappers, planted to see that the published vectors find them (PROMISES P13): the families to run, and what is weakened."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from service.audit import checkpoint, tree, verify
from service.keyholder import keys
from service.keyholder.vaults import FileVault
from service.sealing import wrap
from tests.attacks import ciphertext_faults

Patch = pytest.MonkeyPatch
FAULTS: dict[str, tuple[tuple[str, ...], Callable[[Patch], None]]] = {}


def plant(name: str, *families: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def keep(weaken: Callable[[Patch], None]) -> Callable[[Patch], None]:
        FAULTS[name] = families, weaken
        return weaken

    return keep


for _name in (
    "commitment_is_not_compared", "half_the_salt_is_bound", "every_chunk_has_the_same_nonce", "tags_are_not_checked",
    "a_bad_chunk_is_read_as_zeros", "the_last_chunk_may_be_missing", "a_cut_is_refused_by_another_name",
):  # fmt: skip
    FAULTS[_name.replace("_", " ")] = ("chunked_encryption",), ciphertext_faults.FAULTS[_name]
for _name in ("tags_are_not_checked", "tags_are_checked_to_twelve_bytes", "a_bad_chunk_is_read_as_zeros"):
    FAULTS[f"a chunk: {_name.replace('_', ' ')}"] = ("chunks_of_aes_gcm",), ciphertext_faults.FAULTS[_name]


def vault_opens(attempt: Callable[[Any, bytes, bytes, bytes], bytes]) -> Callable[[Patch], None]:
    """FileVault.open as attempt(aead, nonce, rest, context)."""

    def opens(self: FileVault, purpose: Any, sealed: bytes, context: bytes) -> bytes:
        from service.keyholder.vaults import NotSealedHere

        try:
            return attempt(self._aead[purpose], sealed[:12], sealed[12:], context)
        except (InvalidTag, ValueError):
            raise NotSealedHere(purpose) from None

    return lambda patch: patch.setattr(FileVault, "open", opens)


def _zeros_for_a_bad_tag(aead: Any, nonce: bytes, rest: bytes, context: bytes) -> bytes:
    try:
        return bytes(aead.decrypt(nonce, rest, context))
    except InvalidTag:
        return bytes(len(rest) - 16)


FAULTS |= {
    "the vault's context is not bound": (("aes_gcm",), vault_opens(lambda a, n, r, c: a.decrypt(n, r, None))),
    "the vault's nonce is turned round": (("aes_gcm",), vault_opens(lambda a, n, r, c: a.decrypt(n[::-1], r, c))),
    "the vault reads zeros for a bad tag": (("aes_gcm",), vault_opens(_zeros_for_a_bad_tag)),
    "the vault trims what it opened": (("aes_gcm",), vault_opens(lambda a, n, r, c: a.decrypt(n, r, c).rstrip(b"\0"))),
}


def vault_marks(made: Callable[[bytes, bytes], bytes]) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(
        FileVault, "mac", lambda self, purpose, message: made(self._mac[purpose], message)
    )


FAULTS |= {
    "marks by another hash": (("hmac_sha256",), vault_marks(lambda k, m: hmac.digest(k, m, "sha512")[:32])),
    "marks by a bare hash": (("hmac_sha256",), vault_marks(lambda k, m: hashlib.sha256(k + m).digest())),
    "marks of the first 64 bytes": (("hmac_sha256",), vault_marks(lambda k, m: hmac.digest(k, m[:64], "sha256"))),
    "marks by 32 bytes of the key": (("hmac_sha256",), vault_marks(lambda k, m: hmac.digest(k[:32], m, "sha256"))),
}


def derives(made: Callable[[bytes, bytes], bytes]) -> Callable[[Patch], None]:
    """keys.derive as made(secret, info)."""
    return lambda patch: patch.setattr(keys, "derive", lambda secret, root, purpose: made(secret, keys.fields()))


FAULTS |= {
    "derived by another hash": (("hkdf_sha256",), derives(lambda s, i: HKDF(hashes.SHA512(), 32, None, i).derive(s))),
    "derived without info": (("hkdf_sha256",), derives(lambda s, i: HKDF(hashes.SHA256(), 32, None, b"").derive(s))),
    "derived with a salt": (("hkdf_sha256",), derives(lambda s, i: HKDF(hashes.SHA256(), 32, b"hozen", i).derive(s))),
    "expanded, not extracted": (("hkdf_sha256",), derives(lambda s, i: HKDFExpand(hashes.SHA256(), 32, i).derive(s))),
}


@plant("label keys are not read when listed", "ml_kem_768_keys")
def _unread(patch: Patch) -> None:
    patch.setattr(wrap.LabelKey, "__post_init__", lambda self: None)


@plant("label keys are cut to length", "ml_kem_768_keys")
def _cut(patch: Patch) -> None:
    def read(self: wrap.LabelKey) -> None:
        whole = self.public.ljust(1216, b"\0")
        wrap.MLKEM768PublicKey.from_public_bytes(whole[:1184])
        X25519PublicKey.from_public_bytes(whole[-32:])

    patch.setattr(wrap.LabelKey, "__post_init__", read)


def loads(changed: Callable[[bytes], bytes]) -> Callable[[Patch], None]:
    """LabelPair.load of a changed secret."""
    real = keys.LabelPair.load.__func__  # type: ignore[attr-defined]
    return lambda patch: patch.setattr(
        keys.LabelPair, "load", classmethod(lambda cls, secret: real(cls, changed(secret)))
    )


FAULTS |= {
    "the halves of a seed exchanged": (("ml_kem_768",), loads(lambda s: s[32:64] + s[:32] + s[64:])),
    "seeds filled up": (
        ("ml_kem_768",),
        loads(lambda s: s if len(s) == 96 else s[:64].ljust(64, b"\0") + bytes(range(32, 64))),
    ),
    "private keys turned round": (("x25519",), loads(lambda s: s[:64] + s[64:][::-1])),
    "private keys clamped away": (("x25519",), loads(lambda s: s[:64] + bytes([s[64] ^ 8]) + s[65:])),
}


@plant("wraps are bound to no info", "ml_kem_768", "x25519")
def _no_info(patch: Patch) -> None:
    real = keys.unwrap
    patch.setattr(keys, "unwrap", lambda private, blob, info: real(private, blob, b""))


class _Lenient:
    """Ed25519 that takes S above the group's order, by taking it back first."""

    ORDER = 2**252 + 27742317777372353535851937790883648493

    def __init__(self, key: Any) -> None:
        self._key = key

    @classmethod
    def from_public_bytes(cls, data: bytes) -> "_Lenient":
        return cls(_REAL.from_public_bytes(data))

    def verify(self, signature: bytes, message: bytes) -> None:
        s = int.from_bytes(signature[32:], "little") % self.ORDER
        self._key.verify(signature[:32] + s.to_bytes(32, "little"), message)


_REAL = checkpoint.Ed25519PublicKey


class _Believing(_Lenient):
    """Ed25519 that verifies nothing."""

    def verify(self, signature: bytes, message: bytes) -> None:
        return None


class _Filling(_Lenient):
    """Ed25519 that cuts or fills signatures to 64 bytes."""

    def verify(self, signature: bytes, message: bytes) -> None:
        self._key.verify(signature[:64].ljust(64, b"\0"), message)


class _Prehashing(_Lenient):
    """Ed25519 over a hash of the message."""

    def verify(self, signature: bytes, message: bytes) -> None:
        self._key.verify(signature, hashlib.sha512(message).digest())


for _name, _class in (
    ("signatures may have a second S", _Lenient),
    ("signatures are believed", _Believing),
    ("messages are hashed before", _Prehashing),
):
    FAULTS[_name] = ("ed25519",), (lambda patch, c=_class: patch.setattr(checkpoint, "Ed25519PublicKey", c))
FAULTS["corner signatures are believed"] = (
    ("ed25519_corners",),
    lambda patch: patch.setattr(checkpoint, "Ed25519PublicKey", _Believing),
)


@plant("nodes are hashed without their prefix", "merkle", "roots")
def _no_prefix(patch: Patch) -> None:
    patch.setattr(tree, "node_hash", lambda left, right: hashlib.sha256(left + right).digest())


@plant("nodes are hashed in any order", "merkle", "roots")
def _any_order(patch: Patch) -> None:
    patch.setattr(
        tree, "node_hash", lambda left, right: hashlib.sha256(b"\x01" + min(left, right) + max(left, right)).digest()
    )


@plant("an empty log proves something", "merkle")
def _empty(patch: Patch) -> None:
    patch.setattr(
        tree, "verify_head_consistency",
        lambda old_size, size, proof, old, root: old_size and tree.verify_consistency(0, old_size, size, proof, old, root),
    )  # fmt: skip


@plant("hashes may have any length", "merkle")
def _any_length(patch: Patch) -> None:
    patch.setattr(tree, "_hashes", lambda *values: None)


@plant("the verifier's tree forgets its order", "roots")
def _verifier(patch: Patch) -> None:
    patch.setattr(verify.Tree, "root", lambda self: self.stack[0][1] if self.stack else hashlib.sha256(b"").digest())
