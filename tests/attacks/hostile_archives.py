"""Hostile archives: bombs, claims that do not hold, links, escapes, two readings of one archive."""

import gzip
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator

from tests.attacks.hostile_drawings import script
from tests.attacks.hostile_makes import GANSHO, GIB, File, packed, pdf


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
    yield "zip64-claim", "a.zip", claiming64(packed(("a.txt", GANSHO)), 10 * GIB)
    yield "zip-two-headers", "a.zip", packed(("a.txt", GANSHO)).replace(struct.pack("<I", len(GANSHO)), bytes(4), 1)
    yield "zip-behind-data", "a.zip", stuffed()
    yield "zip-docx", "a.docx", packed(("[Content_Types].xml", b"<a/>"), ("word/document.xml", b"<a/>"))
    yield "zip-odt", "a.odt", packed(("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<a/>"))
    yield "zip-jar", "a.jar", packed(("META-INF/MANIFEST.MF", b"Main-Class: A\n"), ("a.txt", GANSHO))
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


def claiming64(whole: bytes, size: int) -> bytes:
    """The archive with zip64's field in the directory, that tells this unpacked size."""
    central, end = whole.rfind(b"PK\x01\x02"), whole.rfind(b"PK\x05\x06")
    told = struct.pack("<HHQ", 1, 8, size)
    entry = (
        whole[central : central + 24] + b"\xff" * 4 + whole[central + 28 : central + 30] + struct.pack("<H", len(told))
    )
    entry += whole[central + 32 : end] + told
    return whole[:central] + entry + whole[end : end + 12] + struct.pack("<I", len(entry)) + whole[end + 16 :]


def stuffed() -> bytes:
    """Bytes behind the end of a member's deflate stream, within what it claims to be packed into."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeeze.compress(GANSHO) + squeeze.flush() + b"MZ hidden"
    sizes = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, zlib.crc32(GANSHO), len(body), len(GANSHO), 5, 0)
    local = b"PK\x03\x04" + sizes + b"a.txt" + body
    central = b"PK\x01\x02" + struct.pack("<H", 20) + sizes + bytes(14) + b"a.txt"
    return local + central + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central), len(local), 0)


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
