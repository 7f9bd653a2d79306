"""`hozen screen`: which of the 47 items the symbols of an application match, by machine; no decision.

Promises: every line and every file is answered, in order; exit code 0, 2 for bad use, 3 when a file was refused. Nothing is stored.
"""

import io
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from service.clock import today
from service.commands.saying import refuse
from service.errors import Refusal, Text
from service.intake.filing import ReadFiling
from service.intake.formats import Refused
from service.intake.parts import read_files
from service.law.answers import Answers, read_answers
from service.law.screening import Screening
from service.law.screening import screen as screened
from service.law.screening_explained import explained, printable
from service.law.symbols import spelled
from service.law.wareki import read_date

Answered = tuple[str, Screening]
LINES_AT_ONCE = 2048


def screen(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="Applications, any format."),
    ] = None,
    ipc: Annotated[
        str | None, typer.Option("--ipc", help='Symbols: "F41G7/22; B64C 39/02". FI: or CPC: marks one.')
    ] = None,
    symbols: Annotated[
        Path | None,
        typer.Option("--symbols", help="One application a line, UTF-8; - is standard input. 1行1出願"),
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="Filing date (default: today in Japan). 出願日")] = None,
    also_on: Annotated[
        str | None,
        typer.Option("--also-on", help="The other date of a divisional or converted application. 原出願の日"),
    ] = None,
    answers: Annotated[
        list[str] | None, typer.Option("--answers", help="additional=no|a|b|c1|c2|yes, content=yes|no, 46.content=no.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Compare symbols with the 47 items of Order Art. 12. This is no decision. 特定技術分野との照合"""
    if sum((bool(files), ipc is not None, symbols is not None)) != 1:
        refuse(_one_source())
    if symbols and str(symbols) != "-" and not symbols.is_file():
        refuse(_no_file(symbols))
    try:
        compare = _comparing(read_date(on) if on else today(), read_date(also_on) if also_on else None, answers or [])
    except Refusal as refusal:
        refuse(refusal)
    told = _Told()
    if symbols:
        found: Iterator[Answered] = _of_lines(symbols, compare)
    elif ipc is not None:
        found = iter([("--ipc", compare(spelled(ipc)))])
    else:
        found = _of_files(files or [], compare, on is None, told)
    _print(found, as_json)
    raise typer.Exit(3 if told.refused else 0)


Compare = Callable[..., Screening]


class _Told:
    """What is said on standard error, and whether a file was refused."""

    refused = False

    def refuse(self, source: str, refusal: Refused) -> None:
        self.refused = True
        self.note(source, Text(refusal.text.ja, f"{refusal.name}: {refusal.text.en}"))

    def note(self, source: str, text: Text) -> None:
        typer.echo(f"{printable(source)}: {text.en} {text.ja}", err=True)


def _comparing(on: date, also_on: date | None, texts: list[str]) -> Compare:
    answers: Answers = read_answers(texts)
    return lambda symbols: screened(symbols, on, answers, also_on)


def _of_lines(path: Path, compare: Compare) -> Iterator[Answered]:
    """Each line of `path` (`-`: standard input). A byte that is no UTF-8 becomes an unreadable symbol of its line."""
    with sys.stdin.buffer if str(path) == "-" else path.open("rb") as raw:
        lines = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="backslashreplace")
        for number, line in enumerate(lines, 1):
            yield f"{path}:{number}", compare(spelled(line.removesuffix("\n")))


def _of_files(files: list[Path], compare: Compare, no_date: bool, told: _Told) -> Iterator[Answered]:
    """Each application that `files` hold; files of one filing are read together."""
    for names, read in read_files({str(path): path.read_bytes() for path in files}):
        source = names[0]
        if isinstance(read, ReadFiling):
            for text in _notes(read, no_date):
                told.note(source, text)
            yield f"{source} {read.number}" if read.number else source, compare(read.symbols)
        else:
            told.refuse(source, read)


def _notes(read: ReadFiling, no_date: bool) -> Iterator[Text]:
    """What the file says that the date asked about does not follow of itself."""
    if read.filing_date and no_date:
        day = read.filing_date.isoformat()
        yield Text(
            f"出願日は{day}と書かれています。--on {day} で照合できます。",
            f"It says it was filed on {day}; --on {day} compares as of then.",
        )
    if read.kind in ("divisional", "converted"):
        yield Text(
            "分割・変更の出願です。--also-on に原出願の日を与えてください。",
            "Divisional or converted: give the original's date with --also-on.",
        )
    if read.kind == "pct-national":
        yield Text(
            "国際出願の国内移行には66条1項・2項の適用がありません（66条5項）。",
            "A PCT national phase is outside Art. 66(1), (2) (66(5)); see 78(4).",
        )


def _print(found: Iterator[Answered], as_json: bool) -> None:
    """Every answer in order, UTF-8 whatever the terminal's locale says."""
    out = sys.stdout.buffer
    held: list[bytes] = []
    for source, one in found:
        held.append(one.line(source) if as_json else "\n".join([*explained(one, source), ""]).encode())
        if len(held) == LINES_AT_ONCE:
            out.write(b"\n".join(held) + b"\n")
            held.clear()
    if held:
        out.write(b"\n".join(held) + b"\n")
    out.flush()


def _no_file(path: Path) -> Refusal:
    name = printable(str(path))
    return Refusal("no-such-file", 422, Text(f"ファイルがありません: {name}", f"There is no such file: {name}"))


def _one_source() -> Refusal:
    return Refusal(
        "one-source-needed",
        422,
        Text(
            "FILE、--ipc、--symbols のうちちょうど一つを指定してください。",
            "Give exactly one of FILE..., --ipc, --symbols.",
        ),
    )
