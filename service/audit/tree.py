"""The Merkle tree of RFC 6962 / 9162 over SHA-256, pure: heads, inclusion, consistency, subtrees and ranges.

Promise: a proof that verifies binds what it proves to the root, as far as SHA-256 is collision resistant; every verifier raises
DoesNotVerify and never answers False that a caller could overlook. Not promised: that the root is the one everyone else saw.
Positions count from 0; ranges are half open, [start, stop). A hash is 32 bytes.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

TreeHash = Callable[[int, int], bytes]
"""Gives the tree hash (RFC 6962 MTH) of the leaves in [start, stop)."""


class DoesNotVerify(ValueError):
    """A proof that does not lead to the root it is said to lead to."""


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree reduced to its right edge: the hashes of its largest complete subtrees, left to right. All that growing needs."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Raises ValueError when `peaks` cannot be those of a tree of `size` leaves."""
        self._peaks = list(peaks)
        self.size = size
        if size < 0 or len(self._peaks) != size.bit_count() or any(len(p) != HASH_SIZE for p in self._peaks):
            raise ValueError("not the frontier of a tree of this size")

    def append(self, node: bytes, level: int = 0) -> None:
        """Add one leaf hash, or a complete subtree of 2**level leaves. Raises ValueError where such a subtree cannot stand."""
        if len(node) != HASH_SIZE or self.size & ((1 << level) - 1):
            raise ValueError("no such subtree can stand here")
        place = self.size >> level
        while place & 1:
            node = node_hash(self._peaks.pop(), node)
            place >>= 1
        self._peaks.append(node)
        self.size += 1 << level

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    @property
    def peaks(self) -> tuple[bytes, ...]:
        return tuple(self._peaks)

    def to_bytes(self) -> bytes:
        """Size (8 bytes, big-endian), then the peaks."""
        return self.size.to_bytes(8, "big") + b"".join(self._peaks)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Frontier":
        """Raises ValueError for anything that `to_bytes` does not make."""
        if len(data) < 8 or (len(data) - 8) % HASH_SIZE:
            raise ValueError("not a frontier")
        return cls(int.from_bytes(data[:8], "big"), [data[i : i + HASH_SIZE] for i in range(8, len(data), HASH_SIZE)])


def tree_hash_of(hashes: Sequence[bytes]) -> TreeHash:
    """The TreeHash over leaf hashes in memory."""

    def tree_hash(start: int, stop: int) -> bytes:
        frontier = Frontier()
        for node in hashes[start:stop]:
            frontier.append(node)
        return frontier.root()

    return tree_hash


def inclusion_proof(index: int, start: int, stop: int, tree_hash: TreeHash) -> list[bytes]:
    """RFC 6962 2.1.1 PATH for leaf `index` in the subtree [start, stop). Raises ValueError when it is not in it."""
    if not start <= index < stop or not is_subtree(start, stop):
        raise ValueError("no such leaf in a tree")
    path = []
    while stop - start > 1:
        split = start + _largest_power_below(stop - start)
        if index < split:
            path.append(tree_hash(split, stop))
            stop = split
        else:
            path.append(tree_hash(start, split))
            start = split
    return path[::-1]


