"""What a file is, by its bytes and never by its name.

Promises: every file is exactly one of: a parsed XML document, Japanese text with labels, or a refusal that names what
it is.
"""

import re

from service.intake.formats import decoding, jp_text, prolog, refused, xmlread
from service.intake.formats.losses import Losses
from service.intake.formats.values import local
from service.intake.formats.xmlread import MAX_BYTES, XmlPart

_MAGIC = (
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "archive"),
    (b"PK\x05\x06", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
)
_NO_APPLICATION = {
    "pat-amnd": "amendment",
    "pat-rspns": "response",
    "pat-etc": "procedure-paper",
    "cpy-notice-pat-exam": "office-notice",
    "cpy-notice-pat-exam-rn": "office-notice",
    "m-mi-notice-doc": "dispatch-record",
    "cn-patent-document": "cn-publication",
    "PatentDocumentAndRelated": "cn-publication",
    "sequence-cwu": "sequence-listing",
    "ST26SequenceListing": "sequence-listing",
    "schema": "xml-schema",
    "html": "html",
}
_DTD = ("<!ELEMENT", "<!ENTITY", "<!ATTLIST", "<!NOTATION", "<![", "%")
_APS = re.compile(r"(?:HHHHHT.*\n)?(?:PATN\s*\n)?WKU  ")


def looks_like_markup(data: bytes) -> bool:
    """Whether the bytes begin as XML does, in any encoding that `decoding` knows."""
    return data[:256].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<")


def sized(data: bytes) -> None:
    """Raises Refused `too-large` above MAX_BYTES, NotAnApplication `empty-file` for nothing."""
    if len(data) > MAX_BYTES:
        raise refused.too_large(MAX_BYTES)
    if not data.strip(b"\0 \t\r\n"):
        raise refused.not_an_application("empty-file")


def open_part(name: str, data: bytes, losses: Losses) -> XmlPart | str:
    """The parsed document, or the decoded Japanese text. Raises NotAnApplication, Refused (see xmlread.parse)."""
    sized(data)
    if kind := next((k for magic, k in _MAGIC if data.startswith(magic)), None):
        raise refused.not_an_application(kind)
    if data[:1] == b"<" and decoding.is_utf8(data) and (plain := xmlread.parse_plain(name, data, losses)):
        return _application(plain)
    text = decoding.decode(name, data, losses)
    if not text.lstrip().startswith("<"):
        return _text(text, data)
    if prolog.cut_prolog(text).lstrip().startswith(_DTD):
        raise refused.not_an_application("dtd")
    return _application(xmlread.parse(name, text, losses))


def _application(part: XmlPart) -> XmlPart:
    """Raises NotAnApplication for what is known to be none."""
    if kind := _NO_APPLICATION.get(local(part.root)):
        raise refused.not_an_application(kind)
    return part


def _text(text: str, data: bytes) -> str:
    head = text[:4096].lstrip()
    if jp_text.is_japanese_application(text):
        return text
    if b"\0" in data[:4096] or head.count("\ufffd") > len(head) // 8:
        raise refused.not_an_application("unknown-binary")
    if head.startswith(_DTD):
        raise refused.not_an_application("dtd")
    if _APS.match(head):
        raise refused.not_an_application("us-aps-text")
    if head.startswith(("{", "[")):
        raise refused.not_an_application("json")
    first = head.partition("\n")[0]
    raise refused.not_an_application("table" if first.count(",") > 2 or first.count("\t") > 2 else "unknown-text")
