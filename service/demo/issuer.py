"""The demo's issuer of tokens: signs `at+jwt` for the invented people, on loopback, for a demo root only.

It proves nothing about anyone: whoever can reach it is whoever he says he is. So it refuses to start for a real root or off loopback.
"""

import json
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service import clock
from service.demo.people import BY_NAME, PEOPLE

AUDIENCE = "hozen"
LIFE = 300
"""Seconds a demo token lives where nobody asks for another."""
LONGEST = 3600


class Issuer:
    """One signing key (P-256), kept 0600 in the demo's folder."""

    def __init__(self, key: ECKey, name: str) -> None:
        self._key = key
        self.name = name

    @classmethod
    def open(cls, folder: Path, name: str) -> "Issuer":
        """The folder's issuer; a new key where there is none."""
        path = folder / "issuer.jwk"
        if not path.exists():
            made = ECKey.generate_key("P-256", {"kid": "demo-1", "use": "sig", "alg": "ES256"})
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(made.as_dict(private=True), file)
        return cls(ECKey.import_key(json.loads(path.read_text())), name)

    def jwks(self) -> dict[str, Any]:
        """The public half, as a JWK set."""
        return {"keys": [self._key.as_dict(private=False)]}

    def token(self, person: str, life: int = LIFE) -> str:
        """An access token for one of the demo's people, for so many seconds. Raises KeyError for anyone else."""
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.name,
            "aud": AUDIENCE,
            "sub": BY_NAME[person].name,
            "iat": now,
            "exp": now + life,
            "jti": uuid4().hex,
        }
        return jwt.encode({"alg": "ES256", "kid": "demo-1", "typ": "at+jwt"}, claims, self._key)


def application(issuer: Issuer) -> Starlette:
    """GET / lists the people; POST /token?person=NAME gives a token; GET /jwks gives the public key."""

    async def people(_: Request) -> Response:
        return JSONResponse({"demo": True, "people": {p.name: p.said for p in PEOPLE}})

    async def token(request: Request) -> Response:
        person = request.query_params.get("person", "")
        if person not in BY_NAME:
            return JSONResponse({"error": "invalid_request", "people": list(BY_NAME)}, 400)
        asked = request.query_params.get("life", "")
        life = min(LONGEST, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else LIFE
        return JSONResponse(
            {"access_token": issuer.token(person, life), "token_type": "Bearer", "expires_in": life},
            headers={"cache-control": "no-store"},
        )

    async def jwks(_: Request) -> Response:
        return JSONResponse(issuer.jwks())

    return Starlette(routes=[Route("/", people), Route("/token", token, methods=["POST"]), Route("/jwks", jwks)])
