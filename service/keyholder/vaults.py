"""Vaults: where the keyholder's keys rest. `Vault` is what every kind of vault must do; `FileVault` is the first kind.

Promise of `FileVault`: one file of mode 0600 in a folder of mode 0700, both of the keyholder's own user, or it refuses.
All keys are sealed (chunked encryption, key-committing) under a key from the passphrase (Argon2id, parameters in the
file), bound to kind and root id. A demo vault has a fixed, public passphrase and says so in its root id; a real root
refuses it, and it a real one. Writing is atomic and durable.
Not promised: anything against who has file and passphrase, or reads the keyholder's memory.
"""

import hmac
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.keyholder import files, frames, vault_file
from service.keyholder.keys import DoesNotUnwrap, LabelPair, derive, unwrap
from service.keyholder.vault_file import COST, Argon2Cost, VaultRefused
from service.sealing import chunked
from service.sealing.encoding import fields, number
from service.sealing.wrap import LabelKey, LabelKeys, RootKind, WrongRoot

Purpose = Literal["fact", "subject-tag", "state", "cursor", "mark"]
PURPOSES: tuple[Purpose, ...] = ("fact", "subject-tag", "state", "cursor", "mark")
_NONCE = 12


class NotSealedHere(Exception):
    """Bytes that this vault's key of that purpose did not seal in that context."""


class Vault(Protocol):
    """What the keyholder asks of a vault: a file, a PKCS#11 token or a key server."""

    @property
    def root(self) -> bytes:
        """The root id, which states its kind: `demo-` or `real-`, then 32 hexadecimal digits."""

    def label_keys(self) -> LabelKeys:
        """The public halves of all label keys."""

    def create_label_key(self, label: str, compartment: str | None = None) -> LabelKey:
        """A new pair for a label (and compartment): its first epoch, or the one after its newest. Durable on return."""

    def unwrap(self, key_id: UUID, wrapped: bytes, info: bytes) -> bytes:
        """The data key of a wrap bound to `info`. Raises DoesNotUnwrap."""

    def seal(self, purpose: Purpose, plaintext: bytes, context: bytes) -> bytes:
        """Authenticated encryption under the key of one purpose, bound to `context`."""

    def open(self, purpose: Purpose, sealed: bytes, context: bytes) -> bytes:
        """What `seal` sealed. Raises NotSealedHere."""

    def mac(self, purpose: Purpose, message: bytes) -> bytes:
        """HMAC-SHA256 under the key of one purpose."""

    def sign(self, message: bytes) -> bytes:
        """The log's Ed25519 signature. Whether it may be given is for the caller to decide before."""

    def log_public_key(self) -> bytes:
        """The 32 bytes of the log's public key."""

    def remembered(self) -> "Mark":
        """What was last given to `remember`; count 0 at first. Raises VaultRefused when it is damaged."""

    def remember(self, mark: "Mark") -> None:
        """Remember the keyholder's store as acknowledged, durably. Raises ValueError for a count that is not higher."""


@dataclass(frozen=True)
class Mark:
    """The store as last acknowledged: the running number of its write, and the SHA-256 of its file."""

    count: int
    digest: bytes


