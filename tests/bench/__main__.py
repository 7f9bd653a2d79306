"""`python -m tests.bench [ROW ...]`: the table, and build/bench.json. Exit 1 when a row stays under its goal, 2 for an unknown row."""

import importlib
import pkgutil
import signal
import sys

import tests.bench
from tests.bench.table import ROWS, run
from tests.shared import ROOT


def main(names: list[str]) -> int:
    for module in pkgutil.iter_modules(tests.bench.__path__):
        if module.name.startswith("rows_"):
            importlib.import_module(f"tests.bench.{module.name}")
    if unknown := [n for n in names if n not in ROWS]:
        print(f"No such row: {', '.join(unknown)}. There are: {', '.join(ROWS)}", file=sys.stderr)
        return 2
    return 0 if run(names or ROWS, ROOT / "build" / "bench.json") else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started for a row is ended
    sys.exit(main(sys.argv[1:]))
