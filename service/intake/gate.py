"""The upload gate: what a document is, by its content alone, and whether it is let in.

Promises: nothing is written, nobody is called, no name and no extension counts for what a document is; every refusal has a name.
Accepted are XML and plain text (the readers judge the rest), and drawings as PDF, PNG, JPEG and TIFF of sound structure, without active
content, without anything before, behind or inside that another program would take for something else. Pictures are never decoded.
Not promised: that an accepted drawing is harmless to every viewer, or free of known malware (docs/decisions/0007-upload-gate.md).
"""

import codecs
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from service.intake import gate_images, gate_pdf
from service.intake.formats.refused import Refused

Content: TypeAlias = bytes | bytearray | memoryview
"""The bytes of a document, wherever they lie."""
GATE = "2"
"""Version of these rules: it stands in every verdict."""
PART_MAX = 32 * 2**20
"""Bytes of one document: three copies of it (clear, sealed, on the wire) stay within the memory that an upload may take."""
NAME_MAX = 255
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
"""Bytes that no text has (tab, line ends, form feed and the escapes of ISO-2022-JP aside)."""
SCRIPT = re.compile(rb"<\?php|<script\b|%PDF-1", re.IGNORECASE)
"""What makes a picture a program or a page to some other program, wherever it stands in it."""
PIECE = 2**20
SPOILT = 1000
"""One control byte in so many is damage that a reader tells of; more is no text."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate found. checks: the names of those it passed; gate: the version of the rules; sha256: hex."""

    name: str
    media_type: str
    size: int
    sha256: str
    checks: tuple[str, ...]
    gate: str


OTHERS: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    (
        "archive",
        (
            b"PK\x03\x04",
            b"PK\x05\x06",
            b"PK\x07\x08",
            b"\x1f\x8b",
            b"BZh",
            b"7z\xbc\xaf\x27\x1c",
            b"Rar!\x1a\x07",
            b"\xfd7zXZ\x00",
        ),
    ),
    ("archive", (b"\x28\xb5\x2f\xfd", b"MSCF", b"LZIP", b"\x1f\x9d", b"\x1f\xa0")),
    (
        "program",
        (
            b"MZ",
            b"\x7fELF",
            b"\xca\xfe\xba\xbe",
            b"\xfe\xed\xfa",
            b"\xcf\xfa\xed\xfe",
            b"\xce\xfa\xed\xfe",
            b"#!",
            b"\x00asm",
            b"dex\n",
        ),
    ),
    (
        "other-picture",
        (
            b"GIF8",
            b"BM",
            b"RIFF",
            b"\x00\x00\x01\x00",
            b"\x00\x00\x00\x0cjP",
            b"\xff\x4f\xff\x51",
            b"8BPS",
            b"II\x2b\x00",
            b"MM\x00\x2b",
        ),
    ),
    ("office-document", (b"\xd0\xcf\x11\xe0", b"{\\rtf", b"%!PS")),
    ("media", (b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3")),
)
"""How documents begin that are not taken."""
REFUSED: dict[str, tuple[str, str]] = {
    "archive": ("書庫は単独の zip のみ受け付けます。", "Of archives only a zip that stands alone is taken."),
    "program": ("プログラムは受け付けません。", "A program is not taken."),
    "other-picture": (
        "この形式の画像は受け付けません (PDF, PNG, JPEG, TIFF)。",
        "Pictures of this type are not taken (PDF, PNG, JPEG, TIFF are).",
    ),
    "office-document": ("文書ファイルは受け付けません。", "An office document is not taken."),
    "media": ("音声・動画は受け付けません。", "Sound and film are not taken."),
    "web-page": ("HTML・SVG は受け付けません。", "HTML and SVG are not taken."),
    "unknown-type": ("種類の分からないファイルです。", "A file of no known type."),
    "polyglot": ("複数の種類として読めるファイルです。", "The file can be read as more than one type."),
    "part-too-large": ("ファイルが大きすぎます (32 MiB まで)。", "The file is too large (32 MiB at most)."),
    "empty-file": ("空のファイルです。", "The file is empty."),
    "bad-name": ("ファイル名が正しくありません。", "The file's name cannot be used."),
}

PAGE = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*(?:<!doctype\s+(?:html|svg)\b|<(?:html|svg|script|head|body|\w+:svg)\b)",
    re.IGNORECASE | re.DOTALL,
)


def refused(name: str) -> Refused:
    """The gate's refusal of this name."""
    return Refused(name, *REFUSED[name], status=413 if name == "part-too-large" else 422)


