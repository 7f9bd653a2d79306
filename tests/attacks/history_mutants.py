"""What can be done to a bundle: records, hashes, header, proof and note edited, as bytes and as one who knows the format (PROMISES P3)."""

import base64
import hashlib
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.attacks.history_bundles import Bundle, History, leaf_of, mth

Mutation = Callable[[History, random.Random], tuple[Bundle, Bundle]]
"""(the bundle as it was, the bundle as it is now)."""
Lines = tuple[bytes, ...]
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of Ed25519's base point."""


def flipped(line: bytes, rng: random.Random) -> bytes:
    """One bit or byte changed, one byte left out or put in; never an LF put in."""
    at, out = rng.randrange(len(line)), bytearray(line)
    match rng.randrange(4):
        case 0:
            out[at] ^= 1 << rng.randrange(8)
        case 1:
            out[at] = (out[at] + rng.randrange(1, 256)) % 256
        case 2:
            del out[at]
        case _:
            out.insert(at, rng.randrange(32, 127))
    return bytes(out).replace(b"\n", b" ")


def with_line(lines: Lines, at: int, *new: bytes) -> Lines:
    return (*lines[:at], *new, *lines[at + 1 :])


def anew(bodies: Lines) -> Lines:
    """Leaf hash lines made anew."""
    return tuple(leaf_of(body).hex().encode() for body in bodies)


def field_edit(body: bytes, rng: random.Random) -> bytes:
    """Another value of one field, in its form."""
    some = rng.randbytes(16).hex().encode()
    edits = [
        lambda b: re.sub(
            rb'"outcome":"[a-z]+"', b'"outcome":"' + rng.choice([b"allowed", b"refused", b"failed"]) + b'"', b
        ),
        lambda b: re.sub(rb'"person":"[0-9a-f]+"', b'"person":"' + some + b'"', b),
        lambda b: re.sub(rb'"case":"[0-9a-f]+"', b'"case":"' + some + b'"', b),
        lambda b: re.sub(rb'"status":[0-9]+', b'"status":%d' % rng.randrange(200, 600), b),
        lambda b: re.sub(rb'"happened_on":"[0-9-]+"', b'"happened_on":"2026-0%d-11"' % rng.randrange(1, 10), b),
        lambda b: re.sub(rb'"label":"[a-z]+(/[A-Za-z0-9]+)?"', b'"label":"released"', b),
        lambda b: re.sub(
            rb'"action":"[a-z_]+"', b'"action":"' + rng.choice([b"lift", b"extend", b"read_title"]) + b'"', b
        ),
    ]
    return _other(body, edits, rng)


def identity_edit(body: bytes, rng: random.Random) -> bytes:
    """Another id, time, number or writer, in its form."""
    some = rng.randbytes(16).hex().encode()
    edits = [
        lambda b: re.sub(rb'"id":"[0-9a-f]{32}"', b'"id":"' + some + b'"', b),
        lambda b: re.sub(rb'"writer":"[0-9a-f]{32}"', b'"writer":"' + some + b'"', b),
        lambda b: re.sub(rb'"at":"[0-9-]+T[0-9:]+', b'"at":"2026-11-23T0%d:00:00' % rng.randrange(10), b),
        lambda b: re.sub(rb'"number":[0-9]+', b'"number":%d' % rng.randrange(1, 9999), b),
        lambda b: re.sub(rb'"request":"[0-9a-f]{32}"', b'"request":"' + some + b'"', b),
    ]
    return _other(body, edits, rng)


def _other(body: bytes, edits: list[Callable[[bytes], bytes]], rng: random.Random) -> bytes:
    while True:
        changed = rng.choice(edits)(body)
        if changed != body:
            return changed


def invented(history: History, rng: random.Random) -> bytes:
    """A record that might well be one: of a writer that never was, or the next of one that was."""
    body = identity_edit(rng.choice(history.whole.bodies), rng)
    body = re.sub(rb'"id":"[0-9a-f]{32}"', b'"id":"' + rng.randbytes(16).hex().encode() + b'"', body)
    if rng.randrange(2):
        body = re.sub(rb'"writer":"[0-9a-f]{32}"', b'"writer":"' + rng.randbytes(16).hex().encode() + b'"', body)
        body = re.sub(rb'"number":[0-9]+', b'"number":1', body)
    return body


