"""`hozen form check FORM FILE` and `hozen form new FORM`: the statutory forms offline, with the same verdict as the service gives."""

import json
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer

from service import clock
from service.commands.saying import refuse, say, say_json
from service.errors import Refusal, Text
from service.forms.checking import Checked, check
from service.forms.schema import Form, forms
from service.forms.skeleton import as_json, as_toml
from service.law.wareki import read_date
from service.strict_json import loads

form = typer.Typer(no_args_is_help=True, help="The statutory forms. 様式")

Code = Annotated[str, typer.Argument(help="Code of the form, for example cao-meti-3. 様式")]
On = Annotated[
    str | None, typer.Option("--on", help="Legal date: 2026-11-23, 令和8年11月23日; today when left out. 法的な日付")
]


@form.command("new")
def new(
    code: Code,
    on: On = None,
    as_json_too: Annotated[bool, typer.Option("--json", help="JSON instead of TOML. JSONで")] = False,
) -> None:
    """Print an empty form to be filled in. 空の様式

    Exit codes: 0 printed, 2 there is no such form.
    """
    chosen = _form(code, _day(on))
    if as_json_too:
        say(json.dumps(as_json(chosen), ensure_ascii=False, indent=1).splitlines())
    else:
        say(as_toml(chosen).splitlines())


@form.command("check")
def check_form(
    code: Code,
    file: Annotated[Path, typer.Argument(help="The form, .toml or .json. ファイル", exists=True, dir_okay=False)],
    on: On = None,
    as_json_too: Annotated[bool, typer.Option("--json", help="One JSON object on one line. JSONで")] = False,
) -> None:
    """Say whether a form holds: every fault at once, at its field, with its article and what to do. 様式の点検

    Exit codes: 0 it holds, 1 it does not, 2 the file cannot be read or there is no such form.
    """
    day = _day(on)
    try:
        checked = verdict(_form(code, day), file.read_bytes(), file.suffix.lower(), day)
    except Refusal as refusal:
        refuse(refusal)
    if as_json_too:
        say_json(checked.to_json())
    else:
        say(_text(checked))
    raise typer.Exit(1 if checked.faults else 0)


def verdict(form: Form, content: bytes, suffix: str, on: date) -> Checked:
    """The verdict on a file's content. Raises Refusal form-unreadable."""
    try:
        said = _of_toml(tomllib.loads(content.decode())) if suffix == ".toml" else loads(content)
    except (ValueError, RecursionError):
        raise _unreadable() from None
    return check(form, said, on)


def _of_toml(said: Any) -> Any:
    """TOML's dates as text, as JSON has them."""
    if isinstance(said, dict):
        return {name: _of_toml(value) for name, value in said.items()}
    if isinstance(said, list):
        return [_of_toml(value) for value in said]
    return said.isoformat() if isinstance(said, date | datetime | time) else said


def _text(checked: Checked) -> list[str]:
    lines = [f"{checked.form.title.ja} / {checked.form.title.en}", checked.form.id]
    for fault in checked.faults:
        lines += ["", f"{fault.pointer or '/'}  {fault.name}  [{fault.article}]"]
        lines += [f"  {fault.text.ja}{fault.fix.ja}", f"  {fault.text.en} {fault.fix.en}"]
    if checked.more:
        lines += ["", f"ほか {checked.more} 件 / {checked.more} more"]
    if not checked.faults:
        lines += ["誤りはありません。/ Nothing is wrong."]
    return lines


def _form(code: str, on: date) -> Form:
    try:
        return forms().on(code, on)
    except Refusal as refusal:
        refuse(_no_form() if refusal.name == "not-found" else refusal)


def _day(said: str | None) -> date:
    try:
        return read_date(said) if said else clock.today()
    except Refusal as refusal:
        refuse(refusal)


def _no_form() -> Refusal:
    names = ", ".join(forms().codes())
    return Refusal("no-such-form", 404, Text(f"様式は {names} です。", f"The forms are {names}."))


def _unreadable() -> Refusal:
    return Refusal(
        "form-unreadable",
        400,
        Text("ファイルを読み取れません（UTF-8のTOML又はJSON）。", "The file is no TOML or JSON in UTF-8."),
    )
