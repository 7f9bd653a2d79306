"""Decoded text to an XML tree, with nothing in it that a document could use against its reader.

Promises: the parser never sees a DOCTYPE (prolog) nor a comment, nor a reference that it would have to resolve
(references); depth (256) and text runs are bounded by libxml2's own limits, elements and attributes by the file's length. Faults that can
be read over are losses with their lines.
Does not validate against any schema.
"""

import re
from dataclasses import dataclass

from lxml import etree

from service.intake.formats import refused
from service.intake.formats.losses import Losses
from service.intake.formats.prolog import cut_prolog, end_of_prolog
from service.intake.formats.references import is_plain, plain_text

MAX_BYTES = 64 * 2**20
FEW, ELEMENT, ATTRIBUTE = 100_000, 48, 24
"""So many elements are never too many; beyond that one needs 48 bytes of the file (real documents: 90 to 200), an attribute 24."""
_NAMED_LOSSES = 20
PROLOG = 64 * 1024
"""Bytes within which the root of a plain document begins."""

_UNDECLARED = re.compile(r"Namespace prefix ([A-Za-z_][\w.-]*) (?:on|for)")
_ROOT_NAME = re.compile(rb"<[A-Za-z_:][\w:.-]*")


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
    return _parsed(name, plain_text(name, cut_prolog(text), losses), losses)


def parse_plain(name: str, data: bytes, losses: Losses) -> XmlPart | None:
    """As `parse`, of UTF-8 bytes that need nothing done but the prolog cut out; None where they need more.

    Most documents of offices are such, and no second copy of them is made as text. Line ends are the parser's (XML 1.0, 2.11).
    """
    head = data[:PROLOG].decode("utf-8", "replace")
    try:
        end = end_of_prolog(head)
    except refused.Refused:
        return None
    before = head[:end].encode()
    body = data[len(before) :]
    if not data.startswith(before) or not _ROOT_NAME.match(body) or not is_plain(body):
        return None
    return _parsed(name, b"\n" * before.count(b"\n") + body, losses)


def _parsed(name: str, body: bytes, losses: Losses) -> XmlPart:
    _sparse(body)
    root = _tree(name, body, losses)
    if b"<br" in body or b"<BR" in body or b":br" in body:
        for br in root.iter("{*}br", "{*}BR"):
            br.tail = "\n" + (br.tail or "")
    return XmlPart(name, root, losses)


def _sparse(body: bytes) -> None:
    """A tree costs some 400 bytes for each element with its texts, 200 for each attribute: what is denser than any document would take many
    times its own size. Told by what every element and attribute has, before anything is parsed. Raises Refused too-many-elements.
    """
    if len(body) < 3 * FEW:
        return
    elements = body.count(b"<") - body.count(b"</")
    if elements > max(FEW, len(body) // ELEMENT) or body.count(b"=") > max(2 * FEW, len(body) // ATTRIBUTE):
        raise refused.too_many_elements(max(FEW, len(body) // ELEMENT))


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


def _tree(name: str, data: bytes, losses: Losses) -> etree._Element:
    parser = _parser(recover=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        faults = [str(e.message) for e in parser.error_log]
    _bounded(parser)
    if prefixes := sorted({m[1] for f in faults if (m := _UNDECLARED.search(f))}):
        losses.add("prefix-undeclared", name, ", ".join(prefixes))
        data = _declared(data, prefixes)
    return _recovered(name, data, losses)


def _declared(data: bytes, prefixes: list[str]) -> bytes:
    declared = "".join(f' xmlns:{p}="urn:hozen:undeclared:{p}"' for p in prefixes)
    return _ROOT_NAME.sub(lambda m: m[0] + declared.encode(), data, count=1)


def _recovered(name: str, data: bytes, losses: Losses) -> etree._Element:
    parser = _parser(recover=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        raise refused.not_xml() from fault
    _bounded(parser)
    if root is None:
        raise refused.not_xml()
    for entry in parser.error_log[:_NAMED_LOSSES]:
        losses.add("malformed", f"{name} line {entry.line}")
    return root


def _bounded(parser: etree.XMLParser) -> None:
    if any(e.type_name in ("ERR_RESOURCE_LIMIT", "ERR_NAME_TOO_LONG") for e in parser.error_log):
        raise refused.too_deep()