def some_bundle(history: History, rng: random.Random) -> Bundle:
    """The whole log, or a range of it."""
    return rng.choice(history.ranges) if history.ranges and rng.randrange(2) else history.whole


def place(bundle: Bundle, rng: random.Random) -> int:
    """Often the first or last one."""
    return rng.choice([0, len(bundle.bodies) - 1, *[rng.randrange(len(bundle.bodies))] * 4])


def edited(history: History, rng: random.Random) -> tuple[Bundle, Bundle]:
    """A byte or field of one record; sometimes its hash made anew; sometimes more records behind it edited too."""
    was = some_bundle(history, rng)
    now, at = was, place(was, rng)
    for one in (at, *(rng.randrange(at, len(was.bodies)) for _ in range(rng.choice([0, 0, 0, 1, 5])))):
        change = flipped if rng.randrange(2) else field_edit
        bodies = with_line(now.bodies, one, change(was.bodies[one], rng))
        leaves = now.leaves if rng.randrange(4) else with_line(now.leaves, one, *anew((bodies[one],)))
        now = replace(now, bodies=bodies, leaves=leaves)
    return was, now


def identity(history: History, rng: random.Random) -> tuple[Bundle, Bundle]:
    """Id, time, number, writer or request of one record; in half of all cases its hash made anew."""
    was = some_bundle(history, rng)
    at = place(was, rng)
    bodies = with_line(was.bodies, at, identity_edit(was.bodies[at], rng))
    return was, replace(was, bodies=bodies, leaves=anew(bodies) if rng.randrange(2) else was.leaves)


def deleted(history: History, rng: random.Random) -> tuple[Bundle, Bundle]:
    """One record or a range: its line alone, emptied, or with hash and count."""
    was = some_bundle(history, rng)
    at = place(was, rng)
    end = min(at + rng.choice([1, 1, 2, 10, 500]), len(was.bodies))
    bodies, leaves = was.bodies[:at] + was.bodies[end:], was.leaves[:at] + was.leaves[end:]
    match rng.randrange(4):
        case 0:
            return was, replace(was, bodies=bodies)
        case 1:
            return was, replace(was, bodies=(*was.bodies[:at], *[b""] * (end - at), *was.bodies[end:]))
        case 2:
            return was, replace(was, bodies=bodies, leaves=leaves)
        case _:
            header = was.header.replace(b'"count":%d' % len(was.bodies), b'"count":%d' % len(bodies))
            return was, replace(was, bodies=bodies, leaves=leaves, header=header)


def inserted(history: History, rng: random.Random) -> tuple[Bundle, Bundle]:
    """One record or a few, hashes made anew; the count kept (the last ones fall off), left too small, or raised."""
    was = some_bundle(history, rng)
    at = rng.choice([place(was, rng), len(was.bodies)])
    new = tuple(invented(history, rng) for _ in range(rng.choice([1, 1, 2, 20])))
    if rng.randrange(8) == 0:
        new = was.bodies[at - 1 : at] or new
    bodies = was.bodies[:at] + new + was.bodies[at:]
    match rng.randrange(4):
        case 0:
            kept = bodies[: len(was.bodies)]
            return was, replace(was, bodies=kept, leaves=anew(kept))
        case 1:
            return was, replace(was, bodies=bodies, leaves=anew(bodies))
        case 2:
            return was, replace(was, bodies=bodies)
        case _:
            header = was.header.replace(b'"count":%d' % len(was.bodies), b'"count":%d' % len(bodies))
            return was, replace(was, bodies=bodies, leaves=anew(bodies), header=header)


