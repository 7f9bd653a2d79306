"""Published vectors, each put through the wrapper of ours that uses the primitive (PROMISES P13). Read in place, never copied.

Where a wrapper does not take what a vector gives (a key, a whole message), exactly that one value is put in its place, and all else is
the service's own: lengths, encodings, comparisons, errors. Oracles here are hashlib, hmac and raw `cryptography`.
"""

import base64
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.audit import checkpoint, tree, verify
from service.keyholder import keys
from service.keyholder.vault_file import Argon2Cost
from service.keyholder.vaults import FileVault, NotSealedHere
from service.sealing import chunked, wrap
from tests.attacks import oracle_envelope as oracle
from tests.sealing.makes import DEMO
from tests.shared import shared


@dataclass(frozen=True)
class Case:
    """One vector. valid: None where either answer is right. run: whether the wrapper took it; raises AssertionError for a wrong result."""

    name: str
    valid: bool | None
    run: Callable[[], bool]
    vector: dict[str, Any]


def wycheproof(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(group, vector) of one file."""
    for group in json.loads(shared(f"vectors/wycheproof/testvectors_v1/{name}_test.json").read_text())["testGroups"]:
        for test in group["tests"]:
            yield group, test


def _case(name: str, test: dict[str, Any], run: Callable[[], bool]) -> Case:
    return Case(
        f"{name} {test['tcId']}", {"valid": True, "invalid": False, "acceptable": None}[test["result"]], run, test
    )


def _hex(test: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(test[name]) for name in names]


def chunked_encryption() -> Iterator[Case]:
    """Opened in one shot and streamed; valid ones sealed again to the same bytes."""
    for bits, suite in ((128, chunked.COBBLESTONE_128), (256, chunked.COBBLESTONE_256)):
        for _, test in wycheproof(f"c2sp_chunked_encryption_aes_{bits}_gcm"):
            yield _case(f"chunked-{bits}", test, lambda test=test, suite=suite: _chunked(test, suite))


def _chunked(test: dict[str, Any], suite: chunked.Suite) -> bool:
    key, context, sealed = *_hex(test, "key", "ctx"), zlib.decompress(bytes.fromhex(test["ct"]))
    spool, said = io.BytesIO(), []
    for opening in (
        lambda: chunked.open_message(key, context, sealed, suite),
        lambda: chunked.open_stream(key, context, io.BytesIO(sealed), spool, suite) >= 0 and spool.getvalue(),
    ):
        try:
            message = opening()
            assert hashlib.sha512(message).hexdigest() == test["msgSha512"]
            said.append(True)
        except chunked.DoesNotOpen:
            said.append(False)
    assert said[0] == said[1], "both doors say the same"
    if said[0]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(chunked.os, "urandom", lambda n: sealed[:n])
            assert chunked.seal_message(key, context, spool.getvalue(), suite) == sealed
    return said[0]


def vault(folder: Path) -> FileVault:
    return FileVault.create(folder / "vectors", "demo", None, ["released"], (), Argon2Cost(64, 1, 1))


def aes_gcm(held: FileVault) -> Iterator[Case]:
    """As the vault opens what it sealed: its nonce, ciphertext and tag, its context."""

    def run(test: dict[str, Any]) -> bool:
        key, nonce, aad, message, ct, tag = _hex(test, "key", "iv", "aad", "msg", "ct", "tag")
        held._aead["fact"] = AESGCM(key)
        try:
            assert held.open("fact", nonce + ct + tag, aad) == message
        except NotSealedHere:
            return False
        return True

    for group, test in wycheproof("aes_gcm"):
        yield _case("aes-gcm", {**test, "ivSize": group["ivSize"]}, lambda test=test: run(test))


def chunks_of_aes_gcm() -> Iterator[Case]:
    """As one chunk of a part: nonces of 12 bytes, no associated data."""

    def run(test: dict[str, Any]) -> bool:
        key, nonce, message, ct, tag = _hex(test, "key", "iv", "msg", "ct", "tag")
        out = bytearray(len(ct))
        try:
            chunked._Chunks(key, nonce).open(0, memoryview(ct + tag), memoryview(out))
        except chunked.DoesNotOpen:
            assert not any(out), "nothing unverified stays behind"
            return False
        assert bytes(out) == message
        return True

    for group, test in wycheproof("aes_gcm"):
        if group["ivSize"] == 96 and not test["aad"]:
            yield _case("chunk", test, lambda test=test: run(test))


def hmac_sha256(held: FileVault) -> Iterator[Case]:
    """As the vault marks: HMAC-SHA256, of which a vector may have the first half."""

    def run(test: dict[str, Any]) -> bool:
        key, message, tag = _hex(test, "key", "msg", "tag")
        held._mac["mark"] = key
        return held.mac("mark", message)[: len(tag)] == tag

    for _, test in wycheproof("hmac_sha256"):
        yield _case("hmac-sha256", test, lambda test=test: run(test))


def hkdf_sha256() -> Iterator[Case]:
    """As the keyholder derives keys: no salt, the info put in, the first 32 bytes."""

    def run(test: dict[str, Any]) -> bool:
        secret, info, okm = _hex(test, "ikm", "info", "okm")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(keys, "fields", lambda *values: info)
            return keys.derive(secret, DEMO, "vector")[: len(okm)] == okm[:32]

    for _, test in wycheproof("hkdf_sha256"):
        if not test["salt"] and test["result"] == "valid":
            yield _case("hkdf-sha256", test, lambda test=test: run(test))


# --- hybrid HPKE: what a sender makes of the vector's shared secret, unwrapped by the keyholder ------------------------------------------

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
        seed, c, k = _hex(test, "seed", "c", "K")
        secret = seed + ours.private_bytes_raw()
        if test.get("comment", "").startswith("Private key"):
            return _loads(secret)
        if test["result"] == "valid":
            assert keys.LabelPair.load(secret).public[:1184].hex() == test["ek"]
        return _unwraps(secret, lambda public: wrapped(k, dh, c, sent_dh, public))

    for _, test in wycheproof("mlkem_768"):
        yield _case("ml-kem-768", test, lambda test=test: run(test))


def ml_kem_768_keys() -> Iterator[Case]:
    """Encapsulation keys, as the file of public label keys takes them or not (no library here encapsulates by a given seed)."""
    x25519 = X25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()

    def run(test: dict[str, Any]) -> bool:
        try:
            wrap.LabelKey(DEMO, oracle.UUID(int=1), "released", None, 1, bytes.fromhex(test["ek"]) + x25519)
        except ValueError:
            return False
        return True

    for _, test in wycheproof("mlkem_768_encaps"):
        yield _case("ml-kem-768 key", test, lambda test=test: run(test))


def x25519() -> Iterator[Case]:
    """The other half of the hybrid: the vector's private key is the label's, its public key is what was sent."""
    seed = bytes(range(64))
    pq, sent_pq = MLKEM768PrivateKey.from_seed_bytes(seed).public_key().encapsulate()

    def run(test: dict[str, Any]) -> bool:
        public, private, agreed = _hex(test, "public", "private", "shared")
        return _unwraps(seed + private, lambda ours: wrapped(pq, agreed, sent_pq, public, ours))

    for _, test in wycheproof("x25519"):
        yield _case("x25519", test, lambda test=test: run(test))


# --- Ed25519: a note whose signed text is the vector's message ----------------------------------------------------------------------------


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
        yield _case("ed25519", test, lambda test=test, public=public: _note_holds(public, *_hex(test, "msg", "sig")))


def ed25519_corners() -> Iterator[Case]:
    """CCTV. The equation without cofactor, R compared as bytes: a low-order residue or an R in a second form is refused, all else taken."""
    for vector in json.loads(shared("vectors/cctv/ed25519/ed25519vectors.json").read_text()):
        flags = set(vector["flags"] or ())
        valid = not flags & {"low_order_residue", "non_canonical_R"}
        public, signature = bytes.fromhex(vector["key"]), bytes.fromhex(vector["sig"])
        message = vector["msg"].encode()
        run = lambda public=public, message=message, signature=signature: _note_holds(public, message, signature)
        yield Case(f"ed25519 corner {vector['number']}", valid, run, vector)


# --- Merkle -------------------------------------------------------------------------------------------------------------------------------


def merkle() -> Iterator[Case]:
    """Inclusion and consistency, in trees and subtrees."""
    for kind in ("inclusion", "consistency", "subtreeinclusion", "subtreeconsistency"):
        folder = shared(f"vectors/merkle/testdata/{kind}")
        for file in sorted(folder.rglob("*.json")):
            vector = json.loads(file.read_text())
            run = lambda vector=vector: _verifies(vector)
            yield Case(f"{kind} {file.relative_to(folder)}", not vector["wantErr"], run, vector)


def _verifies(vector: dict[str, Any]) -> bool:
    get = lambda name: base64.b64decode(vector[name] or "")
    proof = [base64.b64decode(node) for node in vector["proof"] or []]
    try:
        if "leafIdx" in vector:
            stop = vector["end"] if "end" in vector else vector["treeSize"]
            tree.verify_inclusion(vector["leafIdx"], vector.get("start", 0), stop, get("leafHash"), proof, get("root"))
        elif "end" in vector:
            tree.verify_consistency(vector["start"], vector["end"], vector["size"], proof, get("root1"), get("root2"))
        else:
            tree.verify_head_consistency(vector["size1"], vector["size2"], proof, get("root1"), get("root2"))
    except tree.DoesNotVerify:
        return False
    return True


def roots() -> Iterator[Case]:
    """RFC 6962's leaves: the service's tree, and the verifier's."""
    known = json.loads(shared("vectors/own/rfc6962_kat.json").read_text())
    leaves = [bytes.fromhex(leaf) for leaf in known["leaves_hex"]]

    def run(size: int, root: bytes) -> bool:
        ours, theirs = tree.Frontier(), verify.Tree()
        for leaf in leaves[:size]:
            ours.append(tree.leaf_hash(leaf))
            theirs.add(tree.leaf_hash(leaf))
        return ours.root() == root == theirs.root()

    for size, root in enumerate(known["roots_hex_for_size_0_to_8"]):
        yield Case(f"root {size}", True, lambda size=size, root=root: run(size, bytes.fromhex(root)), known)
