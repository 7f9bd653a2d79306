"""Bytes to text, before any XML parser sees them.

Promises: EUC-JP, Shift_JIS/CP932 (with their extras), ISO-2022-JP, UTF-8, UTF-16 and the Western code pages that
patent files carry; a byte that does not decode becomes U+FFFD and a loss with its offset. A label outside the table
is never handed to Python's codecs.
"""

import codecs
import re

from service.intake.formats.losses import Losses

_EUC_WITH_CP932 = "euc_jp with the rows of CP932"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# label -> codecs to try in order; the first is what the label means in the files of this trade
_CODECS: dict[str, tuple[str, ...]] = {
    "utf-8": ("utf-8",),
    "utf8": ("utf-8",),
    "us-ascii": ("utf-8",),
    "ascii": ("utf-8",),
    "utf-16": ("utf-16",),
    "euc-jp": ("euc_jp", _EUC_WITH_CP932),
    "euc_jp": ("euc_jp", _EUC_WITH_CP932),
    "x-euc-jp": ("euc_jp", _EUC_WITH_CP932),
    "shift_jis": ("cp932", "shift_jis_2004"),
    "shift-jis": ("cp932", "shift_jis_2004"),
    "sjis": ("cp932", "shift_jis_2004"),
    "x-sjis": ("cp932", "shift_jis_2004"),
    "ms_kanji": ("cp932", "shift_jis_2004"),
    "windows-31j": ("cp932", "shift_jis_2004"),
    "cp932": ("cp932", "shift_jis_2004"),
    "iso-2022-jp": ("iso2022_jp", "iso2022_jp_ext"),
    "iso-8859-1": ("cp1252", "latin-1"),
    "latin1": ("cp1252", "latin-1"),
    "iso-8859-15": ("iso8859-15",),
    "windows-1252": ("cp1252", "latin-1"),
}
# Loaded now, so that reading opens no file: Python loads a codec's module at its first use.
for _codec in {c for tries in _CODECS.values() for c in tries} - {_EUC_WITH_CP932}:
    codecs.lookup(_codec)

_LABEL = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MARK = "【"  # every 願書 in text has it: it tells the Japanese encodings apart


def decode(name: str, data: bytes, losses: Losses) -> str:
    """The text of `data`: byte order mark, then the XML declaration's label, then (for text) what makes Japanese
    labels readable.
    """
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return _read(name, data[len(bom) :], (codec,), codec, losses)
    if found := _LABEL.match(data[:400]):
        label = found[1].decode("ascii").lower()
        if label not in _CODECS:
            losses.add("encoding-unknown", name)
            label = "utf-8"
        # a file without a byte order mark that is labelled UTF-16 was re-encoded without changing the label
        return _read(name, data, _CODECS["utf-8" if label == "utf-16" else label], label, losses)
    if data[:4] in (b"<\0?\0", b"\0<\0?"):
        return _read(name, data, ("utf-16-le" if data[0] else "utf-16-be",), "utf-16", losses)
    return _read(name, data, _unlabelled(data), "utf-8", losses)


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8, by their label or for want of one, without a byte order mark and without a fault."""
    found = _LABEL.match(data[:400])
    if found and found[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        return False
    if (
        data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        or b"\0" in data[:4]
        or b"\x1b$" in data[:4096]
    ):
        return False
    try:
        return data.isascii() or data.decode() is not None
    except UnicodeDecodeError:
        return False


def _cp932_row(fault: UnicodeError) -> tuple[str, int]:
    """Decode one EUC-JP pair of a row that only CP932 has (circled digits, ㈱, 髙); the error goes on if it is none."""
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    pair = fault.object[fault.start : fault.start + 2]
    if len(pair) < 2 or not all(0xA1 <= b <= 0xFE for b in pair):
        raise fault
    row, cell = pair[0] - 0xA1, pair[1] - 0xA1
    lead = (row >> 1) + (0x81 if row < 62 else 0xC1)
    trail = cell + 0x9F if row & 1 else cell + 0x40 + (cell >= 63)
    return bytes((lead, trail)).decode("cp932"), fault.start + 2


codecs.register_error("hozen-cp932-row", _cp932_row)


def _decoded(data: bytes, codec: str) -> str:
    return data.decode("euc_jp", "hozen-cp932-row") if codec == _EUC_WITH_CP932 else data.decode(codec)


def _unlabelled(data: bytes) -> tuple[str, ...]:
    if b"\x1b$" in data[:4096]:
        return ("iso2022_jp", "iso2022_jp_ext")
    for codec in ("utf-8", "euc_jp", "cp932"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if codec == "utf-8" or _MARK in text:
            return (codec,)
    return ("utf-8",)


def _read(name: str, data: bytes, tries: tuple[str, ...], label: str, losses: Losses) -> str:
    for codec in tries:
        try:
            text = _decoded(data, codec)
        except UnicodeDecodeError:
            continue
        if codec != tries[0]:
            losses.add("encoding-extended", name, label, codec)
        return _lines(text, codec)
    return _lines(_replaced(name, data, tries[0], label, losses), tries[0])


def _replaced(name: str, data: bytes, codec: str, label: str, losses: Losses) -> str:
    try:
        data.decode(codec)
    except UnicodeDecodeError as fault:
        losses.add("bytes-undecodable", f"{name} byte {fault.start}", label)
    return data.decode(codec, errors="replace")


def _lines(text: str, codec: str) -> str:
    if codec == "cp932":
        # Python reads the single byte A0 as U+F8F0; in filing XML it is the no-break space that pads symbols
        text = text.replace("\uf8f0", "\u00a0")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.removeprefix("\ufeff")