def reordered(history: History, rng: random.Random) -> tuple[Bundle, Bundle]:
    """Two exchanged, one moved, a range turned round or rotated; hashes along with them or not."""
    was = max(some_bundle(history, rng), history.ranges[0], key=lambda bundle: len(bundle.bodies))
    order = list(range(len(was.bodies)))
    a, b = sorted(rng.sample(order, 2))
    match rng.randrange(4):
        case 0:
            order[a], order[b] = order[b], order[a]
        case 1:
            order.insert(b, order.pop(a))
        case 2:
            order[a : b + 1] = reversed(order[a : b + 1])
        case _:
            order = order[b:] + order[:b]
    bodies, leaves = tuple(was.bodies[n] for n in order), tuple(was.leaves[n] for n in order)
    return was, rng.choice(
        [replace(was, bodies=bodies), replace(was, leaves=leaves), replace(was, bodies=bodies, leaves=leaves)]
    )


def proof(history: History, rng: random.Random) -> tuple[Bundle, Bundle]:
    """Header, range proof and leaf hash lines."""
    was = rng.choice(history.ranges) if rng.randrange(3) else history.whole
    said = was.said
    side = rng.choice(["left", "right"])
    nodes = list(said[side]) or ["00" * 32]
    at = rng.randrange(len(nodes))
    other = rng.randbytes(32).hex()
    headers = [
        {**said, side: [*nodes[:at], nodes[at][:-1] + ("0" if nodes[at][-1] != "0" else "1"), *nodes[at + 1 :]]},
        {**said, side: nodes[:at] + nodes[at + 1 :] if said[side] else [other]},
        {**said, side: [*nodes, other]},
        {**said, "first": said["first"] + rng.choice([1, 2, 4, 8])},
        {**said, "count": max(said["count"] + rng.choice([-1, 1, 2**40]), 0)},
        {**said, "size": said["size"] + rng.choice([-1, 1, 1000])},
        {**said, "count": float(said["count"])},
        {**said, "origin": said["origin"] + "x"},
        {**said, "format": "hozen-bundle-v2"},
        {**said, "more": 1},
    ]
    match rng.randrange(4):
        case 0 | 1:
            line = json.dumps(rng.choice(headers), sort_keys=True, separators=(",", ":")).encode()
            return was, replace(was, header=line)
        case 2:
            line = rng.choice([flipped(was.header, rng), json.dumps(said).encode(), was.header + b" "])
            return was, replace(was, header=line if line != was.header else line + b" ")
        case _:
            return was, replace(was, leaves=_leaf_lines(was.leaves, rng))


def _leaf_lines(leaves: Lines, rng: random.Random) -> Lines:
    at = rng.randrange(len(leaves))
    line = leaves[at]
    new = rng.choice([(flipped(line, rng),), (line.upper(),), (), (line, line), (line[:63] + b"g",), (leaves[at - 1],)])
    return (*leaves, leaves[0]) if rng.randrange(8) == 0 else with_line(leaves, at, *new)


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


def rewritten(history: History, rng: random.Random) -> tuple[Bundle, Bundle]:
    """Everything from one record on, hashes made anew; sometimes one more record damaged behind."""
    was = some_bundle(history, rng)
    at = place(was, rng)
    person = rng.randbytes(16).hex().encode()
    rewrite = lambda body: re.sub(rb'"request":"[0-9a-f]{32}"', b'"request":"' + person + b'"', body)
    bodies = (*was.bodies[:at], *map(rewrite, was.bodies[at:]))
    leaves = anew(bodies)
    if rng.randrange(3) == 0:
        spoiled = rng.randrange(at, len(bodies))
        bodies = with_line(bodies, spoiled, flipped(bodies[spoiled], rng))
    return was, replace(was, bodies=bodies, leaves=leaves)


MUTATIONS: dict[str, tuple[int, Mutation]] = {
    "bytes and fields": (2300, edited),
    "deletions": (1200, deleted),
    "insertions, hashes anew": (1200, inserted),
    "reorderings": (850, reordered),
    "ids and times": (850, identity),
    "proof and leaf hashes": (1000, proof),
    "signatures": (850, signature),
    "rewritings": (400, rewritten),
}
"""How many of ten thousand; the rest is done in the database (history_tables)."""
