"""What an ST.96 file of ours keeps beside the standard's elements: see st96_written."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from service.intake.filing import ReadFiling, content_parts, from_parts

NS_KEPT = "urn:hozen:st96-kept:1"
KEPT = f"{{{NS_KEPT}}}Kept"
OF_A_READING = frozenset({"format", "losses", "sources"})


def put_back(filing: ReadFiling, kept: str) -> tuple[ReadFiling, list[str]]:
    """The filing with the fields of `hz:Kept`, and the names of those not put back. Text that is none of ours puts back nothing."""
    try:
        told = json.loads(kept)
        values = {str(name): (str(one["over"]), one["value"]) for name, one in told.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return filing, ["*"]
    said, stale = said_of(filing), []
    for name, (over, value) in values.items():
        if name in said and over == digest(said[name]):
            said[name] = value
        else:
            stale.append(name)
    try:
        return _filing_of(filing, said), stale
    except (ValueError, TypeError, KeyError, AttributeError):
        return filing, ["*"]


def said_of(filing: ReadFiling) -> dict[str, Any]:
    """The fields that are carried, as JSON has them."""
    bare = replace(filing, losses=(), sources=())
    parts = {code: data.decode() for code, data in content_parts(bare).items()}
    head = json.loads(parts["bibliography"])
    whole = {code: json.loads(parts[code]) for code in ("title", "claims", "drawings", "symbols")}
    text = {code: parts[code] for code in ("abstract", "description")}
    return {k: v for k, v in {**head, **whole, **text}.items() if k not in OF_A_READING}


def _filing_of(filing: ReadFiling, said: Mapping[str, Any]) -> ReadFiling:
    head = {
        k: said[k]
        for k in ("kind", "number", "numbers", "applicants", "inventors", "agents", "filing_date", "priority_dates")
    }
    parts: dict[str, Any] = {"bibliography": {**head, "format": filing.format, "sources": []}}
    parts |= {code: said[code] for code in ("title", "claims", "drawings", "symbols")}
    coded = {code: json.dumps(value).encode() for code, value in parts.items()}
    coded |= {code: str(said[code]).encode() for code in ("abstract", "description")}
    back = from_parts(coded)
    kept = {f.name: getattr(back, f.name) for f in fields(back) if f.name not in OF_A_READING}
    return replace(filing, **kept)


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
