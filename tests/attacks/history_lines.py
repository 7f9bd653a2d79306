"""A bundle's lines, edited one by one: as bytes, and as one who knows what a record says (PROMISES P3)."""

import random
import re
from collections.abc import Callable

from tests.attacks.history_bundles import Bundle, History, leaf_of

Mutation = Callable[[History, random.Random], tuple[Bundle, Bundle]]
"""(the bundle as it was, the bundle as it is now)."""
Lines = tuple[bytes, ...]


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
