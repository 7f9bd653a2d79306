"""Decoded text to an XML tree, with nothing in it that a document could use against its reader.

Promises: the parser never sees a DOCTYPE (prolog) nor a comment, nor a reference that it would have to resolve
(references); depth (256) and text runs are bounded by libxml2's own limits, elements by MAX_ELEMENTS. Faults that can
be read over are losses with their lines.
Does not validate against any schema.
"""

import re
from dataclasses import dataclass
from typing import cast

from lxml import etree

from service.intake.formats import refused
from service.intake.formats.losses import Losses
from service.intake.formats.prolog import cut_prolog
from service.intake.formats.references import plain_text

MAX_BYTES = 64 * 2**20
MAX_ELEMENTS = 2_000_000
_NAMED_LOSSES = 20

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
    body = plain_text(name, cut_prolog(text), losses)
    root = _tree(name, body, losses)
    if cast(float, root.xpath("count(//*)")) > MAX_ELEMENTS:
        raise refused.too_many_elements(MAX_ELEMENTS)
    for br in root.iter("{*}br", "{*}BR"):
        br.tail = "\n" + (br.tail or "")
    return XmlPart(name, root, losses)


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
