"""Tokens that must not be taken, by name, and a few that must; made with a signer of the zoo's own, byte by byte.

`Keys` is what the issuer has; every forged token differs from a good one in what its name says and in nothing else.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (FIPS 186-5)."""


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class Keys:
    """An issuer: its private key, what it calls it, and what its tokens say."""

    private: ec.EllipticCurvePrivateKey
    kid: str
    issuer: str
    audience: str
    person: str
    now: int

    def sign(self, data: bytes, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
        r, s = decode_dss_signature((key or self.private).sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def header(self, **more: Any) -> dict[str, Any]:
        return _without({"alg": "ES256", "typ": "at+jwt", "kid": self.kid, **more})

    def claims(self, **more: Any) -> dict[str, Any]:
        said = {
            "iss": self.issuer, "aud": self.audience, "sub": self.person, "iat": self.now, "exp": self.now + 300, "jti": "1",
        }  # fmt: skip
        return _without({**said, **more})

    def token(self, header: object = None, claims: object = None, signature: bytes | None = None) -> str:
        """Signed by the issuer, whatever it says; `signature` replaces the true one."""
        first = ".".join(b64(_bytes(part)) for part in (header or self.header(), claims or self.claims()))
        return f"{first}.{b64(self.sign(first.encode()) if signature is None else signature)}"

    def public(self) -> dict[str, Any]:
        numbers = self.private.public_key().public_numbers()
        x, y = b64(numbers.x.to_bytes(32, "big")), b64(numbers.y.to_bytes(32, "big"))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.kid, "use": "sig", "alg": "ES256"}


LEFT_OUT = object()


def _without(said: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in said.items() if v is not LEFT_OUT}


def _bytes(part: object) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part).encode()


def good(k: Keys) -> Iterator[tuple[str, str]]:
    """Tokens that are taken."""
    yield "plain", k.token()
    yield "type with its prefix", k.token(k.header(typ="application/at+jwt"))
    yield "type in capitals", k.token(k.header(typ="AT+JWT"))
    yield "several audiences", k.token(claims=k.claims(aud=["other", k.audience]))
    yield "an hour", k.token(claims=k.claims(exp=k.now + 3590, iat=k.now))
    yield "more claims than ours", k.token(claims=k.claims(scope="x", roles=["decider"], clearance=9, act={"sub": "y"}))
    yield "not before, over", k.token(claims=k.claims(nbf=k.now - 5))
    yield "spaces in the JSON", k.token(json.dumps(k.header(), indent=2).encode(), b"  " + _bytes(k.claims()))


def forged(k: Keys) -> Iterator[tuple[str, str]]:
    """Tokens that are not."""
    for family in (
        _algorithms, _headers, _kids, _types, _parties, _bound, _times, _meanings, _shapes, _signatures, _encrypted,
    ):  # fmt: skip
        yield from family(k)


def _algorithms(k: Keys) -> Iterator[tuple[str, str]]:
    for alg in ("none", "None", "NONE", "nOnE", "", None, 0, ["ES256"], {"a": 1}, "ES256 ", "es256", LEFT_OUT):
        yield f"alg {alg!r}"[:20] + ", empty", k.token(k.header(alg=alg), signature=b"")
        yield f"alg {alg!r}"[:20] + ", signed", k.token(k.header(alg=alg))
    pem = k.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    secrets = {
        "PEM": pem,
        "PEM less its end": pem.strip(),
        "JWK": _bytes(k.public()),
        "kid": k.kid.encode(),
        "empty": b"",
    }
    for name, secret in secrets.items():
        for alg, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
            first = f"{b64(_bytes(k.header(alg=alg)))}.{b64(_bytes(k.claims()))}"
            yield f"{alg} with the public {name}", f"{first}.{b64(hmac.digest(secret, first.encode(), digest))}"
    wide = rsa.generate_private_key(65537, 2048)
    for alg, pad in (("RS256", padding.PKCS1v15()), ("PS256", padding.PSS(padding.MGF1(hashes.SHA256()), 32))):
        first = f"{b64(_bytes(k.header(alg=alg)))}.{b64(_bytes(k.claims()))}"
        yield f"{alg} of another", f"{first}.{b64(wide.sign(first.encode(), pad, hashes.SHA256()))}"
    for alg in ("Ed25519", "EdDSA"):
        first = f"{b64(_bytes(k.header(alg=alg)))}.{b64(_bytes(k.claims()))}"
        yield f"{alg} of another", f"{first}.{b64(ed25519.Ed25519PrivateKey.generate().sign(first.encode()))}"
    for alg in ("ES384", "ES512", "ES256K", "HS256", "RS256", "PS512"):
        yield f"{alg} claimed of an ES256", k.token(k.header(alg=alg))


