"""What can be done to a bundle: records, hashes, header and proof; by hand and with hashes made anew (PROMISES P3)."""

import json
import random
import re
from dataclasses import replace

from tests.attacks.history_bundles import Bundle, History
from tests.attacks.history_lines import (
    Lines,
    Mutation,
    anew,
    field_edit,
    flipped,
    identity_edit,
    invented,
    place,
    some_bundle,
    with_line,
)
from tests.attacks.history_notes import signature


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
