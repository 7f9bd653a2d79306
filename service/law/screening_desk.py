"""House rules of the screening desk (policies/law/screening_desk.toml): how many misses are looked at again, what is too small to tell."""

import tomllib
from dataclasses import dataclass
from functools import cache
from secrets import SystemRandom

from service.law.fields import LAW

_CHANCE = SystemRandom()


@dataclass(frozen=True)
class DeskRules:
    """one_in: of so many misses one is looked at by a person. least: a smaller number is not told.

    span_days: of how many days the figures are, where nobody asks for others.
    """

    one_in: int
    least: int
    span_days: int

    def drawn(self) -> bool:
        """Whether this miss is one to be looked at: by the machine's own chance, which nobody can foresee."""
        return _CHANCE.randrange(self.one_in) == 0


@cache
def desk_rules() -> DeskRules:
    """The rules of this installation. Raises ValueError for one that cannot hold."""
    table = tomllib.loads((LAW / "screening_desk.toml").read_text(encoding="utf-8"))
    rules = DeskRules(table["one_in"], table["least"], table["span_days"])
    if min(rules.one_in, rules.least, rules.span_days) < 1:
        raise ValueError("screening_desk.toml: its numbers are 1 or more")
    return rules
