"""`hozen screen-whatif`: what a new version of the fields would change of the open cases, over the service's own HTTP.

Promises: it runs on the token of a person who may only this (role what_if); each result it opens is a record; nothing is activated.
"""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx2
import typer
from rich.console import Console
from rich.progress import Progress

from service.commands.saying import refuse, say, say_json
from service.errors import Refusal
from service.screening.what_if import Change, change, new_law

PAGE = 200


def screen_whatif(
    new: Annotated[
        Path, typer.Argument(metavar="NEW.toml", exists=True, dir_okay=False, help="fields-DATE.toml. 新しい版")
    ],
    url: Annotated[str, typer.Option("--url", help="Address of the service. 接続先")] = "http://127.0.0.1:8000",
    token_file: Annotated[
        Path, typer.Option("--token-file", help="File with the token. トークン", exists=True, dir_okay=False)
    ] = Path("token"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a change. 1行1件")] = False,
) -> None:
    """List what a new version of the fields would change of the open cases; nothing is activated. 新しい版の試行

    Exit codes: 0 done, 1 the service refused or does not answer, 2 the file or the use is refused.
    """
    try:
        by = new_law(new.name, new.read_bytes())
    except Refusal as refusal:
        refuse(refusal)
    headers = {"authorization": f"Bearer {token_file.read_text('ascii').strip()}"}
    looked, changed = 0, 0
    try:
        with httpx2.Client(base_url=url, headers=headers, timeout=60) as http:
            for case, result in _shown(http):
                looked += 1
                if result and (found := change(by, case, result)):
                    changed += 1
                    say_json(asdict(found)) if as_json else say([_line(found)])
    except httpx2.TransportError as error:
        typer.echo(f"service-away: サービスに接続できません / no answer: {type(error).__name__}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{looked} open cases, {changed} would change. 係属{looked}件、変更{changed}件", err=True)


def _shown(http: httpx2.Client) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Every open case with its newest result, under a bar on a terminal."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("open cases 係属案件", total=None)
        after = UUID(int=0)
        while page := _get(http, "/screening/open", after=str(after), limit=PAGE)["results"]:
            for row in page:
                yield row["case"], _result(http, row)
                progress.advance(task)
            after = UUID(page[-1]["case"])


def _result(http: httpx2.Client, row: dict[str, str]) -> dict[str, Any] | None:
    """The result; None where the case moved on meanwhile, or was begun before results named their symbols."""
    answer = http.get(f"/filings/{row['case']}/parts/{row['part']}")
    if answer.status_code in (403, 404):
        return None
    said: dict[str, Any] = _ok(answer)["content"]
    return said if "given" in said else None


def _get(http: httpx2.Client, path: str, **params: Any) -> Any:
    return _ok(http.get(path, params=params))


def _ok(answer: httpx2.Response) -> Any:
    if answer.status_code == 200:
        return answer.json()
    name = answer.json().get("name", "") if "json" in answer.headers.get("content-type", "") else ""
    typer.echo(f"{name or answer.status_code}: サービスが拒否しました / the service refused", err=True)
    raise typer.Exit(1)


def _line(found: Change) -> str:
    old, new = (", ".join(map(str, items)) or "-" for items in (found.old_items, found.new_items))
    return f"{found.case}  {found.old} -> {found.new}  ({old} -> {new})"