def _headers(k: Keys) -> Iterator[tuple[str, str]]:
    thief = ec.generate_private_key(ec.SECP256R1())
    theirs = Keys(thief, "own", k.issuer, k.audience, k.person, k.now)
    for name, more in {
        "jwk": {"jwk": theirs.public()}, "jwk, their kid": {"jwk": theirs.public(), "kid": "own"},
        "jku": {"jku": "https://127.0.0.1/jwks"}, "jku of the issuer": {"jku": f"{k.issuer}/jwks@127.0.0.1"},
        "x5u": {"x5u": "https://127.0.0.1/c"}, "x5c": {"x5c": ["MIIB"]}, "x5t": {"x5t": "AAAA"}, "x5t#S256": {"x5t#S256": "AAAA"},
    }.items():  # fmt: skip
        yield (
            f"{name} in the header, theirs",
            Keys(thief, k.kid, k.issuer, k.audience, k.person, k.now).token(k.header(**more)),
        )
        yield f"{name} in the header, signed", k.token(k.header(**more))
    for name, crit in {
        "unknown": ["bork"], "empty": [], "b64": ["b64"], "not a list": "exp", "of alg": ["alg"], "of numbers": [1], "null": None,
    }.items():  # fmt: skip
        yield f"crit {name}", k.token(k.header(crit=crit))
        yield f"crit {name}, there", k.token(k.header(crit=crit, bork=True, b64=True))
    claims = _bytes(k.claims())
    first = b64(_bytes(k.header(b64=False, crit=["b64"]))).encode() + b"." + claims
    yield "b64 false", f"{first.split(b'.')[0].decode()}.{b64(claims)}.{b64(k.sign(first))}"
    yield "b64 false, not critical", k.token(k.header(b64=False))
    for name in ("cty", "zip", "enc", "epk", "apu", "url", "nonce", "exp", "iss", "ALG", "kid "):
        yield f"{name} in the header", k.token(k.header(**{name: "JWT"}))
    yield "a header's name twice, signed", k.token(b'{"typ":"x",' + _bytes(k.header())[1:])
    yield "a header's name twice", k.token(b'{"alg":"none",' + _bytes(k.header())[1:] + b" ", signature=b"")


def _kids(k: Keys) -> Iterator[tuple[str, str]]:
    for kid in (
        "../../../../dev/null", "/dev/null", "' or '1'='1", "x' union select 'secret' --", "",
        " ", None, 0, 1, True, [k.kid], {"kid": k.kid},
        k.kid + "\0", k.kid + " ", k.kid.upper() + "_", "*", "file:///etc/passwd", "http://127.0.0.1/", "a" * 300,
        "\u202e" + k.kid, LEFT_OUT,
    ):  # fmt: skip
        yield f"kid {str(kid)[:24]!r}", k.token(k.header(kid=kid))


def _types(k: Keys) -> Iterator[tuple[str, str]]:
    for typ in (
        "JWT", "jwt", "", None, 1, ["at+jwt"], "dpop+jwt", "logout+jwt", "id_token", "at+jwt ", "at-jwt", "application/jwt",
        "application/application/at+jwt", "at+jwt;x", "secevent+jwt", LEFT_OUT,
    ):  # fmt: skip
        yield f"typ {typ!r}"[:40], k.token(k.header(typ=typ))


def _parties(k: Keys) -> Iterator[tuple[str, str]]:
    aud, iss = k.audience, k.issuer
    for value in (
        "other", "", None, [], [""], {"a": aud}, aud.upper(), aud + "/", " " + aud, aud[:-1], [["x", aud]], 1, True, f"{aud},other",
        LEFT_OUT,
    ):  # fmt: skip
        yield f"aud {value!r}"[:40], k.token(claims=k.claims(aud=value))
    for value in (
        "https://other.example", "", None, [iss], {"iss": iss}, iss + "/", iss.upper(), " " + iss, iss[:-1], iss + "@x", 1, LEFT_OUT,
    ):  # fmt: skip
        yield f"iss {value!r}"[:40], k.token(claims=k.claims(iss=value))
    for value in ("", None, 1, True, [k.person], {"sub": k.person}, "x" * 256, LEFT_OUT):
        yield f"sub {str(value)[:20]!r}", k.token(claims=k.claims(sub=value))
    for value in (None, "", LEFT_OUT):
        yield f"jti {value!r}"[:30], k.token(claims=k.claims(jti=value))