class FileVault:
    """A vault in one file. Made by `create`, opened by `open_vault`; the file's format is in the module's docstring."""

    def __init__(self, folder: Path, header: dict[str, Any], file_key: bytes, body: dict[str, Any], raw: bytes) -> None:
        self._folder, self._header, self._file_key = folder, header, file_key
        self._body, self._raw = body, raw
        self._root: bytes = header["root"].encode()
        self._named = {purpose: derive(body["root_key"], self._root, purpose) for purpose in PURPOSES}
        self._aead = {purpose: AESGCM(derive(key, self._root, "aead")) for purpose, key in self._named.items()}
        self._mac = {purpose: derive(key, self._root, "mac") for purpose, key in self._named.items()}
        self._log = Ed25519PrivateKey.from_private_bytes(body["log_key"])
        self._load_label_keys()

    @classmethod
    def create(
        cls,
        folder: Path,
        kind: RootKind,
        passphrase: str | None,
        labels: Iterable[str],
        compartments: Iterable[str] = (),
        cost: Argon2Cost = COST,
    ) -> "FileVault":
        """A new root with a key for each label, and for each compartment in each label. Makes the folder when absent.

        A demo root takes no passphrase. Raises VaultRefused (one is there; weak passphrase), files.NotPrivate.
        """
        chosen = vault_file.passphrase_bytes(kind, passphrase)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        argon2 = {"salt": vault_file.b64(os.urandom(16)), **asdict(cost)}
        header = {
            "format": vault_file.FORMAT,
            "kind": kind,
            "root": f"{kind}-{secrets.token_hex(16)}",
            "argon2id": argon2,
        }
        body: dict[str, Any] = {"root_key": os.urandom(32), "log_key": os.urandom(32), "label_keys": []}
        inner = list(compartments)
        for label in labels:
            body["label_keys"] += [_new_pair(label, compartment, 1) for compartment in [None, *inner]]
        vault = cls(folder, header, vault_file.file_key(header, chosen), body, b"")
        with files.locked(folder / "vault.lock"):
            if (folder / "vault.json").exists():
                raise VaultRefused("there is a vault in this folder")
            files.write(folder / "mark", vault._marked(Mark(0, bytes(32))))
            vault._write(new=True)
        return vault

    @classmethod
    def open_vault(cls, folder: Path, kind: RootKind, passphrase: str | None) -> "FileVault":
        """The vault of a root of this kind. Raises WrongRoot for one of the other kind, VaultRefused, NotPrivate."""
        chosen = vault_file.passphrase_bytes(kind, passphrase)
        try:
            raw = files.read(folder / "vault.json")
        except FileNotFoundError:
            raise VaultRefused("there is no vault in this folder") from None
        header, sealed = vault_file.parse(raw)
        if header["kind"] != kind:
            raise WrongRoot(f"this vault is of a {header['kind']} root, not a {kind} one")
        file_key = vault_file.file_key(header, chosen)
        try:
            body = frames.unpack(chunked.open_message(file_key, vault_file.context(header), sealed))
        except chunked.DoesNotOpen:
            raise VaultRefused("a wrong passphrase, or a vault that was changed") from None
        vault = cls(folder, header, file_key, body, raw)
        vault.remembered()
        return vault

    @property
    def root(self) -> bytes:
        return self._root

    def label_keys(self) -> LabelKeys:
        return self._public

    def create_label_key(self, label: str, compartment: str | None = None) -> LabelKey:
        """See Vault. Raises VaultRefused when the file is no longer the one that was opened."""
        epochs = [key.epoch for key in self._public if (key.label, key.compartment) == (label, compartment)]
        pair = _new_pair(label, compartment, max(epochs, default=0) + 1)
        with files.locked(self._folder / "vault.lock"):
            if files.read(self._folder / "vault.json") != self._raw:
                raise VaultRefused("the vault was changed by another program; open it anew")
            self._body = {**self._body, "label_keys": [*self._body["label_keys"], pair]}
            self._write()
        self._load_label_keys()
        return self._public.by_id(UUID(bytes=pair["id"]))

    def unwrap(self, key_id: UUID, wrapped: bytes, info: bytes) -> bytes:
        pair = self._pairs.get(key_id)
        if pair is None:
            raise DoesNotUnwrap("no such key")
        return unwrap(pair.private, wrapped, info)

    def seal(self, purpose: Purpose, plaintext: bytes, context: bytes) -> bytes:
        nonce = os.urandom(_NONCE)  # random: at most 2**32 seals under one key (SP 800-38D)
        return nonce + self._aead[purpose].encrypt(nonce, plaintext, context)

    def open(self, purpose: Purpose, sealed: bytes, context: bytes) -> bytes:
        try:
            return self._aead[purpose].decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
        except (InvalidTag, ValueError):
            raise NotSealedHere(purpose) from None

    def mac(self, purpose: Purpose, message: bytes) -> bytes:
        return hmac.digest(self._mac[purpose], message, "sha256")

    def sign(self, message: bytes) -> bytes:
        return self._log.sign(message)

    def log_public_key(self) -> bytes:
        return self._log.public_key().public_bytes_raw()

    def remembered(self) -> Mark:
        try:
            raw = files.read(self._folder / "mark")
        except FileNotFoundError:
            raise VaultRefused("the vault's mark is missing") from None
        mark = Mark(int.from_bytes(raw[:8], "big"), raw[8:40])
        if not hmac.compare_digest(raw, self._marked(mark)):
            raise VaultRefused("the vault's mark was changed")
        return mark

    def remember(self, mark: Mark) -> None:
        if mark.count <= self.remembered().count:
            raise ValueError("the mark only rises")
        files.write(self._folder / "mark", self._marked(mark))

    def _marked(self, mark: Mark) -> bytes:
        said = number(mark.count) + mark.digest
        return said + self.mac("mark", fields(b"hozen mark", self._root, said))

    def _load_label_keys(self) -> None:
        stored = self._body["label_keys"]
        self._pairs = {UUID(bytes=entry["id"]): LabelPair.load(entry["secret"]) for entry in stored}
        self._public = LabelKeys(self._root, [self._label_key(entry) for entry in stored])

    def _label_key(self, entry: dict[str, Any]) -> LabelKey:
        key_id = UUID(bytes=entry["id"])
        public = self._pairs[key_id].public
        return LabelKey(
            self._root,
            key_id,
            entry["label"],
            entry["compartment"],
            entry["epoch"],
            public,
        )

    def _write(self, *, new: bool = False) -> None:
        sealed = chunked.seal_message(self._file_key, vault_file.context(self._header), frames.pack(self._body))
        raw = json.dumps({**self._header, "keys": vault_file.b64(sealed)}, indent=1).encode() + b"\n"
        files.write(self._folder / "vault.json", raw, new=new)
        self._raw = raw


def _new_pair(label: str, compartment: str | None, epoch: int) -> dict[str, Any]:
    secret = LabelPair.generate().secret
    return {
        "id": uuid4().bytes,
        "label": label,
        "compartment": compartment,
        "epoch": epoch,
        "secret": secret,
    }
