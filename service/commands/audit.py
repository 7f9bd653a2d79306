"""`hozen audit export`: an auditor's bundle over the service's own HTTP, with his own token."""

import os
from pathlib import Path
from typing import Annotated

import httpx2
import typer


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
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file. 上書きする")] = False,
) -> None:
    """Export a range of the access log as one bundle file, to be verified offline. The export is itself a record. 記録の書き出し

    Exit codes: 0 written, 1 the service refused (its reason is told) or does not answer, 2 bad use; nothing is left but a whole bundle.
    """
    if output.exists() and not force:
        raise _bad(
            "output-exists", "出力先が既にあります (--force)", "the file exists already; --force replaces it", output
        )
    params = {name: value for name, value in (("from", since), ("to", to)) if value is not None}
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
