"""WIPO ST.96: the JPO gazette of today (公開公報: names of JPPatent about those of WIPO) and `pat:PatentPublication`
of any office.

Bound by namespace, not by prefix. The main fields are the direct children of the bibliographic data: deeper ones
belong to priority, parent and amendment data and are not taken for them. No real JPO instance was to be had: that
shape follows public format notes.
"""

from collections.abc import Iterable

from lxml import etree

from service.intake.filing import Drawing, Kind, ReadFiling, Symbol
from service.intake.formats import refused, st96_kept
from service.intake.formats.losses import Losses
from service.intake.formats.st96_names import NS_COMMON, NS_JPO, NS_PATENT
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

__all__ = ["NS_JPO", "NS_PATENT", "read"]

JPO, WIPO = "jpo-gazette-st96", "wipo-st96"

_NAME = (
    "EntityName",
    "OrganizationStandardName",
    "PersonFullName",
    "FirstName+LastName",
    "LastName",
)
_IPC = ("Section", "Class", "Subclass", "MainGroup", "Subgroup")
_CPC = ("CPCSection", "Class", "Subclass", "MainGroup", "Subgroup")
_IN_BAG = (
    "{*}CPCClassification",
    "{*}IPCRClassification",
    "{*}NationalClassification",
    "{*}MainClassification",
    "{*}FurtherClassification",
)
_NUMBERS = ("PublicationNumber", "PatentNumber", "RegistrationNumber", "ApplicationNumberText")
_LANGUAGE = f"{{{NS_COMMON}}}languageCode"


def read(part: XmlPart) -> list[ReadFiling]:
    """The one publication. Raises NotAnApplication for a gazette of an amendment."""
    root = part.root
    if "Amendment" in local(root):
        raise refused.not_an_application("gazette-amendment")
    filing = _shown(part)
    if not (kept := st96_kept.kept_in(root)):
        return [filing]
    at = part.at(kept[0])
    whole, stale = st96_kept.put_back(filing, kept, lambda again: _shown(XmlPart(part.name, again, Losses())))
    if stale:
        part.losses.add("kept-differs", at, ", ".join(stale))
    return [whole]


def _shown(part: XmlPart) -> ReadFiling:
    """What the standard's elements say."""
    root = part.root
    head = next((e for e in root if local(e).endswith("BibliographicData")), root)
    numbers = _numbers(head)
    return ReadFiling(
        format=JPO if f"{{{NS_JPO}}}" in str(root.tag) else WIPO,
        kind=_kind(root, head),
        number=numbers.get("publication") or numbers.get("application") or numbers.get("reference"),
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


def _numbers(head: etree._Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for identification in head:
        if not local(identification).endswith("Identification"):
            continue
        kind = "application" if local(identification).startswith("Application") else "publication"
        for name in _NUMBERS:
            if text := inline(identification.find(".//{*}" + name)):
                found.setdefault(kind, text)
    for kind, path in (
        ("reference", "ApplicationIdentification/ApplicantFileReference"),
        ("international", "InternationalFilingData/ApplicationIdentification/ApplicationNumber/ApplicationNumberText"),
    ):
        if text := inline(find(head, path)):
            found[kind] = text
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
        for element in bag.iter(*_IN_BAG):
            found += _in_bag(part, element)
    return tuple(found)


def _in_bag(part: XmlPart, element: etree._Element) -> Iterable[Symbol]:
    """The symbols of one entry of the bag; a national classification is FI where it is Japan's."""
    match local(element):
        case "CPCClassification":
            return split_symbols(part, "cpc", [element], _CPC)
        case "NationalClassification":
            japan = inline(find(element, "IPOfficeCode")) == "JP"
            return symbols(part, "fi", element.iter("{*}PatentClassificationText") if japan else ())
        case "IPCRClassification":
            text = [*every(element, "PatentClassificationText"), *every(element, "PatentClassificationSymbolText")]
            return symbols(part, "ipc", text) if text else split_symbols(part, "ipc", [element], _IPC)
    return () if len(element) else symbols(part, "ipc", [element])


def _claim(claim: etree._Element) -> str:
    number = find(claim, "ClaimNumber")
    if number is not None:
        number.text = None  # the claim stands at its number in the list
    return block(claim)


def _drawings(root: etree._Element) -> tuple[Drawing, ...]:
    found = []
    for name in root.iter("{*}FileName"):
        if next(name.iterancestors("{*}ExternalDocument"), None) is not None:
            continue
        figure = next(name.iterancestors("{*}Figure"), None)
        number = "" if figure is None else inline(figure.find(".//{*}FigureNumber"))
        found.append(Drawing(number, inline(name)))
    return tuple(found)


def _kind(root: etree._Element, head: etree._Element) -> Kind:
    if find(head, "RelatedDocumentBag/Division") is not None:
        return "divisional"
    if find(head, "RelatedDocumentBag/Conversion") is not None:
        return "converted"
    of_pct = local(root) == "InternationalPatentPublication" or find(head, "InternationalFilingData") is not None
    return "pct-national" if of_pct else "ordinary"
