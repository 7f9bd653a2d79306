"""What the officer judged, invention by invention, against the Order in force on the filing date (66(1), Order 12). Pure.

Promises: an invention is a ground only where one item is met whole with every question that it puts answered yes: a pair of symbols
spread over two inventions is none. What is not answered is never "yes". Not promised: that the officer judged rightly.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from service.law.fields import Item, Order

REQUIREMENTS = frozenset({"a", "b", "c1", "c2", "yes"})
"""Answers that name a requirement of Order 12(3), or say that one is met."""
UNNECESSARY = ("level", "features", "publicness")
"""66(1), proviso: the technical level, the features, how public it is."""


@dataclass(frozen=True)
class Judged:
    """One invention as it was judged. item: the one it meets, None where it meets none; content, additional: answers (law/answers.py).

    left_out: it falls under the part of the item that 12(2) leaves out of the additional requirement.
    """

    item: int | None
    content: str | None = None
    additional: str | None = None
    left_out: bool = False


@dataclass(frozen=True)
class Judgment:
    """What follows from all of it. met: items that one invention meets whole; unknown: items named that the Order has not."""

    met: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()


NOTHING_JUDGED = Judgment()


def judge(order: Order | None, inventions: Iterable[Judged]) -> Judgment:
    """The judgment under `order`; None: there was none yet, so that every item named is unknown."""
    met, unknown = set[int](), set[int]()
    for one in inventions:
        if one.item is None:
            continue
        item = order.items.get(one.item) if order else None
        if item is None:
            unknown.add(one.item)
        elif _whole(item, one):
            met.add(one.item)
    return Judgment(tuple(sorted(met)), tuple(sorted(unknown)))


def _whole(item: Item, one: Judged) -> bool:
    """Every question the item puts is answered yes."""
    asks_requirement = item.additional and not (one.left_out and item.without_additional)
    return (item.content is None or one.content == "yes") and (not asks_requirement or one.additional in REQUIREMENTS)
