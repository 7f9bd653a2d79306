"""Primitives are right (PROMISES P13): published vectors through our own wrappers, every deviation in a list with its reason."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.audit.leaf import NotARecord, decode
from service.keyholder import keys
from service.sealing import chunked
from tests.attacks import oracle_envelope as oracle
from tests.attacks import vectors_cases as cases
from tests.attacks import vectors_hybrid, vectors_signatures
from tests.attacks.campaign import Campaign
from tests.attacks.vectors_cases import Case
from tests.attacks.vectors_faults import FAULTS
from tests.sealing.makes import DEMO
from tests.shared import shared

COUNTS = {
    "chunked_encryption": 70, "aes_gcm": 316, "chunks_of_aes_gcm": 145, "hmac_sha256": 174, "hkdf_sha256": 23, "ml_kem_768": 193,
    "ml_kem_768_keys": 265, "x25519": 518, "ed25519": 151, "ed25519_corners": 914, "merkle": 518, "roots": 9,
}  # fmt: skip
"""Vectors of each family that go through a wrapper of ours; 145 of AES-GCM go through two."""

NO_WRAPPER = {
    "aes_gcm_siv 202, aes_kwp 254, aes_wrap 165, chacha20_poly1305 325": "not used",
    "ecdsa P-256 484, P-384 504": "ES256 comes within tokens only, not as DER (tests/attacks/test_tokens.py)",
    "hkdf_sha384 83, hmac_sha512 174": "not used",
    "hkdf_sha512 83, hkdf_sha256 with a salt or too long 63": "our wrappers expand only, or take no salt: run through the oracle",
    "json_web_signature 401, json_web_key 26, json_web_crypto 83": "tests/attacks/test_tokens.py",
    "json_web_encryption 139": "no encrypted token is taken",
    "ml_kem_1024 193, semi-expanded keys 9, ml_dsa 180 + 210": "not used",
    "SLIP-39 45, age 143, FLOE 14, RFC 3161 14": "not used",
    "JCS 6": "no general canonicaliser: a record is none of these, and is refused",
}  # fmt: skip


def family(name: str, folder: Path) -> Iterator[Case]:
    room = next(room for room in (cases, vectors_hybrid, vectors_signatures) if hasattr(room, name))
    made: Callable[..., Iterator[Case]] = getattr(room, name)
    yield from made(cases.vault(folder / name)) if name in ("aes_gcm", "hmac_sha256") else made()


def reviewed(name: str, case: Case, taken: bool) -> str | None:
    """Why a deviation is right for us; None where nobody looked at it."""
    flags = set(case.vector.get("flags") or ())
    if name == "aes_gcm" and case.vector["ivSize"] != 96 and not taken:
        return "the wrapper's nonces have 12 bytes: another length is refused"
    if name == "x25519" and "ZeroSharedSecret" in flags and not taken:
        return "a shared secret of zeros is refused (RFC 7748, 6.1)"
    return None


def deviation(name: str, case: Case) -> tuple[str, str | None] | None:
    """(what differed, the reviewed reason or None); None where the wrapper did as the vector says."""
    try:
        taken = case.run()
    except Exception as fault:
        return f"{case.name}: {type(fault).__name__}: {fault}"[:200], None
    if taken == case.valid or (case.valid is None and taken):
        return None
    reason = reviewed(name, case, taken)
    return f"{case.name}: {'taken' if taken else 'refused'}, flags {case.vector.get('flags')}", reason


@pytest.fixture(scope="module")
def all_cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Case]]:
    return {name: list(family(name, tmp_path_factory.mktemp("vaults"))) for name in COUNTS}


@pytest.mark.attack("P13", full=sum(COUNTS.values()))
def test_published_vectors_pass_through_our_own_wrappers(
    campaign: Campaign, all_cases: dict[str, list[Case]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert {name: len(made) for name, made in all_cases.items()} == COUNTS
    everything = [(name, case) for name, made in all_cases.items() for case in made]
    campaign.rng("order").shuffle(everything)
    told: Counter[str] = Counter()
    for number in campaign.rounds():
        name, case = everything[number]
        found = deviation(name, case)
        if found and found[1]:
            told[found[1]] += 1
        elif found:
            campaign.fail(found[0])
    with capsys.disabled():
        print(f"\nP13: {campaign.trials} vectors through our wrappers: {COUNTS}\nreviewed deviations: {dict(told)}")
    campaign.passed()


@pytest.mark.attack("P13")
@pytest.mark.parametrize("name", FAULTS)
def test_a_weaker_wrapper_is_found(
    name: str, campaign: Campaign, all_cases: dict[str, list[Case]], monkeypatch: pytest.MonkeyPatch
) -> None:
    families, weaken = FAULTS[name]
    weaken(monkeypatch)
    found = (deviation(family, case) for family in families for case in all_cases[family])
    campaign.plant(name, any(one is not None and one[1] is None for one in found))


def test_the_oracles_hkdf_is_that_of_the_vectors() -> None:
    count = 0
    for name in ("sha256", "sha384", "sha512"):
        for _, test in cases.wycheproof(f"hkdf_{name}"):
            secret, salt, info = (bytes.fromhex(test[field]) for field in ("ikm", "salt", "info"))
            if test["result"] == "invalid":
                with pytest.raises(ValueError, match="byte"):
                    oracle.expand(b"", b"", test["size"], name)
            else:
                assert oracle.expand(oracle.extract(salt, secret, name), info, test["size"], name).hex() == test["okm"]
            count += 1
    assert count == 86 + 83 + 83


def test_our_derivations_are_those_of_the_oracle() -> None:
    """What no published vector can be put through: HKDF-Expand-SHA-512 of a part's keys, HKDF-SHA256 of the keyholder's."""
    rng = random.Random(13)
    for _ in range(1000):
        key, salt, context = rng.randbytes(32), rng.randbytes(24), rng.randbytes(rng.randrange(200))
        chunks, commitment = chunked._derive(key, salt, context, chunked.COBBLESTONE_256)
        _, base, committed = oracle.derived(key, salt, context)
        assert (chunks._base, commitment) == (base, committed)
        purpose = rng.randbytes(4).hex()
        info = oracle.listed(b"hozen key v1", DEMO, purpose.encode())
        assert keys.derive(key, DEMO, purpose) == oracle.expand(oracle.extract(b"", key, "sha256"), info, 32, "sha256")


def test_no_canonical_json_but_a_record_is_a_record() -> None:
    files = sorted(shared("vectors/jcs/testdata").glob("*put/*.json"))
    assert len(files) == 12
    for file in files:
        with pytest.raises(NotARecord):
            decode(file.read_bytes())


def test_there_are_enough_planted_faults() -> None:
    assert len(FAULTS) >= 20
    assert set(NO_WRAPPER.values())
