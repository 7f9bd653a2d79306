"""`hozen clocks`: the proof that no open case is without a clock or a reason, and what a revised table of holidays changes."""

from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer

from service import clock
from service.commands.rooms import rooms, run
from service.commands.saying import say, say_json
from service.desk import new_year, proof
from service.keyholder.answers import Caller
from service.kinds import KINDS
from service.law.calendar import calendar, read_calendar

clocks = typer.Typer(no_args_is_help=True, help="The clocks of every case: prove, preview, rederive. 期限の点検")
Json = Annotated[bool, typer.Option("--json", help="One JSON object on one line. JSONで出力")]


@clocks.command()
def prove(as_json: Json = False) -> None:
    """Prove that every open case has a clock or a stated reason, as the worker does each day; it is recorded. 全件の点検

    Exit codes: 0 proved, 1 some case is not as it should be (named), 2 refused.
    """

    async def ask() -> proof.Proof:
        async with rooms() as (store, keyholder, _, caller):
            return await proof.prove(store, keyholder, KINDS, caller)

    found = run(ask())
    if as_json:
        say_json(found.said())
    else:
        say(_text(found))
    raise typer.Exit(1 if found.faults else 0)


@clocks.command()
def preview(
    holidays: Annotated[
        Path, typer.Argument(help="The revised table (TOML). 改正後の休日表", exists=True, dir_okay=False)
    ],
    as_json: Json = False,
) -> None:
    """What a revised table of holidays would change; nothing is changed. 休日表の改正の影響

    Exit codes: 0 told, 2 refused.
    """
    try:
        new = read_calendar(holidays.read_bytes())
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        typer.echo(f"holidays-refused: 休日表として読めません / this is no table of holidays: {wrong}", err=True)
        raise typer.Exit(2) from None

    async def ask() -> list[tuple[UUID, str, str, str]]:
        async with rooms() as (store, _, _, _):
            return [
                (case, limit, was.isoformat(), will.isoformat())
                async for case, limit, was, will in proof.preview(store, KINDS, new)
            ]

    changes = run(ask())
    if as_json:
        say_json({"sha256": new.sha256, "changes": [dict(zip(COLUMNS, c, strict=True)) for c in map(_plain, changes)]})
    else:
        say([*("  ".join(_plain(c)) for c in changes), f"{len(changes)} 件 / {len(changes)} last days would change"])


@clocks.command()
def rederive() -> None:
    """Derive anew every clock that is not what its events give under the table in force; each case's change is recorded. 期限の再計算

    Exit codes: 0 done, 2 refused.
    """

    async def ask() -> int:
        changed = 0
        async with rooms() as (store, keyholder, keys, caller):
            found = await proof.prove(store, keyholder, KINDS, caller)
            stale = sorted({f.case for f in found.faults if f.name in ("clock-stale", "queue-stale")})
            for number, case in enumerate(stale, 1):
                its = Caller(caller.token, uuid4())
                changed += await proof.rederive(store, keyholder, KINDS, keys, its, case)
                typer.echo(f"{number}/{len(stale)}", err=True)
        return changed

    changed = run(ask())
    say([f"{changed} 件を再計算しました / {changed} cases derived anew"])


@clocks.command("new-year")
def over_new_year(as_json: Json = False) -> None:
    """What falls due over New Year, of all cases, and the last open day until which it can be done. 年末年始の期限

    Exit codes: 0 told, 2 refused.
    """

    async def ask() -> list[new_year.Falling]:
        async with rooms() as (store, _, _, _):
            return await new_year.falling(store, KINDS, calendar(), clock.today())

    found = run(ask())
    first, last = calendar().new_year(clock.today())
    if as_json:
        say_json({"first": first.isoformat(), "last": last.isoformat(), "falling": [f.said() for f in found]})
    else:
        lines = [f"{f.due}  {f.case}  {f.limit}  (until {f.until})" for f in found]
        say([*lines, f"{first} - {last}: {len(found)} 件 / {len(found)} last days"])


COLUMNS = ("case", "limit", "due", "would_be_due")


def _plain(change: tuple[UUID, str, str, str]) -> tuple[str, ...]:
    return tuple(map(str, change))


def _text(found: proof.Proof) -> list[str]:
    return [
        f"案件 cases {found.cases}: 進行中 running {found.running}, 理由あり with a reason {found.reasons}, 終了 ended {found.ended}",
        f"期限経過 past a last day: {len(found.overdue)}",
        *(f"  {case}" for case in found.overdue),
        f"不備 faults: {len(found.faults)}",
        *(f"  {fault.case}  {fault.name}" for fault in found.faults),
    ]
