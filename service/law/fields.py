"""The specified technology fields (特定技術分野) as frozen objects: policies/law/fields-*.toml, one per version.

Promises: a file that contradicts itself does not load; the version of a day is the one in force on it, before the first
there is none. A code matches by its shape (class, subclass, main group: with all below; symbol: itself only). That
reading of Art. 12 is ours.
"""

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from service.errors import Text
from service.law.ipc import Edition, read_edition

LAW = Path(__file__).resolve().parents[2] / "policies" / "law"
ITEMS = range(1, 48)
HEADINGS = range(1, 26)
_CODE = re.compile("[A-H][0-9]{2}([A-Z]([1-9][0-9]{0,3}(/[0-9]{2,6})?)?)?")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of Order 12(3); any one suffices. name: a, b, c1, c2."""

    name: str
    basis: str
    text: Text


@dataclass(frozen=True, slots=True)
class Heading:
    """One of the 25 headings of the overview: a reading aid, not official, without legal effect."""

    number: int
    text: Text


@dataclass(frozen=True, slots=True)
class Item:
    """One item of Order 12(1). all_of: every group needs a symbol, one code of a group suffices. text: verbatim.

    additional: 12(2) asks a requirement of 12(3), save for the part under the codes `without_additional`.
    content: the limit that the item's own words set and no symbol can answer, or None.
    """

    number: int
    text: str
    all_of: tuple[tuple[str, ...], ...]
    additional: bool
    without_additional: frozenset[str]
    content: Text | None
    fields: tuple[int, ...]
    fields_without_additional: tuple[int, ...]

    @property
    def codes(self) -> str:
        """The condition in one line: `B64 AND F41H3/00`."""
        groups = (" or ".join(g) for g in self.all_of)
        return " AND ".join(f"({g})" if " or " in g and len(self.all_of) > 1 else g for g in groups)


@dataclass(frozen=True, eq=False)
class Order:
    """One version of Order Art. 12. index: code -> (item number, group number) for each place where it stands.

    by_main_group: main group -> the places where symbols of it are listed one by one.
    """

    name: str
    in_force_from: date
    amended_by: Text
    items: Mapping[int, Item] = field(repr=False)
    headings: Mapping[int, Heading] = field(repr=False)
    requirements: tuple[Requirement, ...] = field(repr=False)
    index: Mapping[str, tuple[tuple[int, int], ...]] = field(repr=False)
    by_main_group: Mapping[str, tuple[tuple[int, int], ...]] = field(repr=False)

    def places(self, symbol: str) -> tuple[tuple[int, int], ...]:
        """Each (item, group) that `symbol` (normal form) falls under, by the shape of the codes."""
        shapes = (symbol[:3], symbol[:4], symbol.partition("/")[0], symbol)
        found = [self.index[code] for code in shapes if code in self.index]
        return tuple(sorted({place for places in found for place in places})) if found else ()

    def listed_in(self, main_group: str) -> tuple[tuple[int, int], ...]:
        """Each (item, group) that lists symbols of `main_group` one by one."""
        return self.by_main_group.get(main_group, ())


@dataclass(frozen=True, eq=False)
class Law:
    """Every version of the Order, oldest first, the known edition of the IPC, and the SHA-256 of each file."""

    orders: tuple[Order, ...]
    edition: Edition
    sha256: Mapping[str, str]

    def on(self, day: date) -> Order | None:
        """The version in force on `day`, which is the filing date (66(11)); None before 2024-05-01 (Suppl. Art. 2)."""
        for order in reversed(self.orders):
            if order.in_force_from <= day:
                return order
        return None

    def has(self, symbol: str) -> bool:
        """Whether the known edition has `symbol` or a version of the Order names it."""
        return self.edition.has(symbol) or any(symbol in o.index for o in self.orders)


def load_order(policies: Path) -> Law:
    """The law in `policies`/law. Raises ValueError naming the file and what in it does not hold."""
    folder = policies / "law"
    files = {p.name: p.read_bytes() for p in sorted([*folder.glob("fields-*.toml"), *folder.glob("ipc-*.txt.gz")])}
    orders = [read_order(name, data) for name, data in files.items() if name.endswith(".toml")]
    editions = [read_edition(name, data) for name, data in files.items() if name.endswith(".gz")]
    if not orders or len(editions) != 1:
        raise ValueError(f"{folder}: at least one fields-*.toml and exactly one ipc-*.txt.gz are needed")
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return Law(tuple(sorted(orders, key=lambda o: o.in_force_from)), editions[0], hashes)


@cache
def law() -> Law:
    """The law of this installation, read once."""
    return load_order(LAW.parent)


def read_order(name: str, content: bytes) -> Order:
    """The version that `content` (TOML, UTF-8) describes. Raises ValueError naming what does not hold."""
    return order_of(name, tomllib.loads(content.decode("utf-8")))


def order_of(name: str, table: Mapping[str, Any]) -> Order:
    """The version that the parsed file `name` describes. Raises ValueError naming what does not hold."""
    head, items = table["order"], [_item(name, row) for row in table["items"]]
    headings = {row["number"]: Heading(row["number"], Text(row["ja"], row["en"])) for row in table["headings"]}
    if [i.number for i in items] != list(ITEMS) or list(headings) != list(HEADINGS):
        raise ValueError(f"{name}: the items must be 1 to 47 and the headings 1 to 25, in order")
    if name != f"fields-{head['in_force_from']}.toml":
        raise ValueError(f"{name}: in force from {head['in_force_from']}, so that must be its name")
    return Order(
        head["in_force_from"].isoformat(),
        head["in_force_from"],
        Text(head["amended_by_ja"], head["amended_by_en"]),
        MappingProxyType({i.number: i for i in items}),
        MappingProxyType(headings),
        tuple(Requirement(r["id"], r["basis"], Text(r["ja"], r["en"])) for r in table["additional"]),
        _index(items, lambda code: code),
        _index(items, lambda code: code.partition("/")[0] if "/" in code else ""),
    )


def _item(name: str, row: Mapping[str, Any]) -> Item:
    content = row.get("content")
    item = Item(
        row["item"],
        row["text"],
        tuple(tuple(group) for group in row["all_of"]),
        row["additional"],
        frozenset(row.get("without_additional", ())),
        Text(content["ja"], content["en"]) if content else None,
        tuple(row["fields"]),
        tuple(row.get("fields_without_additional", ())),
    )
    codes = {code for group in item.all_of for code in group}
    wrong = (
        not item.all_of
        or not all(item.all_of)
        or len(codes) != sum(map(len, item.all_of))
        or not all(_CODE.fullmatch(code) for code in codes)
        or not item.without_additional <= codes
        or bool(item.without_additional) > item.additional
        or not {*item.fields, *item.fields_without_additional} <= set(HEADINGS)
        or (content is not None and not item.text.endswith(f"のうち、{content['ja']}"))
    )
    if wrong:
        raise ValueError(f"{name}: item {item.number} does not hold together")
    return item


def _index(items: Iterable[Item], key: Callable[[str], str]) -> Mapping[str, tuple[tuple[int, int], ...]]:
    """key(code) -> the places where such codes stand, each once; a code without a key is left out."""
    index: dict[str, dict[tuple[int, int], None]] = defaultdict(dict)
    for item in items:
        for group, codes in enumerate(item.all_of):
            for code in filter(key, codes):
                index[key(code)][item.number, group] = None
    return MappingProxyType({name: tuple(places) for name, places in index.items()})
