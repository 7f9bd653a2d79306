"""The 35 + 35 Wycheproof vectors of C2SP chunked-encryption, through our own code, one-shot and streamed."""

import hashlib
import io
import json
import os
import zlib
from typing import Any

import pytest

from service.sealing import chunked
from tests.shared import shared

SUITES = {"AEAD_AES_128_GCM": chunked.COBBLESTONE_128, "AEAD_AES_256_GCM": chunked.COBBLESTONE_256}


def vectors(bits: int) -> list[Any]:
    file = shared(f"vectors/wycheproof/testvectors_v1/c2sp_chunked_encryption_aes_{bits}_gcm_test.json")
    groups = json.loads(file.read_text())["testGroups"]
    found = [
        pytest.param(SUITES[group["aead"]], test, id=f"{bits}-{test['tcId']}")
        for group in groups
        for test in group["tests"]
    ]
    assert len(found) == 35
    return found


VECTORS = vectors(128) + vectors(256)


@pytest.mark.parametrize(("suite", "test"), VECTORS)
def test_a_vector_opens_or_is_refused_as_it_says(suite: chunked.Suite, test: dict[str, Any]) -> None:
    key, context, sealed = bytes.fromhex(test["key"]), bytes.fromhex(test["ctx"]), inflated(test)
    spool = io.BytesIO()
    if test["result"] == "valid":
        message = chunked.open_message(key, context, sealed, suite)
        assert len(message) == test["msgLength"]
        assert hashlib.sha512(message).hexdigest() == test["msgSha512"]
        assert chunked.open_stream(key, context, io.BytesIO(sealed), spool, suite) == len(message)
        assert spool.getvalue() == message
        return
    with pytest.raises(chunked.DoesNotOpen) as refused:
        chunked.open_message(key, context, sealed, suite)
    with pytest.raises(chunked.DoesNotOpen):
        chunked.open_stream(key, context, io.BytesIO(sealed), spool, suite)
    assert len(spool.getvalue()) <= test.get("msgLength", 0), "the spool holds verified chunks only"
    if {"WrongKey", "WrongContext", "InvalidKeySize"} & set(test["flags"]):
        assert isinstance(refused.value, chunked.WrongCommitment)


@pytest.mark.parametrize(("suite", "test"), [v for v in VECTORS if v.values[1]["result"] == "valid"])
def test_our_own_sealing_repeats_a_valid_vector_bit_by_bit(
    suite: chunked.Suite, test: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, context, sealed = bytes.fromhex(test["key"]), bytes.fromhex(test["ctx"]), inflated(test)
    message = chunked.open_message(key, context, sealed, suite)
    monkeypatch.setattr(os, "urandom", lambda n: sealed[:n])  # the vector's salt
    assert chunked.seal_message(key, context, message, suite) == sealed
    spool = io.BytesIO()
    assert chunked.seal_stream(key, context, io.BytesIO(message), spool, suite) == len(sealed)
    assert spool.getvalue() == sealed


def inflated(test: dict[str, Any]) -> bytes:
    return zlib.decompress(bytes.fromhex(test["ct"]))
