"""Hostile files by the hundred, made from a seed: bombs, links, escapes, polyglots, active content, claims that do not hold.

`every(rng)` gives (kind, name, bytes); none of them may be let in. `honest(rng)` gives files of the accepted types that must be.
"""

import gzip
import io
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

import pikepdf
from PIL import Image

File = tuple[str, str, bytes]
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
GANSHO = "【書類名】特許願\n【整理番号】HOSTILE-1\n【発明の名称】留め具\n【国際特許分類】Ａ４４Ｂ　１／０８\n".encode()
GIB = 2**30


def png(width: int = 20, height: int = 20, *, extra: bytes = b"", data: bytes | None = None) -> bytes:
    """A PNG of these claimed sides."""
    rows = zlib.compress(b"\0" * (width + 1) * min(height, 50)) if data is None else data
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    said = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", said)


def picture(kind: str, rng: random.Random, **how: object) -> bytes:
    """An honest picture by a third-party library."""
    out = io.BytesIO()
    image = Image.effect_noise((rng.randint(2, 60), rng.randint(2, 60)), 40)
    (image.convert("1") if how.get("compression") == "group4" else image).save(out, kind, **how)
    return out.getvalue()


def pdf(change: Callable[[pikepdf.Pdf], object] = lambda made: None, **how: object) -> bytes:
    """A PDF of one blank page, changed."""
    made = pikepdf.new()
    made.add_blank_page()
    change(made)
    out = io.BytesIO()
    made.save(out, **how)  # type: ignore[arg-type]
    return out.getvalue()


def packed(*members: tuple[str, bytes], attributes: int = 0, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = attributes, method
            archive.writestr(info, data)
    return out.getvalue()


def honest(rng: random.Random) -> Iterator[File]:
    """What must be let in, drawings beside a text."""
    for kind, how in (
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "group4"}),
    ):
        yield "honest", f"a.{kind.lower()}", picture(kind, rng, **how)
    yield "honest", "a.pdf", pdf()
    yield "honest", "b.pdf", pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate)
    yield "honest", "a.txt", GANSHO
    yield "honest", "sjis.txt", GANSHO.decode().encode("cp932")
    yield "honest", "filing.zip", packed(("a.txt", GANSHO), ("図面.png", picture("PNG", rng)))


def every(rng: random.Random) -> Iterator[File]:
    """What must not be let in."""
    for family in (zips, names, markup, pdfs, pictures, others):
        yield from family(rng)


