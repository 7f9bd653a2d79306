"""Hostile files by the hundred, made from a seed: bombs, links, escapes, polyglots, active content, claims that do not hold.

`every(rng)` gives (kind, name, bytes); none of them may be let in. `honest(rng)` gives files of the accepted types that must be.
"""

import gzip
import random
from collections.abc import Iterator

import pikepdf

from tests.attacks.hostile_archives import zips
from tests.attacks.hostile_drawings import pdfs, pictures
from tests.attacks.hostile_makes import GANSHO, XML, File, packed, pdf, picture


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
