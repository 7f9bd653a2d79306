"""Forms as people fill them in, and as they spoil them: drawn from the schema's bare keywords with a seed, without the code that judges.

A spoiling says which channels can carry it: a posted form has only text, TOML has no null.
"""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

WORDS = ["甲野太郎", "発明", "𠮷田", "a", "1行目\n2行目", "Ⅳ", "ſ", "e\u0301", "長" * 40, "<b>&\"'"]
DAYS = ["2026-01-05", "令和8年1月5日", "R8.1.5", "2024年2月29日", "平成元年1月8日", "Ｈ３１．４．３０"]
NO_DAYS = ["2026-02-30", "令和0年1月1日", "昭和65年1月1日", "明日", "20260101"]
ALL = frozenset({"json", "toml", "post"})
TYPED = frozenset({"json", "toml"})
Path = tuple[str | int, ...]


def good(rng: Random, field: Mapping[str, Any]) -> Any:
    """A value that the field takes; fields that need not be said are sometimes left out."""
    if "const" in field:
        return field["const"]
    if "enum" in field:
        return rng.choice(field["enum"])
    kind = field["type"]
    if kind == "object":
        needed = field.get("required", ())
        return {n: good(rng, f) for n, f in field["properties"].items() if n in needed or rng.random() < 0.6}
    if kind == "array":
        low, high = field.get("minItems", 1), min(field["maxItems"], 3)
        many = [good(rng, field["items"]) for _ in range(rng.randint(low, max(low, high)))]
        return list(dict.fromkeys(many)) if field.get("uniqueItems") else many
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "integer":
        return rng.randint(field["minimum"], min(field["maximum"], 40))
    return _text(rng, field)


def _text(rng: Random, field: Mapping[str, Any]) -> str:
    if field.get("format") == "date":
        return rng.choice(DAYS)
    if field.get("pattern") == "^[0-9]{9}$":
        return "123456789"
    if field.get("pattern") == "^[a-z]{2}$":
        return rng.choice(["ja", "en", " ja "])
    words = [w for w in WORDS if field.get("x-lines") or "\n" not in w]
    return rng.choice(["", " "]) + " ".join(rng.choices(words, k=rng.randint(1, 2)))[: field["maxLength"] - 1]


def spoiled(rng: Random, field: Mapping[str, Any], value: Any) -> tuple[Any, frozenset[str]]:
    """The value with one to three things wrong (or only odd), and the channels that can carry it."""
    value, carried = json.loads(json.dumps(value)), ALL
    for _ in range(rng.randint(1, 3)):
        places = list(_places(field, value, ()))
        path, at = rng.choice(places)
        bad, by = rng.choice(list(_bad(rng, at)))
        if path:
            value = _put(value, path, bad)
            carried &= by
    return value, carried


DROP = object()
EXTRA = object()


def _bad(rng: Random, field: Mapping[str, Any]) -> Any:
    """What may be put in the field's place."""
    yield DROP, ALL
    yield rng.choice(["", "  ", "\u3000"]), ALL
    yield None, frozenset({"json"})
    yield rng.choice([[], {}, [[]], {"a": 1}, 1.5, 3.0, 1e300, "日", True, -1, 10**30]), frozenset({"json"})
    kind = field.get("type")
    if kind == "object":
        yield EXTRA, ALL
    if kind == "array":
        one = good(rng, field["items"])
        if field["maxItems"] <= 50:
            yield [one] * (field["maxItems"] + 1), ALL
        yield [one, one], ALL
    if kind == "string":
        yield rng.choice(["a\x01b", "\x7f", "a\tb", "a\r\nb", "x\x0by", "\ufffe", "a\nb"]), ALL
        if field.get("maxLength", 10**9) <= 20_000:
            yield "長" * (field["maxLength"] + rng.randint(0, 1)), ALL
        yield rng.choice(NO_DAYS if field.get("format") == "date" else ["12345", "JA", "x/y~z"]), ALL
    if "enum" in field:
        yield rng.choice(["none of them", field["enum"][0].upper()]), ALL
    if kind == "integer":
        yield rng.choice([0, -1, 10**9, 24_999]), ALL
        yield rng.choice(["many", "1.0", "1e3", "0x10", "1 0"]), ALL
    if kind == "boolean":
        yield rng.choice(["yes", "TRUE", "はい"]), ALL


def _places(field: Mapping[str, Any], value: Any, path: Path) -> Any:
    """Every field that is there or could be."""
    yield path, field
    if field.get("type") == "object" and isinstance(value, dict):
        for name, inner in field["properties"].items():
            yield from _places(inner, value.get(name), (*path, name))
    if field.get("type") == "array" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(field["items"], item, (*path, index))


def _put(value: Any, path: Path, bad: Any) -> Any:
    at = value
    for step in path[:-1]:
        if isinstance(at, dict):
            at = at.setdefault(step, {})
        elif isinstance(at, list) and isinstance(step, int) and step < len(at):
            at = at[step]
        if not isinstance(at, dict | list):
            return value
    last = path[-1]
    if bad is EXTRA and isinstance(at, dict) and isinstance(at.get(last), dict):
        at[last]["ours?"] = "x"
    elif bad is DROP and isinstance(at, dict):
        at.pop(last, None)
    elif bad is DROP and isinstance(at, list) and isinstance(last, int) and last < len(at):
        at[last] = ""
    elif bad not in (EXTRA, DROP) and (isinstance(at, dict) or (isinstance(last, int) and last < len(at))):
        at[last] = bad
    return value


def as_pairs(value: Any, at: str = "") -> list[tuple[str, str]]:
    """The value as a browser posts it: fields by pointer, line ends CRLF, nothing but text."""
    if isinstance(value, dict):
        return [pair for name, inner in value.items() for pair in as_pairs(inner, f"{at}/{name}")]
    if isinstance(value, list):
        return [pair for index, inner in enumerate(value) for pair in as_pairs(inner, f"{at}/{index}")]
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return [(at, text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n"))]


def as_toml(value: Any) -> str:
    """The value as TOML: one line for each name, what is within it in one line."""
    return "".join(f"{json.dumps(name)} = {_toml(inner)}\n" for name, inner in value.items())


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(n)} = {_toml(v)}" for n, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
