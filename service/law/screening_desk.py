"""House rules of the screening desk (policies/law/screening_desk.toml): how many misses are looked at again, what is too small to tell."""

import tomllib
from dataclasses import dataclass
from functools import cache
from secrets import SystemRandom

from service.law.fields import LAW

_CHANCE = SystemRandom()


@dataclass(frozen=True)
class DeskRules:
    """one_in: of so many misses one is looked at by a person. least: a smaller number is not told."""

    one_in: int
    least: int

    def drawn(self) -> bool:
        """Whether this miss is one to be looked at: by the machine's own chance, which nobody can foresee."""
        return _CHANCE.randrange(self.one_in) == 0


@cache
def desk_rules() -> DeskRules:
    """The rules of this installation. Raises ValueError for one that cannot hold."""
    table = tomllib.loads((LAW / "screening_desk.toml").read_text(encoding="utf-8"))
    rules = DeskRules(table["one_in"], table["least"])
    if rules.one_in < 1 or rules.least < 1:
        raise ValueError("screening_desk.toml: one_in and least are 1 or more")
    return rules
