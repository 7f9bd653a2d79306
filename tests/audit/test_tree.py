"""The tree against pymerkle as oracle, and its own promises: a changed proof never verifies, a range binds what lies beside it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree  # type: ignore[import-untyped]

from service.audit import tree

leaves_strategy = st.lists(st.binary(max_size=40), max_size=70)


def oracle_of(leaves: list[bytes]) -> InmemoryTree:
    oracle = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        oracle.append_entry(leaf)
    return oracle


def hashes_of(leaves: list[bytes]) -> list[bytes]:
    return [tree.leaf_hash(leaf) for leaf in leaves]


@given(leaves_strategy)
def test_the_growing_root_is_that_of_the_oracle_at_every_size(leaves: list[bytes]) -> None:
    oracle, frontier = oracle_of(leaves), tree.Frontier()
    for size, node in enumerate(hashes_of(leaves), start=1):
        frontier.append(node)
        assert frontier.root() == oracle.get_root(size)
        assert tree.Frontier.from_bytes(frontier.to_bytes()).root() == frontier.root()


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=40), st.data())
def test_inclusion_paths_are_the_oracles_and_consistency_proofs_join_its_roots(
    leaves: list[bytes], data: st.DataObject
) -> None:
    oracle, nodes = oracle_of(leaves), hashes_of(leaves)
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    tree_hash = tree.tree_hash_of(nodes)
    root = oracle.get_root(size)
    inclusion = tree.inclusion_proof(index, 0, size, tree_hash)
    assert inclusion == oracle.prove_inclusion(index + 1, size).path[1:]
    tree.verify_inclusion(index, 0, size, nodes[index], inclusion, root)
    consistency = tree.consistency_proof(0, old, size, tree_hash)
    tree.verify_head_consistency(old, size, consistency, oracle.get_root(old), root)


def test_every_subtree_of_every_small_tree_is_proved_and_only_as_itself() -> None:
    nodes = hashes_of([bytes([n]) for n in range(17)])
    tree_hash = tree.tree_hash_of(nodes)
    for size in range(1, 18):
        for start in range(size):
            for stop in range(start + 1, size + 1):
                if not tree.is_subtree(start, stop):
                    continue
                proof = tree.consistency_proof(start, stop, size, tree_hash)
                root, part = tree_hash(0, size), tree_hash(start, stop)
                tree.verify_consistency(start, stop, size, proof, part, root)
                with pytest.raises(tree.DoesNotVerify):
                    tree.verify_consistency(start, stop, size, proof, nodes[0][::-1], root)
                with pytest.raises(tree.DoesNotVerify):
                    tree.verify_consistency(start, stop, size, [*proof, part], part, root)


def test_a_changed_inclusion_proof_does_not_verify() -> None:
    rng = random.Random(6)
    nodes = hashes_of([rng.randbytes(9) for _ in range(50)])
    tree_hash = tree.tree_hash_of(nodes)
    for _ in range(500):
        size = rng.randint(2, 50)
        index = rng.randrange(size)
        proof = tree.inclusion_proof(index, 0, size, tree_hash)
        place = rng.randrange(len(proof))
        changed = list(proof)
        changed[place] = bytes([changed[place][0] ^ 1]) + changed[place][1:]
        with pytest.raises(tree.DoesNotVerify):
            tree.verify_inclusion(index, 0, size, nodes[index], changed, tree_hash(0, size))
        with pytest.raises(tree.DoesNotVerify):
            tree.verify_inclusion((index + 1) % size, 0, size, nodes[index], proof, tree_hash(0, size))


def test_every_range_of_every_small_tree_leads_to_the_root_of_the_oracle() -> None:
    leaves = [bytes([n]) for n in range(13)]
    nodes, oracle = hashes_of(leaves), oracle_of(leaves)
    for size in range(14):
        root = oracle.get_root(size) if size else tree.EMPTY_ROOT
        for first in range(size + 1):
            for count in range(size - first + 1):
                left, right = tree.range_proof(first, count, nodes[:size], size)
                assert tree.range_root(first, nodes[first : first + count], size, left, right) == root


@given(st.integers(1, 40), st.data())
def test_a_range_proof_does_not_fit_other_records_or_another_place(size: int, data: st.DataObject) -> None:
    nodes = hashes_of([b"%d" % n for n in range(size + 1)])
    first = data.draw(st.integers(0, size - 1))
    count = data.draw(st.integers(1, size - first))
    left, right = tree.range_proof(first, count, nodes[:size], size)
    root = tree.tree_hash_of(nodes)(0, size)
    inside = nodes[first : first + count]
    for changed in (inside[1:], [*inside, nodes[size]], [nodes[size], *inside[1:]], inside[::-1] if count > 1 else []):
        try:
            assert tree.range_root(first, changed, size, left, right) != root
        except tree.DoesNotVerify:
            continue
    for other in {first + 1, max(first - 1, 0)} - {first}:
        try:
            assert tree.range_root(other, inside, size, left, right) != root
        except tree.DoesNotVerify:
            continue


def test_a_range_proof_needs_exactly_the_leaves_of_the_tree() -> None:
    nodes = hashes_of([bytes([n]) for n in range(9)])
    for wrong in (nodes[:7], nodes):
        with pytest.raises(ValueError, match=r"leaf hashes|subtree"):
            tree.range_proof(2, 3, wrong, 8)
    with pytest.raises(ValueError, match="fewer"):
        tree.range_proof(2, 6, nodes[:7], 8)


@pytest.mark.parametrize("data", [b"", b"\x00" * 7, b"\x00" * 7 + b"\x01", b"\x00" * 7 + b"\x01" + b"a" * 31])
def test_bytes_that_are_no_frontier_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="frontier"):
        tree.Frontier.from_bytes(data)


def test_a_subtree_cannot_be_put_where_none_can_stand() -> None:
    frontier = tree.Frontier()
    frontier.append(tree.leaf_hash(b"a"))
    with pytest.raises(ValueError, match="stand"):
        frontier.append(tree.leaf_hash(b"b"), level=1)
