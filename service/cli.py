"""The command line: `hozen`. Commands call the same acts and the same verifier as HTTP does, never SQL of their own.

Exit codes of every command: 0 done; 1 done, and the answer is no (a step did not hold, tampered, refused by the service);
2 refused or bad use, by name on stderr, nothing begun; 130 interrupted.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from service import settings as s
from service.commands.audit import check, export
from service.commands.clocks import clocks
from service.commands.cosign import cosign
from service.commands.due import due
from service.commands.foreign import foreign
from service.commands.form import form
from service.commands.migrate import migrate
from service.commands.read import read
from service.commands.receipt import verify_receipt
from service.commands.screen import screen
from service.commands.screen_whatif import screen_whatif
from service.commands.statistics import statistics
from service.commands.write import write
from service.errors import Text

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Hozen（保全）: secret patents and security clearances. 特許出願の保全審査\n\n"
    "Exit codes 終了コード: 0 done 完了; 1 the answer is no 否; 2 refused by name 開始を拒否; 130 interrupted 中断.",
)
audit = typer.Typer(no_args_is_help=True, help="The access log. アクセス記録")
app.add_typer(audit, name="audit")
app.add_typer(clocks, name="clocks")
app.add_typer(form, name="form")
audit.command()(export)
audit.command()(check)
audit.command()(cosign)
for _command in (screen, screen_whatif, due, foreign, migrate, read, statistics, verify_receipt, write):
    app.command()(_command)


@app.callback()
def main(with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False) -> None:
    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the end of standard input, which whoever started this process holds while he lives; then end as if told to."""
    while os.read(0, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


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
    """The demo: private PostgreSQL, fresh demo root, the whole service, and the walk through it. デモ

    Exit codes: 0 every step held, 1 a step did not, 2 the start was refused, 130 interrupted during the walk.
    """
    from service.demo.show import run as run_demo

    raise typer.Exit(run_demo(once=once, as_json=json))


@app.command()
def web(workers: Annotated[int, typer.Option(help="Processes. プロセス数", min=1)] = 1) -> None:
    """The web process (settings from HOZEN_*). ウェブ

    Exit codes: 0 told to stop (SIGTERM), 2 the start was refused.
    """
    from service.serving import serve_web

    with named_refusals():
        serve_web(s.load(s.WebSettings), workers)


@app.command()
def worker() -> None:
    """The worker: clocks and the log. 期限とログ

    Exit codes: 0 told to stop (SIGTERM), 2 the start was refused, or the log is not the one that was signed.
    """
    from service.opening import run_worker

    with named_refusals():
        asyncio.run(run_worker(s.load(s.WorkerSettings)))


@app.command()
def courier() -> None:
    """The courier: mails that say that something awaits, and nothing else. Off until its settings are given. メール

    Exit codes: 0 told to stop (SIGTERM), 2 the start was refused.
    """
    from service.opening_courier import run_courier

    with named_refusals():
        asyncio.run(run_courier(s.load(s.CourierSettings)))


@app.command()
def keyholder() -> None:
    """The keyholder: private keys, decisions, records. 鍵の管理

    Exit codes: 0 told to stop (SIGTERM), 2 the start was refused.
    """
    from service.opening_keyholder import run_keyholder

    with named_refusals():
        uvloop.run(run_keyholder(s.load(s.KeyholderSettings)))


@app.command("init")
def init(
    bootstrap: Annotated[
        Path,
        typer.Argument(
            help="The bootstrap file (TOML): first persons and posts. 初期登録ファイル", exists=True, dir_okay=False
        ),
    ],
    compartment: Annotated[list[str] | None, typer.Option(help="Compartments with keys of their own. 区画")] = None,
) -> None:
    """Make a root: vault, store, public keys, and the first facts from the bootstrap file. Once. 初期化

    Exit codes: 0 made, 2 refused; after a refusal or a crash it may be tried again.
    """
    from service.opening_keyholder import init_keyholder

    with named_refusals():
        asyncio.run(init_keyholder(s.load(s.KeyholderSettings), bootstrap.read_bytes(), compartment or []))
    typer.echo("初期化しました / the root is made")


@app.command(hidden=True)
def issuer(folder: Path, port: int) -> None:
    """The demo's issuer of tokens, on loopback."""
    import uvicorn

    from service.demo.issuer import Issuer, application

    with named_refusals():
        if s.load(s.WebSettings).root != "demo":
            raise s.StartRefused("demo-only", Text("デモ専用です。", "For a demo root only."))
    uvicorn.run(
        application(Issuer.open(folder, f"http://127.0.0.1:{port}")), host="127.0.0.1", port=port, log_level="warning"
    )


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def witness(context: typer.Context) -> None:
    """The witness, a program of another administrator: init, trust, serve, sign (service/audit/witness). 立会人

    Exit codes: 0 done, 1 not cosigned, 2 bad use.
    """
    from service.audit.witness.__main__ import run

    raise typer.Exit(run(context.args))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def verify(context: typer.Context) -> None:
    """Verify a bundle offline: BUNDLE --key PUBKEY (service/audit/verify.py). 検証

    Exit codes: 0 verified, 1 tampered, 2 unusable input.
    """
    from service.audit import verify as verifier

    raise typer.Exit(verifier.main(context.args))
