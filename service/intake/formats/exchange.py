"""Records of data exchange: EPO DOCDB and OPS (`exchange-document`), and ST.36 `patent-document` as text collections
carry it.

One file may hold many records. A party that is given in several spellings is taken in its original one. A symbol of a
scheme other than IPC, CPC and FI is a loss that names the scheme.
"""

from collections.abc import Iterator

from lxml import etree

from service.intake.filing import ReadFiling, Scheme, Symbol
from service.intake.formats.values import (
    block,
    claims,
    date_of,
    dates_of,
    drawings,
    every,
    find,
    inline,
    language,
    names,
    paragraphs,
    split_symbols,
    symbols,
)
from service.intake.formats.xmlread import XmlPart

FORMAT_DOCDB, FORMAT_DOCUMENT = "epo-docdb", "st36-patent-document"
_NAME = ("name", "last-name+first-name", "orgname")
_FIELDS = ("section", "class", "subclass", "main-group", "subgroup")
_SPELLINGS = ("original", "docdba", "intermediate", "docdb", "epodoc", "epo")


def read_docdb(part: XmlPart) -> list[ReadFiling]:
    """Every `exchange-document` of the file, in order."""
    return [_read(part, record, FORMAT_DOCDB) for record in part.root.iter("{*}exchange-document")]


def read_document(part: XmlPart) -> list[ReadFiling]:
    """The one `patent-document`."""
    return [_read(part, part.root, FORMAT_DOCUMENT)]


def _read(part: XmlPart, record: etree._Element, name: str) -> ReadFiling:
    head = find(record, "bibliographic-data")
    if head is None:
        head = record
    numbers = {
        "publication": record.get("doc-number")
        or record.get("docnumber")
        or _first(head, "publication-reference", "doc-number"),
        "application": _first(head, "application-reference", "doc-number"),
    }
    titles = {language(t, language(record, "en")): inline(t) for t in head.iter("{*}invention-title") if inline(t)}
    application = (find(r, "document-id/date") for r in every(head, "application-reference"))
    return ReadFiling(
        format=name,
        number=numbers["publication"] or numbers["application"] or None,
        numbers={k: v for k, v in numbers.items() if v},
        titles=titles,
        applicants=names(part, _parties(head, "applicant"), _NAME),
        inventors=names(part, _parties(head, "inventor"), _NAME),
        agents=names(part, _parties(head, "agent"), _NAME),
        symbols=tuple(_symbols(part, head)),
        filing_date=date_of(part, next((d for d in application if d is not None), None)),
        priority_dates=tuple(
            dict.fromkeys(dates_of(part, head.iterfind("{*}priority-claims/{*}priority-claim/{*}document-id/{*}date")))
        ),
        drawings=drawings(record),
        claims=claims(part, record),
        abstract=block(find(record, "abstract")),
        description=paragraphs(find(record, "description")),
    )


def _first(head: etree._Element, reference: str, field: str) -> str:
    return inline(head.find(f"{{*}}{reference}/{{*}}document-id/{{*}}{field}"))


def _parties(head: etree._Element, role: str) -> list[etree._Element]:
    """The parties of one spelling, the original where it is given."""
    parties = find(head, "parties")
    found = [] if parties is None else list(parties.iter("{*}" + role))
    spelled = {s: [p for p in found if (p.get("format") or p.get("data-format")) == s] for s in _SPELLINGS}
    return next((spelled[s] for s in _SPELLINGS if spelled[s]), found)


def _symbols(part: XmlPart, head: etree._Element) -> Iterator[Symbol]:
    for bag in head.iter("{*}classification-ipc"):
        yield from symbols(part, "ipc", bag.iter("{*}main-classification", "{*}further-classification"))
    for bag in head.iter("{*}classifications-ipcr"):
        entries = bag.iter("{*}classification-ipcr")
        yield from symbols(part, "ipc", (e if (t := find(e, "text")) is None else t for e in entries))
    for entry in head.iter("{*}patent-classification"):
        if scheme := _scheme(part, entry):
            whole = find(entry, "classification-symbol")
            yield from (
                split_symbols(part, scheme, [entry], _FIELDS) if whole is None else symbols(part, scheme, [whole])
            )
    if head.find(".//{*}classification-ecla") is not None:
        part.losses.add("symbol-of-other-scheme", part.name, "ECLA")


def _scheme(part: XmlPart, entry: etree._Element) -> Scheme | None:
    scheme = find(entry, "classification-scheme")
    told = "" if scheme is None else scheme.get("scheme", "")
    if told.startswith("CPC"):
        return "cpc"
    if told == "FI":
        return "fi"
    part.losses.add("symbol-of-other-scheme", part.at(entry), told)
    return None
