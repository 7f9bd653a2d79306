"""The ST.96 (V6_0) elements of a filing: what the standard has a place for, and nothing else.

Promises: `pat:PatentPublication` that is valid under WIPO's PatentPublication_V6_0.xsd for every filing. What the schema demands and the
model does not hold is left empty or said to be unknown (office `XX`), never invented.
Does not promise that reading it gives the filing again: see st96_written. No place: the kind `foreign-language`, a CPC symbol without the
dates of an ST.8 field, a title in a language without an ISO 639-1 code, a drawing in a format that the standard does not name.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from lxml import etree

from service.intake.filing import Drawing, ReadFiling, Symbol
from service.intake.formats.st96_names import NS_COMMON, NS_PATENT
from service.intake.formats.values import to_date

COM = f"{{{NS_COMMON}}}"
NAMES = {"pat": NS_PATENT, "com": NS_COMMON}
UNKNOWN_OFFICE = "XX"
LANGUAGES = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz "
    "ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik "
    "io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml "
    "mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc "
    "sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve "
    "vi vo wa wo xh yi yo za zh zu".split()
)
"""ISO 639-1, as the standard lists it."""
_OFFICES = {"jpo": "JP", "jp": "JP", "uspto": "US", "entered": "JP"}
_IMAGES = {"jpg": "JPEG", "jpeg": "JPEG", "tif": "TIFF", "tiff": "TIFF", "png": "PNG", "gif": "GIF", "svg": "SVG"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBERED = re.compile(r"\[([^\]\n]{1,20})\] (.*)", re.DOTALL)
_CPC = re.compile(
    r"([A-HY])((?!00)[0-9]{2})([A-Z]) *([0-9]{1,4})/([0-9]{2,6}) +"
    r"([0-9]{8}) *[ACS]?([FL])([IA])([0-9]{8})([BR])([HMG])(EP|US) *"
)
"""An ST.8 field with all that a `pat:CPCClassification` must have."""


def standard(filing: ReadFiling) -> etree._Element:
    """`pat:PatentPublication` of the filing; a character that XML forbids is U+FFFD in it."""
    root = etree.Element(f"{{{NS_PATENT}}}PatentPublication", nsmap=NAMES)
    root.set(COM + "languageCode", _language(filing))
    root.set(COM + "st96Version", "V6_0")
    put(root, "com:IPOfficeCode", _office(filing))
    head = put(root, "pat:BibliographicData")
    head.set(COM + "st96Version", "V6_0")
    _bibliography(head, filing)
    if filing.description:
        _lines(put(root, "pat:Description"), filing.description)
    _claims(put(root, "pat:Claims"), filing.claims)
    if filing.abstract:
        _lines(put(root, "pat:Abstract"), filing.abstract)
    _drawings(root, filing.drawings)
    return root


def _language(filing: ReadFiling) -> str:
    """The document's: of its titles Japanese before others, whatever their order."""
    known = sorted(LANGUAGES & filing.titles.keys())
    return known[0] if known and "ja" not in known else "ja"


def put(parent: etree._Element, path: str, text: str | None = None) -> etree._Element:
    """A new element at `path` (prefixed names parted by `/`) under `parent`."""
    element = parent
    for step in path.split("/"):
        prefix, name = step.split(":")
        element = etree.SubElement(element, f"{{{NAMES[prefix]}}}{name}")
    element.text = None if text is None else _plain(text)
    return element


def _plain(text: str) -> str:
    """The text as XML can hold it."""
    return _FORBIDDEN.sub("\ufffd", text)


def _office(filing: ReadFiling) -> str:
    return _OFFICES.get(filing.format.partition("-")[0], UNKNOWN_OFFICE)


def _bibliography(head: etree._Element, filing: ReadFiling) -> None:
    """The elements in the schema's order."""
    office = _office(filing)
    if number := filing.numbers.get("publication"):
        publication = put(head, "pat:PatentPublicationIdentification")
        put(publication, "com:IPOfficeCode", office)
        put(publication, "pat:PublicationNumber", number)
    application = _application(head, office, filing.numbers.get("application", ""))
    if reference := filing.numbers.get("reference"):
        put(application, "com:ApplicantFileReference", reference)
    if filing.filing_date:
        put(application, "pat:FilingDate", filing.filing_date.isoformat())
    _priorities(head, filing)
    _classification(head, filing.symbols)
    _titles(put(head, "pat:InventionTitleBag"), filing)
    _relation(head, filing, office)
    _parties(put(head, "pat:PartyBag"), filing)
    if filing.kind == "pct-national" or filing.numbers.get("international"):
        _application(put(head, "pat:InternationalFilingData"), "WO", filing.numbers.get("international", ""))


def _application(parent: etree._Element, office: str, number: str) -> etree._Element:
    application = put(parent, "pat:ApplicationIdentification")
    put(application, "com:IPOfficeCode", office)
    put(application, "com:ApplicationNumber/com:ApplicationNumberText", number)
    return application


def _priorities(head: etree._Element, filing: ReadFiling) -> None:
    if not filing.priority_dates:
        return
    bag = put(head, "pat:PriorityClaimBag")
    for number, day in enumerate(filing.priority_dates, 1):
        claim = put(bag, "pat:PriorityClaim")
        claim.set(COM + "sequenceNumber", str(number))
        put(claim, "com:IPOfficeCode", UNKNOWN_OFFICE)
        put(claim, "pat:FilingDate", day.isoformat())


