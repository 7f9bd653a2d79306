"""The 518 Merkle vectors (inclusion, consistency, and both within subtrees) and the known answers of RFC 6962, through our own tree."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from service.audit import tree
from tests.shared import shared

COUNTS = {"inclusion": 98, "consistency": 98, "subtreeinclusion": 204, "subtreeconsistency": 118}


def vectors(kind: str) -> list[Any]:
    folder = shared(f"vectors/merkle/testdata/{kind}")
    found = [pytest.param(json.loads(f.read_text()), id=name(f, folder)) for f in sorted(folder.rglob("*.json"))]
    assert len(found) == COUNTS[kind]
    return found


def name(file: Path, folder: Path) -> str:
    return str(file.relative_to(folder).with_suffix(""))


def hashes(vector: dict[str, Any], *names: str) -> list[bytes]:
    return [base64.b64decode(vector[n] or "") for n in names]


def proof(vector: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(h) for h in vector["proof"] or []]


def verify_inclusion(vector: dict[str, Any]) -> None:
    leaf, root = hashes(vector, "leafHash", "root")
    start, stop = vector.get("start", 0), vector["end"] if "end" in vector else vector["treeSize"]
    tree.verify_inclusion(vector["leafIdx"], start, stop, leaf, proof(vector), root)


def verify_consistency(vector: dict[str, Any]) -> None:
    old, root = hashes(vector, "root1", "root2")
    if "end" in vector:
        tree.verify_consistency(vector["start"], vector["end"], vector["size"], proof(vector), old, root)
    else:
        tree.verify_head_consistency(vector["size1"], vector["size2"], proof(vector), old, root)


@pytest.mark.parametrize("vector", vectors("inclusion") + vectors("subtreeinclusion"))
def test_an_inclusion_proof_verifies_or_fails_as_its_vector_says(vector: dict[str, Any]) -> None:
    if vector["wantErr"]:
        with pytest.raises(tree.DoesNotVerify):
            verify_inclusion(vector)
    else:
        verify_inclusion(vector)


@pytest.mark.parametrize("vector", vectors("consistency") + vectors("subtreeconsistency"))
def test_a_consistency_proof_verifies_or_fails_as_its_vector_says(vector: dict[str, Any]) -> None:
    if vector["wantErr"]:
        with pytest.raises(tree.DoesNotVerify):
            verify_consistency(vector)
    else:
        verify_consistency(vector)


def test_the_known_answers_of_rfc_6962_come_out() -> None:
    known = json.loads(shared("vectors/own/rfc6962_kat.json").read_text())
    leaves = [tree.leaf_hash(bytes.fromhex(leaf)) for leaf in known["leaves_hex"]]
    assert [leaf.hex() for leaf in leaves] == known["leaf_hashes_hex"]
    frontier = tree.Frontier()
    roots = [frontier.root().hex()]
    for leaf in leaves:
        frontier.append(leaf)
        roots.append(frontier.root().hex())
    assert roots == known["roots_hex_for_size_0_to_8"]
