"""What an ST.96 file of ours keeps beside the standard's elements: `com:ExternalDocument`s named KEPT, whose `data:` URIs (RFC 2397)
together are one JSON object, field -> value. See st96_written.

Promises: whatever stands there, a filing whose fields have the model's types, and the names of those that were not put back. A field is put
back only where the elements written from it say what the file's elements say: nothing is read that the file does not show, but for
what the standard has no place for (st96_standard names it, and the `number` that stands for the filing).
"""

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, get_args

from lxml import etree

from service.intake.filing import KINDS, ReadFiling, Scheme, content_parts, from_parts
from service.intake.formats.st96_standard import COM, put, standard
from service.intake.formats.values import every, find, inline

KEPT = "hozen-kept.json"
PIECE = 3 * 2**20
"""Bytes of one piece; a run of text that is longer than 10 MB no XML reader takes."""
_DATA = "data:application/json;base64,"
_HEAD = ("kind", "number", "numbers", "applicants", "inventors", "agents", "filing_date", "priority_dates")
_CODED, _TEXTS = ("title", "claims", "drawings", "symbols"), ("abstract", "description")

Fields = dict[str, Any]


def said_of(filing: ReadFiling) -> Fields:
    """The fields that are carried, as JSON has them. Raises UnicodeEncodeError for half of a surrogate pair."""
    parts = {code: data.decode() for code, data in content_parts(replace(filing, losses=(), sources=())).items()}
    head = json.loads(parts["bibliography"])
    told = {name: head[name] for name in _HEAD}
    told |= {code: json.loads(parts[code]) for code in _CODED}
    return told | {code: parts[code] for code in _TEXTS}


def keep(root: etree._Element, fields: Mapping[str, Any]) -> None:
    """Put `fields` at the end of the document."""
    data = json.dumps(fields, separators=(",", ":")).encode()
    bag = put(root, "com:ExternalDocumentBag")
    for number, start in enumerate(range(0, len(data), PIECE), 1):
        one = put(bag, "com:ExternalDocument")
        one.set(COM + "sequenceNumber", str(number))
        put(one, "com:FileName", KEPT)
        put(one, "com:DocumentFormatCategory", "Text")
        put(one, "com:DocumentContentCategory", "Other")
        put(one, "com:DocumentLocationURI", _DATA + b64encode(data[start : start + PIECE]).decode())


def kept_in(root: etree._Element) -> list[etree._Element]:
    """The pieces, in order."""
    return [d for d in every(root, "ExternalDocumentBag/ExternalDocument") if inline(find(d, "FileName")) == KEPT]


def put_back(
    filing: ReadFiling, pieces: Iterable[etree._Element], read: Callable[[etree._Element], ReadFiling]
) -> tuple[ReadFiling, list[str]]:
    """The filing with the fields that `pieces` hold, and the names of those not put back (`*`: none could be read)."""
    if (kept := _opened(pieces)) is None:
        return filing, ["*"]
    said = said_of(filing)
    fit = {name: value for name, value in kept.items() if name in said and _FORMS[name](value)}
    shown = said_of(read(standard(_filing_of(filing, said | fit))))
    taken = {name: value for name, value in fit.items() if shown[name] == said[name]}
    return _filing_of(filing, said | taken), sorted(kept.keys() - taken.keys())


def _opened(pieces: Iterable[etree._Element]) -> Fields | None:
    try:
        parts = [inline(find(p, "DocumentLocationURI")).partition(_DATA) for p in pieces]
        told = json.loads(b"".join(b64decode(data, validate=True) for _, _, data in parts))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _filing_of(filing: ReadFiling, said: Mapping[str, Any]) -> ReadFiling:
    parts = {"bibliography": {name: said[name] for name in _HEAD} | {"format": filing.format, "sources": []}}
    parts |= {code: said[code] for code in _CODED}
    coded = {code: json.dumps(value).encode() for code, value in parts.items()}
    return from_parts(coded | {code: said[code].encode() for code in _TEXTS})


def _text(value: object) -> bool:
    """Text that UTF-8 can hold."""
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _by_name(value: object) -> bool:
    return isinstance(value, dict) and all(_text(k) and _text(v) for k, v in value.items())


def _day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _rows(*names: str) -> Callable[[object], bool]:
    """A list of objects with exactly these texts."""
    return lambda rows: isinstance(rows, list) and all(_by_name(r) and r.keys() == set(names) for r in rows)


def _symbols(value: Any) -> bool:
    return _rows("scheme", "source", "text")(value) and all(s["scheme"] in get_args(Scheme) for s in value)


_FORMS: dict[str, Callable[[Any], bool]] = {
    "kind": lambda value: _text(value) and value in KINDS,
    "number": lambda value: value is None or _text(value),
    "numbers": _by_name,
    "applicants": _texts,
    "inventors": _texts,
    "agents": _texts,
    "filing_date": lambda value: value is None or _day(value),
    "priority_dates": lambda value: isinstance(value, list) and all(map(_day, value)),
    "title": _by_name,
    "claims": _texts,
    "drawings": _rows("figure", "file"),
    "symbols": _symbols,
    "abstract": _text,
    "description": _text,
}