def _titles(bag: etree._Element, filing: ReadFiling) -> None:
    for language, title in sorted((filing.titles or {"": ""}).items()):
        one = put(bag, "pat:InventionTitle", title)
        if language in LANGUAGES:
            one.set(COM + "languageCode", language)


def _relation(head: etree._Element, filing: ReadFiling, office: str) -> None:
    """That it is divided out or converted, from an application whose number the model does not hold."""
    if filing.kind not in ("divisional", "converted"):
        return
    relation = put(head, "pat:RelatedDocumentBag/pat:" + ("Division" if filing.kind == "divisional" else "Conversion"))
    for role, number in (("Parent", ""), ("Child", filing.numbers.get("application", ""))):
        _application(put(relation, f"pat:{role}Document/pat:PatentDocumentIdentification"), office, number)


def _parties(parties: etree._Element, filing: ReadFiling) -> None:
    bags = (
        ("Applicant", filing.applicants),
        ("Inventor", filing.inventors),
        ("RegisteredPractitioner", filing.agents),
    )
    for role, names in bags:
        bag = put(parties, f"pat:{role}Bag") if names else parties
        for number, name in enumerate(names, 1):
            party = put(bag, f"pat:{role}")
            party.set(COM + "sequenceNumber", str(number))
            if role == "RegisteredPractitioner":
                put(party, "pat:RegisteredPractitionerCategory", "Agent")
            put(party, "com:Contact/com:Name/com:EntityName", name)
    if not len(parties):
        put(parties, "com:CorrespondenceAddress/com:Contact/com:ContactText")


def _classification(head: etree._Element, found: Sequence[Symbol]) -> None:
    """Each symbol as it is spelled, in order; those of one scheme that stand together in one bag."""
    placed = [s for s in found if s.scheme != "cpc" or _cpc_field(s.text)]
    if not placed:
        return
    bag = put(head, "pat:PatentClassificationBag")
    for scheme, group in groupby(placed, key=lambda s: s.scheme):
        _WRITERS[scheme](bag, [s.text for s in group])


def _ipc(bag: etree._Element, texts: Iterable[str]) -> None:
    inner = put(bag, "pat:IPCRClassificationBag")
    for text in texts:
        put(inner, "pat:IPCRClassification/pat:PatentClassificationText", text)


def _fi(bag: etree._Element, texts: Iterable[str]) -> None:
    inner = put(bag, "pat:NationalClassification")
    put(inner, "com:IPOfficeCode", "JP")
    for number, text in enumerate(texts):
        rank = "Further" if number else "Main"
        put(inner, f"pat:{rank}NationalClassification/pat:PatentClassificationText", text)


def _cpc(bag: etree._Element, texts: Iterable[str]) -> None:
    inner = put(bag, "pat:CPCClassificationBag")
    rank = put(inner, "pat:MainCPC")
    for number, text in enumerate(texts):
        if number == 1:
            rank = put(inner, "pat:FurtherCPC")
        one = put(rank, "pat:CPCClassification")
        for name, value in _cpc_field(text):
            put(one, name, value)


def _cpc_field(text: str) -> list[tuple[str, str]]:
    """The elements of a `pat:CPCClassification` in the schema's order; none where a part of the ST.8 field is absent or no date."""
    if not (field := _CPC.fullmatch(text)):
        return []
    section, klass, subclass, group, sub, version, rank, value, assigned, status, source, office = field.groups()
    days = to_date(version), to_date(assigned)
    if None in days:
        return []
    return [
        ("pat:ClassificationVersionDate", str(days[0])),
        ("pat:CPCSection", section),
        ("pat:Class", klass),
        ("pat:Subclass", subclass),
        ("pat:MainGroup", group),
        ("pat:Subgroup", sub),
        ("com:SymbolPositionCode", rank),
        ("pat:CPCClassificationValueCode", value),
        ("pat:ActionDate", str(days[1])),
        ("pat:GeneratingOfficeCode", office),
        ("pat:CPCClassificationStatusCode", status),
        ("pat:PatentClassificationDataSourceCode", source),
    ]


_WRITERS = {"ipc": _ipc, "fi": _fi, "cpc": _cpc}


def _claims(bag: etree._Element, claims: Sequence[str]) -> None:
    for number, claim in enumerate(claims, 1):
        one = put(bag, "pat:Claim")
        put(one, "pat:ClaimNumber", str(number))
        put(one, "pat:ClaimText", claim)
    if not claims:
        put(bag, "com:P")


def _drawings(root: etree._Element, drawings: Iterable[Drawing]) -> None:
    formats = [(d, _IMAGES.get(d.file.rpartition(".")[2].lower())) for d in drawings]
    placed = [(d, image) for d, image in formats if image]
    bag = put(root, "pat:Drawings") if placed else root
    for drawing, image in placed:
        figure = put(bag, "pat:Figure")
        put(figure, "pat:FigureNumber", drawing.figure)
        put(figure, "com:Image/com:ImageFormatCategory", image)
        put(figure[-1], "com:FileName", drawing.file)


def _lines(parent: etree._Element, text: str) -> None:
    """Each line a paragraph, with its number where it has one."""
    for line in text.split("\n"):
        numbered = _NUMBERED.fullmatch(line)
        paragraph = put(parent, "com:P", numbered[2] if numbered else line)
        if numbered:
            paragraph.set(COM + "pNumber", _plain(numbered[1]))
        paragraph.tail = "\n"
