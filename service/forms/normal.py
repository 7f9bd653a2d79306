"""What was said, in the one spelling that is judged and kept: the same whether it came as JSON, as a posted form or as TOML.

A field that is left blank is not said (JSON's null, "" and blanks, an empty list or group too). Line ends are LF; blanks at the ends of a
text do not count, unless the field is verbatim; a date may be written in a Japanese era. What is of a wrong type stays of a wrong type.
"""

import re
import unicodedata
from typing import Any

from service.errors import Refusal
from service.forms.schema import Field
from service.law.wareki import read_date

LINE_END = re.compile("\r\n?")
NOT_SAID = None


def normal(said: Any, field: Field) -> Any:
    """`said` as the field takes it, or None where nothing is said. Never raises."""
    if isinstance(said, dict):
        return _group(said, field) if field.get("type") == "object" else {}
    if isinstance(said, list):
        return _list(said, field) if field.get("type") == "array" else []
    if isinstance(said, str):
        return _text(said, field)
    if isinstance(said, float):  # 1.0 is no whole number here, as nowhere in this API; no form has a real one
        return str(said)
    return said


def _group(said: dict[str, Any], field: Field) -> dict[str, Any] | None:
    known = field["properties"]
    kept = {name: normal(said[name], known[name]) for name in known if name in said}
    kept = {name: value for name, value in kept.items() if value is not NOT_SAID}
    if any(name not in known for name in said):
        kept[UNDECLARED] = True
    return kept or NOT_SAID


UNDECLARED = "\0"
"""Stands for every name that the form does not have: the sender's own names go nowhere."""


def _list(said: list[Any], field: Field) -> list[Any] | None:
    kept = [normal(value, field["items"]) for value in said]
    while kept and kept[-1] is NOT_SAID:
        kept.pop()
    return kept or NOT_SAID


def _text(said: str, field: Field) -> str | None:
    if not said.strip():
        return NOT_SAID
    if field.get("x-verbatim"):
        return LINE_END.sub("\n", said)
    said = LINE_END.sub("\n", said).strip()
    return _day(said) if field.get("format") == "date" else said


def _day(said: str) -> str:
    """ISO 8601, where it is a date at all."""
    try:
        return read_date(said[:100]).isoformat()
    except Refusal:
        return said


def typed(said: Any, field: Field) -> Any:
    """A posted form's text as the value its field has: a number, yes or no. What is none stays text, and is told as such."""
    kind = field.get("type")
    if isinstance(said, dict) and kind == "object":
        return {name: typed(value, field["properties"].get(name, {})) for name, value in said.items()}
    if isinstance(said, list) and kind == "array":
        return [typed(value, field["items"]) for value in said]
    if isinstance(said, str) and kind == "boolean":
        return {"true": True, "false": False}.get(said, said)
    if isinstance(said, str) and kind == "integer":
        digits = unicodedata.normalize("NFKC", said.strip())
        return int(digits) if re.fullmatch("-?[0-9]{1,15}", digits, re.ASCII) else said
    return said
