"""A checkpoint note has one valid text, and only the log's own key makes it open."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.audit import checkpoint
from service.audit.checkpoint import Checkpoint, LogKey
from tests.audit import logs

HEAD = Checkpoint(logs.ORIGIN, 42, hashlib.sha256(b"root").digest())
NOTE = checkpoint.sign(HEAD, logs.KEY)
PUBLIC = LogKey.of(logs.ORIGIN, logs.KEY)


def test_a_signed_checkpoint_opens_under_its_key() -> None:
    assert checkpoint.open_note(NOTE, PUBLIC) == HEAD
    assert checkpoint.claimed(NOTE) == HEAD
    assert NOTE.splitlines()[:4] == [logs.ORIGIN, "42", "SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=", ""]


def test_the_public_key_line_is_that_of_a_signed_note() -> None:
    assert LogKey.parse(PUBLIC.line()) == PUBLIC
    name, key_id, data = PUBLIC.line().strip().split("+", 2)
    assert (name, base64.b64decode(data)) == (logs.ORIGIN, b"\x01" + PUBLIC.public)
    assert hashlib.sha256(name.encode() + b"\n\x01" + PUBLIC.public).hexdigest()[:8] == key_id


def test_every_flipped_bit_of_a_note_is_refused() -> None:
    data = NOTE.encode()
    for place in range(len(data) * 8):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises((checkpoint.NotACheckpoint, checkpoint.WrongSignature)):
            checkpoint.open_note(changed.decode("utf-8", "surrogateescape"), PUBLIC)


def test_every_byte_added_to_or_taken_from_a_note_is_refused() -> None:
    for place in range(len(NOTE) + 1):
        for changed in [NOTE[:place] + NOTE[place + 1 :], *(NOTE[:place] + c + NOTE[place:] for c in "\n\r +=0A")]:
            if changed == NOTE:
                continue
            with pytest.raises((checkpoint.NotACheckpoint, checkpoint.WrongSignature)):
                checkpoint.open_note(changed, PUBLIC)


def test_another_key_under_the_same_name_does_not_open_it() -> None:
    other = LogKey.of(logs.ORIGIN, Ed25519PrivateKey.generate())
    with pytest.raises(checkpoint.WrongSignature):
        checkpoint.open_note(NOTE, other)
    with pytest.raises(checkpoint.WrongSignature):
        checkpoint.open_note(NOTE, LogKey("another.example", PUBLIC.public))


def test_extension_lines_and_second_signatures_are_refused() -> None:
    body, _, signature = NOTE.partition("\n\n")
    for changed in (f"{body}\nextension\n\n{signature}", NOTE + signature, NOTE + "\n", "\n" + NOTE):
        with pytest.raises(checkpoint.NotACheckpoint):
            checkpoint.open_note(changed, PUBLIC)


@pytest.mark.parametrize(
    "head",
    [
        Checkpoint("two words", 1, bytes(32)),
        Checkpoint("a+b", 1, bytes(32)),
        Checkpoint("", 1, bytes(32)),
        Checkpoint("a\nb", 1, bytes(32)),
        Checkpoint("a", -1, bytes(32)),
        Checkpoint("a", 1, bytes(31)),
    ],
)
def test_a_checkpoint_that_no_note_can_say_is_not_signed(head: Checkpoint) -> None:
    with pytest.raises(checkpoint.NotACheckpoint):
        checkpoint.sign(head, logs.KEY)


@pytest.mark.parametrize(
    "line",
    ["", "a", "a+b+c", PUBLIC.line() + "\n", PUBLIC.line().upper(), " " + PUBLIC.line(), PUBLIC.line().rstrip("\n"),
     LogKey(logs.ORIGIN, b"\x02" + PUBLIC.public).line(), "x" + PUBLIC.line()],
)  # fmt: skip
def test_a_line_that_is_no_public_key_is_refused(line: str) -> None:
    with pytest.raises(checkpoint.NotACheckpoint):
        LogKey.parse(line)
