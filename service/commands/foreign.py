"""`hozen foreign CASE.toml [--on DATE] [--json]`: may this invention be filed abroad on that day (ESPA Art. 78)?"""

from pathlib import Path
from typing import Annotated

import typer

from service import clock
from service.commands.saying import refuse, say, say_json
from service.errors import Refusal
from service.law.foreign import Verdict, foreign_filing
from service.law.foreign_answer import shape
from service.law.foreign_case import read_case, refuse_case
from service.law.wareki import read_date, wareki


def foreign(
    case: Annotated[Path, typer.Argument(help="The facts, as TOML (docs/law.md says which).")],
    on: Annotated[str | None, typer.Option("--on", help="Day asked about; default: today in Japan.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line.")] = False,
) -> None:
    """Say banned or free, since when, until when, by which rule. Unusable facts are refused (exit code 2)."""
    try:
        day = read_date(on) if on is not None else clock.today()
        verdict = foreign_filing(read_case(_content(case)), day)
        result = shape(verdict)
    except Refusal as refusal:
        refuse(refusal)
    if as_json:
        say_json(result)
    else:
        say(_text(verdict))


def _content(path: Path) -> str:
    """The text of the case file. Raises Refusal `case-not-usable` where it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise refuse_case(str(path), "読めません。", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise refuse_case(str(path), "UTF-8 ではありません。", "not UTF-8") from error


def _text(verdict: Verdict) -> list[str]:
    head = "BANNED 禁止" if verdict.banned else "FREE 自由"
    lines = [
        f"{head}  {verdict.on.isoformat()}  {wareki(verdict.on)}{'  UNSETTLED 未確定' if verdict.unsettled else ''}"
    ]
    for name, day in (("since", verdict.since), ("until", verdict.until)):
        if day:
            lines.append(f"{name} {day.isoformat()}  {wareki(day)}")
    return [*lines, f"rule  {verdict.rule.name} ({verdict.rule.basis})", "", verdict.why.ja, "", verdict.why.en]
