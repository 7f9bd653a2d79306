"""EPO full text (`ep-patent-document`, all versions): INID codes as element names, titles in three languages.

IPC stands as ST.8 fields in B510EP, before 2006 as ` 7C 07C  29/44   A` in B511 to B513: both are passed on as they
are. Claims are taken in the language of the proceedings; sets in other languages are a loss that names them (the
source is kept whole).
"""

from lxml import etree

from service.intake.filing import Kind, ReadFiling
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
    symbols,
)
from service.intake.formats.xmlread import XmlPart

FORMAT = "epo-fulltext"
_NAME = ("snm", "onm", "name")
_IPC = ("{*}B511", "{*}B512", "{*}B513", "{*}B514")


def read(part: XmlPart) -> list[ReadFiling]:
    """The one application or patent."""
    root = part.root
    head = find(root, "SDOBI")
    if head is None:
        head = root
    numbers = {
        "publication": inline(find(head, "B100/B110")) or root.get("doc-number", ""),
        "application": inline(find(head, "B200/B210")),
        "international": inline(head.find(".//{*}B861//{*}anum")),
    }
    filing = ReadFiling(
        format=FORMAT,
        kind=_kind(head),
        number=numbers["publication"] or numbers["application"] or None,
        numbers={k: v for k, v in numbers.items() if v},
        titles=_titles(head),
        applicants=names(part, _under(head, "B711", "B731"), _NAME),
        inventors=names(part, _under(head, "B721"), _NAME),
        agents=names(part, _under(head, "B741"), _NAME),
        symbols=(
            *symbols(part, "ipc", head.iterfind("{*}B500/{*}B510EP/{*}classification-ipcr/{*}text")),
            *symbols(part, "ipc", (e for b in every(head, "B500/B510") for e in b.iter(*_IPC))),
            *symbols(part, "cpc", head.iterfind("{*}B500//{*}classification-cpc/{*}text")),
        ),
        filing_date=date_of(part, find(head, "B200/B220/date")),
        priority_dates=dates_of(part, every(head, "B300/B320/date")),
        drawings=drawings(root),
        claims=claims(part, root),
        abstract=block(find(root, "abstract")),
        description=paragraphs(find(root, "description")),
    )
    return [filing]


def _titles(head: etree._Element) -> dict[str, str]:
    """B541 (language) and B542 (title) come in turns."""
    found: dict[str, str] = {}
    lang = language(head, "en")
    for bag in every(head, "B500/B540"):
        for element in bag.iter("{*}B541", "{*}B542"):
            if str(element.tag).endswith("B541"):
                lang = inline(element).lower()
            elif title := inline(element):
                found[lang] = title
    return found


def _under(head: etree._Element, *codes: str) -> list[etree._Element]:
    found = find(head, "B700")
    return [] if found is None else list(found.iter(*("{*}" + c for c in codes)))


def _kind(head: etree._Element) -> Kind:
    if head.find(".//{*}B620") is not None:
        return "divisional"
    return "ordinary" if head.find(".//{*}B861") is None else "pct-national"