def zips(rng: random.Random) -> Iterator[File]:
    zeros = GANSHO + b"\n" * (rng.randint(3, 30) * 2**20)
    yield "zip-bomb", "a.zip", packed(("a.txt", zeros))
    yield "zip-bomb-many", "a.zip", packed(*((f"{n}.txt", GANSHO + b"\n" * (2**20 + n)) for n in range(12)))
    yield (
        "zip-total",
        "a.zip",
        packed(*((f"{n}.txt", rng.randbytes(1000) * 1000) for n in range(300)), method=zipfile.ZIP_DEFLATED),
    )
    yield "zip-count", "a.zip", packed(*((f"{n}.txt", b"x") for n in range(1001)))
    for claim in (10 * GIB, 33 * 2**20, 2**32 - 2):
        yield "zip-claim", "a.zip", claiming(packed(("a.txt", GANSHO)), claim)
    yield "zip-lies-small", "a.zip", claiming(packed(("a.txt", zeros)), 100)
    yield "zip-nested", "a.zip", packed(("b.zip", packed(("a.txt", GANSHO))))
    yield "zip-nested-gz", "a.zip", packed(("b.xml", gzip.compress(GANSHO)))
    yield "zip-of-pdf-script", "a.zip", packed(("a.txt", GANSHO), ("a.pdf", pdf(script)))
    for target in (b"/etc/passwd", b"../../secret"):
        yield "zip-symlink", "a.zip", packed(("link.txt", target), attributes=(stat.S_IFLNK | 0o777) << 16)
    for kind in (stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK):
        yield "zip-device", "a.zip", packed(("a.txt", b"x"), attributes=(kind | 0o666) << 16)
    for name in (
        "../a.txt",
        "/etc/a.txt",
        "a/../../b.txt",
        "C:\\a.txt",
        "..\\a.txt",
        "\\\\host\\a.txt",
        "a//b.txt",
        "./a.txt",
        "x" * 300,
    ):
        yield "zip-slip", "a.zip", packed((name, GANSHO))
    yield "zip-twice", "a.zip", twice()
    yield "zip-twice-case", "a.zip", packed(("A.txt", GANSHO), ("a.txt", GANSHO))
    yield "zip-encrypted", "a.zip", flagged(packed(("a.txt", GANSHO)))
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield "zip-method", "a.zip", packed(("a.txt", GANSHO), method=method)
    whole = packed(("a.txt", GANSHO))
    for before in (b"MZ", b"GIF89a", GANSHO, b"%PDF-1.4\n"):
        yield "zip-before", "a.zip", before + whole
    for behind in (b"x", b"PK\x05\x06" + bytes(18), b"%%EOF\n", whole):
        yield "zip-behind", "a.zip", whole + behind
    yield "zip-comment", "a.zip", whole[:-2] + b"\x03\x00abc"
    yield "zip-between", "a.zip", gapped()
    yield "zip-other-name", "a.zip", whole.replace(b"a.txt", b"b.txt", 1)
    yield "zip-empty", "a.zip", packed()
    yield "zip-folders", "a.zip", packed(("a/", b""))
    yield "zip-overlap", "a.zip", overlapping()
    for _ in range(10):
        at = rng.randrange(len(whole) - 60)
        yield "zip-cut", "a.zip", whole[: rng.randint(4, len(whole) - 1)]
        yield (
            "zip-crc",
            "a.zip",
            whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :] if 35 <= at < 60 else whole[:40],
        )


def claiming(whole: bytes, size: int) -> bytes:
    """The archive with another unpacked size of its first member, in both places."""
    said = struct.pack("<I", min(size, 2**32 - 1))
    central = whole.rfind(b"PK\x01\x02")
    return whole[:22] + said + whole[26 : central + 24] + said + whole[central + 28 :]


def flagged(whole: bytes) -> bytes:
    """The archive with the mark of encryption."""
    central = whole.rfind(b"PK\x01\x02")
    return whole[:6] + b"\x01\x00" + whole[8 : central + 8] + b"\x01\x00" + whole[central + 10 :]


def twice() -> bytes:
    """One name, two contents."""
    whole = packed(("a.txt", GANSHO), ("b.txt", b"other"))
    return whole.replace(b"b.txt", b"a.txt")


def gapped() -> bytes:
    """Bytes between an entry and the directory, the directory's place corrected."""
    whole = packed(("a.txt", GANSHO))
    central = whole.rfind(b"PK\x01\x02")
    end = whole.rfind(b"PK\x05\x06")
    moved = struct.pack("<I", central + 9)
    return whole[:central] + b"MZ hidden" + whole[central : end + 16] + moved + whole[end + 20 :]


def overlapping() -> bytes:
    """Two entries of the directory that share one body."""
    whole = packed(("a.txt", GANSHO))
    central, end = whole.rfind(b"PK\x01\x02"), whole.rfind(b"PK\x05\x06")
    entry = whole[central:end]
    return whole[:central] + entry * 2 + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 2, 2, 2 * len(entry), central, 0)


def names(rng: random.Random) -> Iterator[File]:
    for name in (
        "x" * 300,
        "a\0.txt",
        "a\n.txt",
        "../a.txt",
        "/a.txt",
        "..",
        ".",
        "a/./b.txt",
        "C:\\a.txt",
        "\u202etxt.exe",
        "a\x7f.txt",
        "",
    ):
        yield "name", name, GANSHO


