"""The fields of an act as a form, from the body its route takes: one schema for API and page (forms/html.py draws, post.py reads back)."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from service.forms.schema import Field
from service.web.pages.words import words

LONG = frozenset({"reason", "date_reason", "documents"})
LATER = frozenset({"form", "returns", "answers"})
"""Fields that hang on another paper of the case; they are for the API, and for the page of that paper."""
ROWS = 50
MOST = 4000


@cache
def fields_of(body: type[BaseModel]) -> Field:
    """The body's fields as a group that forms/html.py draws."""
    schema = body.model_json_schema()
    return _group(schema, schema.get("$defs", {}))


def _group(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Field:
    needed = [n for n in schema.get("required", ()) if n not in LATER]
    properties = {n: _field(n, f, known) for n, f in schema["properties"].items() if n not in LATER}
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _field(name: str, schema: Mapping[str, Any], known: Mapping[str, Any]) -> Field:
    inner = _plain(schema, known)
    texts = {"x-title": {lang: words(lang)["fields"].get(name, name) for lang in ("ja", "en")}}
    help_ = {lang: words(lang)["helps"].get(name) for lang in ("ja", "en")}
    if all(help_.values()):
        texts["x-help"] = {lang: str(help_[lang]) for lang in ("ja", "en")}
    if "properties" in inner:
        return {**_group(inner, known), **texts}
    if inner.get("type") == "array":
        row = {lang: words(lang)["rows"].get(name, words(lang)["fields"].get(name, name)) for lang in ("ja", "en")}
        item = {**_field(name, inner["items"], known), "x-title": row}
        return {"type": "array", "items": item, "maxItems": min(ROWS, inner.get("maxItems", ROWS)), **texts}
    return {**_scalar(name, inner), **texts}


def _scalar(name: str, inner: Mapping[str, Any]) -> Field:
    if choices := inner.get("enum"):
        spelt = {c: {lang: words(lang)["choices"].get(c, c) for lang in ("ja", "en")} for c in choices}
        return {"type": "string", "enum": [*choices], "x-choices": spelt}
    if inner.get("type") in ("integer", "boolean"):
        return {"type": inner["type"]}
    if inner.get("format") == "date":
        return {"type": "string", "format": "date", "maxLength": 20}
    return {"type": "string", "maxLength": MOST, **({"x-lines": 4} if name in LONG else {})}


def _plain(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with its reference followed, and without the null it may be."""
    if "$ref" in schema:
        return _plain(known[schema["$ref"].rsplit("/", 1)[1]], known)
    options = [o for o in schema.get("anyOf", ()) if o.get("type") != "null"]
    return _plain(options[0], known) if options else schema
