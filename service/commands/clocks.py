"""`hozen clocks`: the proof that no open case is without a clock or a reason, and what a revised table of holidays changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from service import opening
from service import settings as s
from service.commands.saying import say, say_json
from service.desk import proof
from service.errors import Refusal
from service.keyholder.calls import Caller, Keyholder
from service.keyholder.client import KeyholderClient
from service.law.calendar import read_calendar
from service.sealing.wrap import LabelKeys
from service.store import Store

clocks = typer.Typer(no_args_is_help=True, help="The clocks of every case: prove, preview, rederive. 期限の点検")
Json = Annotated[bool, typer.Option("--json", help="One JSON object on one line. JSONで出力")]


@clocks.command()
def prove(as_json: Json = False) -> None:
    """Prove that every open case has a clock or a stated reason, as the worker does each day; it is recorded. 全件の点検

    Exit codes: 0 proved, 1 some case is not as it should be (named), 2 refused.
    """

    async def run() -> proof.Proof:
        async with _rooms() as (store, keyholder, _, caller):
            return await proof.prove(store, keyholder, opening.KINDS, caller)

    found = _run(run())
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

    async def run() -> list[tuple[UUID, str, str, str]]:
        async with _rooms() as (store, _, _, _):
            return [
                (case, limit, was.isoformat(), will.isoformat())
                async for case, limit, was, will in proof.preview(store, opening.KINDS, new)
            ]

    changes = _run(run())
    if as_json:
        say_json({"sha256": new.sha256, "changes": [dict(zip(COLUMNS, c, strict=True)) for c in map(_plain, changes)]})
    else:
        say([*("  ".join(_plain(c)) for c in changes), f"{len(changes)} 件 / {len(changes)} last days would change"])


@clocks.command()
def rederive() -> None:
    """Derive anew every clock that is not what its events give under the table in force; each case's change is recorded. 期限の再計算

    Exit codes: 0 done, 2 refused.
    """

    async def run() -> int:
        changed = 0
        async with _rooms() as (store, keyholder, keys, caller):
            found = await proof.prove(store, keyholder, opening.KINDS, caller)
            stale = sorted({f.case for f in found.faults if f.name in ("clock-stale", "queue-stale")})
            for number, case in enumerate(stale, 1):
                its = Caller(caller.token, uuid4())
                changed += await proof.rederive(store, keyholder, opening.KINDS, keys, its, case)
                typer.echo(f"{number}/{len(stale)}", err=True)
        return changed

    changed = _run(run())
    say([f"{changed} 件を再計算しました / {changed} cases derived anew"])


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


@asynccontextmanager
async def _rooms() -> AsyncIterator[tuple[Store, Keyholder, LabelKeys, Caller]]:
    """What the worker has, with its token."""
    settings = s.load(s.WorkerSettings)
    store = await Store.open(settings.database("hozen_worker"), size=2)
    client = KeyholderClient(settings.keyholder_socket)
    try:
        token = opening.worker_token(settings.worker_token_file)
        yield store, Keyholder(client), opening.public_keys(settings), Caller(token, uuid4())
    finally:
        await client.close()
        await store.close()


def _run(work: Any) -> Any:
    """Run it; a refusal is told by its name. Exit code 2."""
    try:
        return asyncio.run(work)
    except s.StartRefused as refused:
        typer.echo(str(refused), err=True)
    except Refusal as refusal:
        typer.echo(f"{refusal.name}: {refusal.text.ja} / {refusal.text.en}", err=True)
    except OSError as away:
        typer.echo(f"database-away: データベースに届きません / the database is out of reach: {away}", err=True)
    raise typer.Exit(2)
