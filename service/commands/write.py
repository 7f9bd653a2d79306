"""`hozen write`: documents that were read, written in another office's form, without sending anything to anyone."""

import os
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.commands.saying import refuse, say
from service.errors import Refusal, Text
from service.intake.archives import members
from service.intake.filing import ReadFiling
from service.intake.formats import read_stream
from service.intake.formats.refused import Refused
from service.intake.formats.st96_written import write as as_st96
from service.intake.parts import group, key, read_files

CHUNK = 2**20
ZIP = b"PK\x03\x04"
NAME = 50
"""Characters of a source's name: four bytes each and the rest of the name stay under the 255 bytes of a file system."""


class Form(StrEnum):
    """What can be written."""

    ST96 = "st96"


def write(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Documents, folders, a zip of one filing. 書類・フォルダ・zip"),
    ],
    to: Annotated[Form, typer.Option("--to", help="st96: WIPO ST.96 V6_0. 書き出す形式")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FOLDER", help="A new or empty folder: one file a filing. 出力先"),
    ] = None,
) -> None:
    """Write applications and publications as WIPO ST.96; nothing leaves this machine. ST.96 での書き出し

    Without -o they go to standard output one after another, each with its XML declaration, as weekly files have them.
    Exit codes: 0 all were written, 3 some were refused (named on standard error), 2 bad use, nothing begun.
    """
    _usable(files, out)
    folder = None if out is None else Folder(out)
    refused = 0
    for source, found in _found(files):
        told = found if isinstance(found, Refused) else _written(found)
        if isinstance(told, Refused):
            refused += 1
            typer.echo(f"{source}: 書き出せません NOT WRITTEN ({told.name}): {told.text.ja} {told.text.en}", err=True)
        elif folder is None:
            sys.stdout.buffer.write(told)
        else:
            say([f"{source}: {folder.put(source, told)}"])
    sys.stdout.flush()
    raise typer.Exit(3 if refused else 0)


class Folder:
    """Where the files go, each under the name of its source, for the owner alone to read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count: dict[str, int] = {}
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, source: str, data: bytes) -> Path:
        """The new file. Raises FileExistsError rather than write over another."""
        stem = Path(source.replace("\\", "/")).stem[:NAME] or "filing"
        while True:
            self._count[stem] = number = self._count.get(stem, 0) + 1
            path = self._path / f"{stem}{f'-{number}' if number > 1 else ''}.st96.xml"
            if not path.exists():
                break
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        return path


def _usable(files: list[Path], out: Path | None) -> None:
    if absent := [p for p in files if not p.exists()]:
        refuse(
            Refusal(
                "no-such-file", 422, Text(f"ファイルがありません: {absent[0]}", f"There is no such file: {absent[0]}")
            )
        )
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        refuse(
            Refusal(
                "folder-not-empty",
                422,
                Text(f"空のフォルダを指定してください: {out}", f"Name a new or an empty folder: {out}"),
            )
        )


def _written(filing: ReadFiling) -> bytes | Refused:
    try:
        return as_st96(filing)
    except Refused as refusal:
        return refusal


def _found(files: list[Path]) -> Iterator[tuple[str, ReadFiling | Refused]]:
    """Each filing or refusal with the name of its first file; of a long concatenation one record is held at a time."""
    paths = [p for one in files for p in (sorted(q for q in one.rglob("*") if q.is_file()) if one.is_dir() else [one])]
    for names in group(str(p) for p in paths):
        first = Path(names[0])
        if key(names[0]) is None and _head(first) != ZIP:
            yield from ((names[0], found) for found in read_stream(names[0], _chunks(first)))
            continue
        try:
            parts = {n: Path(n).read_bytes() for n in names} if key(names[0]) else _unpacked(first)
        except Refused as refusal:
            yield names[0], refusal
        else:
            yield from ((found_in[0], found) for found_in, found in read_files(parts))


def _unpacked(path: Path) -> dict[str, bytes]:
    return dict(members(path.name, path.read_bytes()))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(ZIP))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
