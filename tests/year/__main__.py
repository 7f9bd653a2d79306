"""`python -m tests.year [SCALE]`: a generated year, and what it cost. Exit 1 when the yearly table does not give it back."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.year.run import Run, Taken, service
from tests.year.size import Year

DEFAULT = 1 / 200
PUBLIC = ("sent", "designations", "prior_confirmations", "non_sending_notices")


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A line with its progress."""
    with Progress(
        TextColumn("{task.description:>18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    ) as shown:
        task = shown.add_task(what, total=total)
        yield lambda: shown.advance(task)


def show(taken: Taken, console: Console) -> bool:
    """Tell it; whether the table gives back what was done."""
    for flow, costs in taken.flows.items():
        cells = "  ".join(f"{process} {cost:,.0f}" for process, cost in costs.items())
        console.print(f"{flow:>18}  CPU us each: {cells}")
    console.print("peak MiB: " + "  ".join(f"{name} {size:,.0f}" for name, size in taken.peak.items()))
    console.print(f"database: {taken.bytes_a_case / 1024:,.1f} KiB a case; judged one by one: {taken.alone:,}")
    wanted = {name: taken.done.get(name, 0) for name in PUBLIC}
    told = {name: taken.table[name] for name in PUBLIC}
    console.print(" / ".join(f"{name} {count}" for name, count in told.items()))
    if told != wanted:
        console.print(f"[red]done were[/] {wanted}")
    return told == wanted


def main(scale: float) -> int:
    year, console = Year.part(scale), Console(soft_wrap=True)
    console.print(f"SCALE={scale:g}: {year}. SCALE=1 is the public size.")
    with service() as demo:
        taken = Run(demo, bar).whole(year)
    return 0 if show(taken, console) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
