"""A posted form (application/x-www-form-urlencoded) as JSON values: the name of each field is its RFC 6901 pointer.

What must hold: one meaning or none. A name that stands twice, a name within a text, a row far behind the others is refused by name. What is
understood is not judged here: checking.py does that, as for every channel.
"""

from typing import Any
from urllib.parse import parse_qsl

from service.errors import Refusal, Text
from service.forms.normal import typed
from service.forms.schema import Field

MEDIA_TYPE = "application/x-www-form-urlencoded"
FIELDS = 5_000
ROWS = 2_000
"""Rows of one list; no form takes more."""
DEEPEST = 8
Row = dict[str, Any]


def unreadable() -> Refusal:
    """400: the posted form has no meaning, or two."""
    return Refusal("form-unreadable", 400, Text("送信内容の形式が正しくありません。", "The form cannot be read."))


def posted(body: bytes, field: Field) -> Any:
    """The values of a posted form. Raises Refusal form-unreadable."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=FIELDS,
        )
    except ValueError:
        raise unreadable() from None
    root: Row = {}
    for name, text in pairs:
        path = name.split("/")[1:]
        if not name.startswith("/") or not path or len(path) > DEEPEST:
            raise unreadable()
        _put(root, path, text)
    return typed(_lists(root, field), field)


def _put(row: Row, path: list[str], text: str) -> None:
    """The text at its path. Raises Refusal form-unreadable for a name that stands twice, or within a text."""
    for step in path[:-1]:
        row = row.setdefault(step, {})
        if not isinstance(row, dict):
            raise unreadable()
    if path[-1] in row:
        raise unreadable()
    row[path[-1]] = text


def _lists(said: Any, field: Field) -> Any:
    """Rows by number become lists where the form has a list."""
    if not isinstance(said, dict):
        return said
    if field.get("type") != "array":
        known = field.get("properties", {})
        return {name: _lists(value, known.get(name, {})) for name, value in said.items()}
    if not all(index.isascii() and index.isdigit() and len(index) <= 4 and str(int(index)) == index for index in said):
        raise unreadable()
    last = max(int(index) for index in said)
    if last >= ROWS:
        raise unreadable()
    return [_lists(said.get(str(index)), field["items"]) for index in range(last + 1)]
