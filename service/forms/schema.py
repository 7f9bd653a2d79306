"""The forms as data (policies/forms): one JSON Schema 2020-12 for each form and version.

Beside the standard's words a schema has `code`, `valid_from` (first legal day), `legal_basis`, `official` (the order's own name of it) and
`document` (code in documents.toml); each field has `x-title`, `x-help` and `x-fix` in ja and en, `x-article`, `x-choices`, `x-lines`,
`x-verbatim` (blanks at its ends count) and, on an object, `x-rules` (named rules of rules.py). A `$ref` names another form and version.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from service.errors import Refusal, Text, not_found
from service.forms.rules import RULES
from service.law.calendar import LAW

FOLDER = LAW.parent / "forms"
Field = Mapping[str, Any]
"""The schema of one field."""


@dataclass(frozen=True)
class Form:
    """One version of a form. schema: with every other form it names put in its place. sha256: of the file, hex."""

    code: str
    valid_from: date
    schema: Field
    sha256: str

    @property
    def id(self) -> str:
        """What a submission pins: code and version."""
        return f"{self.code}/{self.valid_from.isoformat()}"

    @property
    def title(self) -> Text:
        return title(self.schema)

    @property
    def basis(self) -> str:
        """The law the form rests on."""
        return str(self.schema["legal_basis"])

    @cached_property
    def text(self) -> bytes:
        """The schema as it is given to others."""
        return orjson.dumps(dict(self.schema))

    @cached_property
    def validator(self) -> jsonschema_rs.Draft202012Validator:
        """The schema, compiled once."""
        return jsonschema_rs.Draft202012Validator(dict(self.schema), validate_formats=True)


def title(field: Field) -> Text:
    """A field's name."""
    return Text(field["x-title"]["ja"], field["x-title"]["en"])


class Forms:
    """Every version of every form of one folder."""

    def __init__(self, found: Sequence[Form]) -> None:
        self._versions: dict[str, list[Form]] = {}
        for form in sorted(found, key=lambda f: (f.code, f.valid_from)):
            self._versions.setdefault(form.code, []).append(form)

    @classmethod
    def load(cls, folder: Path) -> "Forms":
        """Read and check the folder. Raises ValueError naming the file that is no form."""
        files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}
        raw = {name: orjson.loads(content) for name, content in files.items()}
        by_id = {schema["$id"]: schema for schema in raw.values()}
        return cls([_form(name, schema, files[name], by_id) for name, schema in raw.items()])

    def codes(self) -> list[str]:
        return sorted(self._versions)

    def on(self, code: str, day: date) -> Form:
        """The version that holds on a legal date. Raises Refusal not-found, form-not-in-force (422)."""
        versions = self._versions.get(code)
        if versions is None:
            raise not_found()
        held = [form for form in versions if form.valid_from <= day]
        if not held:
            raise _not_in_force(versions[0])
        return held[-1]

    def pinned(self, form_id: str) -> Form:
        """The version that a submission names. Raises Refusal not-found."""
        code = form_id.partition("/")[0]
        found = next((form for form in self._versions.get(code, ()) if form.id == form_id), None)
        if found is None:
            raise not_found()
        return found


@cache
def forms() -> Forms:
    """The forms of policies/forms."""
    return Forms.load(FOLDER)


def field_at(schema: Field, path: Sequence[str | int]) -> Field | None:
    """The schema of the field at a path of names and indices, or None where there is none."""
    at: Field | None = schema
    for step in path:
        if at is None:
            return None
        at = at.get("items") if isinstance(step, int) else at.get("properties", {}).get(step)
    return at


def _form(name: str, schema: dict[str, Any], content: bytes, by_id: Mapping[str, Any]) -> Form:
    code, version = schema["code"], schema["valid_from"]
    if name != f"{code}-{version}.json" or schema["$id"] != f"{code}/{version}":
        raise ValueError(f"{name}: code, version and name differ")
    whole = _inlined(schema, by_id, name)
    jsonschema_rs.meta.validate(whole)
    _check_texts(whole, name, ())
    return Form(code, date.fromisoformat(version), whole, hashlib.sha256(content).hexdigest())


def _inlined(node: Any, by_id: Mapping[str, Any], name: str) -> Any:
    """The schema with each `$ref` replaced by what it names; names of the schema's own are left out of it."""
    if isinstance(node, list):
        return [_inlined(n, by_id, name) for n in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        if node["$ref"] not in by_id:
            raise ValueError(f"{name}: {node['$ref']} is no form")
        inner = _inlined(by_id[node["$ref"]], by_id, name)
        return {k: v for k, v in inner.items() if k not in ("$id", "$schema")}
    return {key: _inlined(value, by_id, name) for key, value in node.items()}


def _check_texts(field: Field, name: str, path: tuple[str, ...]) -> None:
    """Every field has its texts in both languages, every rule is one of ours. Raises ValueError."""
    where = f"{name}: /{'/'.join(path)}"
    for key in ("x-title", "x-help", "x-fix"):
        if (key == "x-title" or key in field) and not all(field.get(key, {}).get(lang) for lang in ("ja", "en")):
            raise ValueError(f"{where}: {key} is wanting")
    if set(field.get("x-rules", ())) - RULES.keys():
        raise ValueError(f"{where}: a rule that there is not")
    if field.get("enum") is not None and set(field["enum"]) != set(field.get("x-choices", ())):
        raise ValueError(f"{where}: a choice without its words")
    if field.get("type") == "object" and field.get("additionalProperties") is not False:
        raise ValueError(f"{where}: takes what is not declared")
    for key, inner in field.get("properties", {}).items():
        _check_texts(inner, name, (*path, key))
    if "items" in field:
        _check_texts(field["items"], name, (*path, "-"))


def _not_in_force(first: Form) -> Refusal:
    return Refusal(
        "form-not-in-force",
        422,
        Text("その日にはこの様式はまだありません。", "There is no such form on that day yet."),
        article=first.basis,
        next_step=Text(
            f"{first.valid_from.isoformat()}以後の日付にしてください。",
            f"Give a day from {first.valid_from.isoformat()} on.",
        ),
    )
