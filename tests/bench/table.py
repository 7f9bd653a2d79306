"""What every benchmark shares: interleaved rounds, ratios, the table.

A row is a function marked `@row(name, goal=..., against=...)` that gives rounds. In each round both sides were measured one after the
other, so that what slows the machine slows both; `ours` and `theirs` are costs (processor microseconds for each operation, unless `against`
says otherwise), so `ratio = theirs / ours` and more is better. The row's ratio is the median of its rounds.
"""

import json
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROUNDS = 5


@dataclass(frozen=True)
class Round:
    """One interleaved round. split: where our cost went (web, keyholder, postgresql, ...), in the unit of `ours`."""

    ours: float
    theirs: float
    split: Mapping[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    goal: float
    against: str
    measure: Callable[[], Iterable[Round]]


ROWS: dict[str, Row] = {}


def row(
    name: str, *, goal: float, against: str
) -> Callable[[Callable[[], Iterable[Round]]], Callable[[], Iterable[Round]]]:
    """Put a function that measures into the table. Raises ValueError for a name given twice."""

    def put(measure: Callable[[], Iterable[Round]]) -> Callable[[], Iterable[Round]]:
        if name in ROWS:
            raise ValueError(name)
        ROWS[name] = Row(name, goal, against, measure)
        return measure

    return put


def told(row: Row, rounds: list[Round]) -> dict[str, object]:
    """The row as build/bench.json holds it."""
    parts = {k for r in rounds for k in r.split}
    return {
        "ratio": round(statistics.median(r.ratio for r in rounds), 4),
        "goal": row.goal,
        "rounds": [round(r.ratio, 4) for r in rounds],
        "against": row.against,
        "ours": round(statistics.median(r.ours for r in rounds), 2),
        "theirs": round(statistics.median(r.theirs for r in rounds), 2),
        "split": {k: round(statistics.median(r.split.get(k, 0.0) for r in rounds), 2) for k in sorted(parts)},
    }


def run(names: Iterable[str], path: Path) -> bool:
    """Measure, print each row as it is done, keep all in the file; whether every row reached its goal. Raises KeyError."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    path.parent.mkdir(exist_ok=True)
    reached = True
    print(f"{'row':<22}{'ratio':>8}{'goal':>7}   {'least - most':<16}{'ours':>12}{'theirs':>12}   against; split")
    for name in names:
        said = told(ROWS[name], list(ROWS[name].measure()))
        kept[name] = said
        path.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n")
        reached &= said["ratio"] >= said["goal"]  # type: ignore[operator]
        print(_line(name, said), flush=True)
    return reached


def _line(name: str, said: Mapping[str, object]) -> str:
    rounds: list[float] = said["rounds"]  # type: ignore[assignment]
    split: Mapping[str, float] = said["split"]  # type: ignore[assignment]
    mark = " " if said["ratio"] >= said["goal"] else "<"  # type: ignore[operator]
    spread = f"{min(rounds):.3f} - {max(rounds):.3f}"
    parts = ", ".join(f"{k} {v:g}" for k, v in split.items())
    return (
        f"{name:<22}{said['ratio']:>8.3f}{said['goal']:>6.2f}{mark}   {spread:<16}{said['ours']:>12,.2f}"
        f"{said['theirs']:>12,.2f}   {said['against']}{'; ' + parts if parts else ''}"
    )