def _bound(k: Keys) -> Iterator[tuple[str, str]]:
    """Taken for a bearer's, a stolen one would be as good as one that nobody bound (RFC 9449 7.2, RFC 8705 3)."""
    thumb = b64(hashlib.sha256(b"a key of the client").digest())
    for name, cnf in {
        "by DPoP": {"jkt": thumb}, "by mTLS": {"x5t#S256": thumb}, "by both": {"jkt": thumb, "x5t#S256": thumb}, "by a kid": {"kid": "c"},
        "by a key": {"jwk": k.public()}, "in a way unknown": {"bork": 1}, "to nothing": {}, "to null": None,
        "to a text": thumb, "to false": False,
    }.items():  # fmt: skip
        yield f"bound {name}", k.token(claims=k.claims(cnf=cnf))


def _times(k: Keys) -> Iterator[tuple[str, str]]:
    now = k.now
    for name, more in {
        "over a second ago": {"exp": now - 1, "iat": now - 300}, "over now": {"exp": now - 2, "iat": now - 300},
        "over a year ago": {"exp": now - 31536000, "iat": now - 31536300}, "never over": {"exp": LEFT_OUT}, "over null": {"exp": None},
        "over in words": {"exp": "tomorrow"}, "over as text": {"exp": str(now + 300)}, "over, a list": {"exp": [now + 300]},
        "over, a truth": {"exp": True}, "too long a life": {"exp": now + 3601, "iat": now}, "a century": {"exp": now + 3153600000},
        "far beyond": {"exp": 10**30}, "long ago begun": {"iat": now - 90000}, "begun tomorrow": {"iat": now + 86400, "exp": now + 86700},
        "begun never": {"iat": LEFT_OUT}, "begun null": {"iat": None}, "begun as text": {"iat": str(now)}, "begun true": {"iat": True},
        "not before tomorrow": {"nbf": now + 86400}, "not before soon": {"nbf": now + 200}, "not before, text": {"nbf": "x"},
        "over before it began": {"iat": now, "exp": now}, "negative": {"exp": -1, "iat": -300},
    }.items():  # fmt: skip
        yield f"time: {name}", k.token(claims=k.claims(**more))
    for name in ("NaN", "Infinity", "-Infinity", "1e999", "-0", "9" * 5000):
        yield f"time: exp {name[:9]}", k.token(claims=_bytes(k.claims(exp=7777)).replace(b"7777", name.encode()))
        yield f"time: iat {name[:9]}", k.token(claims=_bytes(k.claims(iat=7777)).replace(b"7777", name.encode()))


def _meanings(k: Keys) -> Iterator[tuple[str, str]]:
    said = _bytes(k.claims())
    for name, value in (("sub", b'"other"'), ("iss", b'"other"'), ("aud", b'"other"'), ("exp", b"1"), ("role", b"1")):
        twice = b'{"' + name.encode() + b'":' + value + b',"' + name.encode() + b'":' + value + b"," + said[1:]
        yield f"{name} stands twice", k.token(claims=twice)
    yield "sub twice, the second spelled otherwise", k.token(claims=said[:-1] + b',"s\\u0075b":"x"}')
    for name, claims in {
        "a list": b"[]", "a number": b"1", "a text": b'"x"', "null": b"null", "nothing": b" ", "not JSON": b"{'a':1}",
        "a comma too many": b'{"a":1,}',
        "two objects": said + said, "not UTF-8": said[:-1] + b',"x":"\xff"}', "UTF-16": said.decode().encode("utf-16"), "deep": b"[" * 5000,
        "a mark before": b"\xef\xbb\xbf" + said, "a comment": b"/**/" + said, "an end too many": said + b"}",
    }.items():  # fmt: skip
        yield f"claims: {name}", k.token(claims=claims)
        yield f"header: {name}", k.token(header=claims.replace(said, _bytes(k.header())))


