"""`hozen due LIMIT --from DATE [--json]`: the last day of one limit of the law, with every step of the counting."""

from typing import Annotated, Any

import typer

from service.commands.saying import refuse, say, say_json
from service.errors import Refusal
from service.law import limits
from service.law.calendar import law_sha256
from service.law.wareki import read_date, wareki


def due(
    limit: Annotated[str, typer.Argument(help="Name of the limit, for example document_after_pre_notice.")],
    start: Annotated[
        str, typer.Option("--from", help="Day it is counted from: 2026-11-23, 令和8年11月23日 or R8.11.23.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line.")] = False,
) -> None:
    """Say the last day of a limit and why. A limit without a number in the law is refused (exit code 2)."""
    try:
        counted = limits.due(limit, read_date(start))
        result = shape(counted)
    except Refusal as refusal:
        refuse(refusal)
    if as_json:
        say_json(result)
    else:
        say(_text(counted))


def shape(counted: limits.Due) -> dict[str, Any]:
    """The result as JSON: limit, from, due, free_from (bans only), basis, why; era dates; hashes of the law files."""
    days = {"from": counted.start, "due": counted.due}
    if counted.free_from:
        days["free_from"] = counted.free_from
    return {
        "limit": counted.limit.name,
        **{name: day.isoformat() for name, day in days.items()},
        "basis": counted.basis,
        "confidence": counted.limit.confidence,
        "wareki": {name: wareki(day) for name, day in days.items()},
        "why": {"ja": counted.why.ja, "en": counted.why.en},
        "sha256": {"holidays.toml": counted.calendar_sha256, "limits.toml": law_sha256("limits.toml")},
    }


def _text(counted: limits.Due) -> list[str]:
    lines = [f"{counted.limit.title.ja} / {counted.limit.title.en}"]
    lines.append(f"from      {counted.start.isoformat()}  {wareki(counted.start)}")
    lines.append(f"due       {counted.due.isoformat()}  {wareki(counted.due)}")
    if counted.free_from:
        lines.append(f"free from {counted.free_from.isoformat()}  {wareki(counted.free_from)}")
    lines += ["", *(step.ja for step in counted.steps), "", *(step.en for step in counted.steps), ""]
    return [*lines, f"holidays.toml {counted.calendar_sha256}"]
