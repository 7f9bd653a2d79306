"""What one filing says, as read: pure values, and how they are cut into the parts that are sealed one by one.

Promises: `from_parts(content_parts(f)) == f` for every filing; every part is UTF-8, the structured ones compact JSON
with sorted keys.
Does not promise a normal form of the symbols: `Symbol.text` is the file's own spelling made whole (see there);
service.law normalises.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, cast

Kind = Literal["ordinary", "foreign-language", "divisional", "converted", "pct-national"]
Scheme = Literal["ipc", "fi", "cpc"]

KINDS: tuple[Kind, ...] = (
    "ordinary",
    "foreign-language",
    "divisional",
    "converted",
    "pct-national",
)
DOCUMENTS = (
    "bibliography",
    "title",
    "abstract",
    "description",
    "claims",
    "drawings",
    "symbols",
    "losses",
)


@dataclass(frozen=True, slots=True)
class Symbol:
    """One classification symbol.

    source: as the file spells it. text: the same made whole where the file splits it into fields or leaves out a
    subclass that the line before gave; elsewhere equal to source (ST.8 fields stay 50 characters, no blank or zero is
    touched).
    """

    scheme: Scheme
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A reference to a drawing: the figure's number as written ("" if none) and the file it names ("" if none)."""

    figure: str
    file: str


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that was not, or not surely, understood. what: kebab-case name; position: part and line or byte."""

    what: str
    position: str
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it was given, byte for byte."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadFiling:
    """One application or publication, as read. Every text is as written, with line ends made one newline.

    number: the publication number of a publication, else the application number, else the applicant's reference.
    numbers: all of them by kind (publication, application, international, reference). titles: by language code, lower
    case.
    """

    format: str
    kind: Kind = "ordinary"
    number: str | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    applicants: tuple[str, ...] = ()
    inventors: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    description: str = field(default="", repr=False)
    claims: tuple[str, ...] = field(default=(), repr=False)
    abstract: str = field(default="", repr=False)
    drawings: tuple[Drawing, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    filing_date: date | None = None
    priority_dates: tuple[date, ...] = ()
    losses: tuple[Loss, ...] = ()
    sources: tuple[Source, ...] = field(default=(), repr=False)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_parts(filing: ReadFiling) -> dict[str, bytes]:
    """The filing by document code: the eight of DOCUMENTS, always all, then `source.1`, `source.2`, ... as given."""
    bibliography = {
        "format": filing.format,
        "kind": filing.kind,
        "number": filing.number,
        "numbers": dict(filing.numbers),
        "applicants": filing.applicants,
        "inventors": filing.inventors,
        "agents": filing.agents,
        "filing_date": filing.filing_date.isoformat() if filing.filing_date else None,
        "priority_dates": [d.isoformat() for d in filing.priority_dates],
        "sources": [s.name for s in filing.sources],
    }
    parts = {
        "bibliography": _json(bibliography),
        "title": _json(dict(filing.titles)),
        "abstract": filing.abstract.encode(),
        "description": filing.description.encode(),
        "claims": _json(filing.claims),
        "drawings": _json([{"figure": d.figure, "file": d.file} for d in filing.drawings]),
        "symbols": _json([{"scheme": s.scheme, "source": s.source, "text": s.text} for s in filing.symbols]),
        "losses": _json([{"what": x.what, "position": x.position, "ja": x.ja, "en": x.en} for x in filing.losses]),
    }
    return parts | {f"source.{n}": s.data for n, s in enumerate(filing.sources, 1)}


def from_parts(parts: Mapping[str, bytes]) -> ReadFiling:
    """The filing that `content_parts` cut; parts that are not given leave their fields empty (a reader may open some
    only).
    """

    def value(code: str, absent: object) -> Any:
        return json.loads(parts[code]) if code in parts else absent

    head: dict[str, Any] = value("bibliography", {})
    names: list[str] = head.get("sources", [])
    filed = head.get("filing_date")
    return ReadFiling(
        format=head.get("format", ""),
        kind=cast(Kind, head.get("kind", "ordinary")),
        number=head.get("number"),
        numbers=head.get("numbers", {}),
        titles=value("title", {}),
        applicants=tuple(head.get("applicants", ())),
        inventors=tuple(head.get("inventors", ())),
        agents=tuple(head.get("agents", ())),
        description=parts.get("description", b"").decode(),
        claims=tuple(value("claims", ())),
        abstract=parts.get("abstract", b"").decode(),
        drawings=tuple(Drawing(**d) for d in value("drawings", ())),
        symbols=tuple(Symbol(**s) for s in value("symbols", ())),
        filing_date=date.fromisoformat(filed) if filed else None,
        priority_dates=tuple(date.fromisoformat(d) for d in head.get("priority_dates", ())),
        losses=tuple(Loss(**x) for x in value("losses", ())),
        sources=tuple(Source(n, parts[f"source.{i}"]) for i, n in enumerate(names, 1) if f"source.{i}" in parts),
    )
