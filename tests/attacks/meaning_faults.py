"""Readers of JSON and keepers of text that are each a little too kind: what P23 must notice."""

import codecs
import html
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from service.strict_json import loads as strict

Reader = Callable[[bytes], Any]
Keeper = Callable[[str], str | None]


def _hooks(**hooks: Any) -> Reader:
    """The strict reader's own rules, less those that the hooks replace."""
    rules = {
        "object_pairs_hook": _once,
        "parse_constant": _nothing,
        "parse_int": _short,
        "parse_float": _short,
        **hooks,
    }

    def read(body: bytes) -> Any:
        said = json.loads(body.decode(), **rules)
        json.dumps(said, ensure_ascii=False).encode()
        return said

    return read


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(said := dict(pairs)) != len(pairs):
        raise ValueError
    return said


def _nothing(name: str) -> Any:
    raise ValueError(name)


def _short(digits: str) -> float:
    if len(digits) > 40 or abs(number := float(digits)) == float("inf"):
        raise ValueError
    return number


def _surrogates(body: bytes) -> Any:
    return json.loads(
        body.decode(), object_pairs_hook=_once, parse_constant=_nothing, parse_int=_short, parse_float=_short
    )


READERS: dict[str, Reader] = {
    "the last of two names wins": _hooks(object_pairs_hook=dict),
    "the first of two names wins": _hooks(object_pairs_hook=lambda pairs: dict(reversed(pairs))),
    "NaN is a number": _hooks(parse_constant=float),
    "numbers without end": _hooks(parse_int=float, parse_float=float),
    "halves of pairs": _surrogates,
    "controls within texts": lambda body: json.loads(
        body.decode(), strict=False, object_pairs_hook=_once, parse_constant=_nothing
    ),
    "a mark before": lambda body: strict(body.removeprefix(codecs.BOM_UTF8)),
    "whatever encoding": lambda body: strict(body.decode(json.detect_encoding(body), "surrogatepass").encode()),
    "Latin-1 for what is not UTF-8": lambda body: strict(body.decode("latin-1").encode()),
    "bytes that are none, left out": lambda body: strict(body.decode(errors="ignore").encode()),
    "bytes that are none, replaced": lambda body: strict(body.decode(errors="replace").encode()),
    "what follows, unread": lambda body: json.JSONDecoder().raw_decode(body.decode().lstrip())[0],
    "a comma at the end": lambda body: strict(re.sub(rb",\s*([\]}])", rb"\1", body)),
    "comments": lambda body: strict(re.sub(rb"/\*.*?\*/", b"", body)),
    "single quotes": lambda body: strict(body.replace(b"'", b'"')),
    "NUL is a blank": lambda body: strict(body.replace(b"\0", b" ")),
    "an empty body is null": lambda body: strict(body or b"null"),
    "leading zeros": lambda body: strict(re.sub(rb"([\[:,-]|^)0+(\d)", rb"\1\2", body)),
    "a plus sign": lambda body: strict(body.replace(b"+", b"")),
    "Python's words": lambda body: strict(body.replace(b"True", b"true").replace(b"nul]", b"null]")),
}

KEEPERS: dict[str, Keeper] = {
    "NFKC": lambda s: unicodedata.normalize("NFKC", s),
    "NFC": lambda s: unicodedata.normalize("NFC", s),
    "lower case": str.lower,
    "letters beyond the first plane lost": lambda s: "".join(c for c in s if ord(c) < 0x10000),
    "Shift JIS": lambda s: s.encode("cp932", "replace").decode("cp932"),
    "HTML": html.escape,
    "HTML undone": html.unescape,
    "line ends": lambda s: s.replace("\r\n", "\n").replace("\n", " "),
    "blanks run together": lambda s: " ".join(s.split()),
    "zero width left out": lambda s: re.sub("[\u200b-\u200f\u2060\ufeff\u00ad]", "", s),
    "what turns the text left out": lambda s: re.sub("[\u202a-\u202e\u2066-\u2069]", "", s),
    "backslashes read": lambda s: s.replace("\\\\", "\\"),
    "quotes doubled": lambda s: s.replace("'", "''"),
    "null is nothing": lambda s: None if s.lower() in ("null", "none", "undefined") else s,
    "numbers are numbers": lambda s: str(float(s)) if re.fullmatch(r"\d+\.\d+", s) else s,
    "percent read": lambda s: s.replace("%0d%0a", "\r\n").replace("%20", " "),
    "what looks like a tag refused": lambda s: None if "<script" in s else s,
    "what looks like SQL refused": lambda s: None if "DROP TABLE" in s else s,
    "a hundred letters": lambda s: s[:100],
    "hyphens are one": lambda s: s.replace("‐", "-"),
}
