"""How large a benchmark is: the full table's size, and a tiny one that only shows that every row runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """rounds of each row; seconds of load of each side; filings to read from; cases in the list; decisions and records of each side."""

    rounds: int
    seconds: float
    filings: int
    cases: int
    decisions: int
    records: int


FULL = Scale(rounds=5, seconds=3.0, filings=100, cases=100_000, decisions=5_000, records=20_000)
TINY = Scale(rounds=1, seconds=0.2, filings=2, cases=40, decisions=20, records=64)

_present = [FULL]


def scale() -> Scale:
    """The scale that rows keep to."""
    return _present[0]


def use(wanted: Scale) -> None:
    """Keep to another scale from now on."""
    _present[0] = wanted
