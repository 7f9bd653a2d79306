"""Small readings that every XML format shares: texts, names, dates, symbols, drawings.

Promises: all descendant text in document order, tails included; nothing of a name or title is changed but line ends
and outer blanks.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from operator import methodcaller

from lxml import etree

from service.intake.filing import Drawing, Scheme, Symbol
from service.intake.formats.xmlread import XmlPart

_BROKEN = re.compile(r"[ \t]*\n\s*")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_ERA_DATE = re.compile(r"(令和|平成|昭和|大正|明治)\s*(元|[0-9]{1,2})\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*日")
_PLAIN_DATE = re.compile(r"([0-9]{4})\s*[-./年]?\s*([0-9]{1,2})\s*[-./月]?\s*([0-9]{1,2})(?![0-9])")
_SYMBOL = re.compile(r"[A-HY]\s*[0-9]{2}\s*[A-Z]")
_RAGGED = re.compile(r"\n[ \t\u00a0\n]|[ \t\u00a0]\n")
"""Where a line begins or ends with a blank, or is empty."""
_CUT = methodcaller("strip", " \t\u00a0")
_RUN = re.compile(r"([A-H][0-9]{2}[A-Z])( {0,2}[0-9]{3,8})")
_SPACES = " \t\n\u3000\u00a0"


def local(element: etree._Element) -> str:
    """The element's name without namespace."""
    return str(element.tag).rpartition("}")[2]


def find(element: etree._Element, path: str) -> etree._Element | None:
    """The first element at `path` (local names parted by `/`), in any namespace."""
    return element.find("/".join("{*}" + step for step in path.split("/")))


def every(element: etree._Element, path: str) -> list[etree._Element]:
    """All elements at `path` (local names parted by `/`), in any namespace."""
    return element.findall("/".join("{*}" + step for step in path.split("/")))


def _joined(element: etree._Element) -> str:
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def inline(element: etree._Element | None) -> str:
    """The whole text on one line: a line end and the blanks about it become one blank; inner double blanks stay."""
    if element is None:
        return ""
    return one_line(_joined(element))


def one_line(text: str) -> str:
    """`text` with its line ends made one blank and its outer blanks (also U+3000, U+00A0) cut."""
    return _BROKEN.sub(" ", text).strip(_SPACES)


def raw(element: etree._Element | None) -> str:
    """The whole text untouched: for fields whose blanks mean something (ST.8)."""
    return "" if element is None else _joined(element)


def block(element: etree._Element | None) -> str:
    """The whole text by lines: outer ASCII blanks of each line cut, empty lines left out."""
    if element is None:
        return ""
    text = _joined(element)
    if not _RAGGED.search(text):
        return text.strip(" \t\n\u00a0")
    return "\n".join(filter(None, map(_CUT, text.split("\n"))))


def paragraphs(element: etree._Element | None, *, number: str = "num") -> str:
    """As `block`, each numbered paragraph led by its number in square brackets: `[0001] ...`."""
    if element is None:
        return ""
    for p in element.iter("{*}p", "{*}P", "{*}heading", "{*}Heading"):
        if (n := p.get(number)) and not n.isspace():
            p.text = f"[{n}] " + (p.text or "").lstrip()
        if not (tail := p.tail or "").startswith("\n"):
            p.tail = "\n" + tail
    return block(element)


