"""The keyholder's own small store, outside PostgreSQL: epochs, revocations under way, labels given, the log's head, the bootstrap.

One file, sealed and authenticated by the vault, replaced whole at every change (write, fsync, rename, fsync of the
folder): it is small (some 20 bytes per person who ever lost something), never torn, and authenticated as one; an
append-only journal or a table would need a MAC over the set of its rows and a repair of torn ends.

Promise: when a method returns, its change has been persisted. The file carries a running number; the vault remembers
number and digest of the file last acknowledged. An older copy, an absent file or another root's file is refused at
`State.open`. A crash between the two writes leaves a file one number ahead: never acknowledged, and accepted as done.
Not promised: when vault folder and state folder are put back to an old image together, nothing here can know. The log's
witness can, and `behind` says so to whoever shows a later checkpoint; a fact of an epoch ahead is a sign too.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from service.keyholder import files, frames
from service.keyholder.vaults import Mark, NotSealedHere, Vault
from service.sealing.encoding import fields

FIRST_EPOCH = 1


class StateRefused(Exception):
    """The store is missing, older than it was, damaged or of another root; or another keyholder runs on it."""


class NotAllowed(Exception):
    """A change that would take back what was signed or settled before: nothing was changed."""


@dataclass(frozen=True)
class Revocation:
    """A revocation under way: the person's facts of epochs `after`..`to`, but for `revoked`, become facts of `to`."""

    person: UUID
    after: int
    to: int
    revoked: frozenset[UUID]


@dataclass(frozen=True)
class LogHead:
    """The log as last signed: its size, the tree's frontier (bytes of service.audit.tree) and the signed checkpoint."""

    size: int
    frontier: bytes
    checkpoint: bytes


@dataclass(frozen=True)
class LabelGiven:
    """The protecting label that a case's parts were last re-wrapped to."""

    label: str
    compartment: str | None


