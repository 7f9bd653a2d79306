"""The verdict on what was said in a form: every fault at once, each at its field, with its article and what to do.

What must hold: the same for API, HTML and command line. No text holds anything of what was said: a fault names the field as the form names
it; a name that the form does not have is told by the object that holds it (RFC 6901 pointer of the object).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from service.errors import Refusal, Text
from service.forms.normal import normal
from service.forms.rules import RULES
from service.forms.schema import Field, Form, field_at
from service.forms.words import fault_words

MOST = 500
"""Faults that are told of one form; how many more there are is told as a number."""
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """One fault. pointer: RFC 6901, the field. name: what is wrong, stable. text: in words; fix: what to do."""

    pointer: str
    name: str
    article: str
    text: Text
    fix: Text

    def to_json(self, base: str = "") -> dict[str, Any]:
        return {
            "pointer": base + self.pointer,
            "fault": self.name,
            "article": self.article,
            "text": vars(self.text),
            "next_step": vars(self.fix),
        }


@dataclass(frozen=True)
class Checked:
    """A form and what was said in it, normal. more: faults beyond MOST."""

    form: Form
    value: Mapping[str, Any]
    faults: tuple[Fault, ...]
    more: int = 0

    def to_json(self) -> dict[str, Any]:
        """The verdict: `holds`, the version it was judged by, every fault."""
        return {
            "form": self.form.id,
            "holds": not self.faults,
            "faults": [fault.to_json() for fault in self.faults],
            "more": self.more,
        }

    def submission(self) -> dict[str, Any]:
        """What is sealed of a form that holds: its version, and what it says. Raises FormRefused for one that does not."""
        self.must_hold()
        return {"form": self.form.id, "said": self.value}

    def must_hold(self, base: str = "") -> None:
        """Raises FormRefused; base: pointer of the form in the request."""
        if self.faults:
            raise FormRefused(self, base)


class FormRefused(Refusal):
    """422: the form does not hold; every fault is told."""

    def __init__(self, checked: Checked, base: str = "") -> None:
        super().__init__(
            "invalid-field",
            422,
            Text("入力に誤りがあります。", "Fields of the form do not hold."),
            article=checked.form.basis,
            pointer=base + checked.faults[0].pointer,
            next_step=Text(
                "示された欄を直して、もう一度送信してください。", "Mend the fields named and send it again."
            ),
        )
        self.checked, self.base = checked, base

    def problem(self, lang: str = "ja") -> dict[str, object]:
        """The problem with `form`, `faults` and `more`."""
        faults = [fault.to_json(self.base) for fault in self.checked.faults]
        return {**super().problem(lang), "form": self.checked.form.id, "faults": faults, "more": self.checked.more}


def check(form: Form, said: Any, on: date) -> Checked:
    """The verdict on `said` (JSON values), of a submission with the legal date `on`. Never raises for what is said."""
    value = normal(said, form.schema) if isinstance(said, dict) else said
    value = {} if value is None else value
    found: dict[tuple[Path, str], Field] = {}
    for path, name in (*_of_schema(form, value), *_of_rules(form.schema, value, (), on)):
        found.setdefault((path, name), _known(form.schema, path))
    order = sorted(found, key=lambda at: _position(form.schema, at[0]))
    told = [_fault(form, path, name, found[path, name]) for path, name in islice(order, MOST)]
    return Checked(form, value if isinstance(value, dict) else {}, tuple(told), max(0, len(order) - MOST))


def _of_schema(form: Form, value: Any) -> Iterator[tuple[Path, str]]:
    """What the schema finds: (field, name of the keyword), at most a few times MOST."""
    for error in islice(form.validator.iter_errors(value), MOST * 4):
        path: Path = tuple(error.instance_path)
        name = error.kind.name
        if name == "required":
            yield (*path, error.kind.as_dict()["property"]), "missing"
        elif name == "type" and _at(value, path) is None:
            yield path, "missing"
        else:
            yield path, NAMES.get(name, name)


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


NAMES = {
    "type": "wrong-type",
    "pattern": "spelling",
    "maxLength": "too-long",
    "minLength": "missing",
    "enum": "not-a-choice",
    "const": "wrong-value",
    "minItems": "too-few",
    "maxItems": "too-many",
    "minimum": "too-small",
    "maximum": "too-large",
    "format": "not-a-date",
    "uniqueItems": "twice",
    "additionalProperties": "undeclared",
}


def _of_rules(field: Field, value: Any, path: Path, on: date) -> Iterator[tuple[Path, str]]:
    """What the named rules find, in this object and those within it."""
    if isinstance(value, dict) and field.get("type") == "object":
        for name in field.get("x-rules", ()):
            yield from (((*path, *at), name) for at in RULES[name].find(value, on))
        for name, inner in field["properties"].items():
            if name in value:
                yield from _of_rules(inner, value[name], (*path, name), on)
    elif isinstance(value, list) and field.get("type") == "array":
        for index, item in enumerate(value):
            yield from _of_rules(field["items"], item, (*path, index), on)


def _known(schema: Field, path: Path) -> Field:
    field = field_at(schema, path)
    assert field is not None, "a fault lies at a field"
    return field


def _position(schema: Field, path: Path) -> list[int]:
    """Where a field stands in the form."""
    place: list[int] = []
    at: Any = schema
    for step in path:
        place.append(step if isinstance(step, int) else list(at["properties"]).index(step))
        at = at["items"] if isinstance(step, int) else at["properties"][step]
    return place


def _fault(form: Form, path: Path, name: str, field: Field) -> Fault:
    article = next(
        (
            f["x-article"]
            for i in range(len(path), -1, -1)
            if (f := field_at(form.schema, path[:i])) and "x-article" in f
        ),
        form.basis,
    )
    if name in RULES:
        rule = RULES[name]
        return Fault(pointer(path), name, rule.article, rule.text, rule.fix)
    text, fix = fault_words(name, field)
    return Fault(pointer(path), name, article, text, fix)


def pointer(path: Sequence[str | int]) -> str:
    """RFC 6901. Names of fields are ours: none holds `~` or `/`."""
    return "".join(f"/{step}" for step in path)
