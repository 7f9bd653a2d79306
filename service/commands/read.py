"""`hozen read`: what is understood of documents, and what is not, without sending anything to anyone."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
import typer

from service.commands.saying import refuse
from service.errors import Refusal, Text
from service.intake.archives import members
from service.intake.filing import ReadFiling
from service.intake.formats import read_filing, read_stream, split_records
from service.intake.formats.refused import Refused
from service.intake.parts import group, key, read_files
from service.law.symbols import Symbol, normalise

CHUNK = 2**20
MANY, WORKERS, AT_ONCE = 4 * 2**20, 2, 8
"""Bytes from which a file is dealt out; processes; records at once."""
EVERY = 500
"""Records between two words of progress."""
ZIP = b"PK\x03\x04"


def read(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Documents, folders, a zip of one filing. 書類・フォルダ・zip"),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line. 1行に1つのJSON")] = False,
    full: Annotated[bool, typer.Option("--full", help="With description, claims and abstract. 本文も出力")] = False,
) -> None:
    """Read applications and publications: JPO, ST.36, ST.96, USPTO, EPO, plain text; nothing leaves this machine. 書類の読み取り

    Files of one filing (the same folder, the same name before _JPOXMLDOC01- or _procedure) are read together.
    Exit codes: 0 all were read, 3 some were refused, 2 bad use.
    """
    if absent := [p for p in files if not p.exists()]:
        refuse(
            Refusal(
                "no-such-file", 422, Text(f"ファイルがありません: {absent[0]}", f"There is no such file: {absent[0]}")
            )
        )
    refused = 0
    for count, answer in enumerate(answers(_paths(files), Telling(as_json, full)), 1):
        refused += answer.refused
        sys.stdout.buffer.write(answer.said)
        if count % EVERY == 0 and sys.stderr.isatty():
            typer.echo(f"\r{count} 件 records, {refused} 件 refused", nl=False, err=True)
    sys.stdout.flush()
    raise typer.Exit(3 if refused else 0)


@dataclass(frozen=True)
class Telling:
    """How a reading is told."""

    as_json: bool
    full: bool

    def __call__(self, source: str, found: ReadFiling | Refused) -> "Answer":
        """What is written for one filing or refusal."""
        if self.as_json:
            said = orjson.dumps(_object(source, found, full=self.full)) + b"\n"
        else:
            said = "".join(f"{line}\n" for line in _lines(source, found, full=self.full)).encode()
        return Answer(said, isinstance(found, Refused))


class Answer(NamedTuple):
    """Bytes for standard output, and whether they tell of a refusal."""

    said: bytes
    refused: bool


def answers(paths: list[Path], tell: Telling) -> Iterator[Answer]:
    """What is said of each document, in order. A long concatenation is read by two processes, its records dealt out in turns."""
    for path in paths:
        if path.stat().st_size > MANY and key(str(path)) is None and _head(path) != ZIP:
            break
    else:
        yield from (tell(*found) for found in _found(paths))
        return
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("fork")) as pool:
        for names in group(str(p) for p in paths):
            if len(names) == 1 and Path(names[0]).stat().st_size > MANY:
                yield from _dealt(pool, names[0], tell)
            else:
                yield from (tell(*found) for found in _found([Path(n) for n in names]))


def _dealt(pool: ProcessPoolExecutor, name: str, tell: Telling) -> Iterator[Answer]:
    """The records of one file, some at a time to each process, no more of them in memory than are under way."""
    waiting: deque[Future[list[Answer]]] = deque()
    records = split_records(_chunks(Path(name)))
    while some := list(islice(records, AT_ONCE)):
        waiting.append(pool.submit(_read_some, name, some, tell))
        if len(waiting) > 2 * WORKERS:
            yield from waiting.popleft().result()
    for left in waiting:
        yield from left.result()


def _read_some(name: str, records: list[bytes], tell: Telling) -> list[Answer]:
    return [tell(name, found) for record in records for found in read_stream(name, [record])]


def _paths(given: list[Path]) -> list[Path]:
    """The files, those of folders in the order of their names."""
    return [p for one in given for p in (sorted(q for q in one.rglob("*") if q.is_file()) if one.is_dir() else [one])]


def _found(paths: list[Path]) -> Iterator[tuple[str, ReadFiling | Refused]]:
    """Each filing, record or refusal with the name of its first file."""
    by_name = {str(p): p for p in paths}
    for names in group(by_name):
        if key(names[0]) is not None:
            yield names[0], _together({n: by_name[n].read_bytes() for n in names})
        elif _head(by_name[names[0]]) == ZIP:
            yield from ((f"{names[0]}!{source}", found) for source, found in _archive(by_name[names[0]]))
        else:
            yield from ((names[0], found) for found in read_stream(names[0], _chunks(by_name[names[0]])))


def _together(parts: Mapping[str, bytes]) -> ReadFiling | Refused:
    try:
        return read_filing(parts)
    except Refused as refusal:
        return refusal.with_traceback(None)


def _archive(path: Path) -> Iterator[tuple[str, ReadFiling | Refused]]:
    try:
        parts = dict(members(path.name, path.read_bytes()))
    except Refused as refusal:
        yield "", refusal
        return
    yield from ((names[0], found) for names, found in read_files(parts))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _object(source: str, found: ReadFiling | Refused, *, full: bool) -> dict[str, Any]:
    """One line of --json."""
    if isinstance(found, Refused):
        return {"source": source, "refused": found.name, "why": {"ja": found.text.ja, "en": found.text.en}}
    said: dict[str, Any] = {
        "source": source,
        "format": found.format,
        "kind": found.kind,
        "number": found.number,
        "numbers": dict(found.numbers),
        "titles": dict(found.titles),
        "applicants": found.applicants,
        "inventors": found.inventors,
        "agents": found.agents,
        "symbols": [_symbol(s.scheme, s.source, s.text) for s in found.symbols],
        "filing_date": found.filing_date,
        "priority_dates": found.priority_dates,
        "claims": found.claims if full else len(found.claims),
        "description": found.description if full else len(found.description),
        "drawings": [{"figure": d.figure, "file": d.file} for d in found.drawings],
        "losses": [{"what": x.what, "position": x.position, "ja": x.ja, "en": x.en} for x in found.losses],
    }
    return said | {"abstract": found.abstract} if full else said


def _symbol(scheme: Any, source: str, text: str) -> dict[str, Any]:
    """In normal form (null: not readable), with the file's own spelling."""
    read = normalise(text, scheme)
    return {"scheme": scheme, "symbol": read.full if isinstance(read, Symbol) else None, "source": source}