def judge(name: str, data: Content) -> Verdict:
    """Whether a document is let in, and as what. Raises Refused."""
    view = memoryview(data).cast("B")
    check_name(name)
    check_size(view)
    media_type, checks = _typed(view)
    check_no_zip_behind(view)
    digest = hashlib.sha256(view).hexdigest()
    return Verdict(name, media_type, view.nbytes, digest, ("name", "size", *checks, "polyglot"), GATE)


def check_name(name: str) -> None:
    """A name is for people only; one that no folder could hold is refused. Raises Refused bad-name."""
    parts = re.split(r"[/\\]", name)
    drive = len(parts[0]) == 2 and parts[0][1] == ":"
    if (
        not 0 < len(name) <= NAME_MAX
        or any(
            ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) < 0xE000 or ord(c) in range(0x202A, 0x202F) for c in name
        )
        or drive
        or not all(parts)
        or {".", ".."} & set(parts)
    ):
        raise refused("bad-name")


def check_size(view: memoryview) -> None:
    """Raises Refused part-too-large, empty-file."""
    if view.nbytes > PART_MAX:
        raise refused("part-too-large")
    if not view.nbytes:
        raise refused("empty-file")


def check_no_zip_behind(view: memoryview) -> None:
    """No archive ends where the document ends: readers of zip look there, as far back as a comment is long. Raises Refused polyglot."""
    tail = bytes(view[-66_000:])
    if tail.find(b"PK\x05\x06", 0, max(0, len(tail) - 18)) >= 0:
        raise refused("polyglot")


def check_no_script(view: memoryview) -> None:
    """Raises Refused polyglot for a picture that holds a script, a page or a PDF."""
    if SCRIPT.search(view):
        raise refused("polyglot")


def _typed(view: memoryview) -> tuple[str, tuple[str, ...]]:
    """The media type and the checks it passed. Raises Refused."""
    head = bytes(view[:1024])
    for magic, media_type, check in DRAWINGS:
        if head.startswith(magic):
            checks = check(view)
            if media_type != "application/pdf":
                check_no_script(view)
            return media_type, checks
    for name, magics in OTHERS:
        if any(head.startswith(magic) and (len(magic) > 2 or magic == b"#!" or not _is_text(view)) for magic in magics):
            raise refused(name)
    if head[257:262] == b"ustar":
        raise refused("archive")
    if head[4:8] == b"ftyp":
        raise refused("other-picture" if head[8:12] in (b"heic", b"avif", b"mif1") else "media")
    check_no_pdf_inside(head)
    check_text(view)
    check_no_page(head)
    return ("application/xml" if _is_markup(head) else "text/plain"), ("text",)


def check_no_pdf_inside(head: bytes) -> None:
    """Viewers take a PDF that begins within the first kilobyte. Raises Refused polyglot."""
    if b"%PDF-" in head:
        raise refused("polyglot")


def check_text(view: memoryview) -> None:
    """Text of some encoding: hardly a control byte. Raises Refused unknown-type."""
    if not _is_text(view):
        raise refused("unknown-type")


def check_no_page(head: bytes) -> None:
    """Raises Refused web-page."""
    if PAGE.match(head):
        raise refused("web-page")


def _is_text(view: memoryview) -> bool:
    head = bytes(view[:2])
    if head in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return not any(CONTROLS.search(piece) for piece in _pieces(view))
        except UnicodeDecodeError:
            return False
    allowed = view.nbytes // SPOILT
    return all(n < allowed and view[found.start()] for n, found in enumerate(CONTROLS.finditer(view)))


def _pieces(view: memoryview) -> Iterator[bytes]:
    """UTF-16 as UTF-8, a mebibyte at a time. Raises UnicodeDecodeError."""
    decoder = codecs.getincrementaldecoder("utf-16")()
    for at in range(0, view.nbytes, PIECE):
        yield decoder.decode(bytes(view[at : at + PIECE]), at + PIECE >= view.nbytes).encode()


def _is_markup(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x0c")[:1] == b"<"


Check = Callable[[memoryview], tuple[str, ...]]
DRAWINGS: tuple[tuple[bytes, str, Check], ...] = (
    (b"%PDF-", "application/pdf", lambda view: gate_pdf.check(view)),
    (b"\x89PNG\r\n\x1a\n", "image/png", lambda view: gate_images.check_png(view)),
    (b"\xff\xd8\xff", "image/jpeg", lambda view: gate_images.check_jpeg(view)),
    (b"II*\x00", "image/tiff", lambda view: gate_images.check_tiff(view)),
    (b"MM\x00*", "image/tiff", lambda view: gate_images.check_tiff(view)),
)
