"""Logs to test with: records as a small office would leave them, a tree over them, a signed head, a bundle. Plain functions."""

import hashlib
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.audit import bundle, tree
from service.audit.checkpoint import Checkpoint, LogKey, sign
from service.audit.leaf import Draft, Record, encode

ORIGIN = "test.example/hozen"
KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a key for tests").digest())
START = datetime(2026, 11, 23, 2, 31, 24, 123456, tzinfo=UTC)


def some_id(rng: random.Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def complete(draft: Draft, **place: Any) -> Record:
    """The record of a draft at id, writer, number, at."""
    return Record(**vars(draft), **place)


def a_draft(rng: random.Random) -> Draft:
    """Now a read, now an act, now a refusal."""
    common: dict[str, Any] = {"request": some_id(rng), "person": some_id(rng), "case": some_id(rng), "kind": "filing"}
    digest = rng.randbytes(32).hex()
    kind = rng.randrange(3)
    if kind == 0:
        return Draft(
            what="read", action="read_content", outcome="allowed", status=200, part=some_id(rng), label="designated/K1",
            purpose="review", office="cabinet_office", roles=("reviewer",), cleared_until=date(2030, 3, 31),
            policies=("reviewer-reads-assigned-case",), policy_set=digest, snapshot=digest, **common,
        )  # fmt: skip
    if kind == 1:
        step = {"from": "PRE_NOTICE", "to": "DESIGNATED", "name": "designate", "happened_on": "2026-11-23"}
        return Draft(what="act", action="designate", outcome="allowed", status=200, step=step, digest=digest, **common)
    return Draft(what="refusal", action="designate", outcome="refused", status=404, reason="not-found", **common)


def records(count: int, *, writers: int = 3, seed: int = 1) -> list[bytes]:
    """Records of several writers, mixed, each writer's numbers gapless from 1."""
    rng = random.Random(seed)
    lanes = [(some_id(rng), [0]) for _ in range(writers)]
    made = []
    for index in range(count):
        writer, last = rng.choice(lanes)
        last[0] += 1
        at = START + timedelta(microseconds=1000 * index)
        made.append(encode(complete(a_draft(rng), id=some_id(rng), writer=writer, number=last[0], at=at)))
    return made


@dataclass
class Log:
    """A whole log: its records, its key, and bundles of it."""

    bodies: list[bytes]
    key: Ed25519PrivateKey = KEY

    @property
    def leaves(self) -> list[bytes]:
        return [tree.leaf_hash(body) for body in self.bodies]

    def note(self, size: int | None = None) -> str:
        size = len(self.bodies) if size is None else size
        root = tree.tree_hash_of(self.leaves)(0, size)
        return sign(Checkpoint(ORIGIN, size, root), self.key)

    def bundle(self, first: int = 0, count: int | None = None, size: int | None = None) -> bytes:
        size = len(self.bodies) if size is None else size
        count = size - first if count is None else count
        left, right = tree.range_proof(first, count, self.leaves[:size], size)
        out = io.BytesIO()
        chosen = slice(first, first + count)
        bundle.write(out, self.note(size), first, self.leaves[chosen], self.bodies[chosen], left, right)
        return out.getvalue()

    def public(self) -> str:
        return LogKey.of(ORIGIN, self.key).line()


def split(data: bytes) -> tuple[bytes, list[bytes], list[bytes], list[bytes]]:
    """(header, note lines, leaf hash lines, record lines) of a sound bundle, each line with its LF."""
    lines = data.splitlines(keepends=True)
    rest = lines[6:]
    return lines[0], lines[1:6], rest[: len(rest) // 2], rest[len(rest) // 2 :]


def joined(header: bytes, note: Sequence[bytes], leaves: Sequence[bytes], bodies: Sequence[bytes]) -> bytes:
    return b"".join([header, *note, *leaves, *bodies])


def leaf_lines(bodies: Sequence[bytes]) -> list[bytes]:
    """Recomputed leaf hash lines for record lines: what a forger who knows the format would write."""
    return [tree.leaf_hash(body[:-1]).hex().encode() + b"\n" for body in bodies]


@dataclass
class Desk:
    """A folder with a key file, where bundles are put down and verified."""

    folder: Path
    run: Callable[[list[str]], tuple[int, str]]
    log: Log

    def verify(self, data: bytes, *known: str) -> tuple[int, str]:
        """(exit status, what was printed) of the verifier."""
        (self.folder / "bundle").write_bytes(data)
        if not (self.folder / "key").exists():
            (self.folder / "key").write_text(self.log.public())
        args = [str(self.folder / "bundle"), "--key", str(self.folder / "key")]
        for number, note in enumerate(known):
            (self.folder / f"known{number}").write_text(note)
            args += ["--known", str(self.folder / f"known{number}")]
        return self.run(args)


__all__ = ["KEY", "ORIGIN", "Desk", "Log", "Record", "a_draft", "joined", "leaf_lines", "records", "some_id", "split"]
