"""How many symbol sets a second `hozen screen --symbols` answers on one core: `python -m tests.bench.screening [LINES]`.

Whole command, start and reading and writing included; processor time, so that a busy machine counts less. Two mixes: symbols drawn
from the whole IPC (every spelling new) and from 4,000 of them (as in a year's filings, where few symbols stand for most).
"""

import gzip
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from service.law.fields import LAW
from tests.shared import ROOT

MUST, AIM = 20_000, 100_000
COMMAND = "import typer; from service.commands.screen import screen; typer.run(screen)"


def every_symbol() -> list[str]:
    """All symbols of the known edition."""
    lines = gzip.decompress((LAW / "ipc-2023.txt.gz").read_bytes()).decode().splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    return [f"{group}/{subgroup.lstrip('.')}" for group, *subgroups in rows for subgroup in subgroups]


def measured(path: Path) -> float:
    """Processor seconds of the whole command over `path`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", COMMAND, "--symbols", str(path), "--on", "2025-03-01", "--json"]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True, env={**os.environ})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(count: int) -> None:
    chance = random.Random(3)
    symbols = every_symbol()
    with tempfile.TemporaryDirectory() as folder:
        for name, drawn in (("whole IPC", symbols), ("4,000 symbols", chance.sample(symbols, 4000))):
            path = Path(folder) / "sets.txt"
            lines = (";".join(chance.choices(drawn, k=chance.randint(1, 5))) for _ in range(count))
            path.write_text("".join(f"{line}\n" for line in lines))
            rate = count / measured(path)
            print(
                f"{name}: {rate:,.0f} sets/s; {rate / MUST:.1f} x the {MUST:,} that must be, {rate / AIM:.2f} x the aim"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000)
