"""The program that looks into one PDF: standard input to one word on standard output. Run by gate_pdf alone, in a process of its own.

Stands apart: it imports nothing of the service. It gives up rights first: 64 MiB beyond itself and the document, five seconds of processor,
no file written.
"""

import io
import resource
import sys
from pathlib import Path
from typing import Any

import pikepdf

SPACE, SECONDS = 64 * 2**20, 5
UNPACKED = 32 * 2**20
"""Bytes that one stream of objects may unpack to, by any filter; streams of content are never unpacked."""
LIMITS: dict[str, Any] = {
    "flate_max_memory": UNPACKED,
    "run_length_max_memory": UNPACKED,
    "png_max_memory": UNPACKED,
    "tiff_max_memory": UNPACKED,
    "dct_max_memory": UNPACKED,
    "max_stream_filters": 3,
    "parser_max_nesting": 150,
    "parser_max_container_size": 1_000_000,
}
PAGES, OBJECTS, DEPTH = 5000, 30_000, 100
ACTIONS = frozenset(
    "/JavaScript /Launch /SubmitForm /ImportData /ResetForm /Rendition /Movie /Sound /GoToE /GoToR /RichMediaExecute /GoTo3DView"
    " /SetOCGState /Named /Hide /Thread /Trans".split()
)
ACTIVE_KEYS = frozenset(
    {"/JS", "/JavaScript", "/AA", "/XFA", "/RichMedia", "/RichMediaContent", "/3DD", "/NeedsRendering"}
)
ACTIVE_KINDS = frozenset({"/RichMedia", "/Movie", "/Sound", "/Screen", "/3D", "/Widget"})
FILE_KEYS = frozenset({"/EmbeddedFiles", "/EF", "/AF", "/Collection"})


class Found(Exception):
    """What speaks against the document."""


def main() -> str:
    """The word: clean, or the name of a refusal."""
    document = sys.stdin.buffer.read()
    space = held() + SPACE
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pikepdf.settings.set_qpdf_limits(**LIMITS)
    try:
        with pikepdf.open(io.BytesIO(document), suppress_warnings=True, attempt_recovery=False) as pdf:
            look(pdf)
    except Found as found:
        return str(found)
    except pikepdf.PasswordError:
        return "pdf-encrypted"
    except (pikepdf.PdfError, MemoryError, ValueError, TypeError, RuntimeError, RecursionError, OverflowError):
        return "pdf-broken"
    return "clean"


def held() -> int:
    """Bytes of address space that this process has."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()


def look(pdf: pikepdf.Pdf) -> None:
    """Every object of the document. Raises Found."""
    if pdf.is_encrypted:
        raise Found("pdf-encrypted")
    if len(pdf.pages) > PAGES or len(pdf.objects) > OBJECTS:
        raise Found("pdf-too-large")
    for one in pdf.objects:
        walk(one, 0)
    walk(pdf.trailer, 0)


def walk(one: object, depth: int) -> None:
    """One object and what lies directly in it (what it refers to is in the document's own list). Raises Found."""
    if depth > DEPTH:
        raise Found("pdf-too-large")
    if isinstance(one, pikepdf.Array):
        for item in one:
            if not getattr(item, "is_indirect", False):
                walk(item, depth + 1)
    elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        check(one)
        for key in keys_of(one):
            item = one[key]
            if not getattr(item, "is_indirect", False):
                walk(item, depth + 1)


def check(one: pikepdf.Object) -> None:
    """Raises Found."""
    keys = set(keys_of(one))
    if (
        keys & FILE_KEYS
        or str(one.get("/Type", "")) == "/EmbeddedFile"
        or str(one.get("/Subtype", "")) == "/FileAttachment"
    ):
        raise Found("pdf-attachment")
    if keys & ACTIVE_KEYS or str(one.get("/S", "")) in ACTIONS or str(one.get("/Subtype", "")) in ACTIVE_KINDS:
        raise Found("pdf-active")
    if isinstance(one, pikepdf.Stream) and "/F" in keys:
        raise Found("pdf-outside")


def keys_of(one: pikepdf.Object) -> list[str]:
    """The keys of a dictionary or stream."""
    return list(one.keys())


if __name__ == "__main__":
    sys.stdout.write(main())
