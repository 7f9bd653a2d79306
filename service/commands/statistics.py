"""`hozen statistics YEAR`: the yearly table for the public, small numbers held back."""

from typing import Annotated

import typer

from service.commands.rooms import rooms, run
from service.commands.saying import say, say_json
from service.desk import counting
from service.statistics import FEW, MEASURES, Row, fiscal_year, table


def statistics(
    year: Annotated[
        int, typer.Argument(help="Fiscal year: 2026 is 1 April 2026 to 31 March 2027. 年度", min=2024, max=2100)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line. JSONで出力")] = False,
) -> None:
    """How often the Act's steps were taken in a fiscal year; counts of 1 to 4 are held back. It is recorded. 年次統計

    Settings: the worker's. Exit codes: 0 told, 2 refused.
    """
    first, last = fiscal_year(year)
    steps = frozenset(step for measure in MEASURES for step in measure.steps)

    async def ask() -> list[Row]:
        async with rooms() as (store, keyholder, _, caller):
            return table(await counting.count(store, keyholder, caller, steps, first, last))

    rows = run(ask())
    if as_json:
        say_json(
            {"from": first.isoformat(), "to": last.isoformat(), "held_back_below": FEW, "rows": [*map(_said, rows)]}
        )
    else:
        say([f"{first.isoformat()} - {last.isoformat()}", *map(_line, rows), f"… 1-{FEW - 1}"])


def _said(row: Row) -> dict[str, object]:
    measure = row.measure
    titles = {"ja": measure.title.ja, "en": measure.title.en}
    return {"measure": measure.name, **titles, "basis": measure.basis, "quarters": row.quarters, "total": row.total}


def _line(row: Row) -> str:
    cells = "".join(f"{_cell(count):>8}" for count in (*row.quarters, row.total))
    return f"{cells}  {row.measure.title.ja} / {row.measure.title.en} ({row.measure.basis})"


def _cell(count: int | None) -> str:
    return "…" if count is None else f"{count:,}"
