"""Every way to say a column of the database in a request: where it stands, how it is spelled, what it would become."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.attacks.api import body_of, objects, put, resolved, schema_of

MARK = "d15ea5ed-0000-4000-8000-000000000019"
WORD = "q19mark"
NUMBER = 424_242
DAY = "1999-12-31"
BY_NAME = {
    "state": "RELEASED",
    "label": "released",
    "compartment": "b",
    "kind": "party",
    "name": "withdraw",
    "target": "RELEASED",
}
BY_TYPE = {
    "uuid": MARK, "integer": NUMBER, "bigint": NUMBER, "boolean": True, "date": DAY, "timestamp with time zone": f"{DAY}T00:00:00Z",
    "bytea": "cTE5bWFyaw==", "xid8": str(NUMBER),
}  # fmt: skip

PLACES = ("top", "nested", "list", "alias", "query", "header", "form", "twice", "case")


@dataclass(frozen=True)
class Column:
    table: str
    name: str
    type: str

    @property
    def value(self) -> Any:
        """What somebody would like to see in it."""
        return BY_NAME.get(self.name, BY_TYPE.get(self.type, WORD))


@dataclass
class Sent:
    """A request as it goes out."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""


def declared(model: str) -> set[str]:
    """Every name that the schema or one within it declares: saying it is no injection."""
    names: set[str] = set()

    def walk(schema: dict[str, Any]) -> None:
        inner = resolved(schema)
        names.update(inner.get("properties", {}))
        for each in [*inner.get("properties", {}).values(), inner.get("items", {})]:
            if each:
                walk(each)

    walk(schema_of(model))
    return names


def base(model: str) -> dict[str, Any]:
    """The body that an injection stands in: its needed fields and its lists of objects, no dates."""
    schema, filled = schema_of(model), body_of(model)
    needed = {n: filled[n] for n in schema.get("required", [])}
    if "reason" in filled:
        needed["reason"] = "理由。"
    if isinstance(filled.get("filing"), dict):
        needed["filing"] = {n: filled["filing"][n] for n in ("title", "applicants", "symbols")} | {"title": "題"}
    return needed | {n: v for n, v in filled.items() if n == "inventions"}


def injected(place: str, body: dict[str, Any], column: Column, rng: random.Random) -> Sent:
    """The body with the column said at this place."""
    made: Callable[[dict[str, Any], Column, random.Random], Sent] = globals()[f"_{place}"]
    return made(body, column, rng)


def _json(body: Any) -> Sent:
    return Sent(json.dumps(body).encode(), {"content-type": "application/json"})


def _top(body: dict[str, Any], c: Column, rng: random.Random) -> Sent:
    return _json({**body, c.name: c.value})


def _nested(body: dict[str, Any], c: Column, rng: random.Random) -> Sent:
    """In an object that the body has, or in one named after the table."""
    inside = [at for at, _ in objects(body) if at and not isinstance(at[-1], int)]
    if inside and rng.random() < 0.7:
        at = rng.choice(inside)
        inner = next(found for place, found in objects(body) if place == at)
        return _json(put(body, at, {**inner, c.name: c.value}))
    return _json({**body, rng.choice([c.table, c.table[:-1], "data", "attributes", "__proto__"]): {c.name: c.value}})


def _list(body: dict[str, Any], c: Column, rng: random.Random) -> Sent:
    """In an element of a list that the body has, or of one that it does not."""
    inside = [at for at, _ in objects(body) if at and isinstance(at[-1], int)]
    if inside:
        at = rng.choice(inside)
        inner = next(found for place, found in objects(body) if place == at)
        return _json(put(body, at, {**inner, c.name: c.value}))
    said = {**body, c.name: c.value}
    return _json(rng.choice([[said], {**body, c.table: [{c.name: c.value}]}, [body, {c.name: c.value}]]))


def aliases(c: Column) -> list[str]:
    """Other spellings that a binder may take for the column."""
    head, *tail = c.name.split("_")
    camel = head + "".join(t.capitalize() for t in tail)
    return [
        camel + "_" * (camel == c.name), f"{c.table}.{c.name}", f"{c.table}[{c.name}]", f"/{c.name}", f"_{c.name}", f"{c.name}[]",
        f"$.{c.name}",
        c.name.replace("_", "-") + "-" * ("_" not in c.name), f"{c.name}__set",
    ]  # fmt: skip


def _alias(body: dict[str, Any], c: Column, rng: random.Random) -> Sent:
    return _json({**body, rng.choice(aliases(c)): c.value})


def _query(body: dict[str, Any], c: Column, rng: random.Random) -> Sent:
    sent = _json(body)
    sent.query = urlencode({rng.choice([c.name, f"{c.table}[{c.name}]", c.name.upper()]): c.value})
    return sent


def _header(body: dict[str, Any], c: Column, rng: random.Random) -> Sent:
    sent = _json(body)
    name = c.name.replace("_", "-")
    sent.headers[rng.choice([name, f"x-{name}", f"x-hozen-{name}", c.name])] = str(c.value)
    return sent


def _form(body: dict[str, Any], c: Column, rng: random.Random) -> Sent:
    flat = {n: v if isinstance(v, str) else json.dumps(v) for n, v in body.items()} | {c.name: str(c.value)}
    return Sent(urlencode(flat).encode(), {"content-type": "application/x-www-form-urlencoded"})


def _twice(body: dict[str, Any], c: Column, rng: random.Random) -> Sent:
    """The column twice, or a name of the body once more beside it."""
    name = rng.choice([c.name, *body])
    said = json.dumps(c.value)
    whole = json.dumps(body)[:-1] + (", " if body else "") + f'"{name}": {said}, "{name}": {said}}}'
    return Sent(whole.encode(), {"content-type": "application/json"})


def _case(body: dict[str, Any], c: Column, rng: random.Random) -> Sent:
    spelled = rng.choice([c.name.upper(), c.name.capitalize(), c.name.swapcase(), c.name[:-1] + c.name[-1].upper()])
    return _json({**body, spelled: c.value})


def multipart(fields: Mapping[str, str], files: Mapping[str, bytes]) -> Sent:
    """A form of fields, then files."""
    lines: list[bytes] = []
    for name, text in fields.items():
        lines += [b"--x19", f'content-disposition: form-data; name="{name}"'.encode(), b"", text.encode()]
    for name, data in files.items():
        lines += [b"--x19", f'content-disposition: form-data; name="files"; filename="{name}"'.encode(), b"", data]
    return Sent(b"\r\n".join([*lines, b"--x19--", b""]), {"content-type": "multipart/form-data; boundary=x19"})