def to_date(text: str) -> date | None:
    """The date in `text`: YYYYMMDD, YYYY-MM-DD, YYYY年M月D日 or an era date, digits of any width; None if there is
    none such.
    """
    plain = unicodedata.normalize("NFKC", text[:80]).strip()
    try:
        if era := _ERA_DATE.search(plain):
            year = _ERAS[era[1]] + (1 if era[2] == "元" else int(era[2]))
            return date(year, int(era[3]), int(era[4]))
        if re.fullmatch(r"[0-9]{8}", plain):
            return date(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
        if found := _PLAIN_DATE.search(plain):
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
    return None


def date_of(part: XmlPart, element: etree._Element | None) -> date | None:
    """The date in `element`; what does not read as one is a loss."""
    written = inline(element)
    if element is None or not written or set(written) == {"0"}:
        return None
    found = to_date(written)
    if found is None:
        part.losses.add("date-unreadable", part.at(element), written)
    return found


def dates_of(part: XmlPart, elements: Iterable[etree._Element | None]) -> tuple[date, ...]:
    """The readable dates of `elements`, in order."""
    return tuple(d for e in elements if (d := date_of(part, e)))


def names(part: XmlPart, parties: Iterable[etree._Element], parts_of_name: tuple[str, ...]) -> tuple[str, ...]:
    """The name of each party: the first of `parts_of_name` that it has; `a+b` joins two with a blank. None of them: a
    loss.
    """
    return tuple(n for p in parties if (n := _name(part, p, parts_of_name)))


def _name(part: XmlPart, party: etree._Element, parts_of_name: tuple[str, ...]) -> str:
    first: dict[str, etree._Element] = {}
    for element in party.iterdescendants(etree.Element):
        first.setdefault(str(element.tag).rpartition("}")[2], element)
    for wanted in parts_of_name:
        pieces = (inline(first.get(piece)) for piece in wanted.split("+"))
        if name := " ".join(p for p in pieces if p):
            return name
    part.losses.add("party-without-name", part.at(party), local(party))
    return ""


def reads_as_symbol(text: str) -> bool:
    """Whether `text` has at least section, class and subclass; the rest is for service.law to judge."""
    return bool(_SYMBOL.search(unicodedata.normalize("NFKC", text).upper()))


def symbols(part: XmlPart, scheme: Scheme, elements: Iterable[etree._Element]) -> Iterator[Symbol]:
    """One symbol for each element that has text, as it is spelled; what does not read as one is kept and is a loss."""
    for element in elements:
        text = raw(element)
        if "\n" in text:  # an indented field; the blanks of an ST.8 field never stand on lines of their own
            text = one_line(text)
        if text.strip():
            _checked(part, element, text)
            yield Symbol(scheme, text, text)


def with_slash(symbol: Symbol) -> Symbol:
    """`G06F15/16` from the run `G06F 1516` of USPTO files: group right-aligned in three places, then the subgroup.

    Where the blanks were collapsed (`E03C 104`) the last two digits are the subgroup. What has a slash stays.
    """
    if not (run := _RUN.fullmatch(symbol.text)):
        return symbol
    group, sub = run[2][:3], run[2][3:]
    if len(sub) < 2:
        group, sub = run[2][:-2], run[2][-2:]
    return Symbol(symbol.scheme, symbol.source, f"{run[1]}{group.strip()}/{sub}")


def split_symbols(
    part: XmlPart,
    scheme: Scheme,
    elements: Iterable[etree._Element],
    fields: tuple[str, ...],
) -> Iterator[Symbol]:
    """Symbols that the file splits into five fields (section to subgroup, named by `fields`), made whole."""
    for element in elements:
        section, klass, subclass, group, sub = (inline(find(element, name)) for name in fields)
        source = " ".join(x for x in (section, klass, subclass, group, sub) if x)
        if source:
            text = f"{section}{klass}{subclass}{group}" + (f"/{sub}" if sub else "")
            _checked(part, element, text)
            yield Symbol(scheme, source, text)


def _checked(part: XmlPart, element: etree._Element, text: str) -> None:
    if not reads_as_symbol(text):
        part.losses.add("symbol-unreadable", part.at(element), text.strip())


def claims(part: XmlPart, root: etree._Element) -> tuple[str, ...]:
    """The claims in the document's language (the first set if none is in it); sets in other languages are a loss."""
    sets = [(s, language(s, "")) for s in every(root, "claims")]
    taken = [s for s, lang in sets if lang in ("", language(root, ""))]
    others = [lang for s, lang in sets if lang not in ("", language(root, ""))]
    if sets and not taken:
        taken, others = [sets[0][0]], others[1:]
    if others:
        part.losses.add("claims-in-other-languages", part.name, ", ".join(others))
    return tuple(c for s in taken for c in map(block, every(s, "claim")) if c)


def drawings(root: etree._Element) -> tuple[Drawing, ...]:
    """Every image that the document refers to, with the figure it stands in."""
    found = []
    for image in root.iter("{*}img", "{*}image", "{*}EMI"):
        if file := image.get("file") or image.get("FILE"):
            figure = next(image.iterancestors("{*}figure"), None)
            found.append(Drawing("" if figure is None else figure.get("num", ""), file))
    return tuple(found)


def language(element: etree._Element, default: str) -> str:
    """The language code of `element`, lower case."""
    return (element.get("lang") or default).lower()