def markup(rng: random.Random) -> Iterator[File]:
    root = "<jp:pat-app-doc xmlns:jp='http://www.jpo.go.jp'>&a;</jp:pat-app-doc>"
    for system in (
        "file:///etc/passwd",
        "http://192.0.2.1/x",
        "ftp://192.0.2.1/x",
        "//192.0.2.1/x",
        "php://filter/x",
        "expect://id",
    ):
        yield "xxe", "a.xml", f'{XML}<!DOCTYPE a [<!ENTITY a SYSTEM "{system}">]>{root}'.encode()
        yield "xxe-parameter", "a.xml", f'{XML}<!DOCTYPE a [<!ENTITY % p SYSTEM "{system}"> %p;]>{root}'.encode()
    for depth in (5, 9, 12):
        lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, depth))
        yield "laughs", "a.xml", f'{XML}<!DOCTYPE a [<!ENTITY l0 "lol">{lines}]><a>&l{depth - 1};</a>'.encode()
    big = "A" * 100_000
    yield "quadratic", "a.xml", f'{XML}<!DOCTYPE a [<!ENTITY a "{big}">]><a>{"&a;" * 2000}</a>'.encode()
    yield "deep", "a.xml", (XML + "<a>" * 60_000 + "</a>" * 60_000).encode()
    yield "many", "a.xml", (XML + "<a>" + "<b/>" * rng.randint(2_000_000, 2_400_000) + "</a>").encode()
    yield "attributes", "a.xml", (XML + "<a " + " ".join(f'a{n}=""' for n in range(200_000)) + "/>").encode()
    yield (
        "namespaces",
        "a.xml",
        (XML + "<a>" + "".join(f'<b xmlns:n{n}="u{n}"/>' for n in range(200_000)) + "</a>").encode(),
    )
    for encoding in ("utf-7", "cp037", "utf-32", "unicode_escape"):
        yield "encoding", "a.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "x">]><a>&a;</a>'.encode(encoding)
    for page in (
        "<!DOCTYPE html><script>1</script>",
        "<html><body>",
        "<svg xmlns='http://www.w3.org/2000/svg' onload='1'/>",
        "<script>1</script>",
    ):
        yield "page", "a.xml", page.encode()
        yield "page-xml", "a.xml", (XML + "<!-- a -->" + page).encode()
    yield (
        "xslt",
        "a.xml",
        (XML + '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"/>').encode(),
    )
    yield (
        "xinclude",
        "a.xml",
        (XML + '<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="/etc/passwd"/></a>').encode(),
    )
    yield "text-zip", "a.txt", GANSHO + packed(("a.txt", b"x"))
    yield "text-nul", "a.txt", GANSHO + b"\0" * 10
    yield "text-pdf", "a.txt", b"\n" + pdf()
    yield "text-binary", "a.txt", rng.randbytes(5000)


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
    yield "pdf-stream-bomb", "a.pdf", pdf_bomb()
    for _ in range(5):
        yield "pdf-cut", "a.pdf", whole[: rng.randint(10, len(whole) - 30)]


def refer_outside(made: pikepdf.Pdf) -> None:
    """A stream whose data lie in another file."""
    made.Root.Kept = made.make_stream(b"", {"/F": pikepdf.String("/etc/passwd")})


def nested(depth: int) -> pikepdf.Array:
    one = pikepdf.Array([])
    for _ in range(depth):
        one = pikepdf.Array([one])
    return one


def pdf_bomb() -> bytes:
    """An object stream that unpacks to a gibibyte."""
    squeeze = zlib.compressobj(9)
    body = b"".join(squeeze.compress(b"1 0 " + bytes(2**20 - 4)) for _ in range(1024)) + squeeze.flush()
    head = (
        b"%PDF-1.5\n1 0 obj\n<</Type/ObjStm/N 100000/First 800000/Filter/FlateDecode/Length " + str(len(body)).encode()
    )
    stream = head + b">>stream\n" + body + b"\nendstream endobj\n"
    at = len(stream)
    table = zlib.compress(
        b"\x02" + struct.pack(">HB", 1, 0) + b"\x01" + struct.pack(">HB", 9, 0) + b"\x02" + struct.pack(">HB", 1, 1)
    )
    xref = (
        b"2 0 obj\n<</Type/XRef/Size 3/W[1 2 1]/Root 2 0 R/Filter/FlateDecode/Length "
        + str(len(table)).encode()
        + b">>stream\n"
    )
    return stream + xref + table + b"\nendstream endobj\nstartxref\n" + str(at).encode() + b"\n%%EOF\n"


