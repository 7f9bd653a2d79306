"""WIPO ST.96: the JPO gazette of today (公開公報: names of JPPatent about those of WIPO) and `pat:PatentPublication`
of any office.

Bound by namespace, not by prefix. The main fields are the direct children of the bibliographic data: deeper ones
belong to priority, parent and amendment data and are not taken for them. No real JPO instance was to be had: that
shape follows public format notes.
"""

from lxml import etree

from service.intake.filing import Drawing, Kind, ReadFiling, Symbol
from service.intake.formats import refused, st96_kept
from service.intake.formats.values import (
    block,
    date_of,
    dates_of,
    every,
    find,
    inline,
    local,
    names,
    paragraphs,
    split_symbols,
    symbols,
)  # fmt: skip
from service.intake.formats.xmlread import XmlPart

JPO, WIPO = "jpo-gazette-st96", "wipo-st96"
NS_JPO = "http://www.jpo.go.jp/standards/XMLSchema/ST96/JPPatent"
NS_PATENT = "http://www.wipo.int/standards/XMLSchema/ST96/Patent"
NS_COMMON = "http://www.wipo.int/standards/XMLSchema/ST96/Common"

_NAME = (
    "EntityName",
    "OrganizationStandardName",
    "PersonFullName",
    "FirstName+LastName",
    "LastName",
)
_IPC = ("Section", "Class", "Subclass", "MainGroup", "Subgroup")
_CPC = ("CPCSection", "Class", "Subclass", "MainGroup", "Subgroup")
_LANGUAGE = f"{{{NS_COMMON}}}languageCode"


def read(part: XmlPart) -> list[ReadFiling]:
    """The one publication. Raises NotAnApplication for a gazette of an amendment."""
    root = part.root
    if "Amendment" in local(root):
        raise refused.not_an_application("gazette-amendment")
    head = next((e for e in root if local(e).endswith("BibliographicData")), root)
    numbers = _numbers(head)
    filing = ReadFiling(
        format=JPO if f"{{{NS_JPO}}}" in str(root.tag) else WIPO,
        kind=_kind(root, head),
        number=numbers.get("publication") or numbers.get("application"),
        numbers=numbers,
        titles=_titles(root, head),
        applicants=names(part, head.iter("{*}Applicant"), _NAME),
        inventors=names(part, head.iter("{*}Inventor"), _NAME),
        agents=names(part, head.iter("{*}RegisteredPractitioner"), _NAME),
        symbols=_symbols(part, head),
        filing_date=date_of(part, find(head, "ApplicationIdentification/FilingDate")),
        priority_dates=dates_of(part, every(head, "PriorityClaimBag/PriorityClaim/FilingDate")),
        drawings=_drawings(root),
        claims=tuple(t for c in every(root, "Claims/Claim") if (t := _claim(c))),
        abstract=block(find(root, "Abstract")),
        description=paragraphs(find(root, "Description"), number=f"{{{NS_COMMON}}}pNumber"),
    )
    return [_with_kept(part, root, filing)]


def _with_kept(part: XmlPart, root: etree._Element, filing: ReadFiling) -> ReadFiling:
    """What `st96_written` kept beside the standard's elements; what was edited since is a loss."""
    if (kept := root.find(st96_kept.KEPT)) is None:
        return filing
    whole, stale = st96_kept.put_back(filing, kept.text or "")
    if stale:
        part.losses.add("kept-differs", part.at(kept), ", ".join(stale))
    return whole


def _numbers(head: etree._Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for identification in head:
        if not local(identification).endswith("Identification"):
            continue
        kind = "application" if local(identification).startswith("Application") else "publication"
        for name in (
            "PublicationNumber",
            "PatentNumber",
            "RegistrationNumber",
            "ApplicationNumberText",
        ):
            if text := inline(identification.find(".//{*}" + name)):
                found.setdefault(kind, text)
    return found


def _titles(root: etree._Element, head: etree._Element) -> dict[str, str]:
    default = root.get(_LANGUAGE) or "ja"
    elements = [
        *every(head, "InventionTitle"),
        *every(head, "InventionTitleBag/InventionTitle"),
    ]
    return {(t.get(_LANGUAGE) or default).lower(): inline(t) for t in elements if inline(t)}


def _symbols(part: XmlPart, head: etree._Element) -> tuple[Symbol, ...]:
    found: list[Symbol] = []
    for bag in every(head, "IPCClassification"):
        found += symbols(part, "ipc", bag.iter("{*}MainClassification", "{*}FurtherClassification"))
    for bag in every(head, "NationalClassification"):
        found += symbols(part, "fi", bag.iter("{*}PatentClassificationText"))
    for bag in every(head, "PatentClassificationBag"):
        found += split_symbols(part, "ipc", bag.iter("{*}IPCRClassification"), _IPC)
        found += symbols(
            part,
            "ipc",
            (e for e in bag.iter("{*}MainClassification", "{*}FurtherClassification") if not len(e)),
        )
        found += split_symbols(part, "cpc", bag.iter("{*}CPCClassification"), _CPC)
    return tuple(found)


def _claim(claim: etree._Element) -> str:
    number = find(claim, "ClaimNumber")
    if number is not None:
        number.text = None  # the claim stands at its number in the list
    return block(claim)


def _drawings(root: etree._Element) -> tuple[Drawing, ...]:
    found = []
    for name in root.iter("{*}FileName"):
        figure = next(name.iterancestors("{*}Figure"), None)
        number = "" if figure is None else inline(figure.find(".//{*}FigureNumber"))
        found.append(Drawing(number, inline(name)))
    return tuple(found)


def _kind(root: etree._Element, head: etree._Element) -> Kind:
    related = next((e for e in head if local(e) == "RelatedDocumentBag"), None)
    if related is not None and find(related, "Division") is not None:
        return "divisional"
    return "pct-national" if local(root) == "InternationalPatentPublication" else "ordinary"
