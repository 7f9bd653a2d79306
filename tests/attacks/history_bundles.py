"""A log as an auditor holds it, what was done to it, and whether the verifier said so rightly (PROMISES P3).

The oracle knows the log as it was: the first line that differs from it is the first bad record. It has its own RFC 6962 and its own
reading of notes and bundles, and shares no line with the service or its verifier.
"""

import base64
import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from types import ModuleType
from typing import Any


def leaf_of(body: bytes) -> bytes:
    """RFC 6962, 2.1."""
    return hashlib.sha256(b"\0" + body).digest()


def mth(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1: the tree hash, by its recursion."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + mth(hashes[:split]) + mth(hashes[split:])).digest()


def said_by(note: bytes) -> tuple[int, bytes]:
    """(size, root) of a note."""
    _, size, root, *_ = note.split(b"\n")
    return int(size), base64.b64decode(root)


@dataclass(frozen=True)
class Bundle:
    """A bundle in its parts: header line, the five lines of the note, leaf hash lines, record lines, each without its LF."""

    header: bytes
    note: bytes
    leaves: tuple[bytes, ...]
    bodies: tuple[bytes, ...]

    @classmethod
    def read(cls, data: bytes) -> "Bundle":
        lines = data.split(b"\n")
        count = json.loads(lines[0])["count"]
        rest = tuple(lines[6:-1])
        return cls(lines[0], b"\n".join(lines[1:6]) + b"\n", rest[:count], rest[count:])

    @property
    def said(self) -> dict[str, Any]:
        header: dict[str, Any] = json.loads(self.header)
        return header

    def bytes(self) -> bytes:
        return b"\n".join([self.header, self.note[:-1], *self.leaves, *self.bodies, b""])


@dataclass
class History:
    """The log as it was. notes: every signed head, by size: what a careful auditor kept; key: the log's public key line.

    Counted: `sure`, findings where one record had to be named; `spans`, how many records were named where hashes were made anew as well
    and heads were kept; `blind`, the same without heads.
    """

    whole: Bundle
    notes: dict[int, bytes]
    key: str
    folder: Path
    ranges: list[Bundle] = field(default_factory=list)
    sure: int = 0
    spans: list[int] = field(default_factory=list)
    blind: int = 0

    def __post_init__(self) -> None:
        self.sizes = sorted(self.notes)
        (self.folder / "key").write_text(self.key)
        hashes = [leaf_of(body) for body in self.whole.bodies]
        for size in (self.sizes[0], self.sizes[len(self.sizes) // 2], self.sizes[-1]):
            assert said_by(self.notes[size]) == (size, mth(hashes[:size])), "the heads are those of the records"
        assert [h.hex().encode() for h in hashes] == list(self.whole.leaves)

    def verdict(self, verifier: ModuleType, was: Bundle, data: bytes, *, kept: bool) -> tuple[int, str]:
        """(exit status, finding) of the verifier, asked as its program would, with every head kept that the range can be compared with."""
        path = self.folder / "bundle"
        path.write_bytes(data)
        sizes = [*self._met(was), self.sizes[-1]] if kept else []
        known = {size: (f"note {size}", said_by(self.notes[size])[1]) for size in sizes}
        try:
            verifier.check_bundle(str(path), verifier.read_key(str(self.folder / "key")), known)
        except verifier.Tampered as finding:
            return 1, str(finding)
        except verifier.Unusable as finding:
            return 2, str(finding)
        return 0, ""

    def judge(self, verifier: ModuleType, was: Bundle, now: Bundle, *, kept: bool) -> str | None:
        """What was wrong with the verifier's finding on `now`, made of `was`; None when it was right."""
        data = now.bytes()
        try:
            status, finding = self.verdict(verifier, was, data, kept=kept)
        except Exception as fault:
            return f"the verifier failed: {type(fault).__name__}: {fault}"
        if data == was.bytes():
            return f"a false alarm: {finding}" if status else None
        if status == 0:
            return "not found"
        truth = first_difference(was, now)
        if truth is None or (now.header, now.note) != (was.header, was.note):
            return self._nobody_accused(truth, was, finding)
        return self._named(truth + was.said["first"], was, now, finding, kept=kept)

    def _nobody_accused(self, truth: int | None, was: Bundle, finding: str) -> str | None:
        """Header, note or proof were changed: no one record is named, unless one of them was changed as well and it is that one."""
        low, high = named(finding)
        at = -1 if truth is None else truth + was.said["first"]
        beyond = (
            was.said["first"] + was.said["count"]
        )  # a header that counts more than there are: the first that is missing
        if low is None or low != high or low in (at, beyond) or finding.endswith("or none: a hash beside them"):
            return None
        return f"record {low} is accused, {at} it was: {finding}"

    def _named(self, truth: int, was: Bundle, now: Bundle, finding: str, *, kept: bool) -> str | None:
        low, high = named(finding)
        if low is None or high is None:
            return f"no record is named, {truth} it was: {finding}"
        if now.leaves == was.leaves or [leaf_of(b) for b in now.bodies] == [leaf_of(b) for b in was.bodies]:
            self.sure += 1
            return None if low == high == truth else f"{low}..{high} is named, {truth} it was: {finding}"
        self.blind += not kept
        self.spans += [high - low + 1] if kept else []
        if low == high == truth:
            return None
        first, end = was.said["first"], was.said["first"] + was.said["count"]
        sizes = self._met(was) if kept else []
        met = bisect_right(sizes, truth)
        before = sizes[met - 1] if met else first
        last = max(sizes[met] - 1, before) if met < len(sizes) else end
        if low == before and truth <= high <= last:
            return None
        return f"{low}..{high} is named, {truth} it was, it is in {before}..{last}: {finding}"

    def _met(self, was: Bundle) -> list[int]:
        """The sizes of the heads within a bundle's range."""
        first = was.said["first"]
        return [s for s in self.sizes if first <= s <= first + was.said["count"]]


def first_difference(was: Bundle, now: Bundle) -> int | None:
    """The first place where a record or its leaf hash is not what it was."""
    for place, (line, other) in enumerate(
        zip_longest(zip_longest(was.leaves, was.bodies), zip_longest(now.leaves, now.bodies))
    ):
        if line != other:
            return place
    return None


def named(finding: str) -> tuple[int | None, int | None]:
    """The record, or the range of records, that a finding names as the first bad one."""
    found = re.search(r"first bad record: (?:in ([0-9]+)\.\.)?([0-9]+)", finding)
    return (int(found[1] or found[2]), int(found[2])) if found else (None, None)
