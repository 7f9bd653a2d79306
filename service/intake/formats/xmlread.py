"""Decoded text to an XML tree, with nothing in it that a document could use against its reader.

Promises: the parser never sees a DOCTYPE (cut out here, its line ends kept) nor a comment; a document that declares entities other
than unparsed images is refused; names that only the missing DTD defines become their ISO characters and a loss; depth (256) and text
runs are bounded by libxml2's own limits, elements by MAX_ELEMENTS. Faults that can be read over are losses with their lines.
Does not validate against any schema.
"""

import html.entities
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from xml.sax.saxutils import escape

from lxml import etree

from service.intake.formats import refused
from service.intake.formats.losses import Losses

MAX_BYTES = 64 * 2**20
MAX_ELEMENTS = 2_000_000
_NAMED_LOSSES = 20

_PREDEFINED = {"amp", "lt", "gt", "quot", "apos"}
_REFERENCE = re.compile(r"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};)(?:([A-Za-z_][\w.-]{0,63});)?")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TOKEN = re.compile(r"""["'\[\]>]|<!--|<\?|<!ENTITY\b""")
_UNDECLARED = re.compile(r"Namespace prefix ([A-Za-z_][\w.-]*) (?:on|for)")
_ROOT_NAME = re.compile(r"<[A-Za-z_:][\w:.-]*")


@dataclass(frozen=True, slots=True)
class XmlPart:
    """One parsed document: the name it came under, its root, the losses of its filing so far."""

    name: str
    root: etree._Element
    losses: Losses

    def at(self, element: etree._Element) -> str:
        """Where `element` stands, for a loss."""
        return f"{self.name} line {element.sourceline}"


def parse(name: str, text: str, losses: Losses) -> XmlPart:
    """The tree of `text`. Raises Refused: entity-declared, too-deep, too-many-elements, not-readable-xml."""
    body = _references(name, _forbidden(name, cut_prolog(text), losses), losses)
    root = _tree(name, body, losses)
    if cast(float, root.xpath("count(//*)")) > MAX_ELEMENTS:
        raise refused.too_many_elements(MAX_ELEMENTS)
    for br in root.iter("{*}br", "{*}BR"):
        br.tail = "\n" + (br.tail or "")
    return XmlPart(name, root, losses)


def cut_prolog(text: str) -> str:
    """`text` without XML declaration, comments before the root and DOCTYPE; as many lines as before, so that lines still count.

    Raises Refused `entity-declared` for any entity but an unparsed (NDATA) one, `not-readable-xml` for a prolog without end.
    """
    at = 0
    while True:
        at += len(text[at : at + 4096]) - len(text[at : at + 4096].lstrip())
        if text.startswith("<?", at):
            at = _after(text, "?>", at)
        elif text.startswith("<!--", at):
            at = _after(text, "-->", at)
        elif text.startswith("<!DOCTYPE", at):
            at = _after_doctype(text, at + 9)
        elif at < len(text) and text[at].isspace():
            continue
        else:
            return "\n" * text.count("\n", 0, at) + text[at:]


def _after(text: str, mark: str, start: int) -> int:
    end = text.find(mark, start)
    if end < 0:
        raise refused.not_xml()
    return end + len(mark)


def _after_doctype(text: str, at: int) -> int:
    inside, entity = False, ""
    while found := _TOKEN.search(text, at):
        token = found[0]
        entity += text[at : found.start()] if entity else ""
        at = found.end()
        if token in "\"'":
            at = _after(text, token, at)
        elif token in ("<!--", "<?"):
            at = _after(text, "-->" if token == "<!--" else "?>", at)
        elif token == "<!ENTITY":
            entity = token
        elif token in "[]":
            inside = token == "["
        elif not inside:
            return at
        elif entity:
            if not re.search(r"\bNDATA\b", entity):
                raise refused.entity_declared()
            entity = ""
    raise refused.not_xml()


def _forbidden(name: str, text: str, losses: Losses) -> str:
    if found := _FORBIDDEN.search(text):
        losses.add(
            "character-forbidden",
            f"{name} line {text.count(chr(10), 0, found.start()) + 1}",
        )
        return _FORBIDDEN.sub("\ufffd", text)
    return text


def _references(name: str, text: str, losses: Losses) -> str:
    """Named references that no DTD will define, and bare ampersands, made plain text; CDATA sections stay as they are."""
    if "&" not in text:
        return text
    seen: set[str] = set()

    def plain(found: re.Match[str]) -> str:
        entity = found[1]
        if entity in _PREDEFINED:
            return found[0]
        known = html.entities.html5.get(f"{entity};") if entity else None
        what = "ampersand-bare" if entity is None else "entity-from-missing-dtd" if known else "entity-unknown"
        if (entity or "&") not in seen and len(seen) < _NAMED_LOSSES:
            seen.add(entity or "&")
            losses.add(
                what,
                f"{name} line {found.string.count(chr(10), 0, found.start()) + 1}",
                entity,
            )
        return escape(known) if known else "&amp;" + found[0][1:]

    return "".join(piece if kept else _REFERENCE.sub(plain, piece) for kept, piece in _cdata(text))


def _cdata(text: str) -> Iterator[tuple[bool, str]]:
    at = 0
    while (start := text.find("<![CDATA[", at)) >= 0:
        end = text.find("]]>", start)
        yield False, text[at:start]
        at = len(text) if end < 0 else end + 3
        yield True, text[start:at]
    yield False, text[at:]


def _parser(*, recover: bool) -> "etree.XMLParser":
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )


def _tree(name: str, text: str, losses: Losses) -> etree._Element:
    parser = _parser(recover=False)
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        faults = [str(e.message) for e in parser.error_log]
    _bounded(faults)
    if prefixes := sorted({m[1] for f in faults if (m := _UNDECLARED.search(f))}):
        losses.add("prefix-undeclared", name, ", ".join(prefixes))
        text = _declared(text, prefixes)
    return _recovered(name, text, losses)


def _declared(text: str, prefixes: list[str]) -> str:
    declared = "".join(f' xmlns:{p}="urn:hozen:undeclared:{p}"' for p in prefixes)
    return _ROOT_NAME.sub(lambda m: m[0] + declared, text, count=1)


def _recovered(name: str, text: str, losses: Losses) -> etree._Element:
    parser = _parser(recover=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as fault:
        raise refused.not_xml() from fault
    _bounded([str(e.message) for e in parser.error_log])
    if root is None:
        raise refused.not_xml()
    for entry in parser.error_log[:_NAMED_LOSSES]:
        losses.add("malformed", f"{name} line {entry.line}")
    return root


def _bounded(faults: list[str]) -> None:
    if any("XML_PARSE_HUGE" in f or "xcessive depth" in f or "huge" in f for f in faults):
        raise refused.too_deep()
