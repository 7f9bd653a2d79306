"""Hostile drawings: PDFs that act, hold or point to something; pictures with false claims or something else in them."""

import random
import struct
import zlib
from collections.abc import Iterator

import pikepdf

from tests.attacks.hostile_makes import File, chunk, packed, pdf, picture, png


def script(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def pdfs(rng: random.Random) -> Iterator[File]:
    generated = {"object_stream_mode": pikepdf.ObjectStreamMode.generate}
    named = pikepdf.Name
    for how in ({}, generated):
        yield "pdf-script", "a.pdf", pdf(script, **how)
        for kind in (
            "Launch",
            "SubmitForm",
            "ImportData",
            "GoToR",
            "GoToE",
            "Rendition",
            "Sound",
            "Movie",
            "Hide",
            "Named",
        ):

            def act(made: pikepdf.Pdf, kind: str = kind) -> None:
                action = pikepdf.Dictionary(S=named(f"/{kind}"), F=pikepdf.String("\\\\192.0.2.1\\x"))
                made.pages[0].Annots = pikepdf.Array(
                    [pikepdf.Dictionary(Type=named.Annot, Subtype=named.Link, A=action)]
                )

            yield "pdf-action", "a.pdf", pdf(act, **how)
        yield (
            "pdf-page-action",
            "a.pdf",
            pdf(lambda m: setattr(m.pages[0], "AA", pikepdf.Dictionary(O=pikepdf.Dictionary())), **how),
        )
        yield (
            "pdf-xfa",
            "a.pdf",
            pdf(lambda m: setattr(m.Root, "AcroForm", pikepdf.Dictionary(XFA=pikepdf.String("x"))), **how),
        )
        yield "pdf-attachment", "a.pdf", pdf(lambda m: m.attachments.__setitem__("a.exe", b"MZ"), **how)
        for kind in ("RichMedia", "Screen", "3D", "FileAttachment", "Movie"):

            def annotate(made: pikepdf.Pdf, kind: str = kind) -> None:
                made.pages[0].Annots = pikepdf.Array([pikepdf.Dictionary(Type=named.Annot, Subtype=named(f"/{kind}"))])

            yield "pdf-annotation", "a.pdf", pdf(annotate, **how)
    for user in ("", "secret"):
        yield "pdf-encrypted", "a.pdf", pdf(encryption=pikepdf.Encryption(owner="o", user=user))
    yield (
        "pdf-outside",
        "a.pdf",
        pdf(refer_outside),
    )
    whole = pdf()
    for behind in (b"MZ\x90", b"<script>", packed(("a.txt", b"x")), b"PK\x05\x06" + bytes(18)):
        yield "pdf-behind", "a.pdf", whole + behind
    yield "pdf-zip-inside", "a.pdf", whole[:-6] + packed(("a.txt", b"x")) + b"\n%%EOF\n"
    for before in (b"MZ", b"\xff\xd8\xff\xe0", b"GIF89a"):
        yield "pdf-before", "a.pdf", before + whole
    yield "pdf-deep", "a.pdf", pdf(lambda m: setattr(m.Root, "Deep", nested(300)))
    yield "pdf-many", "a.pdf", pdf(many)
    yield "pdf-stream-bomb", "a.pdf", pdf_bomb()
    twice = zlib.compress(zlib.compress(bytes(256 * 2**20), 9), 9)
    yield "pdf-stream-bomb-twice", "a.pdf", pdf_bomb(b"/FlateDecode/FlateDecode", twice)
    yield "pdf-stream-bomb-runs", "a.pdf", pdf_bomb(b"/RunLengthDecode", run_lengths())
    for _ in range(5):
        yield "pdf-cut", "a.pdf", whole[: rng.randint(10, len(whole) - 30)]


def refer_outside(made: pikepdf.Pdf) -> None:
    """A stream whose data lie in another file."""
    made.Root.Kept = made.make_stream(b"", {"/F": pikepdf.String("/etc/passwd")})


def many(made: pikepdf.Pdf) -> None:
    """More objects than a drawing has."""
    made.Root.Many = pikepdf.Array([made.make_indirect(pikepdf.Array([n])) for n in range(30_001)])


def nested(depth: int) -> pikepdf.Array:
    one = pikepdf.Array([])
    for _ in range(depth):
        one = pikepdf.Array([one])
    return one


def pdf_bomb(filters: bytes = b"/FlateDecode", body: bytes | None = None) -> bytes:
    """An object stream that holds the catalogue and unpacks to a gibibyte."""
    if body is None:
        squeeze = zlib.compressobj(9)
        body = squeeze.compress(b"2 0     " + CATALOGUE) + b"".join(squeeze.compress(b" " * 2**20) for _ in range(1024))
        body += squeeze.flush()
    head = b"%PDF-1.5\n"
    stream = b"1 0 obj\n<</Type/ObjStm/N 1/First 8/Filter[" + filters + b"]/Length " + str(len(body)).encode()
    stream += b">>stream\n" + body + b"\nendstream endobj\n"
    at = len(head + stream)
    rows = ((0, 0, 255), (1, len(head), 0), (2, 1, 0), (1, at, 0))
    table = b"".join(struct.pack(">BIB", *row) for row in rows)
    xref = b"3 0 obj\n<</Type/XRef/Size 4/W[1 4 1]/Root 2 0 R/Length " + str(len(table)).encode() + b">>stream\n"
    return head + stream + xref + table + b"\nendstream endobj\nstartxref\n" + str(at).encode() + b"\n%%EOF\n"


CATALOGUE = b"<</Type/Catalog/Pages<</Type/Pages/Kids[]/Count 0>>>>"


def run_lengths() -> bytes:
    """A catalogue and five hundred mebibytes of blanks, packed 64 to 1."""
    whole = b"2 0     " + CATALOGUE
    return bytes([len(whole) - 1]) + whole + b"\x81 " * (4 * 2**20) + b"\x80"


def pictures(rng: random.Random) -> Iterator[File]:
    for sides in ((30_001, 1), (1, 2**31 - 1), (25_000, 25_000), (0, 5), (5, 0)):
        yield "png-sides", "a.png", png(*sides, data=zlib.compress(b"\0"))
    whole, extra = png(), packed(("a.txt", b"x"))
    for behind in (b"x", b"<?php echo 1; ?>", extra, pdf()):
        yield "png-behind", "a.png", whole + behind
    decoy = extra[:-2] + struct.pack("<H", 8) + b"PK\x05\x06abcd"
    yield "png-zip-decoy", "a.png", png(extra=chunk(b"teXt", b"a" + decoy))
    yield "png-pdf-inside", "a.png", png(extra=chunk(b"tEXt", b"a\0" + pdf()))
    yield "png-crc", "a.png", whole.replace(b"IDAT", b"IDAT", 1)[:-20] + b"\0\0\0\0" + whole[-16:]
    yield "png-zip-chunk", "a.png", png(extra=chunk(b"teXt", extra))
    yield "png-unknown", "a.png", png(extra=chunk(b"EVIL", b"x"))
    yield "png-claim", "a.png", b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) + b"IHDR"
    yield "png-bad-crc", "a.png", png(extra=chunk(b"teXt", b"x", crc=1))
    jpeg, tiff = picture("JPEG", rng), picture("TIFF", rng)
    for behind in (b"x", b"<?php echo 1; ?>", extra):
        yield "jpeg-behind", "a.jpg", jpeg + behind
    for inside in (b"<?php echo 1; ?>", b"<ScRiPt>1</script>", b"a" * 5000 + b"%PDF-1.4\n"):
        yield "jpeg-script", "a.jpg", jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(inside) + 2) + inside + jpeg[2:]
        yield "tiff-script", "a.tif", tiff + inside
    for many in (b"\xff", b"\xff\xd0", b"\xff\xfe\x00\x02"):
        yield "jpeg-many", "a.jpg", jpeg[:2] + many * (8 * 2**20 // len(many)) + jpeg[2:]
    at = jpeg.find(b"\xff\xc0")
    yield "jpeg-sides", "a.jpg", jpeg[: at + 5] + b"\xff\xff\xff\xff" + jpeg[at + 9 :]
    yield "jpeg-empty", "a.jpg", jpeg[: at + 5] + bytes(4) + jpeg[at + 9 :]
    for _ in range(4):
        yield "jpeg-cut", "a.jpg", jpeg[: rng.randint(3, len(jpeg) - 2)]
        yield "tiff-cut", "a.tif", tiff[: rng.randint(5, len(tiff) - 20)]
    little = b"II*\0\x08\0\0\0"
    entry = struct.pack("<HHII", 256, 3, 1, 10) + struct.pack("<HHII", 257, 3, 1, 10)
    yield "tiff-loop", "a.tif", little + struct.pack("<H", 2) + entry + struct.pack("<I", 8)
    wide = struct.pack("<HHII", 256, 4, 1, 2**31) + struct.pack("<HHII", 257, 4, 1, 2**31)
    yield "tiff-sides", "a.tif", little + struct.pack("<H", 2) + wide + bytes(4)
    below = entry + struct.pack("<HHII", 330, 4, 1, 8)
    yield "tiff-loop-below", "a.tif", little + struct.pack("<H", 3) + below + bytes(4)
    yield "tiff-many", "a.tif", tiff_many()
    yield "tiff-twice", "a.tif", little + struct.pack("<H", 3) + entry + entry[:12] + bytes(4)
    outside = entry + struct.pack("<HHII", 273, 4, 1, 10**6) + struct.pack("<HHII", 279, 4, 1, 10**6)
    yield "tiff-outside", "a.tif", little + struct.pack("<H", 4) + outside + bytes(4)
    yield "tiff-count", "a.tif", little + struct.pack("<H", 65_535) + entry
    yield "tiff-value", "a.tif", little + struct.pack("<H", 1) + struct.pack("<HHII", 270, 2, 10**9, 8) + bytes(4)


def tiff_many() -> bytes:
    """A thousand directories that share one list of a hundred thousand strips."""
    body = b""
    for n in range(900):
        body += struct.pack("<H", 4) + struct.pack("<HHII", 256, 3, 1, 10) + struct.pack("<HHII", 257, 3, 1, 10)
        body += struct.pack("<HHII", 273, 4, 100_000, 8) + struct.pack("<HHII", 279, 4, 100_000, 8)
        body += struct.pack("<I", 400_008 + 54 * (n + 1) if n < 899 else 0)
    return b"II*\0" + struct.pack("<I", 400_008) + bytes(400_000) + body
