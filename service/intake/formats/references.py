"""References and characters that would stop the parser, made plain text; each kind is a loss with its line.

Promises: names that only the missing DTD defines become their ISO characters, unknown names and bare ampersands stay
as text, characters and numeric references that XML forbids become U+FFFD; CDATA sections are not touched but for
forbidden characters.
"""

import html.entities
import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from service.intake.formats.losses import Losses

_WITH_LINE = 20
# passes over, at the speed of the pattern, the references that need nothing: predefined ones and plain hexadecimal ones
_REFERENCE = re.compile(
    r"&(?!amp;|lt;|gt;|quot;|apos;|#x(?:[2-9A-Fa-f][0-9A-Fa-f]|[1-9A-Fa-f][0-9A-Fa-f]{2}|[1-9A-Ca-c][0-9A-Fa-f]{3});)(?:([A-Za-z_][\w.-]{0,63});|#([0-9]{1,9});|#x([0-9A-Fa-f]{1,8});)?"
)
# the same over bytes, and decimal references that need nothing as well: a document without a find is given on as it is
_NEEDS_WORK = re.compile(
    rb"&(?!amp;|lt;|gt;|quot;|apos;|#x(?:[2-9A-Fa-f][0-9A-Fa-f]|[1-9A-Fa-f][0-9A-Fa-f]{2}|[1-9A-Ca-c][0-9A-Fa-f]{3});|#[1-9][0-9]{2,3};)"
)
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def plain_text(name: str, text: str, losses: Losses) -> bytes:
    """`text` in UTF-8, with every reference that the parser would not know made plain."""
    if "&" in text:
        tell = _Plain(name, text, losses)
        text = "".join(text[a:b] if kept else _REFERENCE.sub(tell.within(a), text[a:b]) for kept, a, b in _cdata(text))
    data = text.encode()
    if _forbidden(data) and (found := _FORBIDDEN.search(text)):
        losses.add("character-forbidden", f"{name} line {_line(text, found.start())}")
        return _FORBIDDEN.sub("\ufffd", text).encode()
    return data


def is_plain(data: bytes) -> bool:
    """Whether UTF-8 bytes hold nothing that `plain_text` would change."""
    return not _forbidden(data) and not _NEEDS_WORK.search(data)


def _forbidden(data: bytes) -> bool:
    """A quick look over the bytes: deleting control characters is many times faster than searching for them."""
    if len(data.translate(None, _CONTROLS)) != len(data):
        return True
    return not data.isascii() and (b"\xef\xbf\xbe" in data or b"\xef\xbf\xbf" in data)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _cdata(text: str) -> Iterator[tuple[bool, int, int]]:
    """The stretches of the text: whether it is a CDATA section, and from where to where."""
    at = 0
    while (start := text.find("<![CDATA[", at)) >= 0:
        yield False, at, start
        end = text.find("]]>", start)
        at = len(text) if end < 0 else end + 3
        yield True, start, at
    yield False, at, len(text)


class _Plain:
    """Replaces one reference; tells of each name once, of the first ones with their line."""

    def __init__(self, name: str, text: str, losses: Losses) -> None:
        self.name, self.text, self.losses = name, text, losses
        self.seen: set[str] = set()
        self.start = 0

    def within(self, start: int) -> "_Plain":
        self.start = start
        return self

    def __call__(self, found: re.Match[str]) -> str:
        entity, decimal, hexadecimal = found.groups()
        if decimal or hexadecimal:
            return self._numeric(found, int(decimal) if decimal else int(hexadecimal, 16))
        known = html.entities.html5.get(f"{entity};") if entity else None
        what = "ampersand-bare" if entity is None else "entity-from-missing-dtd" if known else "entity-unknown"
        self._tell(what, entity or "&", found)
        return escape(known) if known else "&amp;" + found[0][1:]

    def _numeric(self, found: re.Match[str], code: int) -> str:
        if code > 0x10FFFF or _FORBIDDEN.match(chr(code)):
            self._tell("character-forbidden", "#", found)
            return "\ufffd"
        return found[0]

    def _tell(self, what: str, once: str, found: re.Match[str]) -> None:
        if once in self.seen:
            return
        self.seen.add(once)
        line = f" line {_line(self.text, self.start + found.start())}" if len(self.seen) <= _WITH_LINE else ""
        self.losses.add(what, self.name + line, once)
