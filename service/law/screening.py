"""Screening: which of the 47 items the symbols of one application match, and what is left to ask (66(1), Order 12).

Promises: pure; same input, same bytes; order and spelling of the symbols do not matter; no symbol is dropped; not answered
is never "no". Not promised: the decision. The legal test is per invention; all symbols of an application over-include.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import orjson

from service.errors import Text
from service.law import screening_texts as texts
from service.law.answers import NOT_ANSWERED, Answers, Kind
from service.law.fields import Item, Law, Order, law
from service.law.standing import Standing, both, standings
from service.law.symbols import SourceSymbol, Unreadable

Outcome = Literal["hit", "hit_if", "unreadable", "unclassified", "none"]
STRICTEST_FIRST: tuple[Outcome, ...] = ("hit", "hit_if", "unreadable", "unclassified", "none")


@dataclass(frozen=True, slots=True)
class Match:
    """An item whose groups are all matched. asked: the questions it puts; answers: what was answered to them."""

    item: Item
    matched: tuple[tuple[str, ...], ...]
    asked: tuple[Kind, ...]
    answers: Mapping[Kind, str]

    @property
    def lacking(self) -> tuple[Kind, ...]:
        """The questions not answered."""
        return tuple(k for k in self.asked if k not in self.answers)

    @property
    def refused(self) -> tuple[Kind, ...]:
        """The questions answered with no."""
        return tuple(k for k in self.asked if self.answers.get(k) == "no")

    @property
    def fields(self) -> tuple[int, ...]:
        """The headings (a reading aid): those of the matched part where the item has two parts."""
        matched = {symbol for group in self.matched for symbol in group}
        part = self.item.fields_without_additional if matched & self.item.without_additional else ()
        rest = self.item.fields if matched - self.item.without_additional else ()
        return tuple(sorted({*part, *rest}))

    def to_json(self, order: Order) -> dict[str, Any]:
        """As one entry of `items`."""
        return {
            "item": self.item.number,
            "fields": list(self.fields),
            "matched": [list(group) for group in self.matched],
            "additional_requirements": "additional" in self.asked,
            "content_test": self.item.content.ja if self.item.content else None,
            "basis": self._basis(order),
        }

    def _basis(self, order: Order) -> str:
        basis = f"ESPA 66(1); Order 12(1) item {self.item.number}"
        if "additional" in self.asked:
            basis += "; 12(2)"
        answer = self.answers.get("additional", "no")
        return basis + "".join(f"; {r.basis}" for r in order.requirements if r.name == answer)


class Screening(NamedTuple):
    """What one comparison found. order: the version compared with, None before the first. standings: what was read.

    quiet: nothing was found and nothing is to be remarked, so that the result differs from others of its day in symbols only.
    """

    law: Law
    on: date
    order: Order | None
    outcome: Outcome
    why: dict[str, str]
    standings: tuple[Standing, ...]
    unreadable: tuple[Unreadable, ...] = ()
    items: tuple[Match, ...] = ()
    excluded: tuple[Match, ...] = ()
    near: tuple[dict[str, Any], ...] = ()
    quiet: bool = False

    def to_json(self, source: str = "") -> dict[str, Any]:
        """As the one JSON object; `source` names where the symbols came from. Parts are shared: nobody changes them."""
        order = self.order
        return {
            "source": source,
            "on": self.on.isoformat(),
            "order": order.name if order else None,
            "symbols": [s.entry for s in self.standings if s.compared],
            "items": [m.to_json(order) for m in self.items] if order else [],
            "excluded": [_excluded(m, order) for m in self.excluded] if order else [],
            "near": list(self.near),
            "unknown": [s.remark for s in self.standings if s.remark],
            "unreadable": [{"text": u.text, "why": both(u.why)} for u in self.unreadable],
            "questions": [q for m in self.items for q in _questions(m, order)] if order else [],
            "outcome": self.outcome,
            "why": self.why,
            "sha256": self.law.sha256,
        }

    def line(self, source: str = "") -> bytes:
        """`to_json` as UTF-8 on one line, without its end."""
        if not self.quiet or not self.order:
            return orjson.dumps(self.to_json(source))
        before, between, after = _frame(self.law, self.order, self.on)
        return b"".join((before, orjson.dumps(source), between, b",".join([s.shown for s in self.standings]), after))


@lru_cache
def _frame(by: Law, order: Order, on: date) -> tuple[bytes, bytes, bytes]:
    """What stands before the source, between it and the symbols, and after them, in every quiet result of one day."""
    whole = orjson.dumps(Screening(by, on, order, "none", _none(order), ()).to_json())
    before, _, rest = whole.partition(b'""')
    between, _, after = rest.partition(b'"symbols":[]')
    return before, between + b'"symbols":[', b"]" + after


def screen(
    symbols: Sequence[SourceSymbol],
    on: date,
    answers: Answers = NOT_ANSWERED,
    also_on: date | None = None,
    by: Law | None = None,
) -> Screening:
    """Compare `symbols` with the Order in force on `on`: the filing date (66(11)); for Art. 78, 79 the day asked about.

    also_on: the other date of a divisional or converted application; both are compared and the stricter counts.
    """
    by = by or law()
    found = _screened(by, symbols, on, answers)
    if also_on is None:
        return found
    both_found = sorted((found, _screened(by, symbols, also_on, answers)), key=_strictness)
    first, other = both_found
    why = texts.both_dates(first.on, first.outcome, other.on, other.outcome)
    return first._replace(why=both(texts.joined(why, Text(**first.why))), quiet=False)


def _strictness(found: Screening) -> tuple[int, int]:
    return STRICTEST_FIRST.index(found.outcome), -len(found.items)


def _screened(by: Law, symbols: Sequence[SourceSymbol], on: date, answers: Answers) -> Screening:
    order = by.on(on)
    known, unread = standings(by, order, symbols)
    if order is None:
        return Screening(by, on, None, "none", both(texts.BEFORE), known, unread)
    if known and not unread and not [s for s in known if s.tells]:
        return Screening(by, on, order, "none", _none(order), known, quiet=True)
    found = _matched(order, known, answers)
    items = tuple(m for m in found if not m.refused)
    excluded = tuple(m for m in found if m.refused)
    near = _near(known, {m.item.number for m in found})
    outcome, why = _outcome(order, items, excluded, known, unread)
    return Screening(by, on, order, outcome, both(why), known, unread, items, excluded, near)


def _matched(order: Order, known: Sequence[Standing], answers: Answers) -> list[Match]:
    """Every item whose groups all have a symbol, in the order of the Order; 12(2) never shortens this list."""
    groups: dict[int, dict[int, dict[str, None]]] = {}
    for standing in known:
        for number, group in standing.places:
            groups.setdefault(number, {}).setdefault(group, {})[standing.symbol] = None
    return [
        _match(order.items[number], groups[number], answers)
        for number in sorted(groups)
        if len(groups[number]) == len(order.items[number].all_of)
    ]


def _match(item: Item, groups: Mapping[int, Mapping[str, None]], answers: Answers) -> Match:
    matched = tuple(tuple(groups[n]) for n in range(len(item.all_of)))
    free = any(symbol in item.without_additional for group in matched for symbol in group)
    asked: tuple[Kind, ...] = ("additional",) if item.additional and not free else ()
    if item.content:
        asked += ("content",)
    given = ((kind, answers.to(item.number, kind)) for kind in asked)
    return Match(item, matched, asked, {kind: value for kind, value in given if value is not None})


def _near(known: Sequence[Standing], complete: set[int]) -> tuple[dict[str, Any], ...]:
    """Symbols below a listed one, and those that match half of an item whose rest is missing; each once, by item."""
    told = {(n["item"], "below", s.position): n for s in known for n in s.below}
    told |= {(number, "half", s.position): n for s in known for number, n in s.halves if number not in complete}
    return tuple(told[key] for key in sorted(told))


def _outcome(
    order: Order,
    items: Sequence[Match],
    excluded: Sequence[Match],
    known: Sequence[Standing],
    unread: Sequence[Unreadable],
) -> tuple[Outcome, Text]:
    """The first that fits, and why. An unread symbol never hides a hit."""
    besides = texts.also_unread(len(unread))
    if certain := [m.item.number for m in items if not m.lacking]:
        return "hit", texts.joined(_hit(items, certain), besides)
    if items:
        return "hit_if", texts.joined(texts.hit_if([m.item.number for m in items]), besides)
    if unread:
        return "unreadable", texts.not_readable(len(unread))
    if not any(s.compared for s in known):
        return "unclassified", texts.UNCLASSIFIED
    return "none", texts.none(order, [m.item.number for m in excluded])


def _hit(items: Sequence[Match], certain: Sequence[int]) -> Text:
    free = any("additional" not in m.asked for m in items if not m.lacking)
    settled = [m.item.number for m in items if free and "additional" in m.lacking]
    still_open = [m.item.number for m in items if m.lacking and m.item.number not in settled]
    return texts.hit(certain, settled, still_open)


@lru_cache
def _none(order: Order) -> dict[str, str]:
    return both(texts.none(order, ()))


def _excluded(match: Match, order: Order) -> dict[str, Any]:
    return match.to_json(order) | {"reason": both(texts.excluded(match.item, match.refused))}


def _questions(match: Match, order: Order) -> list[dict[str, Any]]:
    return [
        {"item": match.item.number, "kind": kind, "text": _asked(order, match.item.number, kind)}
        for kind in match.lacking
    ]


@lru_cache
def _asked(order: Order, number: int, kind: Kind) -> dict[str, str]:
    if kind == "additional":
        return both(texts.question_additional(order.requirements))
    return both(texts.question_content(order.items[number]))