def _shapes(k: Keys) -> Iterator[tuple[str, str]]:
    token = k.token()
    head, body, sign = token.split(".")
    yield from {
        "empty": "", "a dot": ".", "two dots": "..", "three dots": "...", "no signature": f"{head}.{body}.", "no header": f".{body}.{sign}",
        "no claims": f"{head}..{sign}", "two parts": f"{head}.{body}", "four parts": f"{token}.{sign}", "a dot at its end": f"{token}.",
        "five parts": f"{token}.{head}.{body}", "padding": f"{head}.{body}.{sign}==", "padding in the claims": f"{head}.{body}=.{sign}",
        "a space": f"{head}.{body}. {sign}", "a line end": f"{head}.{body}.{sign}\n", "lines": f"{head}\n.{body}.{sign}",
        "a letter of no alphabet": f"{head}.{body}.{sign[:-1]}*{sign[-1]}", "plus and slash": f"{head}.{body}.+/{sign[2:]}",
        "spare bits": f"{head}.{body}.{sign[:-1]}{chr(ord(sign[-1]) + 1)}",
        "two spare bits": f"{head}.{body}.{sign[:-1]}{chr(ord(sign[-1]) + 2)}",
        "bits beyond": f"{token}A", "Bearer": f"Bearer {token}", "in quotes": f'"{token}"', "as JSON": json.dumps({"payload": body,
        "signatures": [
            {"protected": head, "signature": sign}]}), "wide letters": token.translate({ord(c): ord(c) + 0xFEE0 for c in "abc"}),
        "a NUL": token + "\0", "twice": token + token, "long": k.token(claims=k.claims(x="y" * 9000)),
        "5 MB": k.token(k.header(kid="k" * 5_000_000)),
        "a long header": k.token(k.header(kid="k" * 5000)), "another's": k.token(claims=k.claims(sub="x")).rsplit(".", 1)[0] + f".{sign}",
        "claims of another": f"{head}.{b64(_bytes(k.claims(sub='x')))}.{sign}",
        "header of another": f"{b64(_bytes(k.header(typ='JWT')))}.{body}.{sign}",
    }.items()  # fmt: skip


def _signatures(k: Keys) -> Iterator[tuple[str, str]]:
    first = k.token().rsplit(".", 1)[0]
    true = k.sign(first.encode())
    r, s = true[:32], true[32:]
    wrong = {
        "zero": bytes(64), "r zero": bytes(32) + s, "s zero": r + bytes(32), "r one, s one": (1).to_bytes(32, "big") * 2,
        "all ones": b"\xff" * 64,
        "r the order": ORDER.to_bytes(32, "big") + s, "s the order": r + ORDER.to_bytes(32, "big"), "exchanged": s + r, "cut": true[:-1],
        "longer": true + b"\0", "leading zero": b"\0" + true, "of 96 bytes": true + bytes(32), "empty": b"",
        "of another message": k.sign(b"x"),
        "of another key": k.sign(first.encode(), ec.generate_private_key(ec.SECP256R1())),
        "DER": k.private.sign(first.encode(), ec.ECDSA(hashes.SHA256())),
        "of SHA-384": k.private.sign(first.encode(), ec.ECDSA(hashes.SHA384()))[-64:],
    }  # fmt: skip
    yield from ((f"signature {name}", f"{first}.{b64(said)}") for name, said in wrong.items())
    for bit in range(0, 512, 16):
        flipped = bytearray(true)
        flipped[bit // 8] ^= 1 << (bit // 8 % 8)
        yield f"signature, bit {bit}", f"{first}.{b64(bytes(flipped))}"


def _encrypted(k: Keys) -> Iterator[tuple[str, str]]:
    for alg, enc in (
        ("dir", "A256GCM"),
        ("RSA1_5", "A128CBC-HS256"),
        ("PBES2-HS256+A128KW", "A128GCM"),
        ("ECDH-ES", "A256GCM"),
    ):
        head = {"alg": alg, "enc": enc, "zip": "DEF", "p2c": 2**31 - 1, "p2s": "AAAA", "typ": "at+jwt", "kid": k.kid}
        parts = [b64(_bytes(head)), b64(b"k" * 32), b64(b"i" * 12), b64(b"c" * 4000), b64(b"t" * 16)]
        yield f"JWE {alg}", ".".join(parts)
        yield f"JWE {alg} in three parts", ".".join(parts[:3])
