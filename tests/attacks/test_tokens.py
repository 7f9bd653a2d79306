"""P20: no token is taken that our issuer did not sign for us, now, of this type: published vectors and a zoo of our own.

What it does not show: that a token was not stolen, or used twice within its life (it is a bearer's).
"""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from service.access.identity import NotSignedIn, Tokens
from service.demo.issuer import AUDIENCE
from service.demo.run import Demo
from tests.attacks.campaign import Campaign
from tests.attacks.tokens_weak import FORGETS, Refused, Weak
from tests.attacks.tokens_zoo import Keys, forged, good
from tests.shared import shared

NOW = 1_790_000_000
KEYS = Keys(ec.generate_private_key(ec.SECP256R1()), "k-1", "https://issuer.example", "hozen", "佐藤", NOW)
VECTORS = {"signature": 401, "key": 26, "crypto": 83}
ES256 = ("EC", "P-256", "ES256")

REVIEWED: dict[str, str] = {}
"""Vectors judged otherwise than their label says, each with why. (Valid ones of algorithms that we never take are no deviation.)"""


def _tokens(keys: Keys) -> Tokens:
    return Tokens({"keys": [keys.public()]}, keys.issuer, keys.audience, now=lambda: keys.now)


def _taken(tokens: Any, token: str) -> bool:
    """Whether a subject comes out. Any exception but the named refusals is a fault of its own."""
    try:
        return bool(tokens.subject(token))
    except (NotSignedIn, Refused):
        return False


def _vectors() -> Iterator[tuple[str, list[dict[str, Any]], dict[str, Any]]]:
    for name, count in VECTORS.items():
        told = json.loads(shared(f"vectors/wycheproof/testvectors_v1/json_web_{name}_test.json").read_text())
        assert told["numberOfTests"] == count
        for group in told["testGroups"]:
            key = group.get("public") or group["private"]
            for test in group["tests"]:
                yield f"{name} {test['tcId']}", key.get("keys") or [key], test


def _signed(keys: list[dict[str, Any]], token: str) -> bool:
    """Whether our wrapper pins these keys and takes the signature for theirs."""
    try:
        tokens = Tokens({"keys": keys}, "i", "a")
    except ValueError:
        return False
    assert not _taken(tokens, token), "none of the vectors is an access token"
    try:
        tokens.signed(token)
    except NotSignedIn:
        return False
    return True


ZOO = [*forged(KEYS)]
FULL = sum(VECTORS.values()) + len(ZOO)


@pytest.mark.attack("P20", full=FULL)
def test_no_token_is_taken_that_is_not_ours(campaign: Campaign) -> None:
    assert len(ZOO) >= 150 and len({name for name, _ in ZOO}) == len(ZOO)
    tokens = _tokens(KEYS)
    vectors = [*_vectors()]
    for number in campaign.rounds():
        if number < len(ZOO):
            name, token = ZOO[number]
            if _taken(tokens, token):
                campaign.fail(name)
        else:
            _judge(campaign, *vectors[number - len(ZOO)])
    campaign.passed()


def _judge(campaign: Campaign, name: str, keys: list[dict[str, Any]], test: dict[str, Any]) -> None:
    """A vector's signature is taken where its label says valid and its one key is ES256's; nothing else is."""
    ours = [(k.get("kty"), k.get("crv"), k.get("alg")) for k in keys] == [ES256] and "jws" in test
    expected = ours and test["result"] == "valid"
    found = _signed(keys, test.get("jws", test.get("jwe", "")))
    if found != expected and name not in REVIEWED:
        campaign.fail(f"{name} {test['comment']}: {found}")


def test_the_good_ones_of_the_zoo_are_taken() -> None:
    tokens = _tokens(KEYS)
    for name, token in good(KEYS):
        assert tokens.subject(token) == "佐藤", name
        assert Weak(KEYS).subject(token) == "佐藤", name


@pytest.mark.attack("P20")
@pytest.mark.parametrize("check", FORGETS)
def test_a_verifier_that_forgets_a_check_is_found(campaign: Campaign, check: str) -> None:
    weak = Weak(KEYS, check)
    campaign.plant(check, any(_taken(weak, token) for _, token in ZOO))


def test_the_verifier_that_forgets_nothing_takes_none() -> None:
    assert [name for name, token in ZOO if _taken(Weak(KEYS), token)] == []


def _demo_keys(demo: Demo) -> Keys:
    jwk = json.loads((demo.folder / "issuer.jwk").read_text())
    private = ec.derive_private_key(_number(jwk["d"]), ec.SECP256R1())
    return Keys(private, jwk["kid"], demo.issuer, AUDIENCE, "sato", int(time.time()))


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")


@pytest.mark.attack("P20")
def test_the_running_service_takes_none_of_the_zoo(campaign: Campaign, demo: Demo) -> None:
    keys = _demo_keys(demo)
    with httpx2.Client(base_url=demo.address, timeout=60) as http:
        for name, token in good(keys):
            assert _status(http, token) == 200, name
        for name, token in forged(keys):
            if token.strip() and token.isascii() and token.isprintable() and len(token) < 60_000:
                status = _status(http, token)
                if status not in (400, 401) or (len(token) < 8000 and status != 401):
                    campaign.fail(f"over HTTP: {name}: {status}")
    assert not campaign.failures


def _status(http: httpx2.Client, token: str) -> int:
    return http.get("/filings", headers={"authorization": f"Bearer {token}"}).status_code


BAD_SETS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "no kid": [{k: v for k, v in KEYS.public().items() if k != "kid"}],
    "an empty kid": [{**KEYS.public(), "kid": ""}],
    "a kid twice": [KEYS.public(), KEYS.public()],
    "a number for a kid": [{**KEYS.public(), "kid": 1}],
    "a private key": [{**KEYS.public(), "d": "AQ"}],
    "a secret": [{"kty": "oct", "k": "AAAA", "kid": "k"}],
    "a key to encrypt": [{**KEYS.public(), "use": "enc"}],
    "a key that signs": [{**KEYS.public(), "key_ops": ["sign", "verify"]}],
    "another algorithm": [{**KEYS.public(), "alg": "ES384"}],
    "none for an algorithm": [{**KEYS.public(), "alg": "none"}],
    "another curve": [{**KEYS.public(), "crv": "secp256k1"}],
    "a point beside the curve": [{**KEYS.public(), "x": "AQ"}],
    "RSA": [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "k"}],
    "a list for a type": [{**KEYS.public(), "kty": ["EC"]}],
}


@pytest.mark.parametrize("name", BAD_SETS)
def test_a_key_set_that_is_not_of_public_signature_keys_is_not_pinned(name: str) -> None:
    with pytest.raises(ValueError, match="key"):
        Tokens({"keys": BAD_SETS[name]}, "i", "a")
