"""Sealed parts and ten thousand ways to change them (PROMISES P7), each judged through every door that opens one."""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from service.keyholder import keys
from service.sealing import chunked, envelope
from service.sealing.chunked import DoesNotOpen
from tests.attacks import oracle_envelope as oracle
from tests.attacks.oracle_envelope import BODY, CHUNK, HEAD, PIECE, SALT, TAG
from tests.sealing.makes import DEMO, Pair, pair

LENGTHS = (0, 1, 700, 1016, 1017, 5000, 16375, 16376, 16377, 32760, 40_000, 65_528, 100_000, 270_000)
"""Of contents: each side of a class's edge, of a chunk's edge, one of many chunks and one of more than a group."""


@dataclass(frozen=True)
class Item:
    """One sealed part, its data key and what it says; `twin`: the same content at the same place sealed again."""

    content: bytes
    place: envelope.Place
    where: oracle.Where
    to: Pair
    sealed: bytes
    wrapped: bytes
    key: bytes
    twin: bytes
    twin_wrapped: bytes

    def edges(self) -> list[int]:
        """Where each chunk begins and the last one ends."""
        return [*range(BODY, len(self.sealed), PIECE), len(self.sealed)]

    def chunks(self) -> list[bytes]:
        return [self.sealed[a:b] for a, b in zip(self.edges(), self.edges()[1:], strict=False)]


def items(rng: random.Random, lengths: tuple[int, ...] = LENGTHS) -> list[Item]:
    """One part of each length, sealed by the service. Raises AssertionError unless each opens, here and in the other reading."""
    to, made = pair(), []
    for number, length in enumerate(lengths):
        where = oracle.Where(DEMO, "filing", UUID(int=7), UUID(int=number + 100), "claims", 1 + number % 3)
        place = envelope.Place(where.root, where.kind, where.case, where.part, where.code, where.version)
        content = rng.randbytes(length)
        first, second = envelope.seal(content, place, to.key), envelope.seal(content, place, to.key)
        key = keys.unwrap(to.private.private, first.wrapped, to.key.info(place))
        made.append(Item(content, place, where, to, first.sealed, first.wrapped, key, second.sealed, second.wrapped))
        assert envelope.open_sealed(first.sealed, key, place) == content
    return made


def flip(data: bytes, rng: random.Random, start: int, stop: int) -> bytes:
    """One bit, or a byte, or a few bytes of [start, stop)."""
    out = bytearray(data)
    at = rng.randrange(start, max(stop, start + 1))
    match rng.randrange(3):
        case 0:
            out[at] ^= 1 << rng.randrange(8)
        case 1:
            out[at] = (out[at] + rng.randrange(1, 256)) % 256
        case _:
            for place in range(at, min(at + rng.randrange(1, 17), stop)):
                out[place] ^= rng.randrange(1, 256)
    return bytes(out)


Mutation: TypeAlias = Callable[[Item, random.Random], bytes]


def _cut(item: Item, rng: random.Random) -> bytes:
    """At a chunk's edge, or up to 17 bytes beside it."""
    at = rng.choice(item.edges()) + rng.choice([0, *range(-17, 18)])
    return item.sealed[: max(at, 0)]


def _rearranged(item: Item, rng: random.Random) -> bytes:
    """Chunks swapped, doubled, dropped, moved, turned round."""
    chunks = item.chunks()
    a, b = rng.randrange(len(chunks)), rng.randrange(len(chunks))
    match rng.randrange(6):
        case 0:
            chunks[a], chunks[b] = chunks[b], chunks[a]
        case 1:
            chunks.insert(a, chunks[a])
        case 2:
            del chunks[a]
        case 3:
            chunks.insert(b, chunks.pop(a))
        case 4:
            chunks.reverse()
        case _:
            chunks[a] = chunks[b]
    return item.sealed[:BODY] + b"".join(chunks)


def _longer(item: Item, rng: random.Random) -> bytes:
    more = rng.choice([b"\x00" * TAG, rng.randbytes(rng.randrange(1, 40)), item.chunks()[-1], item.sealed, b"\n"])
    at = rng.choice([*item.edges(), 0, len(HEAD)])
    return item.sealed[:at] + more + item.sealed[at:]


def _spliced(item: Item, rng: random.Random) -> bytes:
    """Pieces of the twin: its salt, its commitment, its header, its chunks."""
    ours, other = item.sealed, item.twin
    match rng.randrange(5):
        case 0:
            return HEAD + other[2 : 2 + SALT] + ours[2 + SALT :]
        case 1:
            return ours[: 2 + SALT] + other[2 + SALT : BODY] + ours[BODY:]
        case 2:
            return other[:BODY] + ours[BODY:]
        case 3:
            edge = rng.choice(item.edges()[:-1])
            return ours[:edge] + other[edge:]
        case _:
            return other


