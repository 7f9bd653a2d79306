"""`hozen audit cosign`: bring the newest signed head to a witness over HTTP or by a file, and keep what it cosigned."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx2
import typer

from service import settings as s
from service.audit import cosigning, fsck
from service.audit.checkpoint import LogKey, NotACheckpoint, WrongSignature
from service.audit.cosigning import Cosigned, LogBehind, LogForked, NoCosignature, WitnessKey
from service.audit.export import Head
from service.audit.tree import DoesNotVerify
from service.audit.witness.statement import number
from service.commands.audit import CheckSettings
from service.commands.saying import say
from service.errors import Refusal
from service.keyholder import files
from service.store import Store

SIZE = "text/x.tlog.size"
MOST = 64 * 1024
"""Bytes of a witness's answer; two cosignatures are 4 KiB."""
PATIENCE = 30
"""Seconds for a witness's answer."""


class WitnessAway(Exception):
    """The witness does not answer, or not as tlog-witness says."""


NOT_COSIGNED = (
    NotACheckpoint, WrongSignature, NoCosignature, DoesNotVerify, WitnessAway, Refusal, files.NotPrivate, ValueError, OSError,
    *fsck.REFUSED,
)  # fmt: skip
"""What may be otherwise at the next try."""


@dataclass(frozen=True)
class Round:
    """What one round needs. log: whose head; keys: the witness's; kept: the folder of kept notes."""

    user: str
    log: LogKey
    keys: list[WitnessKey]
    kept: Path


def cosign(
    key: Annotated[Path, typer.Option("--key", help="The log's public key. ログの公開鍵", exists=True, dir_okay=False)],
    witness_key: Annotated[
        Path,
        typer.Option(
            "--witness-key", help="The witness's public key lines. 立会人の公開鍵", exists=True, dir_okay=False
        ),
    ],
    kept: Annotated[Path, typer.Option("--kept", help="Folder of cosigned notes. 保管先", file_okay=False)],
    witness: Annotated[str | None, typer.Option("--witness", help="Its address (http). 接続先")] = None,
    ask: Annotated[
        Path | None, typer.Option("--ask", help="Write the request to a file instead. 依頼の書き出し")
    ] = None,
    take: Annotated[
        Path | None, typer.Option("--take", help="Take the answer to --ask from a file. 回答の取り込み", dir_okay=False)
    ] = None,
    every: Annotated[
        int, typer.Option("--every", help="Again after so many seconds; 0: once. 間隔（秒）", min=0, max=86_400)
    ] = 0,
    user: Annotated[str, typer.Option("--user", help="Database role; reads only. ロール")] = "hozen_worker",
) -> None:
    """Have a witness cosign the newest head of the log: --witness ADDRESS, or --ask FILE and, with the answer, --take FILE. 立会人の署名

    Settings: HOZEN_ROOT, HOZEN_DATABASE_HOST, HOZEN_DATABASE_PORT, HOZEN_DATABASE_NAME. --take needs the file of --ask beside it.

    Exit codes: 0 cosigned (or the request written), 1 the log is behind what was witnessed, or another one: call the security officer;
    2 refused, bad use, or the witness is away; with --every what may pass is told and tried again.
    """
    if (witness is None) == (ask is None) or (ask is None and take is not None) or (every and witness is None):
        raise typer.BadParameter("--witness [--every], or --ask [--take]")
    while True:
        try:
            what = _round(user, key, witness_key, kept)
            if ask is None:
                _tell(asyncio.run(_over_http(what, str(witness))))
            elif take is None:
                ask.write_bytes(asyncio.run(_request(what, cosigning.last_kept(kept)))[1])
            else:
                note = ask.read_text().partition("\n\n")[2]
                _tell(_keep(what, cosigning.kept(note, take.read_text(), what.log, what.keys)))
        except s.StartRefused as refused:
            typer.echo(str(refused), err=True)
            raise typer.Exit(2) from None
        except (LogBehind, LogForked) as found:
            _said("記録が立会人の見たものと違います / not the log that was witnessed", found)
            raise typer.Exit(1) from None
        except NOT_COSIGNED as why:
            _said("署名されていません / not cosigned", why)
            if not every:
                raise typer.Exit(2) from None
        if not every:
            return
        time.sleep(every)


def _round(user: str, key: Path, witness_key: Path, kept: Path) -> Round:
    """Raises NotACheckpoint, ValueError for what holds no public key lines; OSError."""
    lines = witness_key.read_text("ascii").splitlines(keepends=True)
    what = Round(user, LogKey.parse(key.read_text("ascii")), [WitnessKey.parse(line) for line in lines], kept)
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    return what


async def _request(what: Round, old: int) -> tuple[Head, bytes]:
    store = await Store.open(s.load(CheckSettings).database(what.user), size=2)
    try:
        return await cosigning.request(store, old)
    finally:
        await store.close()


async def _over_http(what: Round, address: str) -> Cosigned:
    """Ask from where we last were; where the witness is elsewhere, once more from there."""
    old = cosigning.last_kept(what.kept)
    for _ in range(2):
        top, asked = await _request(what, old)
        answer = _posted(address, asked)
        if answer.status_code == 200:
            return _keep(what, cosigning.kept(top.note, answer.text, what.log, what.keys))
        if answer.status_code != 409 or answer.headers.get("content-type") != SIZE:
            break
        seen = _size(answer)
        if seen == old:
            raise LogForked(f"it cosigned another root of {old} leaves")
        old = seen
    if answer.status_code == 422:
        raise LogForked(f"its {old} leaves are not the first of this log")
    raise WitnessAway(f"it answers {answer.status_code}")


def _posted(address: str, asked: bytes) -> httpx2.Response:
    """Its answer. Raises WitnessAway, also for more bytes than cosignatures have."""
    try:
        with httpx2.stream("POST", f"{address.rstrip('/')}/add-checkpoint", content=asked, timeout=PATIENCE) as answer:
            told = b""
            for piece in answer.iter_bytes():
                told += piece
                if len(told) > MOST:
                    raise WitnessAway("it says too much")
            return httpx2.Response(answer.status_code, headers=answer.headers, content=told)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise WitnessAway(type(error).__name__) from None


def _size(answer: httpx2.Response) -> int:
    try:
        return number(answer.text.removesuffix("\n"))
    except ValueError:
        raise WitnessAway("it answers 409 without a size") from None


def _keep(what: Round, cosigned: Cosigned) -> Cosigned:
    files.write(what.kept / f"{cosigned.size}.note", cosigned.note.encode())
    return cosigned


def _said(words: str, why: Exception) -> None:
    """The name of what was found, and its own words where they are ours."""
    text = why.text.en if isinstance(why, Refusal) else "" if isinstance(why, fsck.REFUSED) else str(why)
    name = why.name if isinstance(why, Refusal) else type(why).__name__
    typer.echo(f"{name}: {words}: {text}", err=True)


def _tell(cosigned: Cosigned) -> None:
    say([f"立会人が署名しました / cosigned: {cosigned.size} records, {cosigned.at:%Y-%m-%dT%H:%M:%SZ}"])
