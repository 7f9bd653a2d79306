"""The format of a vault file: JSON whose header says what it is, around one sealed body.

    {"format": "hozen-vault-1", "kind": demo|real, "root": root id,
     "argon2id": {"salt", "memory_kib", "iterations", "lanes"}, "keys": chunked ciphertext (base64)}

Promise: the whole header is bound to the sealed body, under a key from the passphrase and the root id; chunked
encryption commits to that key. A demo vault's passphrase is public and no real vault may have it.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from service.keyholder.keys import derive
from service.sealing.encoding import fields, number
from service.sealing.wrap import RootKind, WrongRoot, root_kind

FORMAT = "hozen-vault-1"
DEMO_PASSPHRASE = "hozen demonstration: everybody knows this passphrase"
PASSPHRASE_LENGTH = 16


class VaultRefused(Exception):
    """A vault that cannot be used: absent, already there, damaged, changed by somebody else, or a wrong passphrase."""


@dataclass(frozen=True)
class Argon2Cost:
    """Argon2id parameters: memory in KiB, passes, lanes. OWASP ASVS 5.0 asks for at least 19 MiB and 2 passes."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 1


COST = Argon2Cost()


def passphrase_bytes(kind: RootKind, passphrase: str | None) -> bytes:
    """The passphrase to use for a root of this kind. Raises VaultRefused for a weak one, or any for a demo root."""
    if kind == "demo":
        if passphrase is not None:
            raise VaultRefused("a demo vault has a public passphrase, and no other")
        return DEMO_PASSPHRASE.encode()
    if passphrase is None or len(passphrase) < PASSPHRASE_LENGTH or passphrase == DEMO_PASSPHRASE:
        raise VaultRefused(f"a real vault needs a passphrase of its own of at least {PASSPHRASE_LENGTH} characters")
    return passphrase.encode()


def parse(raw: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and sealed body of a vault file, well-formed but not verified. Raises VaultRefused."""
    try:
        header = json.loads(raw)
        sealed = base64.b64decode(header.pop("keys"), validate=True)
        if header["format"] != FORMAT or root_kind(header["root"].encode()) != header["kind"]:
            raise ValueError("another format")
        context(header)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, WrongRoot) as error:
        raise VaultRefused(f"not a vault: {type(error).__name__}") from None
    return header, sealed


def context(header: dict[str, Any]) -> bytes:
    """The header, bound to the sealed keys: kind, root id and Argon2id parameters."""
    cost = header["argon2id"]
    numbers = [number(cost[name]) for name in ("memory_kib", "iterations", "lanes")]
    names = [header[name].encode() for name in ("format", "kind", "root")]
    return fields(b"hozen vault", *names, base64.b64decode(cost["salt"], validate=True), *numbers)


def file_key(header: dict[str, Any], passphrase: bytes) -> bytes:
    """The 32 bytes that seal the body: Argon2id, then HKDF under the root id. Raises VaultRefused for absurd costs."""
    cost = header["argon2id"]
    if cost["memory_kib"] > 4 * 1024 * 1024 or cost["iterations"] > 100 or cost["lanes"] > 64:
        raise VaultRefused("Argon2id parameters that no machine should be asked for")
    try:
        argon2 = Argon2id(
            salt=base64.b64decode(cost["salt"], validate=True),
            length=32,
            iterations=cost["iterations"],
            lanes=cost["lanes"],
            memory_cost=cost["memory_kib"],
        )
    except (ValueError, TypeError, OverflowError):
        raise VaultRefused("not Argon2id parameters") from None
    stretched = argon2.derive(passphrase)
    return derive(stretched, header["root"].encode(), "vault file")


def b64(data: bytes) -> str:
    """Standard base64, as text."""
    return base64.b64encode(data).decode()
