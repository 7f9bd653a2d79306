"""What every attack harness shares: how often it tries, from which seed, and where its figures go.

A harness is a test marked `@pytest.mark.attack("P3", full=10_000)` that takes the fixture `campaign`. In `make test` it makes at least a
hundredth of its full number and goes on while its seconds last; in `make attack` it makes the full number. Its planted faults are tests of
the same mark that say `campaign.plant(name, caught)`. The figures of a session go to build/attack.json (full) or build/attack-quick.json.

What must hold: an oracle shares no code with what it judges; a zero stands only beside at least 20 planted faults of its class, all caught.
"""

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 12.0
"""What a harness may spend in `make test` beyond its least number."""
HUNDREDTH = 100


@dataclass
class Campaign:
    """One promise under attack in one session."""

    promise: str
    full: int
    whole: bool
    seed: int
    trials: int = 0
    failures: list[str] = field(default_factory=list)
    planted: int = 0
    caught: int = 0
    missed: list[str] = field(default_factory=list)

    @property
    def least(self) -> int:
        """How many trials there must be in this session."""
        return self.full if self.whole else -(-self.full // HUNDREDTH)

    def rng(self, *names: object) -> random.Random:
        """A source of chance of its own for each use of the seed."""
        return random.Random(f"{self.seed}/{self.promise}/{'/'.join(map(str, names))}")

    def rounds(self, already: int = 0) -> Iterator[int]:
        """The numbers of the trials to make, each counted; more than the least only while the seconds last."""
        end = time.monotonic() + (0 if self.whole else SECONDS)
        number = already
        while number < self.full and (number < self.least or time.monotonic() < end):
            yield number
            number += 1
            self.trials += 1

    def fail(self, what: str) -> None:
        """One trial that went wrong; what says how to make it again."""
        self.failures.append(what)

    def plant(self, name: str, caught: bool) -> None:
        """One planted fault was tried. Raises AssertionError if it was not caught: then the zero means nothing."""
        self.planted += 1
        self.caught += caught
        if not caught:
            self.missed.append(name)
        assert caught, f"{self.promise}: the planted fault {name} was not found"

    def passed(self) -> None:
        """Raises AssertionError with the first failures, or where too few trials were made."""
        shown = "\n".join(self.failures[:10])
        assert not self.failures, f"{self.promise}: {len(self.failures)} of {self.trials} (seed {self.seed}):\n{shown}"
        assert self.trials >= self.least, f"{self.promise}: {self.trials} trials, {self.least} are due"

    def beside(self, other: "Campaign") -> "Campaign":
        """Both parts of one session's campaign on a promise, which two processes made with the same seed."""
        return Campaign(
            self.promise,
            max(self.full, other.full),
            self.whole,
            self.seed,
            self.trials + other.trials,
            self.failures + other.failures,
            self.planted + other.planted,
            self.caught + other.caught,
            self.missed + other.missed,
        )

    def figures(self) -> dict[str, object]:
        """As build/attack.json holds them. bound95: the rate of failure that n trials without one leave possible at 95 % (3/n)."""
        bound = 3 / self.trials if self.trials and not self.failures else None
        return {
            "trials": self.trials,
            "failures": len(self.failures),
            "planted": self.planted,
            "caught": self.caught,
            "seed": self.seed,
            "bound95": bound,
        }


def write(campaigns: dict[str, Campaign], path: Path) -> None:
    """The figures of this session, beside those of earlier ones for other promises."""
    told = json.loads(path.read_text()) if path.exists() else {}
    told |= {name: c.figures() for name, c in campaigns.items() if c.trials or c.planted}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(dict(sorted(told.items(), key=_place)), indent=1) + "\n")


def _place(item: tuple[str, object]) -> tuple[str, int]:
    """P3 before P13."""
    name = item[0]
    return name.rstrip("0123456789"), int(name[len(name.rstrip("0123456789")) :] or 0)
