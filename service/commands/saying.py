"""How the commands speak: one JSON object on standard output, or text; a refusal on standard error and exit code 2."""

import json
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import typer

from service.errors import Refusal


def say_json(result: Mapping[str, Any]) -> None:
    """One JSON object on one line, UTF-8 whatever the terminal's locale says."""
    sys.stdout.buffer.write(json.dumps(result, ensure_ascii=False).encode("utf-8") + b"\n")
    sys.stdout.flush()


def say(lines: list[str]) -> None:
    """Lines of text, UTF-8 whatever the terminal's locale says."""
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode("utf-8"))
    sys.stdout.flush()


def refuse(refusal: Refusal) -> NoReturn:
    """Name the cause in both languages on standard error and end with exit code 2."""
    lines = [f"{refusal.name}: {refusal.text.en}", refusal.text.ja]
    if refusal.next_step:
        lines += [refusal.next_step.en, refusal.next_step.ja]
    sys.stderr.buffer.write("".join(f"{line}\n" for line in lines).encode("utf-8"))
    sys.stderr.flush()
    raise typer.Exit(2)
