"""From an access token to its subject: RFC 9068 (`at+jwt`), RFC 7515, RFC 8725; joserfc does the signature.

Promise: a subject comes out only of a token signed by a key of the pinned set, for the pinned issuer and audience, of type at+jwt, in its
time, whose header holds `alg`, `typ`, `kid` and nothing else, and which has one spelling and one meaning: base64url without spare bits, no
name twice. What roles or clearances a token claims is never read: they are facts of ours. One that its issuer bound to a key of the client
(`cnf`, RFC 7800: DPoP or mTLS) is refused: no proof is asked for, and to whoever stole it it would be a bearer's. Not promised: that a
bearer's token was not stolen.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet

from service import clock

ALGORITHMS = ["ES256", "Ed25519", "EdDSA"]
OF_CURVES = {("EC", "P-256"): {"ES256"}, ("OKP", "Ed25519"): {"Ed25519", "EdDSA"}}
"""The keys that may be pinned, and what signs with them."""
COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]{85}[AQgw]", re.ASCII)
"""A JWS whose signature has 64 bytes, as those of ALGORITHMS have; its last letter has no bits to spare."""
HEADER = frozenset({"alg", "typ", "kid"})
MAX_TOKEN = 8192
MAX_LIFE = 3600
"""Seconds a token may live: one that lives longer is refused, however it is signed."""


class NotSignedIn(Exception):
    """No token, or one that does not hold. The reason is not told: a caller learns nothing but that."""


class _Allowed(jws.JWSRegistry):
    """ALGORITHMS and no other. (The library's own warns of EdDSA, the older name of Ed25519, at each token.)"""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


_ALLOWED = _Allowed()


class Tokens:
    """Verifies the tokens of one issuer for one audience."""

    def __init__(
        self, jwks: dict[str, Any], issuer: str, audience: str, *, now: Callable[[], int] | None = None
    ) -> None:
        """Raises ValueError for an empty set, and for one with anything but public keys of OF_CURVES, each with a kid of its own."""
        keys = jwks.get("keys", [])
        kids = {k["kid"] for k in keys if isinstance(k.get("kid"), str) and k["kid"]}
        if not keys or len(kids) != len(keys) or not all(map(_verifies, keys)):
            raise ValueError("a key set holds public P-256 or Ed25519 keys for signatures, each with its own kid")
        self._keys = KeySet.import_key_set({"keys": keys})
        self.issuer = issuer
        self._audience, self._now = audience, now or _seconds

    @classmethod
    def load(cls, path: Path, issuer: str, audience: str) -> "Tokens":
        """From a JWKS file. Raises OSError, ValueError."""
        return cls(json.loads(path.read_text()), issuer, audience)

    def signed(self, token: str) -> tuple[dict[str, Any], bytes]:
        """Header and payload of a compact JWS that a pinned key signed; neither has been judged yet. Raises NotSignedIn."""
        if len(token) > MAX_TOKEN or not COMPACT.fullmatch(token):
            raise NotSignedIn
        try:
            held = jws.deserialize_compact(token, self._keys, registry=_ALLOWED)
            return _read(urlsafe_b64decode(held.segments["header"] + b"==")), held.payload or b""
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise NotSignedIn from None

    def subject(self, token: str) -> str:
        """The token's subject. Raises NotSignedIn, and nothing else."""
        header, payload = self.signed(token)
        try:
            claims = _read(payload)
            holds = header.keys() == HEADER and _is_access_token(header["typ"]) and self._holds(claims)
        except (ValueError, AttributeError, RecursionError):
            raise NotSignedIn from None
        if not holds:
            raise NotSignedIn
        subject: str = claims["sub"]
        return subject

    def _holds(self, claims: dict[str, Any]) -> bool:
        """Whether the claims are for us, of our issuer, about somebody, and in their time."""
        audience, subject, number = claims.get("aud"), claims.get("sub"), claims.get("jti")
        return (
            claims.get("iss") == self.issuer
            and (audience == self._audience or (isinstance(audience, list) and self._audience in audience))
            and isinstance(subject, str)
            and 0 < len(subject) <= 255
            and isinstance(number, str)
            and number != ""
            and "cnf" not in claims
            and _in_its_time(claims, self._now())
        )


def _verifies(key: dict[str, Any]) -> bool:
    """Whether a JWK is public, of a known curve, and made for nothing but to verify signatures with it."""
    signing = OF_CURVES.get((str(key.get("kty")), str(key.get("crv"))), set())
    return (
        "d" not in key
        and key.get("alg", min(signing, default="")) in signing
        and key.get("use", "sig") == "sig"
        and key.get("key_ops", ["verify"]) == ["verify"]
    )


def _read(data: bytes) -> Any:
    """The JSON value: UTF-8, no name twice."""
    return _DECODER.decode(data.decode())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(said := dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return said


_DECODER = json.JSONDecoder(object_pairs_hook=_once)


def _is_access_token(typ: object) -> bool:
    return isinstance(typ, str) and typ.lower().removeprefix("application/") == "at+jwt"


def _in_its_time(claims: dict[str, Any], now: int) -> bool:
    """Begun, not over, and not made to last."""
    exp: Any = claims.get("exp")
    iat: Any = claims.get("iat")
    nbf: Any = claims.get("nbf", 0)
    if not all(type(moment) in (int, float) for moment in (exp, iat, nbf)):
        return False
    return bool(0 <= iat <= now < exp and nbf <= now and exp - iat <= MAX_LIFE)


def _seconds() -> int:
    return int(clock.now().timestamp())
