"""A second opinion on whole-log bundles, for tests only: another reader, over pymerkle and plain JSON, sharing nothing with the others."""

import base64
import hashlib
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InmemoryTree  # type: ignore[import-untyped]


def holds(data: bytes, public: bytes) -> bool:
    """Whether a bundle of a whole log says exactly what the holder of `public` signed."""
    try:
        header_line, origin, size, root, empty, signature, *rest = data.decode("ascii", "surrogateescape").split("\n")
        header = json.loads(header_line)
        count = int(size)
        leaves, bodies, tail = rest[:count], [line.encode() for line in rest[count:-1]], rest[-1]
        wanted = {
            "count": count,
            "first": 0,
            "format": "hozen-bundle-v1",
            "left": [],
            "origin": origin,
            "right": [],
            "size": count,
        }
        if json.dumps(wanted, separators=(",", ":")) != header_line or header != wanted or empty or tail:
            return False
        log = InmemoryTree(algorithm="sha256")
        for body in bodies:
            log.append_entry(body)
        key_id = hashlib.sha256(f"{origin}\n".encode() + b"\x01" + public).digest()[:4]
        dash = "\N{EM DASH}".encode().decode("ascii", "surrogateescape")
        data64 = signature.removeprefix(f"{dash} {origin} ")
        signed = base64.b64decode(data64, validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(signed[4:], f"{origin}\n{size}\n{root}\n".encode())
    except (ValueError, InvalidSignature, RecursionError):
        return False
    return (
        base64.b64encode(log.get_root()).decode() == root
        and signature == f"{dash} {origin} {base64.b64encode(key_id + signed[4:]).decode()}"
        and leaves == [hashlib.sha256(b"\x00" + body).hexdigest() for body in bodies]
        and len(bodies) == count
    )
