"""The service's own OpenAPI contract, as attacks walk over it: which operation takes which body, and where its texts stand."""

import contextlib
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from service import app

Place = tuple[str | int, ...]
"""The way to a value inside a body."""


@dataclass(frozen=True)
class Operation:
    """One operation that takes JSON. path: with its {names}; model: name of the body's schema."""

    method: str
    path: str
    model: str

    def at(self, case: str) -> str:
        """Its path for a case."""
        return self.path.replace("{filing_id}", case)


@cache
def contract() -> dict[str, Any]:
    """The contract that the service tells."""
    return app.build(contextlib.nullcontext, demo=True).openapi()  # type: ignore[arg-type]


@cache
def json_operations() -> tuple[Operation, ...]:
    """Every operation whose body is JSON of one shape (that of a form is the form's own to say: tests/forms)."""
    return tuple(
        Operation(method, path, said["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1])
        for path, methods in contract()["paths"].items()
        for method, operation in methods.items()
        if "$ref"
        in (said := operation.get("requestBody", {"content": {}}))["content"]
        .get("application/json", {})
        .get("schema", {})
    )


def schema_of(model: str) -> dict[str, Any]:
    found: dict[str, Any] = contract()["components"]["schemas"][model]
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself; of alternatives the first that is not null."""
    if "$ref" in schema:
        return resolved(schema_of(schema["$ref"].rsplit("/", 1)[1]))
    for other in schema.get("anyOf", ()):
        if other.get("type") != "null":
            return resolved(other)
    return schema


def body_of(model: str) -> dict[str, Any]:
    """A body that the model takes: every field filled."""
    made = _filled(schema_of(model))
    assert isinstance(made, dict)
    return made


def _filled(schema: dict[str, Any]) -> Any:
    schema = resolved(schema)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object":
        free = schema.get("additionalProperties")
        named = schema.get("properties", {"work": free} if isinstance(free, dict) else {})
        return {name: _filled(inner) for name, inner in named.items()}
    if kind == "array":
        return [_filled(schema["items"])]
    if kind == "string":
        return _text(schema)
    return {"integer": max(1, schema.get("minimum", 1)), "number": 1.0, "boolean": False}.get(str(kind))


def _text(schema: dict[str, Any]) -> str:
    formats = {"date": "2026-11-20", "uuid": str(UUID(int=7)), "date-time": "2026-11-20T00:00:00Z"}
    if "format" in schema:
        return formats[schema["format"]]
    pattern = schema.get("pattern", "")
    return "ab" if pattern.startswith("^[a-z]{2}") else "a" * 64 if "{64}" in pattern else "a"


def objects(value: Any, at: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every object of a body, with its place."""
    if isinstance(value, dict):
        yield at, value
    for name, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from objects(inner, (*at, name))


def texts(model: str) -> Iterator[Place]:
    """The places of every string of a filled body."""
    for at, found in objects(body_of(model)):
        for name, inner in found.items():
            if isinstance(inner, str):
                yield (*at, name)
            elif isinstance(inner, list) and inner and isinstance(inner[0], str):
                yield (*at, name, 0)


def put(body: Any, at: Place, value: Any) -> Any:
    """The body with another value at a place."""
    made = copy.deepcopy(body)
    inner = made
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return made
