"""A part opens only as the part version it was sealed as (PROMISES P7, P8, P9), and its length tells a class only."""

import io
import itertools
import os
from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from service.keyholder.keys import DoesNotUnwrap, unwrap
from service.sealing import chunked, envelope
from service.sealing.chunked import DoesNotOpen, WrongCommitment
from service.sealing.envelope import open_sealed, seal, size_class
from tests.sealing.makes import REAL, Pair, pair, place
from tests.sealing.salamander import two_key_ciphertext
from tests.sealing.test_chunked import Dripping, Narrow

CONTENT = "発明の名称".encode()


def data_key(sealed: envelope.Sealed, to: Pair, where: envelope.Place) -> bytes:
    return unwrap(to.private.private, sealed.wrapped, to.key.info(where))


def test_what_was_sealed_opens_with_the_unwrapped_key() -> None:
    to, where = pair(), place()
    sealed = seal(CONTENT, where, to.key)
    assert sealed.key_id == to.key.key_id
    assert open_sealed(sealed.sealed, data_key(sealed, to, where), where) == CONTENT


def test_every_flipped_bit_of_a_sealed_part_is_refused() -> None:
    to, where = pair(), place()
    sealed = seal(CONTENT, where, to.key)
    key = data_key(sealed, to, where)
    for bit in range(len(sealed.sealed) * 8):
        flipped = bytearray(sealed.sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DoesNotOpen):
            open_sealed(bytes(flipped), key, where)


def test_every_flipped_bit_of_a_wrapped_key_is_refused() -> None:
    to, where = pair(), place()
    wrapped = seal(CONTENT, where, to.key).wrapped
    assert len(wrapped) == 1168
    for bit in range(len(wrapped) * 8):
        flipped = bytearray(wrapped)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DoesNotUnwrap):
            unwrap(to.private.private, bytes(flipped), to.key.info(where))


def test_a_data_key_is_fresh_for_every_version() -> None:
    to, where = pair(), place()
    keys = {data_key(seal(CONTENT, where, to.key), to, where) for _ in range(200)}
    assert len(keys) == 200


def test_no_item_opens_in_the_place_of_another() -> None:
    """Every ordered pair of 40 items that differ in root, kind, case, part, code, version, label or compartment."""
    pairs = [pair("application"), pair("designated"), pair("designated", "sigma"), pair("released")]
    base = place()
    places = [
        base,
        replace(base, kind="clearance"),
        replace(base, case=UUID(int=9)),
        replace(base, part=UUID(int=9)),
        replace(base, code="abstract"),
        replace(base, version=2),
        replace(base, version=3),
        replace(base, case=base.part, part=base.case),
        replace(base, kind="filin", code="gclaims"),
        replace(base, kind="filingclaims", code=""),
    ]
    items = [(to, where, seal(CONTENT, where, to.key)) for to in pairs for where in places]
    keys = [data_key(sealed, to, where) for to, where, sealed in items]
    for (i, (to, where, sealed)), (_, (other, elsewhere, _s)) in itertools.permutations(enumerate(items), 2):
        with pytest.raises(DoesNotUnwrap):  # moved with its wrapped key
            unwrap(other.private.private, sealed.wrapped, other.key.info(elsewhere))
        if where != elsewhere:  # moved, though the attacker holds the data key
            with pytest.raises(WrongCommitment):
                open_sealed(sealed.sealed, keys[i], elsewhere)
        claimed = replace(to.key, label="released" if to.key.label != "released" else "application")
        with pytest.raises(DoesNotUnwrap):  # relabelled: right private key, another label claimed
            unwrap(to.private.private, sealed.wrapped, claimed.info(where))


@pytest.mark.parametrize("change", [{"label": "released"}, {"compartment": "tau"}, {"compartment": None}, {"epoch": 2}])
def test_a_wrap_is_bound_to_label_compartment_and_epoch(change: dict[str, object]) -> None:
    to, where = pair("designated", "sigma"), place()
    sealed = seal(CONTENT, where, to.key)
    with pytest.raises(DoesNotUnwrap):
        unwrap(to.private.private, sealed.wrapped, replace(to.key, **change).info(where))  # type: ignore[arg-type]


def test_a_wrap_is_bound_to_the_id_of_its_key_and_to_its_root() -> None:
    to, where = pair(), place()
    sealed = seal(CONTENT, where, to.key)
    for other, elsewhere in [
        (replace(to.key, key_id=UUID(int=5)), where),
        (replace(to.key, root=REAL), replace(where, root=REAL)),
    ]:
        with pytest.raises(DoesNotUnwrap):
            unwrap(to.private.private, sealed.wrapped, other.info(elsewhere))


def test_another_version_or_suite_cannot_be_claimed() -> None:
    to, where = pair(), place()
    sealed = seal(CONTENT, where, to.key)
    key = data_key(sealed, to, where)
    for head in (b"\x00\x01", b"\x02\x01", b"\x01\x00", b"\x01\x02"):
        with pytest.raises(DoesNotOpen):
            open_sealed(head + sealed.sealed[2:], key, where)
    for cut in range(3):
        with pytest.raises(DoesNotOpen):
            open_sealed(sealed.sealed[:cut], key, where)