def verify_inclusion(index: int, start: int, stop: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 2.1.3.2, within the subtree [start, stop) (the whole tree: 0, size). Raises DoesNotVerify."""
    if not start <= index < stop or not is_subtree(start, stop):
        raise DoesNotVerify("no such leaf in a tree")
    _hashes(leaf, root, *proof)
    place, last, node = index - start, stop - start - 1, leaf
    for sibling in proof:
        if last == 0:
            raise DoesNotVerify("the proof is too long")
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    if last or node != root:
        raise DoesNotVerify("the proof does not lead to the root")


def consistency_proof(start: int, stop: int, size: int, tree_hash: TreeHash) -> list[bytes]:
    """That the subtree [start, stop) belongs to the tree of `size` leaves; with start 0, RFC 6962 2.1.2 PROOF(stop, size).

    Raises ValueError when [start, stop) is no subtree of it.
    """
    if not 0 <= start < stop <= size or not is_subtree(start, stop):
        raise ValueError("no such subtree")
    path = []
    low, high, known = 0, size, True
    while (low, high) != (start, stop):
        split = low + _largest_power_below(high - low)
        if stop <= split:
            path.append(tree_hash(split, high))
            high = split
        else:
            path.append(tree_hash(low, split))
            known = known and start >= split
            low, start = split, max(start, split)
    return ([] if known else [tree_hash(low, high)]) + path[::-1]


def verify_head_consistency(old_size: int, size: int, proof: Sequence[bytes], old: bytes, root: bytes) -> None:
    """RFC 9162 2.1.4.2: the log of `size` leaves under `root` extends the older head. Raises DoesNotVerify, also for an empty head."""
    if old_size == 0:
        raise DoesNotVerify("the empty log is extended by every log: that proves nothing")
    verify_consistency(0, old_size, size, proof, old, root)


def verify_consistency(start: int, stop: int, size: int, proof: Sequence[bytes], old: bytes, root: bytes) -> None:
    """That `old`, the hash of the subtree [start, stop), belongs to the tree of `size` leaves under `root`. Raises DoesNotVerify.

    An empty subtree belongs to every tree, and proves nothing of it.
    """
    if not 0 <= start <= stop <= size or not is_subtree(start, stop):
        raise DoesNotVerify("no such subtree")
    if start == stop and (proof or old != EMPTY_ROOT):
        raise DoesNotVerify("not the empty tree")
    if start == stop:
        return
    if proof:
        _hashes(old, root, *proof)
    left, place, last = start, stop - 1, size - 1
    while left != place and (stop == size or place & 1):
        left, place, last = left >> 1, place >> 1, last >> 1
    rest = list(proof)
    if left != place and not rest:
        raise DoesNotVerify("the proof is too short")
    node = total = old if left == place else rest.pop(0)
    for sibling in rest:
        if last == 0:
            raise DoesNotVerify("the proof is too long")
        if place & 1 or place == last:
            node = node_hash(sibling, node) if left < place else node
            total = node_hash(sibling, total)
            while not place & 1:
                left, place, last = left >> 1, place >> 1, last >> 1
        else:
            total = node_hash(total, sibling)
        left, place, last = left >> 1, place >> 1, last >> 1
    if last or node != old or total != root:
        raise DoesNotVerify("the proof does not lead to both hashes")


def is_subtree(start: int, stop: int) -> bool:
    """Whether [start, stop) can be a subtree: its start is a multiple of the next power of two at or above its length."""
    length = stop - start
    return 0 <= start <= stop and (length == 0 or start % (1 << (length - 1).bit_length()) == 0)


def cover(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """(first leaf, level) of the fewest complete subtrees that make up [start, stop), left to right."""
    while start < stop:
        fits = (stop - start).bit_length() - 1
        level = min(fits, (start & -start).bit_length() - 1) if start else fits
        yield start, level
        start += 1 << level


def range_proof(first: int, count: int, hashes: Iterable[bytes], size: int) -> tuple[list[bytes], list[bytes]]:
    """(left, right) of the range [first, first + count): the hashes of the complete subtrees that cover what lies beside it.

    `hashes`: all leaf hashes of the tree in order, read once; memory stays at O(log size). Raises ValueError when they are not `size`.
    """
    if not 0 <= first <= first + count <= size:
        raise ValueError("no such range")
    stream = iter(hashes)

    def one(level: int) -> bytes:
        frontier = Frontier()
        for _ in range(1 << level):
            frontier.append(next(stream, b""))  # an early end is no hash: ValueError
        return frontier.root()

    left = [one(level) for _, level in cover(0, first)]
    if sum(1 for _ in islice(stream, count)) != count:
        raise ValueError("fewer leaf hashes than the tree has")
    right = [one(level) for _, level in cover(first + count, size)]
    if next(stream, None) is not None:
        raise ValueError("more leaf hashes than the tree has")
    return left, right


def range_root(first: int, leaves: Iterable[bytes], size: int, left: Sequence[bytes], right: Sequence[bytes]) -> bytes:
    """The root of the tree of `size` leaves that a range and its proof lead to. Raises DoesNotVerify when the shapes do not fit."""
    try:
        frontier = Frontier(first, left)
        for leaf in leaves:
            frontier.append(leaf)
        for (_, level), node in zip(cover(frontier.size, size), right, strict=True):
            frontier.append(node, level)
    except ValueError:
        raise DoesNotVerify("the proof has another shape") from None
    if frontier.size != size:
        raise DoesNotVerify("the range goes beyond the tree")
    return frontier.root()


def _largest_power_below(n: int) -> int:
    return 1 << ((n - 1).bit_length() - 1)


def _hashes(*values: bytes) -> None:
    if any(len(value) != HASH_SIZE for value in values):
        raise DoesNotVerify("a hash has another length")
