"""JPO gazette in the ST.36 form (公開・公表・特許公報): root `jp-official-gazette`, names in no namespace and in `jp`.

IPC symbols are ST.8 fields of 50 characters, FI symbols are in classification-national; neither is changed.
"""

from lxml import etree

from service.intake.filing import Kind, ReadFiling
from service.intake.formats import refused
from service.intake.formats.values import (
    block,
    date_of,
    dates_of,
    drawings,
    every,
    find,
    inline,
    language,
    names,
    paragraphs,
    symbols,
)  # fmt: skip
from service.intake.formats.xmlread import XmlPart

FORMAT = "jpo-gazette-st36"


def read(part: XmlPart) -> list[ReadFiling]:
    """The one publication of the gazette. Raises NotAnApplication for a gazette of a utility model."""
    root = part.root
    if (root.get("kind-of-jp") or "").upper().startswith("U"):
        raise refused.not_an_application("utility-model")
    head = find(root, "bibliographic-data")
    if head is None:
        head = root
    numbers = {
        "publication": inline(find(head, "publication-reference/document-id/doc-number")),
        "application": inline(find(head, "application-reference/document-id/doc-number")),
    }
    titles = {language(t, language(root, "ja")): inline(t) for t in every(head, "invention-title") if inline(t)}
    filing = ReadFiling(
        format=FORMAT,
        kind=_kind(root, head),
        number=numbers["publication"] or numbers["application"] or None,
        numbers={k: v for k, v in numbers.items() if v},
        titles=titles,
        applicants=names(part, head.iter("{*}applicant"), ("name",)),
        inventors=names(part, head.iter("{*}inventor"), ("name",)),
        agents=names(part, head.iter("{*}agent"), ("name",)),
        symbols=(
            *symbols(part, "ipc", _classes(head, "classification-ipc")),
            *symbols(part, "fi", _classes(head, "classification-national")),
        ),
        filing_date=date_of(part, find(head, "application-reference/document-id/date")),
        priority_dates=dates_of(part, every(head, "priority-claims/priority-claim/date")),
        drawings=drawings(root),
        claims=tuple(c for c in map(block, every(root, "claims/claim")) if c),
        abstract=block(find(root, "abstract")),
        description=paragraphs(find(root, "description")),
    )
    return [filing]


def _classes(head: etree._Element, bag: str) -> list[etree._Element]:
    found = find(head, bag)
    return [] if found is None else list(found.iter("{*}main-clsf", "{*}further-clsf"))


def _kind(root: etree._Element, head: etree._Element) -> Kind:
    if find(head, "related-documents/division") is not None:
        return "divisional"
    if any(find(head, f"related-documents/{c}") is not None for c in ("change-of-application", "change-of-utility")):
        return "converted"
    if find(head, "application-in-foreign-language") is not None:
        return "foreign-language"
    return "pct-national" if root.get("kind-of-jp") in ("T", "S") else "ordinary"
