"""The command line: `hozen`. Commands call the same acts and the same verifier as HTTP does, never SQL of their own."""

import asyncio

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from service import settings as s
from service.commands.audit import export
from service.commands.due import due
from service.commands.foreign import foreign
from service.commands.screen import screen

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Hozen（保全）: secret patents and security clearances. 特許出願の保全審査")
audit = typer.Typer(no_args_is_help=True, help="The access log. アクセス記録")
app.add_typer(audit, name="audit")
audit.command()(export)
for _command in (screen, due, foreign):
    app.command()(_command)


@contextmanager
def named_refusals() -> Iterator[None]:
    """A start that is refused ends with its name and reason, and status 2."""
    try:
        yield
    except s.StartRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(2) from None


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="End after the walk. 一巡で終了")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON summary as the last line. JSONで要約")] = False,
) -> None:
    """The demo: private PostgreSQL, fresh demo root, the whole service, and the walk through it. デモ"""
    from service.demo.show import show

    with named_refusals():
        raise typer.Exit(show(s.load(s.RunSettings), once=once, as_json=json))


@app.command()
def web(workers: Annotated[int, typer.Option(help="Processes. プロセス数")] = 1) -> None:
    """The web process (settings from HOZEN_*). ウェブ"""
    from service.serving import serve_web

    with named_refusals():
        serve_web(s.load(s.WebSettings), workers)


@app.command()
def worker() -> None:
    """The worker: clocks and the log. 期限とログ"""
    from service.opening import run_worker

    with named_refusals():
        asyncio.run(run_worker(s.load(s.WorkerSettings)))


@app.command()
def keyholder() -> None:
    """The keyholder: private keys, decisions, records. 鍵の管理"""
    from service.opening import run_keyholder

    with named_refusals():
        asyncio.run(run_keyholder(s.load(s.KeyholderSettings)))


@app.command("init")
def init(
    bootstrap: Annotated[Path, typer.Argument(help="The bootstrap file (TOML): first persons and posts. 初期登録ファイル", exists=True, dir_okay=False)],
    compartment: Annotated[list[str] | None, typer.Option(help="Compartments with keys of their own. 区画")] = None,
) -> None:
    """Make a root: vault, store, public keys, and the first facts from the bootstrap file. Once. 初期化"""
    from service.opening import init_keyholder

    with named_refusals():
        asyncio.run(init_keyholder(s.load(s.KeyholderSettings), bootstrap.read_text(), compartment or []))


@app.command(hidden=True)
def issuer(folder: Path, port: int) -> None:
    """The demo's issuer of tokens, on loopback."""
    import uvicorn

    from service.demo.issuer import Issuer, application

    settings = s.load(s.WebSettings)
    if settings.root != "demo":
        typer.echo("demo-only: デモ専用です / for a demo root only", err=True)
        raise typer.Exit(2)
    uvicorn.run(application(Issuer.open(folder, f"http://127.0.0.1:{port}")), host="127.0.0.1", port=port, log_level="warning")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def verify(context: typer.Context) -> None:
    """Verify a bundle offline: BUNDLE --key PUBKEY (service/audit/verify.py). 検証"""
    from service.audit import verify as verifier

    raise typer.Exit(verifier.main(context.args))