def _lines(source: str, found: ReadFiling | Refused, *, full: bool) -> Iterable[str]:
    """For a person."""
    if isinstance(found, Refused):
        yield f"{source}: 読み取れません NOT READ ({found.name}): {found.text.ja} {found.text.en}"
        return
    symbols = [_symbol(s.scheme, s.source, s.text) for s in found.symbols]
    yield f"{source}: {found.format}, {found.kind}, {found.number or '-'}"
    yield from (f"  発明の名称 title ({lang}): {title}" for lang, title in found.titles.items())
    for ja, en, names in (
        ("出願人", "applicants", found.applicants),
        ("発明者", "inventors", found.inventors),
        ("代理人", "agents", found.agents),
    ):
        if names:
            yield f"  {ja} {en}: {'; '.join(names)}"
    told = [f"{s['scheme']} {s['symbol'] or '? ' + s['source']}" for s in symbols]
    yield f"  分類 symbols: {'; '.join(told) or '-'}"
    dates = [f"出願日 filed {found.filing_date or '-'}", *(f"優先日 priority {d}" for d in found.priority_dates)]
    yield f"  {', '.join(dates)}; 請求項 claims {len(found.claims)}, 図面 drawings {len(found.drawings)}"
    if full:
        yield from ("", found.abstract, "", *found.claims, "", found.description, "")
    yield from (f"  ! {x.what} ({x.position or '-'}): {x.ja} {x.en}" for x in found.losses)
