"""Four hundred sealed parts that differ in one thing or many, and every way to put one in the place of another (PROMISES P8).

The keyholder is given its worst vault: every label key of both roots has one and the same private key, and those of the two
roots have the same ids. So what keeps parts apart is what each wrap and each ciphertext is bound to, and nothing else.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from uuid import UUID

from service.keyholder import keys
from service.keyholder.keys import DoesNotUnwrap, LabelPair, WrappedKey
from service.keyholder.vault_file import Argon2Cost
from service.keyholder.vaults import FileVault
from service.sealing import envelope
from service.sealing.chunked import DoesNotOpen
from service.sealing.envelope import Place
from service.sealing.wrap import LabelKey

CHEAP = Argon2Cost(memory_kib=64, iterations=1, lanes=1)
LABELS = (("application", None), ("designated", None), ("designated", "a"), ("designated", "b"), ("released", None))
RANK = {"released": 0, "application": 1, "designated": 2}
VERSIONS = (1, 257)
CHAIN = (*range(1, 41), 255, 256, 257, 2**16 + 1, 2**32 + 1)
_X, _Y = UUID(bytes=b"X" * 16), UUID(bytes=b"X" * 15 + b"Y")
_A, _B = UUID(bytes=b"A" * 16), UUID(bytes=b"A" * 15 + b"B")

Shape = tuple[str, UUID, UUID, str]
SHAPES: tuple[Shape, ...] = (
    *product(("filing", "clearance"), (_X, _Y), (_A, _B), ("claims", "title")),
    ("filing", _A, _X, "claims"),
    ("filing", _X, _A, "CLAIMS"),
    ("filing", _X, _A, "claims "),
    ("filin", UUID(bytes=b"g" + b"X" * 15), UUID(bytes=b"X" + b"A" * 15), "Aclaims"),
)  # fmt: skip
"""Kind, case, part, code. The last one is the first, its bytes joined in the same order and parted elsewhere."""


@dataclass(frozen=True)
class Item:
    """One sealed part as its row has it, and the data key that opens it."""

    place: Place
    label: str
    compartment: str | None
    key_id: UUID
    wrapped: bytes
    sealed: bytes
    key: bytes

    def row(self) -> WrappedKey:
        return WrappedKey(self.wrapped, self.key_id, self.label, self.compartment)


class Rooms:
    """A demo root and a real one, each with its vault."""

    def __init__(self, folder: Path) -> None:
        one = LabelPair.generate().secret
        self.vaults: dict[bytes, FileVault] = {}
        for kind, phrase in (("demo", None), ("real", "seven quiet storks cross the wide river at noon")):
            vault = FileVault.create(folder / kind, kind, phrase, [*RANK], ["a", "b"], CHEAP)  # type: ignore[arg-type]
            for label, compartment in LABELS:
                vault.create_label_key(label, compartment)
            for number, entry in enumerate(vault._body["label_keys"]):
                entry |= {"secret": one, "id": number.to_bytes(16, "big")}
            vault._load_label_keys()
            self.vaults[vault.root] = vault

    def key(self, root: bytes, label: str, compartment: str | None, epoch: int = 2) -> LabelKey:
        held = self.vaults[root].label_keys()
        return next(k for k in held if (k.label, k.compartment, k.epoch) == (label, compartment, epoch))

    def item(self, place: Place, label: str, compartment: str | None, epoch: int = 2) -> Item:
        """Sealed by the service. Raises AssertionError unless it opens in its own place."""
        to = self.key(place.root, label, compartment, epoch)
        content = repr((place, label, compartment)).encode()
        sealed = envelope.seal(content, place, to)
        row = WrappedKey(sealed.wrapped, to.key_id, label, compartment)
        data_key = keys.open_data_key(self.vaults[place.root], row, place)
        assert envelope.open_sealed(sealed.sealed, data_key, place) == content
        return Item(place, label, compartment, to.key_id, sealed.wrapped, sealed.sealed, data_key)

    def places(self) -> Iterator[Place]:
        for root, shape, version in product(self.vaults, SHAPES, VERSIONS):
            yield Place(root, *shape, version)

    def items(self, labels: tuple[tuple[str, str | None], ...] = LABELS) -> list[Item]:
        """Every place under every label: 400."""
        return [self.item(place, *label) for place in self.places() for label in labels]

    def chains(self) -> list[list[Item]]:
        """Parts with all their versions, oldest first."""
        shapes = zip(self.vaults, SHAPES[:1] * 2, strict=False)
        return [
            [self.item(Place(root, *shape, version), *label) for version in CHAIN]
            for (root, shape), label in product(shapes, LABELS[:3])
        ]

    def opens(self, row: WrappedKey, place: Place) -> bool:
        """Whether the keyholder gives any data key for this row."""
        try:
            keys.open_data_key(self.vaults[place.root], row, place)
        except DoesNotUnwrap:
            return False
        return True

    def moved(self, item: Item, row: Item) -> str | None:
        """`item` put in the place of `row`, in each combination of columns; what opened, or None."""
        elsewhere = item.place != row.place
        tries = {
            "wrap and key id": replace(item.row(), label=row.label, compartment=row.compartment),
            "wrap": replace(row.row(), wrapped=item.wrapped),
            **({"wrap, key id and label": item.row()} if elsewhere else {}),
        }
        for name, claim in tries.items():
            if (claim != item.row() or elsewhere) and self.opens(claim, row.place):
                return f"{name} of {_named(item)} at {_named(row)}"
        if _opens(item.sealed, row.key, row.place):
            return f"content of {item.place} at {row.place} under the key of the latter"
        if elsewhere and _opens(item.sealed, item.key, row.place):
            return f"content of {item.place} at {row.place} under its own key"
        return None

    def downgraded(self, item: Item, rng: random.Random) -> str | None:
        """The row of a part edited to a laxer label, another compartment or another epoch; what opened, or None."""
        keys_ = [k for k in self.vaults[item.place.root].label_keys() if k.key_id != item.key_id]
        laxer = [k for k in keys_ if RANK[k.label] <= RANK[item.label]]
        to = rng.choice(laxer)
        claims = [
            WrappedKey(item.wrapped, item.key_id, to.label, to.compartment),
            WrappedKey(item.wrapped, to.key_id, item.label, item.compartment),
            WrappedKey(item.wrapped, to.key_id, to.label, to.compartment),
        ]
        for claim in claims:
            if claim != item.row() and self.opens(claim, item.place):
                return f"{item.label}/{item.compartment} as {claim.label}/{claim.compartment} under {claim.key_id}"
        return None


def _named(item: Item) -> str:
    return f"{item.place}, {item.label}/{item.compartment}"


def _opens(sealed: bytes, key: bytes, place: Place) -> bool:
    try:
        envelope.open_sealed(sealed, key, place)
    except DoesNotOpen:
        return False
    return True


def neighbours(items: list[Item]) -> list[tuple[Item, Item]]:
    """The pairs that differ in exactly one thing, or only in where their bytes are parted."""

    def things(item: Item) -> tuple[object, ...]:
        p = item.place
        return (p.root, p.kind, p.case, p.part, p.code, p.version, item.label, item.compartment)

    def differ(a: Item, b: Item) -> int:
        return sum(x != y for x, y in zip(things(a), things(b), strict=True))

    def near(a: Item, b: Item) -> bool:
        return differ(a, b) == 1 or (a is not b and _joined(a) == _joined(b)) or _turned(a, b)

    return [(a, b) for a in items for b in items if near(a, b)]


def _joined(item: Item) -> bytes:
    p = item.place
    return b"".join(
        [
            p.root,
            p.kind.encode(),
            p.case.bytes,
            p.part.bytes,
            p.code.encode(),
            str(p.version).encode(),
            item.label.encode(),
        ]
    )


def _turned(a: Item, b: Item) -> bool:
    return (a.place.case, a.place.part) == (b.place.part, b.place.case) and replace(
        a.place, case=b.place.case, part=b.place.part
    ) == b.place
