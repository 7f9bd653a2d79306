"""A filing as WIPO ST.96 (V6_0, `pat:PatentPublication`), and back without loss of what the model holds.

What the standard has an element for stands there, for every reader of ST.96 (st96_standard). The fields that those elements would not give
back as they were (the spelling a symbol had in its file, a character that XML forbids, blanks that mean something) stand once more in
an external document of our own inside the file (st96_kept).

Promises: the same filing gives the same bytes, UTF-8, without DOCTYPE; they are valid under PatentPublication_V6_0.xsd (tests validate what
they write against WIPO's schemas; the service has no schemas and does not); `st96.read` gives every field but format, losses and
sources, which belong to a reading. What could not be read back is refused by name, and nothing is written.
"""

from collections.abc import Mapping

from lxml import etree

from service.intake.filing import ReadFiling, from_parts
from service.intake.formats import refused, st96
from service.intake.formats.detect import open_part, sized
from service.intake.formats.losses import Losses
from service.intake.formats.refused import Refused
from service.intake.formats.st96_kept import keep, said_of
from service.intake.formats.st96_standard import standard
from service.intake.formats.xmlread import XmlPart


def export(parts: Mapping[str, bytes]) -> bytes:
    """The filing that sealed content parts make, as ST.96. Raises as `write` does."""
    return write(from_parts(parts))


def write(filing: ReadFiling) -> bytes:
    """The filing as ST.96.

    Raises Refused: not-unicode (half of a surrogate pair), or what reading it again would raise: too-large, too-deep, too-many-elements.
    """
    try:
        wanted = said_of(filing)
    except UnicodeEncodeError:
        raise _not_unicode() from None
    root = standard(filing)
    said = _read_again(root)
    if kept := {name: value for name, value in wanted.items() if value != said[name]}:
        keep(root, kept)
    data = _bytes(root)
    sized(data)
    return data


def _read_again(root: etree._Element) -> dict[str, object]:
    part = open_part("", _bytes(root), Losses())
    if not isinstance(part, XmlPart):
        raise refused.not_xml()
    return said_of(st96.read(part)[0])


def _bytes(root: etree._Element) -> bytes:
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return data


def _not_unicode() -> Refused:
    return Refused(
        "not-unicode",
        "文字として成り立たない符号（対になっていないサロゲート）があるため書き出せません。",
        "It has half of a surrogate pair, which is no character; it cannot be written.",
    )
