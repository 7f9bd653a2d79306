"""What each decision leaves for the quality figures: a small sealed part of its own, and the sums of many. Pure.

What must hold: a tally names no person, no symbol and no word of the case, and is as large as every other; the database's owner learns
from it that a decision was made, which the event tells him anyway. A number smaller than `least` is not told, nor what would give it away.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

DOCUMENT = "tally"


@dataclass(frozen=True)
class Tally:
    """One decision. outcome, suggested: of the rule, None where no result was there; met: items the officer found met whole.

    sample: a miss that was drawn. bulk: one of many with one reason.
    """

    decision: str
    outcome: str | None
    suggested: tuple[int, ...]
    met: tuple[int, ...]
    sample: bool
    bulk: bool = False

    @property
    def override(self) -> bool:
        """The officer differs: sends what the rule did not match so, or does not send what it matched. `hit_if` and what could not be
        read suggest nothing by themselves."""
        if self.decision == "judge_not_to_send":
            return self.outcome == "hit"
        return self.outcome in ("none", "hit", "hit_if") and bool(self.met) and not set(self.met) & set(self.suggested)

    def dumps(self) -> bytes:
        """As it is sealed."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)

    @classmethod
    def loads(cls, data: bytes) -> "Tally":
        """As it was sealed."""
        said = orjson.loads(data)
        return cls(**{**said, "suggested": tuple(said["suggested"]), "met": tuple(said["met"])})


def figures(tallies: Iterable[Tally], least: int) -> dict[str, Any]:
    """The figures: decisions, overrides, sampled misses, and each item's false-positive rate (suggested, not confirmed)."""
    all_of = list(tallies)
    sampled = [t for t in all_of if t.sample]
    return {
        "decisions": _told(len(all_of), least),
        "overrides": _part(sum(t.override for t in all_of), len(all_of), least),
        "sampled_misses": {
            "looked_at": _told(len(sampled), least),
            "found": _part(sum(t.decision == "send" and bool(t.met) for t in sampled), len(sampled), least),
        },
        "items": _items([t for t in all_of if not t.bulk], least),
        "least": least,
    }


def _items(tallies: Sequence[Tally], least: int) -> list[dict[str, Any]]:
    suggested = Counter(item for t in tallies for item in t.suggested)
    confirmed = Counter(item for t in tallies for item in set(t.suggested) & set(t.met))
    return [_item(number, suggested[number], confirmed[number], least) for number in sorted(suggested)]


def _item(number: int, suggested: int, confirmed: int, least: int) -> dict[str, Any]:
    yes, no = _part(confirmed, suggested, least), _part(suggested - confirmed, suggested, least)
    rate = None if no is None else f"{(suggested - confirmed) / suggested:.2f}"
    return {
        "item": number,
        "suggested": _told(suggested, least),
        "confirmed": yes,
        "not_confirmed": no,
        "false_positive_rate": rate,
    }


def _told(number: int, least: int) -> int | None:
    """The number, or None where it is too small to be told; none at all is told."""
    return number if number == 0 or number >= least else None


def _part(number: int, of: int, least: int) -> int | None:
    """A number that is part of another one: not told either where the rest would be too small, for the rest gives it away."""
    if of < least or 0 < number < least or 0 < of - number < least:
        return None
    return number
