"""USPTO XML v4 (2005 to today): roots `us-patent-application` and `us-patent-grant`.

IPC stands in fields (classification-ipcr) or, to 2006, in one run such as `A61F002/06` or `A45F  504`; CPC in fields.
The United States national classification and Locarno are no IPC and are not taken. A design has no symbol.
"""

from collections.abc import Iterator

from lxml import etree

from service.intake.filing import Kind, ReadFiling, Symbol
from service.intake.formats.values import (
    block,
    date_of,
    dates_of,
    drawings,
    every,
    find,
    inline,
    language,
    local,
    names,
    paragraphs,
    split_symbols,
    symbols,
    with_slash,
)  # fmt: skip
from service.intake.formats.xmlread import XmlPart

FORMAT = "uspto-v4"
_NAME = ("orgname", "first-name+last-name", "last-name", "name")
_FIELDS = ("section", "class", "subclass", "main-group", "subgroup")


def read(part: XmlPart) -> list[ReadFiling]:
    """The one application or grant."""
    root = part.root
    head = next((e for e in root if local(e).startswith("us-bibliographic-data")), root)
    numbers = {
        "publication": inline(find(head, "publication-reference/document-id/doc-number")),
        "application": inline(find(head, "application-reference/document-id/doc-number")),
        "international": inline(find(head, "pct-or-regional-filing-data/document-id/doc-number")),
    }
    titles = {language(root, "en"): inline(t) for t in every(head, "invention-title") if inline(t)}
    filing = ReadFiling(
        format=FORMAT,
        kind=_kind(head),
        number=numbers["publication"] or numbers["application"] or None,
        numbers={k: v for k, v in numbers.items() if v},
        titles=titles,
        applicants=names(part, _parties(head, "applicant", "us-applicant"), _NAME),
        inventors=names(part, _inventors(head), _NAME),
        agents=names(part, _parties(head, "agent"), _NAME),
        symbols=tuple(_symbols(part, head)),
        filing_date=date_of(part, find(head, "application-reference/document-id/date")),
        priority_dates=dates_of(part, every(head, "priority-claims/priority-claim/date")),
        drawings=drawings(root),
        claims=tuple(c for c in map(block, every(root, "claims/claim")) if c),
        abstract=block(find(root, "abstract")),
        description=paragraphs(find(root, "description")),
    )
    return [filing]


def _parties(head: etree._Element, *roles: str) -> Iterator[etree._Element]:
    for bag in ("parties", "us-parties"):
        for found in every(head, bag):
            yield from found.iter(*("{*}" + r for r in roles))


def _inventors(head: etree._Element) -> list[etree._Element]:
    """The inventors; before 2012 they stand among the applicants, marked as such."""
    found = list(_parties(head, "inventor"))
    return found or [a for a in _parties(head, "applicant") if "inventor" in (a.get("app-type") or "")]


def _symbols(part: XmlPart, head: etree._Element) -> Iterator[Symbol]:
    for bag in every(head, "classifications-ipcr"):
        yield from split_symbols(part, "ipc", bag.iter("{*}classification-ipcr"), _FIELDS)
    for bag in every(head, "classification-ipc"):
        fields = bag.iter("{*}main-classification", "{*}further-classification")
        yield from map(with_slash, symbols(part, "ipc", fields))
    for bag in every(head, "classifications-cpc"):
        yield from split_symbols(part, "cpc", bag.iter("{*}classification-cpc"), _FIELDS)


def _kind(head: etree._Element) -> Kind:
    if find(head, "us-related-documents/division") is not None:
        return "divisional"
    return "ordinary" if find(head, "pct-or-regional-filing-data") is None else "pct-national"
