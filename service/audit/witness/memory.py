"""What a witness keeps: its keys, and of each log the head it cosigned last, on disk before the cosignature leaves."""

import base64
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from .statement import (
    COSIGNATURE,
    COSIGNATURE_PQ,
    DASH,
    EMPTY,
    LOG,
    NAME,
    Head,
    NotCosigned,
    Request,
    bytes_of,
    grows,
    key_id,
    key_line,
    message,
    message_pq,
    number,
    parse,
    read_key,
)


class Witness:
    """One witness with its folder: name, two keys, the logs it watches, and the head of each that it cosigned last."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        """Raises OSError, ValueError where the folder is not one that `init` made."""
        self.folder, self._now = folder, now
        self.name = (folder / "name").read_text().strip()
        self._key = Ed25519PrivateKey.from_private_bytes((folder / "ed25519.key").read_bytes())
        self._key_pq = MLDSA44PrivateKey.from_seed_bytes((folder / "mldsa44.key").read_bytes())

    @classmethod
    def init(cls, folder: Path, name: str) -> "Witness":
        """A new witness. Raises FileExistsError, ValueError for a name that no note can hold."""
        if not NAME.fullmatch(name) or len(name) > 255:
            raise ValueError("a name is printable ASCII without space and plus, at most 255")
        folder.mkdir(mode=0o700, parents=True)
        (folder / "trusted").mkdir(mode=0o700)
        (folder / "heads").mkdir(mode=0o700)
        _write(folder / "ed25519.key", Ed25519PrivateKey.generate().private_bytes_raw())
        _write(folder / "mldsa44.key", MLDSA44PrivateKey.generate().private_bytes_raw())
        _write(folder / "name", name.encode())
        return cls(folder)

    def public(self) -> str:
        """Its two public key lines: Ed25519, ML-DSA-44."""
        pair = ((COSIGNATURE, self._key), (COSIGNATURE_PQ, self._key_pq))
        return "".join(key_line(self.name, kind, key.public_key().public_bytes_raw()) for kind, key in pair)

    def trust(self, line: str) -> None:
        """Watch this log from its beginning. Raises ValueError for no Ed25519 log key, FileExistsError where it was trusted before."""
        name, kind, public = read_key(line)
        if kind != LOG or len(public) != 32 or len(name) > 255:
            raise ValueError("not the public key line of a log")
        with self._alone():
            if self._key_of(name).exists():
                raise FileExistsError(f"{name} is watched already; one whose memory is gone takes a new witness")
            self._keep(name, Head(0, EMPTY))
            _write(self._key_of(name), line.strip().encode())

    def add(self, data: bytes) -> bytes:
        """The cosignature lines for a request. Raises NotCosigned; OSError, ValueError where disk or memory fails."""
        said = parse(data)
        with self._alone():
            if not _is_signed(said, self._trusted(said.origin)):
                raise NotCosigned(403, "no signature of the key that is trusted for this log")
            last = self._last(said.origin)
            if said.old != last.size:
                raise NotCosigned(409, "another size was cosigned last", last.size)
            if last.size == said.head.size and last.root != said.head.root:
                raise NotCosigned(409, "another root was cosigned at this size", last.size)
            if not grows(last, said.head, said.proof):
                raise NotCosigned(422, "the proof does not lead from what was cosigned last to this head")
            self._keep(said.origin, said.head)
            return self._cosigned(said)

    def _cosigned(self, said: Request) -> bytes:
        at = int(self._now())
        stamp = at.to_bytes(8, "big")
        signed = (
            (COSIGNATURE, self._key, stamp + self._key.sign(message(said.body, at))),
            (
                COSIGNATURE_PQ,
                self._key_pq,
                stamp + self._key_pq.sign(message_pq(self.name, said.origin, said.head, at)),
            ),
        )
        ids = [key_id(self.name, kind, key.public_key().public_bytes_raw()) for kind, key, _ in signed]
        lines = (base64.b64encode(i + s[2]).decode() for i, s in zip(ids, signed, strict=True))
        return "".join(f"{DASH}{self.name} {line}\n" for line in lines).encode()

    def _key_of(self, origin: str) -> Path:
        return self.folder / "trusted" / hashlib.sha256(origin.encode()).hexdigest()

    def _head_of(self, origin: str) -> Path:
        return self.folder / "heads" / hashlib.sha256(origin.encode()).hexdigest()

    def _trusted(self, origin: str) -> str:
        """The log's public key line. Raises NotCosigned 404."""
        try:
            return self._key_of(origin).read_text()
        except FileNotFoundError:
            raise NotCosigned(404, "this log is not watched here") from None

    def _last(self, origin: str) -> Head:
        """The head cosigned last; the empty one before the first. Raises OSError, ValueError where the memory is gone or spoilt."""
        size, root, end = self._head_of(origin).read_text().split("\n")
        if end:
            raise ValueError("the memory of this log is spoilt")
        return Head(number(size), bytes_of(root, 32))

    def _keep(self, origin: str, head: Head) -> None:
        _write(self._head_of(origin), f"{head.size}\n{base64.b64encode(head.root).decode()}\n".encode())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time, of all threads and processes: between looking at the last head and keeping the new one nobody else comes."""
        lock = os.open(self.folder / "heads", os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _is_signed(said: Request, line: str) -> bool:
    name, kind, public = read_key(line)
    for signer, data in said.signatures:
        if (signer, data[:4]) == (name, key_id(name, kind, public)):
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(data[4:], said.body.encode())
            except InvalidSignature:
                continue
            return True
    return False


def _write(path: Path, data: bytes) -> None:
    """The whole file or the one before, on disk when this returns."""
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
