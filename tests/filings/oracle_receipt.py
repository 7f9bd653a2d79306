"""A receipt, checked from the format's description alone: nothing of service is used."""

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def holds(receipt: dict[str, Any], key_line: str) -> bool:
    """Whether signature, record and manifest agree. Raises what cryptography raises for a signature that does not."""
    name, _, rest = key_line.strip().partition("+")
    public = base64.b64decode(rest.partition("+")[2])[1:]
    record = base64.b64decode(receipt["record"])
    leaf = hashlib.sha256(b"\0" + record).digest()
    said = json.loads(record)
    text = f"{name}/receipt\n{said['case']}\n{base64.b64encode(leaf).decode()}\n"
    body, _, line = receipt["note"].partition("\n\n")
    signature = base64.b64decode(line.split(" ")[-1])[4:]
    Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    manifest = json.dumps(receipt["manifest"], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return body + "\n" == text and hashlib.sha256(manifest).hexdigest() == said["digest"]
