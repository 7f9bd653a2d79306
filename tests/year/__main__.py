"""`python -m tests.year [SCALE] [DECISIONS] [SCREENED]`: a generated year and ten officers' queues, and what they cost.

SCREENED: so many applications, where others than SCALE says; `1 1200 2000` has the public counts with few applications around them.

Exit 1 when the yearly table does not give the year back, a lapse fell on another day, or a decision was lost.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from service.statistics import fiscal_year
from tests.moved import service_on
from tests.year.officers import A_DAY, OFFICERS
from tests.year.queue import Queued, at, queued
from tests.year.run import Run, Taken
from tests.year.size import FISCAL, Year

PUBLIC = ("sent", "designations", "prior_confirmations", "non_sending_notices")


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A line with its progress, and how long it will still take."""
    columns = BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(TextColumn("{task.description:>10}"), *columns) as shown:
        task = shown.add_task(what, total=total)
        yield lambda: shown.advance(task)


def told(taken: Taken, year: Year, console: Console) -> bool:
    """Say what the year cost; whether the table gives back what was done."""
    for flow, costs in taken.flows.items():
        cells = "  ".join(f"{process} {cost:,.0f}" for process, cost in costs.items())
        console.print(f"{flow:>18}  CPU us each: {cells}")
    console.print("peak MiB: " + "  ".join(f"{name} {size:,.0f}" for name, size in taken.peak.items()))
    rate = (year.screened + year.confirmations) / taken.seconds
    console.print(
        f"{taken.days} days in {taken.seconds:,.0f} s: {rate:.1f} cases/s; judged one by one: {taken.alone:,}"
    )
    console.print(
        f"database: {taken.bytes_whole / 2**20:,.0f} MiB, {taken.bytes_a_case / 1024:,.1f} KiB a case; {taken.states}"
    )
    holds = taken.early == 0
    for name in PUBLIC:
        quarters = taken.done.get(name, [0, 0, 0, 0])
        row = taken.table[name]
        console.print(f"{name:>20} {row['total']:>8,}  {row['quarters']}")
        holds &= row["total"] == sum(quarters) and (row["quarters"] == quarters or None in row["quarters"])
    if not holds:
        console.print(f"[red]done were[/] {taken.done}, {taken.early} lapses on another day")
    return holds


def said(taken: Queued, console: Console) -> bool:
    """Say what the queues cost; whether each case was decided once."""
    cost = "  ".join(f"{name} {us:,.0f}" for name, us in taken.cost.items())
    console.print(
        f"{OFFICERS} officers, {taken.wanted:,} decisions, {taken.late:,} too late; CPU us a decision: {cost}"
    )
    for name, seconds in (("decision", taken.seconds), ("queue page", taken.pages)):
        console.print(f"{name:>12}: p50 {at(seconds, 0.5) * 1e3:,.0f} ms, p95 {at(seconds, 0.95) * 1e3:,.0f} ms")
    console.print(f"a day's {A_DAY:,} decisions take {taken.share:.2%} of one processor's day")
    return taken.decided.total() == len(taken.decided) == taken.wanted


def main(scale: float = 1 / 200, decisions: int = A_DAY, screened: int = 0) -> int:
    year, console = Year.part(scale, screened), Console(soft_wrap=True)
    console.print(f"SCALE={scale:g}: {year}. SCALE=1 is the public size.")
    with service_on(fiscal_year(FISCAL)[0]) as moved:
        holds = told(Run(moved, bar).whole(year), year, console)
        holds &= said(queued(moved, decisions, bar), console)
    return 0 if holds else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    sys.exit(main(*(kind(text) for kind, text in zip((float, int, int), sys.argv[1:], strict=False))))
