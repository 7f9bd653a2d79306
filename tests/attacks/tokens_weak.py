"""A small verifier of its own that can be told to forget one check at a time: what P20 must notice."""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.attacks.tokens_zoo import Keys


class Refused(Exception):
    """The token is not taken."""


FORGETS = (
    "alg", "none", "public key as secret", "jwk", "more headers", "crit", "kid", "typ", "iss", "iss by its beginning", "aud",
    "aud by its beginning",
    "sub", "sub as text", "jti", "exp", "no exp", "numbers as text", "life", "nbf", "iat", "signature", "who signed", "psychic", "twice",
    "spare bits", "size", "parts", "line end", "bound", "bound, read as a truth",
)  # fmt: skip


class Weak:
    """Takes tokens of one issuer, but forgets what `forgets` names (none: as strict as it should be)."""

    def __init__(self, keys: Keys, forgets: str = "") -> None:
        self._keys, self._forgets = keys, forgets

    def subject(self, token: str) -> str:
        """Raises Refused."""
        try:
            return self._subject(token)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, InvalidSignature, RecursionError):
            raise Refused from None

    def _need(self, name: str, holds: object) -> None:
        if not holds and self._forgets != name:
            raise Refused

    def _subject(self, token: str) -> str:
        self._need("size", len(token) <= 8192)
        token = token.removesuffix("\n") if self._forgets == "line end" else token
        self._need("", re.fullmatch(r"[A-Za-z0-9_.-]*\Z", token))
        parts = token.split(".")
        self._need("parts", len(parts) == 3)
        header, claims = (self._json(parts[n]) for n in (0, 1))
        self._signature(header, parts)
        self._header(header)
        self._times(claims)
        k = self._keys
        aud = claims.get("aud")
        self._need(
            "aud",
            aud == k.audience or (isinstance(aud, list) and k.audience in aud) or self._begins("aud", aud, k.audience),
        )
        self._need("iss", claims.get("iss") == k.issuer or self._begins("iss", claims.get("iss"), k.issuer))
        self._need("jti", claims.get("jti"))
        self._need("bound", "cnf" not in claims or (self._forgets == "bound, read as a truth" and not claims["cnf"]))
        sub = claims.get("sub")
        self._need("sub as text", isinstance(sub, str) or not sub)
        self._need("sub", sub and len(str(sub)) <= 255)
        return str(sub)

    def _begins(self, name: str, said: Any, true: str) -> bool:
        return self._forgets == f"{name} by its beginning" and isinstance(said, str) and said.startswith(true)

    def _json(self, part: str) -> Any:
        found = json.loads(_decoded(part).decode(), object_pairs_hook=None if self._forgets == "twice" else _once)
        if not isinstance(found, dict):
            raise Refused
        return found

    def _header(self, header: dict[str, Any]) -> None:
        more = set(header) - {"alg", "typ", "kid"}
        self._need("crit", "crit" not in header)
        self._need("jwk", "jwk" not in header)
        self._need("more headers", not more - {"jwk", "crit", "bork"})
        self._need("kid", header.get("kid") == self._keys.kid)
        typ = header.get("typ", "")
        self._need("typ", isinstance(typ, str) and typ.lower() in ("at+jwt", "application/at+jwt"))

    def _signature(self, header: dict[str, Any], parts: list[str]) -> None:
        said, signature = f"{parts[0]}.{parts[1]}".encode(), _decoded(parts[2])
        if self._forgets == "none" and header.get("alg") == "none":
            return
        if self._forgets == "public key as secret" and header.get("alg") == "HS256":
            pem = self._keys.private.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            self._need("", hmac.compare_digest(hmac.digest(pem, said, hashlib.sha256), signature))
            return
        self._need("alg", header.get("alg") == "ES256")
        self._need("spare bits", base64.urlsafe_b64encode(signature).rstrip(b"=").decode() == parts[2])
        self._need("", len(signature) == 64)
        if self._forgets == "signature" or (self._forgets == "psychic" and not any(signature)):
            return
        key = self._keys.private.public_key()
        if self._forgets == "jwk" and "jwk" in header:
            key = _public(header["jwk"])
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            key.verify(encode_dss_signature(r, s), said, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            self._need("who signed", False)

    def _times(self, claims: dict[str, Any]) -> None:
        now, exp, iat, nbf = self._keys.now, claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
        if self._forgets == "numbers as text":
            exp, iat = int(exp), int(iat)  # type: ignore[arg-type]
        if exp is None and self._forgets == "no exp":
            return
        if iat is None and self._forgets == "iat":
            iat = now
        if type(exp) not in (int, float) or type(iat) not in (int, float):
            raise Refused
        self._need("exp", exp > now)
        self._need("life", exp - iat <= 3600)
        self._need("iat", 0 <= iat <= now and iat < exp)
        self._need("nbf", nbf <= now)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _public(jwk: dict[str, str]) -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(_decoded(jwk[n]), "big") for n in "xy")
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(said := dict(pairs)) != len(pairs):
        raise ValueError
    return said
