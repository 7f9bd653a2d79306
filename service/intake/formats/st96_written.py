"""A filing as WIPO ST.96 (V6_0, `pat:PatentPublication`), and back without loss of what the model holds.

What the standard has an element for stands there, for every reader of ST.96. What it would not give back as it was (the spelling of a
symbol, a character that XML forbids, blanks that mean something) stands once more in one element of our own, `hz:Kept`, field by field,
each with the SHA-256 of what the standard elements say: a field that was edited since is not put back.

Promises: the same filing gives the same bytes; `st96.read` gives every field but format, losses and sources, which belong to a reading.
Does not promise: that the result is valid under the standard's schemas (docs/decisions/0006-st96-export.md).
"""

import json
import re
from collections.abc import Iterable, Mapping

from lxml import etree

from service.intake.filing import ReadFiling, from_parts
from service.intake.formats import st96
from service.intake.formats.losses import Losses
from service.intake.formats.st96_kept import KEPT, NS_KEPT, digest, said_of
from service.intake.formats.xmlread import XmlPart
from service.law.symbols import Symbol, normalise

PAT, COM = f"{{{st96.NS_PATENT}}}", f"{{{st96.NS_COMMON}}}"
NAMES = {"pat": st96.NS_PATENT, "com": st96.NS_COMMON, "hz": NS_KEPT}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLACE = re.compile(r"([A-HY])([0-9]{2})([A-Z])([0-9]{1,4})/([0-9]{2,6})")
_NUMBERED = re.compile(r"\[([^\]\n]{1,20})\] (.*)", re.DOTALL)


def export(parts: Mapping[str, bytes]) -> bytes:
    """The filing that sealed content parts make, as ST.96."""
    return write(from_parts(parts))


def write(filing: ReadFiling) -> bytes:
    """The filing as ST.96, UTF-8, with an XML declaration and no DOCTYPE."""
    root = _standard(filing)
    said = said_of(st96.read(XmlPart("", etree.fromstring(etree.tostring(root)), Losses()))[0])
    wanted = said_of(filing)
    kept = {name: {"over": digest(said[name]), "value": wanted[name]} for name in wanted if wanted[name] != said[name]}
    if kept:
        etree.SubElement(root, KEPT).text = json.dumps(kept, sort_keys=True, ensure_ascii=True)
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return text


def _plain(text: str) -> str:
    """The text as XML can hold it."""
    return _FORBIDDEN.sub("\ufffd", text)


def _put(parent: etree._Element, path: str, text: str | None = None) -> etree._Element:
    """A new element at `path` (prefixed names parted by `/`) under `parent`."""
    element = parent
    for step in path.split("/"):
        prefix, name = step.split(":")
        element = etree.SubElement(element, f"{{{NAMES[prefix]}}}{name}")
    element.text = None if text is None else _plain(text)
    return element


def _standard(filing: ReadFiling) -> etree._Element:
    root = etree.Element(PAT + "PatentPublication", nsmap=NAMES)
    root.set(COM + "st96Version", "V6_0")
    root.set(COM + "languageCode", next(iter(filing.titles), "ja"))
    _bibliography(_put(root, "pat:BibliographicData"), filing)
    if filing.abstract:
        _lines(_put(root, "pat:Abstract"), filing.abstract)
    if filing.description:
        _lines(_put(root, "pat:Description"), filing.description)
    if filing.claims:
        bag = _put(root, "pat:Claims")
        for number, claim in enumerate(filing.claims, 1):
            one = _put(bag, "pat:Claim")
            _put(one, "pat:ClaimNumber", str(number))
            _put(one, "pat:ClaimText", claim)
    if filing.drawings:
        bag = _put(root, "pat:Drawings")
        for drawing in filing.drawings:
            figure = _put(bag, "pat:Figure")
            _put(figure, "pat:FigureNumber", drawing.figure)
            _put(figure, "com:Image/com:FileName", drawing.file)
    return root


def _bibliography(head: etree._Element, filing: ReadFiling) -> None:
    if number := filing.numbers.get("publication"):
        _put(head, "pat:PatentPublicationIdentification/pat:PublicationNumber", number)
    application = _put(head, "pat:ApplicationIdentification")
    if number := filing.numbers.get("application"):
        _put(application, "com:ApplicationNumber/com:ApplicationNumberText", number)
    if filing.filing_date:
        _put(application, "pat:FilingDate", filing.filing_date.isoformat())
    for language, title in filing.titles.items():
        _put(head, "pat:InventionTitle", title).set(COM + "languageCode", _plain(language))
    if filing.priority_dates:
        bag = _put(head, "pat:PriorityClaimBag")
        for day in filing.priority_dates:
            _put(bag, "pat:PriorityClaim/pat:FilingDate", day.isoformat())
    _classification(head, filing)
    parties = _put(head, "pat:PartyBag")
    for role, names in (
        ("Applicant", filing.applicants),
        ("Inventor", filing.inventors),
        ("RegisteredPractitioner", filing.agents),
    ):
        _party(parties, role, names)
    if filing.kind == "divisional":
        _put(head, "pat:RelatedDocumentBag/pat:Division")


def _party(parties: etree._Element, role: str, names: Iterable[str]) -> None:
    bag = None
    for name in names:
        bag = _put(parties, f"pat:{role}Bag") if bag is None else bag
        _put(bag, f"pat:{role}/com:Contact/com:Name/com:EntityName", name)


def _classification(head: etree._Element, filing: ReadFiling) -> None:
    """IPC and CPC in their fields, in normal form; what does not read, and FI, as text."""
    bag = None
    for symbol in filing.symbols:
        read = normalise(symbol.text, symbol.scheme)
        place = _PLACE.fullmatch(read.symbol) if isinstance(read, Symbol) and symbol.scheme != "fi" else None
        if place is None:
            _put(head, "pat:NationalClassification/pat:PatentClassificationText", symbol.text)
            continue
        bag = _put(head, "pat:PatentClassificationBag") if bag is None else bag
        cpc = symbol.scheme == "cpc"
        one = _put(bag, "pat:CPCClassification" if cpc else "pat:IPCRClassification")
        for name, value in zip(
            ("CPCSection" if cpc else "Section", "Class", "Subclass", "MainGroup", "Subgroup"),
            place.groups(),
            strict=True,
        ):
            _put(one, f"pat:{name}", value)


def _lines(parent: etree._Element, text: str) -> None:
    """Each line a paragraph, with its number where it has one."""
    for line in text.split("\n"):
        numbered = _NUMBERED.fullmatch(line)
        paragraph = _put(parent, "com:P", numbered[2] if numbered else line)
        if numbered:
            paragraph.set(COM + "pNumber", _plain(numbered[1]))
        paragraph.tail = "\n"
