"""Writes a bundle: a range of the record in one text file that anyone can verify offline (docs/audit-format.md has the format).

Promise: one range under one checkpoint has exactly one bundle, byte for byte, and it is written in one pass. What the database holds is
written as it stands: a record that does not fit its leaf hash, or is missing, goes out so (a missing one as an empty line), because the
verifier must be able to name it; a leaf hash likewise. Not promised: that a bundle verifies; that is the verifier's to say.
"""

import json
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from service.audit import tree
from service.audit.checkpoint import claimed

FORMAT = "hozen-bundle-v1"


class NotABundle(ValueError):
    """The parts do not fit together: another number of records or hashes than the range needs."""


class BundleWriter:
    """One bundle, in order: made, every `leaf`, every `record`, `finish`."""

    def __init__(
        self, out: BinaryIO, note: str, first: int, count: int, left: Sequence[bytes], right: Sequence[bytes]
    ) -> None:
        """Write header and checkpoint. `left`, `right`: the range proof (tree.range_proof).

        Raises NotABundle, checkpoint.NotACheckpoint.
        """
        head = claimed(note)
        shape = (first.bit_count(), len(list(tree.cover(first + count, head.size))))
        if not 0 <= first <= first + count <= head.size or (len(left), len(right)) != shape:
            raise NotABundle("the range proof is not that of the range")
        header = {
            "format": FORMAT,
            "origin": head.origin,
            "first": first,
            "count": count,
            "size": head.size,
            "left": [node.hex() for node in left],
            "right": [node.hex() for node in right],
        }
        self._out, self._count, self._leaves, self._records = out, count, 0, 0
        out.write(json.dumps(header, sort_keys=True, separators=(",", ":")).encode("ascii") + b"\n")
        out.write(note.encode())

    def leaf(self, leaf_hash: bytes) -> None:
        """The leaf hash of the next record, as the log has it; empty for one that is missing."""
        if len(leaf_hash) not in (0, tree.HASH_SIZE) or self._leaves == self._count or self._records:
            raise NotABundle("no leaf hash belongs here")
        self._leaves += 1
        self._out.write(leaf_hash.hex().encode("ascii") + b"\n")

    def record(self, body: bytes) -> None:
        """The exact bytes of the next record; empty for one that is missing."""
        if self._leaves != self._count or self._records == self._count:
            raise NotABundle("no record belongs here")
        self._records += 1
        self._out.write(body + b"\n")

    def finish(self) -> None:
        """Raises NotABundle when something is missing. The caller makes the file durable."""
        if (self._leaves, self._records) != (self._count, self._count):
            raise NotABundle("the bundle is not complete")


def write(
    out: BinaryIO,
    note: str,
    first: int,
    leaves: Sequence[bytes],
    records: Iterable[bytes],
    left: Sequence[bytes],
    right: Sequence[bytes],
) -> None:
    """A whole bundle; `leaves` are the leaf hashes of `records`, from index `first`. Raises NotABundle, checkpoint.NotACheckpoint."""
    bundle = BundleWriter(out, note, first, len(leaves), left, right)
    for leaf_hash in leaves:
        bundle.leaf(leaf_hash)
    for body in records:
        bundle.record(body)
    bundle.finish()