class State:
    """The open store. One keyholder at a time: the store stays locked until `close`."""

    def __init__(self, folder: Path, vault: Vault, lock: int, content: dict[str, Any], count: int) -> None:
        self._path, self._vault, self._lock, self._count = folder / "state", vault, lock, count
        self._content = content

    @classmethod
    def open(cls, folder: Path, vault: Vault) -> "State":
        """The store of this vault's root; a new one where the vault never had any.

        Raises StateRefused, files.NotPrivate.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _locked(folder)
        try:
            mark, content = _load(folder / "state", vault)
            state = cls(folder, vault, lock, content, mark.count)
            if mark.count == 0:
                state._persist(content)
            elif mark != vault.remembered():
                vault.remember(mark)
        except BaseException:
            os.close(lock)
            raise
        return state

    def close(self) -> None:
        """Let another keyholder open the store."""
        os.close(self._lock)

    def epoch(self, person: UUID) -> int:
        """The person's present epoch; 1 for one who never lost anything."""
        found: int = self._content["epochs"].get(person.hex, FIRST_EPOCH)
        return found

    def raise_epoch(self, person: UUID, revoked: frozenset[UUID]) -> Revocation:
        """Begin a revocation: from this return on, every fact sealed before is none until it is re-sealed."""
        before = self.epoch(person)
        under_way = self._content["revocations"].get(person.hex)
        after = under_way["after"] if under_way else before
        ids = {fact.hex for fact in revoked} | set(under_way["revoked"] if under_way else ())
        entry = {"after": after, "to": before + 1, "revoked": sorted(ids)}
        self._change(
            epochs={**self._content["epochs"], person.hex: before + 1},
            revocations={**self._content["revocations"], person.hex: entry},
        )
        return _revocation(person.hex, entry)

    def finish_revocation(self, done: Revocation) -> None:
        """The person's remaining facts are re-sealed and stored. Raises NotAllowed when the epoch rose meanwhile."""
        entry = self._content["revocations"].get(done.person.hex)
        if entry is None or entry["to"] != done.to:
            raise NotAllowed("not the revocation that is under way")
        left = {k: v for k, v in self._content["revocations"].items() if k != done.person.hex}
        self._change(revocations=left)

    def under_way(self, person: UUID) -> Revocation | None:
        """The person's revocation under way: ask again once his rows are locked, for it may have grown or be finished."""
        entry = self._content["revocations"].get(person.hex)
        return None if entry is None else _revocation(person.hex, entry)

    def pending(self) -> list[Revocation]:
        """The revocations whose re-sealing is not finished: to be finished at start."""
        return [_revocation(person, entry) for person, entry in self._content["revocations"].items()]

    def label_given(self, case: UUID) -> LabelGiven | None:
        """The label that protects the case, or None. From `give_label` on, so that no older wrap and no edited row is laxer."""
        entry = self._content.get("labels", {}).get(case.hex)
        return None if entry is None else LabelGiven(entry["label"], entry["compartment"])

    def give_label(self, case: UUID, given: LabelGiven | None) -> None:
        """Remember the label that protects the case from now on, or with None that none does."""
        if self.label_given(case) == given:
            return
        labels = {k: v for k, v in self._content.get("labels", {}).items() if k != case.hex}
        if given is not None:
            labels[case.hex] = {"label": given.label, "compartment": given.compartment}
        self._change(labels=labels)

    def log_head(self) -> LogHead | None:
        """The log as last signed, or None before the first checkpoint."""
        head = self._content["log"]
        return None if head is None else LogHead(head["size"], head["frontier"], head["checkpoint"])

    def set_log_head(self, head: LogHead) -> None:
        """Persist what is about to be signed: call it before the signature leaves.

        Raises NotAllowed for a smaller log, or another frontier at the same size. Whether the larger log extends the
        smaller one is proved by the caller, from the frontier.
        """
        last = self.log_head()
        if last and (head.size < last.size or (head.size == last.size and head.frontier != last.frontier)):
            raise NotAllowed("a log that does not extend the one last signed")
        self._change(log={"size": head.size, "frontier": head.frontier, "checkpoint": head.checkpoint})

    def behind(self, size: int) -> bool:
        """A checkpoint of ours of this size exists elsewhere, but this store is older: it was put back."""
        head = self.log_head()
        return size > (head.size if head else 0)

    def bootstrap(self) -> bytes | None:
        """The hash of the bootstrap file that made the first facts, or None before."""
        found: bytes | None = self._content["bootstrap"]
        return found

    def set_bootstrap(self, digest: bytes) -> None:
        """Remember the bootstrap file, once for ever. Raises NotAllowed for a second one."""
        if self.bootstrap() is not None:
            raise NotAllowed("the first facts were made already")
        self._change(bootstrap=digest)

    def _change(self, **changed: Any) -> None:
        self._persist({**self._content, **changed})

    def _persist(self, content: dict[str, Any]) -> None:
        """File first, then the vault's mark, then memory: an acknowledged number is never ahead of its file."""
        count = self._count + 1
        sealed = self._vault.seal("state", _plain(content, count), _context(self._vault))
        files.write(self._path, sealed)
        self._vault.remember(_mark(count, sealed))
        self._count, self._content = count, content


def _plain(content: dict[str, Any], count: int) -> bytes:
    return frames.pack({"count": count, "content": content})


def _context(vault: Vault) -> bytes:
    return fields(b"hozen state v1", vault.root)


def _mark(count: int, sealed: bytes) -> Mark:
    return Mark(count, hashlib.sha256(sealed).digest())


def _load(path: Path, vault: Vault) -> tuple[Mark, dict[str, Any]]:
    last = vault.remembered()
    try:
        sealed = files.read(path)
    except FileNotFoundError:
        if last.count:
            raise StateRefused("the keyholder's store is missing, but it existed") from None
        return last, {"epochs": {}, "revocations": {}, "labels": {}, "log": None, "bootstrap": None}
    try:
        said = frames.unpack(vault.open("state", sealed, _context(vault)))
    except (NotSealedHere, frames.BadFrame):
        raise StateRefused("the keyholder's store is damaged, or of another root") from None
    mark = _mark(said["count"], sealed)
    if mark != last and mark.count != last.count + 1:
        raise StateRefused("the keyholder's store is not the one last written: an older copy was put back")
    return mark, said["content"]


def _revocation(person: str, entry: dict[str, Any]) -> Revocation:
    revoked = frozenset(UUID(hex=fact) for fact in entry["revoked"])
    return Revocation(UUID(hex=person), entry["after"], entry["to"], revoked)


def _locked(folder: Path) -> int:
    try:
        return files.lock(folder / "state.lock", wait=False)
    except BlockingIOError:
        raise StateRefused("another keyholder runs on this store") from None
