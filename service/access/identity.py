"""From an access token to its subject: RFC 9068 (`at+jwt`), RFC 7515, RFC 8725; joserfc does the signature.

Promise: a subject comes out only of a token signed by a key of the pinned set, for the pinned issuer and audience, of type at+jwt, in its
time, whose header holds `alg`, `typ`, `kid` and nothing else. What roles or clearances a token claims is never read: they are facts of
ours. Not promised: that the token was not stolen; binding to a key of the client (DPoP) is the front door's.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from service import clock

ALGORITHMS = ["ES256", "Ed25519", "EdDSA"]
HEADER = frozenset({"alg", "typ", "kid"})
MAX_TOKEN = 8192
MAX_LIFE = 3600
"""Seconds a token may live: one that lives longer is refused, however it is signed."""


class NotSignedIn(Exception):
    """No token, or one that does not hold. The reason is not told: a caller learns nothing but that."""


class Tokens:
    """Verifies the tokens of one issuer for one audience."""

    def __init__(
        self, jwks: dict[str, Any], issuer: str, audience: str, *, now: Callable[[], int] | None = None
    ) -> None:
        """Raises ValueError for a set that holds a private or a symmetric key, or none."""
        keys = jwks.get("keys", [])
        if not keys or any(k.get("kty") not in ("EC", "OKP") or "d" in k or "kid" not in k for k in keys):
            raise ValueError("a key set holds public EC or OKP keys, each with its kid")
        self._keys = KeySet.import_key_set({"keys": keys})
        self.issuer = issuer
        self._claims = jwt.JWTClaimsRegistry(
            now=now or _seconds,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
        )

    @classmethod
    def load(cls, path: Path, issuer: str, audience: str) -> "Tokens":
        """From a JWKS file. Raises OSError, ValueError."""
        return cls(json.loads(path.read_text()), issuer, audience)

    def subject(self, token: str) -> str:
        """The token's subject. Raises NotSignedIn, and nothing else."""
        if not token or len(token) > MAX_TOKEN or token.count(".") != 2:
            raise NotSignedIn
        try:
            held = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
            self._claims.validate(held.claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise NotSignedIn from None
        header, claims = held.header, held.claims
        if header.keys() != HEADER or str(header["typ"]).lower().removeprefix("application/") != "at+jwt":
            raise NotSignedIn
        if not _lives_briefly(claims) or not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise NotSignedIn
        subject: str = claims["sub"]
        return subject


def _lives_briefly(claims: dict[str, Any]) -> bool:
    exp, iat = claims["exp"], claims["iat"]
    return all(type(v) in (int, float) for v in (exp, iat)) and 0 < exp - iat <= MAX_LIFE


def _seconds() -> int:
    return int(clock.now().timestamp())
