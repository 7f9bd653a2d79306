"""`hozen screen --symbols`: the whole command over a file of sets, start, reading and writing included, on one core."""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.screening import MUST, every_symbol, measured
from tests.bench.table import Round, row

SETS = 200_000


@row(
    "screen_symbols",
    goal=1,
    against=f"{MUST:,} sets/s (the mean of both mixes; a fixed figure, not a second side), processor us a set",
)
def screen_symbols() -> Iterator[Round]:
    return rounds(SETS, 3)


def rounds(sets: int, times: int) -> Iterator[Round]:
    """Each round: as many sets drawn from the whole IPC as from 4,000 of its symbols (tests/bench/screening.py)."""
    chance, symbols = random.Random(3), every_symbol()
    drawn = {"whole IPC": symbols, "4,000 symbols": chance.sample(symbols, 4000)}
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{len(of)}.txt" for name, of in drawn.items()}
        for name, path in paths.items():
            lines = (";".join(chance.choices(drawn[name], k=chance.randint(1, 5))) for _ in range(sets))
            path.write_text("".join(f"{line}\n" for line in lines))
        for _ in range(times):
            split = {name: measured(path) / sets * 1e6 for name, path in paths.items()}
            yield Round(sum(split.values()) / len(split), 1e6 / MUST, split)
