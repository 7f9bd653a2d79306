"""An empty form to be filled in with an editor: TOML with the form's own texts as comments, or plain JSON.

What must hold: the skeleton is read back without a change (as a form in which nothing is said), and names every field.
"""

from collections.abc import Iterator
from typing import Any

from service.forms.schema import Field, Form


def as_toml(form: Form) -> str:
    """The form as TOML; each field stands empty below its name, help, and article."""
    head = [
        f"# {form.title.ja}", f"# {form.title.en}",
        f"# {form.schema.get('official', form.code)}; {form.basis}; {form.id}",
        "# 記入しない欄は空のままで構いません。行を増やすときは [[...]] の組を写してください。",
        "# Leave empty what you do not need. For one more row, copy its [[...]] block.",
    ]  # fmt: skip
    return "\n".join([*head, "", *_group(form.schema, "")]) + "\n"


def as_json(form: Form) -> dict[str, Any]:
    """The form as JSON values, everything empty."""
    blank: dict[str, Any] = _blank(form.schema)
    return blank


def _group(group: Field, path: str) -> Iterator[str]:
    """Plain fields first (TOML's order), then the groups and rows within."""
    needed = group.get("required", ())
    inner = {n: f for n, f in group["properties"].items() if _is_table(f)}
    for name, field in group["properties"].items():
        if name not in inner:
            yield from _comment(field, needed=name in needed)
            yield f"{name} = {'[]' if field.get('type') == 'array' else _EMPTY}"
    for name, field in inner.items():
        yield ""
        yield from _comment(field, needed=name in needed)
        at = f"{path}{name}"
        if field.get("type") == "array":
            yield f"[[{at}]]"
            yield from _group(field["items"], f"{at}.")
        else:
            yield f"[{at}]"
            yield from _group(field, f"{at}.")


_EMPTY = '""'


def _is_table(field: Field) -> bool:
    return field.get("type") == "object" or (field.get("type") == "array" and field["items"].get("type") == "object")


def _comment(field: Field, *, needed: bool) -> Iterator[str]:
    mark = "（必須 required）" if needed else ""
    yield f"# {field['x-title']['ja']} / {field['x-title']['en']}{mark}{_kind(field)}"
    if "x-help" in field:
        yield f"#   {field['x-help']['ja']} {field['x-help']['en']}"


def _kind(field: Field) -> str:
    kinds = {"integer": " [12]", "boolean": " [true, false]"}
    if "enum" in field:
        return f" [{', '.join(field['enum'])}]"
    if field.get("format") == "date":
        return " [2026-11-23, 令和8年11月23日]"
    return kinds.get(str(field.get("type")), "")


def _blank(field: Field) -> Any:
    if field.get("type") == "object":
        return {name: _blank(inner) for name, inner in field["properties"].items()}
    return [_blank(field["items"])] if field.get("type") == "array" else None