def pictures(rng: random.Random) -> Iterator[File]:
    for sides in ((30_001, 1), (1, 2**31 - 1), (25_000, 25_000), (0, 5), (5, 0)):
        yield "png-sides", "a.png", png(*sides, data=zlib.compress(b"\0"))
    whole, extra = png(), packed(("a.txt", b"x"))
    for behind in (b"x", b"<?php echo 1; ?>", extra, pdf()):
        yield "png-behind", "a.png", whole + behind
    yield "png-crc", "a.png", whole.replace(b"IDAT", b"IDAT", 1)[:-20] + b"\0\0\0\0" + whole[-16:]
    yield "png-zip-chunk", "a.png", png(extra=chunk(b"teXt", extra))
    yield "png-unknown", "a.png", png(extra=chunk(b"EVIL", b"x"))
    yield "png-claim", "a.png", b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) + b"IHDR"
    yield "png-bad-crc", "a.png", png(extra=chunk(b"teXt", b"x", crc=1))
    jpeg, tiff = picture("JPEG", rng), picture("TIFF", rng)
    for behind in (b"x", b"<?php echo 1; ?>", extra):
        yield "jpeg-behind", "a.jpg", jpeg + behind
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
    outside = entry + struct.pack("<HHII", 273, 4, 1, 10**6) + struct.pack("<HHII", 279, 4, 1, 10**6)
    yield "tiff-outside", "a.tif", little + struct.pack("<H", 4) + outside + bytes(4)
    yield "tiff-count", "a.tif", little + struct.pack("<H", 65_535) + entry
    yield "tiff-value", "a.tif", little + struct.pack("<H", 1) + struct.pack("<HHII", 270, 2, 10**9, 8) + bytes(4)


def others(rng: random.Random) -> Iterator[File]:
    bodies = BODIES | {"gz": gzip.compress(GANSHO), "gz-bomb": gzip.compress(bytes(64 * 2**20))}
    for name, body in bodies.items():
        for ending in rng.sample(["xml", "txt", "pdf", "png", "tif"], 2):
            yield f"other-{name}", f"a.{ending}", body


BODIES: dict[str, bytes] = {
    "elf": b"\x7fELF" + bytes(60),
    "exe": b"MZ\x90\0" + bytes(60),
    "sh": b"#!/bin/sh\nrm -rf /\n",
    "gif": b"GIF89a" + bytes(20),
    "bmp": b"BM" + bytes(60),
    "webp": b"RIFF\0\0\0\0WEBP" + bytes(9),
    "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99),
    "rtf": b"{\\rtf1 x}",
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(40),
    "rar": b"Rar!\x1a\x07\0",
    "xz": b"\xfd7zXZ\0" + bytes(30),
    "class": b"\xca\xfe\xba\xbe" + bytes(30),
    "wasm": b"\0asm" + bytes(9),
    "mp4": b"\0\0\0\x18ftypmp42" + bytes(9),
    "heic": b"\0\0\0\x18ftypheic" + bytes(9),
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n",
    "ps": b"%!PS-Adobe-3.0\n",
    "mp3": b"ID3\x03" + bytes(20),
    "tar": b"a.txt" + bytes(252) + b"ustar\x0000" + bytes(400),
    "zst": b"\x28\xb5\x2f\xfd" + bytes(20),
    "nul": bytes(1000),
    "empty": b"",
    "bigtiff": b"II\x2b\0\x08\0\0\0" + bytes(20),
    "psd": b"8BPS" + bytes(30),
}
