"""`hozen audit export`, over the service's own HTTP with the auditor's own token; `hozen audit check`, at the database by an operator."""

import asyncio
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx2
import typer

from service import settings as s
from service.audit import fsck
from service.audit.checkpoint import LogKey, NotACheckpoint
from service.commands.saying import say, say_json
from service.errors import Refusal


class Form(StrEnum):
    """What `GET /audit/bundle` calls its forms."""

    BUNDLE = "bundle"
    CSV = "csv"
    JSONL = "jsonl"


class CheckSettings(s.Settings):
    """A check needs the database's settings alone."""


def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write. 出力先")],
    since: Annotated[
        str | None, typer.Option("--from", help="Index of the first record, or an ISO time with its offset. 開始")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="Index after the last record, or an ISO time. 終了")] = None,
    url: Annotated[str, typer.Option("--url", help="Address of the service. 接続先")] = "http://127.0.0.1:8000",
    token_file: Annotated[
        Path,
        typer.Option(
            "--token-file", help="File with your access token. トークンのファイル", exists=True, dir_okay=False
        ),
    ] = Path("token"),
    form: Annotated[
        Form, typer.Option("--format", help="bundle proves itself; csv and jsonl are to be read. 形式")
    ] = Form.BUNDLE,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file. 上書きする")] = False,
) -> None:
    """Export a range of the access log as one file: a bundle, to be verified offline, or a table. It is itself a record. 記録の書き出し

    Exit codes: 0 written, 1 the service refused (its reason is told) or does not answer, 2 bad use; nothing is left but a whole file.
    """
    if output.exists() and not force:
        raise _bad(
            "output-exists", "出力先が既にあります (--force)", "the file exists already; --force replaces it", output
        )
    given = (("from", since), ("to", to), ("format", form.value))
    params = {name: value for name, value in given if value is not None}
    part = output.with_name(output.name + ".part")
    try:
        headers = {"authorization": f"Bearer {token_file.read_text('ascii').strip()}"}
        with httpx2.stream("GET", f"{url}/audit/bundle", params=params, headers=headers, timeout=60) as answer:
            if answer.status_code != 200:
                answer.read()
                raise _refused(answer)
            with part.open("wb") as out:
                for piece in answer.iter_bytes():
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
        part.rename(output)
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL):
        raise _bad("url-wrong", "接続先が正しくありません", "no http(s) address", url) from None
    except httpx2.TransportError as error:
        typer.echo(
            f"service-away: サービスに接続できません / the service does not answer: {type(error).__name__}", err=True
        )
        raise typer.Exit(1) from None
    except OSError as error:
        raise _bad("file-refused", "ファイルを使えません", "a file cannot be used", error) from None
    except UnicodeError:
        raise _bad("token-wrong", "トークンではありません", "this file holds no token", token_file) from None
    finally:
        part.unlink(missing_ok=True)


def check(
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", help="The log's public key: verify the signature. ログの公開鍵", exists=True, dir_okay=False
        ),
    ] = None,
    user: Annotated[
        str, typer.Option("--user", help="Database role; reads only. データベースのロール")
    ] = "hozen_worker",
    processes: Annotated[int, typer.Option(help="Processes. プロセス数", min=1, max=64)] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object. JSONで出力")] = False,
) -> None:
    """Hash and compare every stored record, and every checkpoint, in the database. It may run beside the service. 記録の検査

    Settings: HOZEN_ROOT, HOZEN_DATABASE_HOST, HOZEN_DATABASE_PORT, HOZEN_DATABASE_NAME.

    Exit codes: 0 whole, 1 not whole (the first place is told), 2 refused or bad use.
    """
    try:
        connect = s.load(CheckSettings).database(user)
        log = LogKey.parse(key.read_text("ascii")) if key else None
        whole = asyncio.run(fsck.check(connect, log, _progress, processes))
    except fsck.NotWhole as why:
        _tell(as_json, {"whole": False, "why": str(why)}, [f"一致しません / NOT WHOLE: {why}"])
        raise typer.Exit(1) from None
    except (NotACheckpoint, UnicodeError):
        raise _bad("key-wrong", "公開鍵ではありません", "this file holds no public key line", key) from None
    except s.StartRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(2) from None
    except (Refusal, OSError, *fsck.REFUSED) as away:
        raise _bad("database-refused", "データベースを使えません", "the database cannot be used", away) from None
    said = {
        "whole": True,
        "records": whole.size,
        "root": whole.root.hex(),
        "checkpoints": whole.checkpoints,
        "beyond": whole.beyond,
        "signature": whole.signed,
    }
    lines = [
        f"一致しました / whole: {whole.size} records, {whole.checkpoints} checkpoints; placed since 以後: {whole.beyond}",
        f"root: {whole.root.hex()}",
        "署名も検証しました / signature verified"
        if whole.signed
        else "署名は未検証（--key） / signature not verified (--key)",
    ]
    _tell(as_json, said, lines)


def _progress(done: int, size: int) -> None:
    typer.echo(f"{done}/{size}", err=True)


def _tell(as_json: bool, said: dict[str, object], lines: list[str]) -> None:
    if as_json:
        say_json(said)
    else:
        say(lines)


def _bad(name: str, ja: str, en: str, what: object) -> typer.Exit:
    """Bad use, told by its name."""
    typer.echo(f"{name}: {ja} / {en}: {what}", err=True)
    return typer.Exit(2)


def _refused(answer: httpx2.Response) -> typer.Exit:
    """Tell the service's own refusal."""
    told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    text = told.get("text", {})
    typer.echo(f"{answer.status_code} {told.get('name', '')}: {text.get('ja', '')} / {text.get('en', '')}", err=True)
    return typer.Exit(1)
