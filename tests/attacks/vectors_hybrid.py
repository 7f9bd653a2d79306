"""Vectors of both halves of the hybrid HPKE (PROMISES P13): what a sender makes of a vector's shared secret, unwrapped by the keyholder."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.keyholder import keys
from service.sealing import wrap
from tests.attacks import oracle_envelope as oracle
from tests.attacks.vectors_cases import Case, case_of, from_hex, wycheproof
from tests.sealing.makes import DEMO

INFO = b"info of a vector"
DATA_KEY = bytes(range(32))
_SUITE = b"HPKE" + (0x647A).to_bytes(2, "big") + b"\x00\x01\x00\x02"


def wrapped(shared_pq: bytes, shared_dh: bytes, sent_pq: bytes, sent_dh: bytes, public_dh: bytes) -> bytes:
    """RFC 9180 in base mode with KEM 0x647A (both secrets through SHA3-256), HKDF-SHA256 and AES-256-GCM."""
    secret = hashlib.sha3_256(shared_pq + shared_dh + sent_dh + public_dh + b"\\.//^\\").digest()
    extract = lambda salt, label, ikm: oracle.extract(salt, b"HPKE-v1" + _SUITE + label + ikm, "sha256")
    schedule = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", INFO)
    base = extract(secret, b"secret", b"")
    expand = lambda label, n: oracle.expand(
        base, n.to_bytes(2, "big") + b"HPKE-v1" + _SUITE + label + schedule, n, "sha256"
    )
    return sent_pq + sent_dh + AESGCM(expand(b"key", 32)).encrypt(expand(b"base_nonce", 12), DATA_KEY, None)


def _unwraps(secret: bytes, blob: Callable[[bytes], bytes]) -> bool:
    """blob: of the pair's X25519 public key."""
    if not _loads(secret):
        return False
    pair = keys.LabelPair.load(secret)
    try:
        assert keys.unwrap(pair.private, blob(pair.public[1184:]), INFO) == DATA_KEY
    except keys.DoesNotUnwrap:
        return False
    return True


def _loads(secret: bytes) -> bool:
    try:
        keys.LabelPair.load(secret)
    except ValueError:
        return False
    return True


def ml_kem_768() -> Iterator[Case]:
    """Key generation and decapsulation (implicit rejection too), within a wrapped data key."""
    ours = X25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
    sent = X25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
    dh, sent_dh = sent.exchange(ours.public_key()), sent.public_key().public_bytes_raw()

    def run(test: dict[str, Any]) -> bool:
        seed, c, k = from_hex(test, "seed", "c", "K")
        secret = seed + ours.private_bytes_raw()
        if test.get("comment", "").startswith("Private key"):
            return _loads(secret)
        if test["result"] == "valid":
            assert keys.LabelPair.load(secret).public[:1184].hex() == test["ek"]
        return _unwraps(secret, lambda public: wrapped(k, dh, c, sent_dh, public))

    for _, test in wycheproof("mlkem_768"):
        yield case_of("ml-kem-768", test, lambda test=test: run(test))


def ml_kem_768_keys() -> Iterator[Case]:
    """Encapsulation keys, as the file of public label keys takes them or not (no library here encapsulates by a given seed)."""
    x25519 = X25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()

    def run(test: dict[str, Any]) -> bool:
        try:
            wrap.LabelKey(DEMO, UUID(int=1), "released", None, 1, bytes.fromhex(test["ek"]) + x25519)
        except ValueError:
            return False
        return True

    for _, test in wycheproof("mlkem_768_encaps"):
        yield case_of("ml-kem-768 key", test, lambda test=test: run(test))


def x25519() -> Iterator[Case]:
    """The other half of the hybrid: the vector's private key is the label's, its public key is what was sent."""
    seed = bytes(range(64))
    pq, sent_pq = MLKEM768PrivateKey.from_seed_bytes(seed).public_key().encapsulate()

    def run(test: dict[str, Any]) -> bool:
        public, private, agreed = from_hex(test, "public", "private", "shared")
        return _unwraps(seed + private, lambda ours: wrapped(pq, agreed, sent_pq, public, ours))

    for _, test in wycheproof("x25519"):
        yield case_of("x25519", test, lambda test=test: run(test))
