"""A bundle's checkpoint, edited and forged as well as one can without the log's key (PROMISES P3)."""

import base64
import hashlib
import random
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.attacks.history_bundles import Bundle, History, mth
from tests.attacks.history_lines import anew, field_edit, flipped, place, some_bundle, with_line

ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of Ed25519's base point."""


def signature(history: History, rng: random.Random) -> tuple[Bundle, Bundle]:
    """The note: a byte, a second text of the same signature, another note's, another key's; with the records rewritten to fit, too."""
    was = some_bundle(history, rng)
    body, _, signed = was.note.partition(b"\n\n")
    mark, name, text = signed.strip().split(b" ")
    data = base64.b64decode(text)
    note_of = lambda sig, body=body, name=name: (
        body + b"\n\n" + mark + b" " + name + b" " + base64.b64encode(sig) + b"\n"
    )
    high = (int.from_bytes(data[36:], "little") + ORDER).to_bytes(32, "little")
    spare = bytearray(text)
    spare[-2] = ord("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(_value(spare[-2]) ^ 1) % 64])
    older = history.notes[rng.choice(history.sizes[:-1])]
    stranger = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
    notes = [
        lambda: _flipped_note(was.note, rng),
        lambda: note_of(data[:36] + high),
        lambda: body + b"\n\n" + mark + b" " + name + b" " + bytes(spare) + b"\n",
        lambda: older,
        lambda: body + b"\n\n" + older.partition(b"\n\n")[2],
        lambda: note_of(data[:4] + stranger.sign(body + b"\n")),
        lambda: note_of(_key_id(name, stranger) + stranger.sign(body + b"\n")),
        lambda: note_of(rng.randbytes(4) + data[4:]),
        lambda: note_of(data, name=name + b"x"),
        lambda: note_of(bytes(68)),
    ]
    if was is history.whole and rng.randrange(3) == 0:
        return was, _forged(history, rng, note_of, data, stranger)
    note = rng.choice(notes)()
    return was, replace(was, note=note if note != was.note else _flipped_note(was.note, rng))


def _forged(history: History, rng: random.Random, note_of, data: bytes, stranger: Ed25519PrivateKey) -> Bundle:  # type: ignore[no-untyped-def]
    """Records rewritten, hashes and root made anew, and signed as well as one can without the key."""
    was = history.whole
    at = place(was, rng)
    bodies = with_line(was.bodies, at, field_edit(was.bodies[at], rng))
    leaves = anew(bodies)
    root = base64.b64encode(mth([bytes.fromhex(line.decode()) for line in leaves]))
    origin, size, _ = was.note.split(b"\n")[:3]
    body = origin + b"\n" + size + b"\n" + root
    signed = rng.choice(
        [data, data[:4] + stranger.sign(body + b"\n"), _key_id(origin, stranger) + stranger.sign(body + b"\n")]
    )
    return replace(was, bodies=bodies, leaves=leaves, note=note_of(signed, body=body))


def _flipped_note(note: bytes, rng: random.Random) -> bytes:
    lines = note[:-1].split(b"\n")
    at = rng.choice([0, 1, 2, 4])
    lines[at] = flipped(lines[at], rng)
    changed = b"\n".join(lines) + b"\n"
    return changed if changed != note else b"x" + note


def _key_id(name: bytes, key: Ed25519PrivateKey) -> bytes:
    return hashlib.sha256(name + b"\n\x01" + key.public_key().public_bytes_raw()).digest()[:4]


def _value(letter: int) -> int:
    return b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".index(letter)