def _another_salt(item: Item, rng: random.Random) -> bytes:
    salt = rng.choice([bytes(SALT), rng.randbytes(SALT), item.sealed[2 : 2 + SALT // 2] + bytes(SALT // 2)])
    return item.sealed[:2] + salt + item.sealed[2 + SALT :]


def _another_commitment(item: Item, rng: random.Random) -> bytes:
    commitment = rng.choice(
        [bytes(32), rng.randbytes(32), item.sealed[26:42] + bytes(16), bytes(16) + item.sealed[42:58]]
    )
    return item.sealed[: 2 + SALT] + commitment + item.sealed[BODY:]


def _downgraded(item: Item, rng: random.Random) -> bytes:
    """Another version or suite claimed: over the ciphertext, over plain content, over the bare chunked form."""
    head = bytes([rng.choice([0, 2, 255]), 1]) if rng.randrange(2) else bytes([1, rng.choice([0, 2, 255])])
    rest = rng.choice([item.sealed[2:], oracle.padded(item.content), item.content, item.sealed[BODY:]])
    return rng.choice([head + rest, item.sealed[2:], head[:1] + item.sealed[2:], b"", head])


def _a_second_form(item: Item, rng: random.Random) -> bytes:
    """What only a holder of the data key can make: the same content, but not in its one form."""
    plain, salt = oracle.padded(item.content), rng.randbytes(SALT)
    content, length = item.content, len(item.content)
    wrong = [
        plain + bytes(1024),
        plain[:8] + content,
        bytes(1024 * (1 + len(plain) // 1024)),
        (length + len(plain)).to_bytes(8, "big") + plain[8:],
        (2**64 - 1).to_bytes(8, "big") + plain[8:],
        plain[:7],
        b"",
    ]
    wrong = [w for w in wrong if not _sound(w)]
    if len(plain) > 8 + length:
        wrong += [plain[:-1] + b"\x01", plain[: 8 + length] + b"\x80" + plain[9 + length :]] * 2
    return oracle.seal(item.key, item.where.context(), rng.choice(wrong), salt)


def _sound(plain: bytes) -> bool:
    content = plain[8 : 8 + int.from_bytes(plain[:8], "big")]
    return oracle.padded(content) == plain


MUTATIONS: dict[str, Mutation] = {
    "version": lambda i, r: flip(i.sealed, r, 0, 1),
    "suite": lambda i, r: flip(i.sealed, r, 1, 2),
    "salt": lambda i, r: flip(i.sealed, r, 2, 2 + SALT),
    "commitment": lambda i, r: flip(i.sealed, r, 2 + SALT, BODY),
    "first chunk": lambda i, r: flip(i.sealed, r, BODY, min(BODY + CHUNK, len(i.sealed))),
    "any byte": lambda i, r: flip(i.sealed, r, 0, len(i.sealed)),
    "tag": lambda i, r: (lambda end: flip(i.sealed, r, end - TAG, end))(r.choice(i.edges()[1:])),
    "cut": _cut,
    "chunks": _rearranged,
    "longer": _longer,
    "spliced": _spliced,
    "another salt": _another_salt,
    "another commitment": _another_commitment,
    "downgraded": _downgraded,
    "second form": _a_second_form,
}
WRAPS: dict[str, Mutation] = {
    "wrap flipped": lambda i, r: flip(i.wrapped, r, 0, len(i.wrapped)),
    "wrap cut": lambda i, r: i.wrapped[: r.randrange(len(i.wrapped))],
    "wrap longer": lambda i, r: i.wrapped + r.randbytes(r.randrange(1, 33)),
    "wrap spliced": lambda i, r: (lambda at: i.wrapped[:at] + i.twin_wrapped[at:])(r.choice([1088, 1120, 1152])),
}
KINDS = (*MUTATIONS, *WRAPS)


def trial(made: list[Item], kind: str, rng: random.Random) -> str | None:
    """One changed part or wrap; what went wrong, or None. A change that changed nothing is made anew."""
    while True:
        item = made[min(rng.randrange(len(made)), rng.randrange(len(made)))]  # more often a short one
        if kind == "chunks" and rng.randrange(5):
            item = rng.choice([i for i in made if len(i.edges()) > 3])
        if kind in WRAPS:
            wrapped = WRAPS[kind](item, rng)
            if wrapped != item.wrapped:
                return _told(item, kind, _unwraps(item, wrapped))
        else:
            sealed = MUTATIONS[kind](item, rng)
            if sealed != item.sealed:
                return _told(item, kind, _opens(item, sealed, bare=kind != "second form"))


def _told(item: Item, kind: str, fault: str | None) -> str | None:
    return fault and f"{kind} of a content of {len(item.content)} bytes: {fault}"


def _unwraps(item: Item, wrapped: bytes) -> str | None:
    return _refused(
        lambda: keys.unwrap(item.to.private.private, wrapped, item.to.key.info(item.place)), keys.DoesNotUnwrap
    )


def _opens(item: Item, sealed: bytes, *, bare: bool) -> str | None:
    """Through the one-shot door and the streamed one; `bare`: its spool holds but the true beginning, the chunked form too refuses."""
    sink = io.BytesIO()
    fault = _refused(lambda: envelope.open_sealed(sealed, item.key, item.place), DoesNotOpen)
    fault = fault or _refused(lambda: envelope.open_stream(io.BytesIO(sealed), item.key, item.place, sink), DoesNotOpen)
    if fault or not bare:
        return fault
    if not item.content.startswith(sink.getvalue()):
        return "the spool holds what was never sealed"
    if sealed[:2] != HEAD:
        return None
    return _refused(lambda: chunked.open_message(item.key, item.where.context(), sealed[2:]), DoesNotOpen)


def _refused(opening: Callable[[], object], refusal: type[Exception]) -> str | None:
    try:
        opening()
    except refusal:
        return None
    except Exception as other:
        return f"refused by another name, {type(other).__name__}"
    return "it opened"
