"""`hozen verify-receipt`: check a receipt offline, with nothing but the log's public key, and the documents where they are at hand."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from service.audit.checkpoint import LogKey, NotACheckpoint
from service.audit.receipt import Holds, NotAReceipt, verify
from service.commands.saying import refuse, say, say_json
from service.errors import Refusal, Text
from service.notices.issued import is_of


def verify_receipt(
    receipt: Annotated[Path, typer.Argument(help="The receipt (JSON). 受領書", exists=True, dir_okay=False)],
    key: Annotated[Path, typer.Option("--key", help="The log's public key. ログの公開鍵", exists=True, dir_okay=False)],
    document: Annotated[
        list[Path] | None,
        typer.Option("--document", help="A document that was filed, to be compared. 提出した書類", exists=True),
    ] = None,
    notice: Annotated[
        Path | None,
        typer.Option(
            "--notice", help="A notice (PDF) to be compared; needs the fonts. 通知書", exists=True, dir_okay=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object. JSONで出力")] = False,
) -> None:
    """Check a receipt without any network: signature, record, documents. 受領書の検証

    Exit codes: 0 it holds, 1 it does not (the reason is told), 2 bad use.
    """
    try:
        log = LogKey.parse(key.read_text("ascii"))
        said: dict[str, Any] = json.loads(receipt.read_text("utf-8"))
        if not isinstance(said, dict):
            raise ValueError
    except (NotACheckpoint, ValueError):
        refuse(Refusal("file-unreadable", 422, Text("読めないファイルです。", "A receipt or key file cannot be read.")))
    try:
        holds = verify(said, log)
        _documents(holds, document or [])
        _notice(holds, notice)
    except Refusal as refusal:
        refuse(refusal)
    except NotAReceipt as why:
        if as_json:
            say_json({"holds": False, "why": str(why)})
        else:
            say(["検証できません / DOES NOT HOLD", str(why)])
        raise typer.Exit(1) from None
    _tell(holds, as_json)


def _documents(holds: Holds, paths: list[Path]) -> None:
    """Raises NotAReceipt for a document that the receipt does not list."""
    listed = {d["sha256"] for d in holds.manifest.get("documents", ())}
    for path in paths:
        if hashlib.sha256(path.read_bytes()).hexdigest() not in listed:
            raise NotAReceipt(f"{path.name} is none of the documents that were filed")


def _notice(holds: Holds, path: Path | None) -> None:
    """Raises NotAReceipt for a PDF that is not the notice of the receipt's act, Refusal notices-not-renderable."""
    if path is not None and is_of(holds.record, holds.manifest, path.read_bytes()) is None:
        raise NotAReceipt(f"{path.name} is not the notice of this act, or was made with other fonts")


def _tell(holds: Holds, as_json: bool) -> None:
    record = holds.record
    day = record.step["happened_on"] if record.step else None
    if as_json:
        at = record.at.isoformat()
        say_json({"holds": True, "number": holds.number, "act": record.action, "legal_date": day, "received_at": at})
        return
    say(
        [
            f"正しい受領書です / the receipt holds: {holds.number}",
            f"法的な日付 legal date: {day}; 受付時刻 received at: {record.at.isoformat()}",
            *(f"  {d['sha256']}  {d['size']:>10}  {d['name']}" for d in holds.manifest.get("documents", ())),
        ]
    )
