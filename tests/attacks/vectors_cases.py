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
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.audit import tree, verify
from service.keyholder import keys
from service.keyholder.vault_file import Argon2Cost
from service.keyholder.vaults import FileVault, NotSealedHere
from service.sealing import chunked
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


def case_of(name: str, test: dict[str, Any], run: Callable[[], bool]) -> Case:
    return Case(
        f"{name} {test['tcId']}", {"valid": True, "invalid": False, "acceptable": None}[test["result"]], run, test
    )


def from_hex(test: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(test[name]) for name in names]


def chunked_encryption() -> Iterator[Case]:
    """Opened in one shot and streamed; valid ones sealed again to the same bytes."""
    for bits, suite in ((128, chunked.COBBLESTONE_128), (256, chunked.COBBLESTONE_256)):
        for _, test in wycheproof(f"c2sp_chunked_encryption_aes_{bits}_gcm"):
            yield case_of(f"chunked-{bits}", test, lambda test=test, suite=suite: _chunked(test, suite))


def _chunked(test: dict[str, Any], suite: chunked.Suite) -> bool:
    key, context, sealed = *from_hex(test, "key", "ctx"), zlib.decompress(bytes.fromhex(test["ct"]))
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
        key, nonce, aad, message, ct, tag = from_hex(test, "key", "iv", "aad", "msg", "ct", "tag")
        held._aead["fact"] = AESGCM(key)
        try:
            assert held.open("fact", nonce + ct + tag, aad) == message
        except NotSealedHere:
            return False
        return True

    for group, test in wycheproof("aes_gcm"):
        yield case_of("aes-gcm", {**test, "ivSize": group["ivSize"]}, lambda test=test: run(test))


def chunks_of_aes_gcm() -> Iterator[Case]:
    """As one chunk of a part: nonces of 12 bytes, no associated data."""

    def run(test: dict[str, Any]) -> bool:
        key, nonce, message, ct, tag = from_hex(test, "key", "iv", "msg", "ct", "tag")
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
            yield case_of("chunk", test, lambda test=test: run(test))


def hmac_sha256(held: FileVault) -> Iterator[Case]:
    """As the vault marks: HMAC-SHA256, of which a vector may have the first half."""

    def run(test: dict[str, Any]) -> bool:
        key, message, tag = from_hex(test, "key", "msg", "tag")
        held._mac["mark"] = key
        return held.mac("mark", message)[: len(tag)] == tag

    for _, test in wycheproof("hmac_sha256"):
        yield case_of("hmac-sha256", test, lambda test=test: run(test))


def hkdf_sha256() -> Iterator[Case]:
    """As the keyholder derives keys: no salt, the info put in, the first 32 bytes."""

    def run(test: dict[str, Any]) -> bool:
        secret, info, okm = from_hex(test, "ikm", "info", "okm")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(keys, "fields", lambda *values: info)
            return keys.derive(secret, DEMO, "vector")[: len(okm)] == okm[:32]

    for _, test in wycheproof("hkdf_sha256"):
        if not test["salt"] and test["result"] == "valid":
            yield case_of("hkdf-sha256", test, lambda test=test: run(test))


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
