"""USPTO XML of 2001 to 2004: applications `patent-application-publication` (v1.5, v1.6) and grants `PATDOC` (ST.32,
v2.4, v2.5).

IPC stands as `C12N001/20` (zero-padded) in applications and `G06F 1516` (no slash) in grants, which get
their slash.
"""

from lxml import etree

from service.intake.filing import ReadFiling
from service.intake.formats.values import (
    block,
    date_of,
    dates_of,
    drawings,
    every,
    find,
    inline,
    names,
    paragraphs,
    symbols,
    with_slash,
)
from service.intake.formats.xmlread import XmlPart

FORMAT_APPLICATION, FORMAT_GRANT = "uspto-2001", "uspto-2001-grant"
_NAME = ("organization-name", "given-name+middle-name+family-name", "name-1+name-2")
_NAME_ST32 = ("ONM", "FNM+SNM", "SNM")
_IPC_ST32 = ("{*}B511", "{*}B512", "{*}B513", "{*}B514")


def read_application(part: XmlPart) -> list[ReadFiling]:
    """The one published application of a `patent-application-publication`."""
    root = part.root
    head = find(root, "subdoc-bibliographic-information")
    if head is None:
        head = root
    numbers = {
        "publication": inline(find(head, "document-id/doc-number")),
        "application": inline(find(head, "domestic-filing-data/application-number/doc-number")),
    }
    title = inline(find(head, "technical-information/title-of-invention"))
    inventors = [e for bag in every(head, "inventors") for e in bag.iter("{*}inventor", "{*}first-named-inventor")]
    filing = ReadFiling(
        format=FORMAT_APPLICATION,
        kind="ordinary" if head.find(".//{*}division-of") is None else "divisional",
        number=numbers["publication"] or numbers["application"] or None,
        numbers={k: v for k, v in numbers.items() if v},
        titles={"en": title} if title else {},
        applicants=names(part, every(head, "assignee"), _NAME),
        inventors=names(part, inventors, _NAME),
        agents=names(part, every(head, "correspondence-address"), _NAME),
        symbols=tuple(symbols(part, "ipc", head.iterfind("{*}technical-information/{*}classification-ipc//{*}ipc"))),
        filing_date=date_of(part, find(head, "domestic-filing-data/filing-date")),
        priority_dates=dates_of(part, every(head, "foreign-priority-data/filing-date")),
        drawings=drawings(root),
        claims=tuple(c for c in map(block, root.iterfind("{*}subdoc-claims//{*}claim")) if c),
        abstract=block(find(root, "subdoc-abstract")),
        description=paragraphs(find(root, "subdoc-description")),
    )
    return [filing]


def read_grant(part: XmlPart) -> list[ReadFiling]:
    """The one grant of a `PATDOC`."""
    root = part.root
    head = find(root, "SDOBI")
    if head is None:
        head = root
    numbers = {"publication": inline(find(head, "B100/B110")), "application": inline(find(head, "B200/B210"))}
    title = inline(find(head, "B500/B540"))
    filing = ReadFiling(
        format=FORMAT_GRANT,
        kind="divisional" if find(head, "B600/B620") is not None else "ordinary",
        number=numbers["publication"] or numbers["application"] or None,
        numbers={k: v for k, v in numbers.items() if v},
        titles={"en": title} if title else {},
        applicants=names(part, _under(head, "B711", "B731"), _NAME_ST32),
        inventors=names(part, _under(head, "B721"), _NAME_ST32),
        agents=names(part, _under(head, "B741"), _NAME_ST32),
        symbols=tuple(map(with_slash, symbols(part, "ipc", _ipc(part, head)))),
        filing_date=date_of(part, find(head, "B200/B220")),
        priority_dates=dates_of(part, every(head, "B300/B320")),
        drawings=drawings(root),
        claims=tuple(c for c in map(block, root.iterfind("{*}SDOCL//{*}CLM")) if c),
        abstract=block(find(root, "SDOAB")),
        description=paragraphs(find(root, "SDODE")),
    )
    return [filing]


def _ipc(part: XmlPart, head: etree._Element) -> list[etree._Element]:
    """The IPC fields; those of a design (kind S) hold Locarno classes instead, which are a loss."""
    found = [e for b in every(head, "B500/B510") for e in b.iter(*_IPC_ST32)]
    if found and inline(find(head, "B100/B130")).startswith("S"):
        part.losses.add("symbol-of-other-scheme", part.at(found[0]), "Locarno")
        return []
    return found


def _under(head: etree._Element, *codes: str) -> list[etree._Element]:
    found = find(head, "B700")
    return [] if found is None else list(found.iter(*("{*}" + c for c in codes)))