def test_a_ciphertext_made_to_open_under_two_keys_is_refused_before_any_decryption(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A salamander: plain AES-GCM opens it under both keys, to two texts; the commitment lets at most one in."""
    where = place()
    data_keys, salt = [os.urandom(32), os.urandom(32)], os.urandom(24)
    derived = [derive(key, salt, where) for key in data_keys]
    body, plains = two_key_ciphertext([(key, nonce) for key, nonce, _ in derived])
    for mine, other in ((0, 1), (1, 0)):
        sealed = salt + derived[mine][2] + body
        assert chunked.open_message(data_keys[mine], where.context(), sealed) == plains[mine]
        with monkeypatch.context() as patch:
            patch.setattr(chunked._Chunks, "open", unreachable)
            with pytest.raises(WrongCommitment):
                chunked.open_message(data_keys[other], where.context(), sealed)
            with pytest.raises(WrongCommitment):
                open_sealed(envelope._HEAD + sealed, data_keys[other], where)


def derive(data_key: bytes, salt: bytes, where: envelope.Place) -> tuple[bytes, bytes, bytes]:
    """Key, nonce and commitment of a message, derived here a second time."""
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00" + salt + where.context()
    derived = HKDFExpand(SHA512(), 76, info).derive(data_key)
    return derived[:32], derived[32:44], derived[44:]


def unreachable(*args: object) -> None:
    raise AssertionError("a chunk was decrypted before the commitment was checked")


def test_plain_gcm_alone_would_not_have_refused_a_salamander() -> None:
    keys = [(os.urandom(32), os.urandom(12)) for _ in range(2)]
    body, plains = two_key_ciphertext(keys)
    assert [AESGCM(key).decrypt(nonce, body, None) for key, nonce in keys] == plains
    assert plains[0] != plains[1]
    with pytest.raises(InvalidTag):
        AESGCM(os.urandom(32)).decrypt(keys[0][1], body, None)


@given(length=st.integers(0, 2**40))
def test_a_size_class_holds_its_content_and_costs_at_most_a_sixteenth(length: int) -> None:
    padded = size_class(length)
    assert length + 8 <= padded
    assert padded - (length + 8) < max(1024, (length + 8) / 16)
    assert size_class(padded - 8) == padded


def test_contents_of_one_class_give_sealed_parts_of_one_length() -> None:
    to, where = pair(), place()
    lengths = {len(seal(bytes(n), where, to.key).sealed) for n in (0, 1, 500, 1016)}
    assert len(lengths) == 1
    assert len(seal(bytes(1017), where, to.key).sealed) - lengths.pop() == 1024


def test_padding_other_than_the_one_for_its_length_is_refused() -> None:
    key, where = os.urandom(32), place()
    for plain in (
        (3).to_bytes(8, "big") + b"abc" + bytes(1012) + b"\x01",  # not zero
        (3).to_bytes(8, "big") + b"abc" + bytes(2037),  # a class too large
        (2000).to_bytes(8, "big") + bytes(1016),  # longer than what is there
        (3).to_bytes(8, "big") + b"abc",
        b"\x00" * 7,
        b"",
    ):
        sealed = envelope._HEAD + chunked.seal_message(key, where.context(), plain)
        with pytest.raises(DoesNotOpen):
            open_sealed(sealed, key, where)
        with pytest.raises(DoesNotOpen):
            envelope.open_stream(io.BytesIO(sealed), key, where, io.BytesIO())


@pytest.mark.parametrize("length", [0, 5, 1016, 262136, 262137, 300_000, 1_000_003])
def test_a_large_part_goes_from_file_to_file_and_is_the_same_envelope(length: int) -> None:
    to, where, content = pair(), place(), os.urandom(length)
    spool, opened = io.BytesIO(), io.BytesIO()
    made = envelope.seal_stream(io.BytesIO(content), length, spool, where, to.key)
    key = unwrap(to.private.private, made.wrapped, to.key.info(where))
    assert made.length == len(spool.getvalue())
    assert made.size_class == size_class(length)
    assert open_sealed(spool.getvalue(), key, where) == content
    assert envelope.open_stream(io.BytesIO(spool.getvalue()), key, where, opened) == length
    assert opened.getvalue() == content


def test_a_large_part_survives_files_that_give_and_take_a_little_at_a_time() -> None:
    to, where, content = pair(), place(), os.urandom(300_000)
    spool, opened = Narrow(), Narrow()
    made = envelope.seal_stream(Dripping(content), len(content), spool, where, to.key)
    key = unwrap(to.private.private, made.wrapped, to.key.info(where))
    assert envelope.open_stream(Dripping(spool.getvalue()), key, where, opened) == len(content)
    assert opened.getvalue() == content


@pytest.mark.parametrize("said", [999, 1001])
def test_a_large_part_of_another_length_than_was_said_is_not_sealed(said: int) -> None:
    with pytest.raises(ValueError, match="than was said"):
        envelope.seal_stream(io.BytesIO(bytes(1000)), said, io.BytesIO(), place(), pair().key)
