"""Where one symbol stands under one version of the Order: the items it falls under, what it is below, what to remark.

Promises: an FI or CPC symbol stands where its stem in the IPC stands (Order 12(1): "or a subdivision made in accordance
with it") and says so; the 2000-series and section Y of the CPC are remarked only. Standings are shared between results:
nobody changes them.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from service.errors import Text
from service.law import screening_texts as texts
from service.law.fields import Item, Law, Order
from service.law.symbols import Scheme, SourceSymbol, Symbol, Unreadable, normalise, position

REMEMBERED = 1 << 17
LONGEST_REMEMBERED = 64


class Standing(NamedTuple):
    """symbol: the IPC symbol compared. position: sorts by `symbol`; place: also by scheme and full spelling.

    places: (item, group) it falls under. halves: the same, with what to say when the rest of a pair is missing.
    below: what to say of each item that lists a symbol above it. entry, remark: as the result shows them; shown: entry as JSON.
    tells: there is more to say of it than that it is there.
    """

    symbol: str
    position: str
    place: str
    entry: dict[str, str]
    shown: bytes
    remark: dict[str, Any] | None
    compared: bool
    places: tuple[tuple[int, int], ...]
    halves: tuple[tuple[int, dict[str, Any]], ...]
    below: tuple[dict[str, Any], ...]
    tells: bool


def both(text: Text) -> dict[str, str]:
    """The text as JSON."""
    return {"ja": text.ja, "en": text.en}


class _Memory(dict[str, "Standing | Unreadable"]):
    """Spelling -> where it stands, for one version and one scheme: filled as spellings come, emptied when full."""

    def __init__(self, law: Law, order: Order | None, scheme: Scheme) -> None:
        super().__init__()
        self._to = law, order, scheme

    def __missing__(self, text: str) -> "Standing | Unreadable":
        law, order, scheme = self._to
        read = normalise(text, scheme)
        found = read if isinstance(read, Unreadable) else _standing(law, order, read)
        if len(text) <= LONGEST_REMEMBERED:
            if len(self) >= REMEMBERED:
                self.clear()
            self[text] = found
        return found


_memory = lru_cache(maxsize=16)(_Memory)


def standings(
    law: Law, order: Order | None, symbols: Iterable[SourceSymbol]
) -> tuple[tuple[Standing, ...], tuple[Unreadable, ...]]:
    """Each readable symbol once, in the order of the IPC, and each text that could not be read once, sorted."""
    read: dict[str, Standing] = {}
    unread: dict[str, Unreadable] = {}
    scheme, memory = None, _memory(law, order, "ipc")
    for symbol in symbols:
        if symbol.scheme != scheme:
            scheme = symbol.scheme
            memory = _memory(law, order, scheme)
        found = memory[symbol.text]
        if isinstance(found, Standing):
            read[found.place] = found
        else:
            unread[found.text] = found
    known = tuple(read.values()) if len(read) == 1 else tuple([read[place] for place in sorted(read)])
    return known, tuple([unread[text] for text in sorted(unread)]) if unread else ()


def stem(law: Law, symbol: Symbol) -> str | None:
    """The IPC symbol that `symbol` subdivides; None where it is no place of the IPC.

    A CPC symbol that the IPC lacks is below the one with fewer digits that the IPC has (B63G8/001: B63G8/00).
    """
    if symbol.indexing or symbol.symbol.startswith("Y"):
        return None
    if symbol.scheme != "cpc":
        return symbol.symbol
    group, _, subgroup = symbol.symbol.partition("/")
    shorter = (f"{group}/{subgroup[:n]}" for n in range(len(subgroup), 1, -1))
    return next((s for s in shorter if law.has(s)), symbol.symbol)


def _standing(law: Law, order: Order | None, read: Symbol) -> Standing:
    symbol = stem(law, read)
    if symbol is None:
        remark = _remark(read.symbol, texts.INDEXING if read.indexing else texts.NO_IPC)
        return Standing(read.symbol, read.position, read.position, {}, b"", remark, False, (), (), (), True)
    at = position(symbol)
    entry = {"symbol": symbol, "source_scheme": read.scheme, "source_symbol": read.full}
    unknown = None if law.has(symbol) else _remark(symbol, texts.unknown(law.edition.name))
    places = order.places(symbol) if order else ()
    halves = tuple(_halves(order, symbol, places)) if order else ()
    below = tuple(_below(law, order, symbol, places)) if order else ()
    return Standing(
        symbol,
        at,
        f"{at} {read.scheme} {read.full}",
        entry,
        orjson.dumps(entry),
        unknown,
        True,
        places,
        halves,
        below,
        tells=bool(unknown or places or below),
    )


def _remark(symbol: str, why: Text) -> dict[str, Any]:
    return {"symbol": symbol, "why": both(why)}


def _halves(order: Order, symbol: str, places: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, group in places:
        item = order.items[number]
        if len(item.all_of) > 1:
            yield number, _near(symbol, item, "half", texts.half(item, group))


def _below(law: Law, order: Order, symbol: str, places: tuple[tuple[int, int], ...]) -> Iterator[dict[str, Any]]:
    """Every item that lists a symbol above `symbol`; where the edition lacks `symbol`, one of the same main group."""
    main_group = symbol.partition("/")[0]
    listed = order.listed_in(main_group)
    above = law.edition.above(symbol) if listed else None
    for number, group in listed:
        item = order.items[number]
        if (number, group) in places:
            continue
        if above is None:
            yield _near(symbol, item, "below", texts.same_group(item, main_group))
        elif nearest := next((code for code in above if code in item.all_of[group]), None):
            yield _near(symbol, item, "below", texts.below(item, nearest))


def _near(symbol: str, item: Item, kind: str, why: Text) -> dict[str, Any]:
    return {"symbol": symbol, "item": item.number, "kind": kind, "why": both(why)}
