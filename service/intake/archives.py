"""A zip that holds one filing: its members, one at a time, never a file. The other formats of archives are refused at the gate.

What must hold: what an archive claims is checked before anything is unpacked, and what comes out is counted against the claim; one
archive has one reading (no bytes before, between or behind its entries, one name for each). Members are judged by the gate like any
document, so that an archive in an archive is refused there.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator

from service.intake.formats.refused import Refused
from service.intake.gate import PART_MAX, Content, check_name

MEMBERS_MAX = 1000
TOTAL_MAX = 256 * 2**20
"""Bytes of all members together."""
RATIO_MAX, RATIO_FROM = 100, 2**20
"""A member of more than a mebibyte is at most so many times its packed length: XML packs ten- to thirtyfold."""
UTF8, ENCRYPTED = 0x800, 0x2041
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
TEXTS = {
    "archive-broken": ("zipの構造が正しくありません。", "The zip's structure does not hold."),
    "archive-encrypted": ("暗号化されたzipです。", "The zip is encrypted."),
    "archive-too-large": (
        "zipの展開後の大きさまたは数が上限を超えます。",
        "Unpacked, the zip is too large or holds too many files.",
    ),
    "archive-ratio": ("zipの圧縮率が異常です。", "The zip is packed beyond what documents are."),
    "archive-link": ("zipに通常のファイル以外が含まれています。", "The zip holds something else than plain files."),
    "office-document": ("文書ファイルは受け付けません。", "An office document is not taken."),
    "program": ("プログラムは受け付けません。", "A program is not taken."),
    "archive-empty": ("zipにファイルがありません。", "The zip holds no file."),
    "polyglot": ("複数の種類として読めるファイルです。", "The file can be read as more than one type."),
}


def refused(name: str) -> Refused:
    """The refusal of this name."""
    return Refused(name, *TEXTS[name], status=413 if name == "archive-too-large" else 422)


def members(name: str, data: Content) -> Iterator[tuple[str, bytes]]:
    """The files of an archive by their own names, in its order, one in memory at a time. Raises Refused."""
    check_name(name)
    packed = bytes(data)
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            names = _names(entries)
            check_places(packed, archive, entries)
            for entry in entries:
                check_header(packed, entry)
            for entry, own in zip(entries, names, strict=True):
                if not entry.is_dir():
                    yield own, _unpacked(packed, entry)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        UnicodeError,
        OSError,
    ):
        raise refused("archive-broken") from None


def _names(entries: list[zipfile.ZipInfo]) -> list[str]:
    """The members' names, checked with all that is claimed of them. Raises Refused."""
    check_count(entries)
    names = [_name(entry) for entry in entries]
    check_once(names)
    for entry, own in zip(entries, names, strict=True):
        check_name(own.removesuffix("/") if entry.is_dir() else own)
        check_plain(entry)
        check_claims(entry)
    check_total(sum(e.file_size for e in entries))
    check_not_one_document(names)
    return names


def check_count(entries: list[zipfile.ZipInfo]) -> None:
    """Raises Refused archive-too-large, archive-empty."""
    if len(entries) > MEMBERS_MAX:
        raise refused("archive-too-large")
    if all(e.is_dir() for e in entries):
        raise refused("archive-empty")


def check_once(names: list[str]) -> None:
    """Raises Refused archive-broken where a name stands twice, by however it is written."""
    if len({n.casefold().rstrip("/") for n in names}) != len(names):
        raise refused("archive-broken")


def check_plain(entry: zipfile.ZipInfo) -> None:
    """Raises Refused archive-encrypted, archive-link, archive-broken for another packing than deflate."""
    if entry.flag_bits & ENCRYPTED:
        raise refused("archive-encrypted")
    mode = entry.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refused("archive-link")
    if entry.compress_type not in PLAIN:
        raise refused("archive-broken")


def check_claims(entry: zipfile.ZipInfo) -> None:
    """Raises Refused archive-too-large, archive-ratio."""
    if entry.file_size > PART_MAX:
        raise refused("archive-too-large")
    if entry.file_size > RATIO_FROM and entry.file_size > RATIO_MAX * max(1, entry.compress_size):
        raise refused("archive-ratio")


def check_total(total: int) -> None:
    """Raises Refused archive-too-large."""
    if total > TOTAL_MAX:
        raise refused("archive-too-large")


WHOLE = {"[Content_Types].xml": "office-document", "mimetype": "office-document", "META-INF/MANIFEST.MF": "program"}
"""Members by which an archive is one document or program of another kind."""


def check_not_one_document(names: list[str]) -> None:
    """Raises Refused office-document, program."""
    for name in WHOLE.keys() & set(names):
        raise refused(WHOLE[name])


def check_places(packed: bytes, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Entry stands behind entry, from the first byte to the directory, and that to the last byte. Raises Refused polyglot."""
    at = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset != at:
            raise refused("polyglot")
        at = _end(packed, entry)
    end = packed.rfind(b"PK\x05\x06")
    if at != archive.start_dir or archive.comment or len(packed) - end != 22:
        raise refused("polyglot")


def check_header(packed: bytes, entry: zipfile.ZipInfo) -> None:
    """What stands before a member says the same as the directory. Raises Refused polyglot.

    Readers that unpack as they go believe the one, others the other. Sizes behind the data (bit 3) or in zip64's field are not told here.
    """
    at = entry.header_offset
    flags, method, _, crc, packed_size, size, length = struct.unpack_from("<HHIIIIH", packed, at + 6)
    name = packed[at + 30 : at + 30 + length]
    told = flags & 0x08 or 0xFFFFFFFF in (packed_size, size)
    if (
        (flags, method) != (entry.flag_bits, entry.compress_type)
        or name != entry.orig_filename.encode("utf-8" if flags & UTF8 else "cp437")
        or not (told or (crc, packed_size, size) == (entry.CRC, entry.compress_size, entry.file_size))
    ):
        raise refused("polyglot")


def _end(packed: bytes, entry: zipfile.ZipInfo, *, data: bool = True) -> int:
    """Where an entry ends: local header, name, extra field, data, and the descriptor where one is announced; or where its data begin."""
    head = entry.header_offset
    name, extra = (int.from_bytes(packed[head + at : head + at + 2], "little") for at in (26, 28))
    at = head + 30 + name + extra
    if not data:
        return at
    at += entry.compress_size
    if entry.flag_bits & 0x08:
        at += 4 if packed[at : at + 4] == b"PK\x07\x08" else 0
        at += 12
    return at


def _unpacked(packed: bytes, entry: zipfile.ZipInfo) -> bytes:
    """A member's bytes: as many as were claimed, all that is packed and nothing behind it. Raises Refused archive-broken, zlib.error."""
    at = _end(packed, entry, data=False)
    raw = memoryview(packed)[at : at + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        data, behind = bytes(raw), b""
    else:
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        data = unpacking.decompress(raw, entry.file_size + 1)
        behind = unpacking.unused_data or unpacking.unconsumed_tail or (b"" if unpacking.eof else b"cut")
    check_unpacked(entry, data, behind)
    return data


def check_unpacked(entry: zipfile.ZipInfo, data: bytes, behind: bytes) -> None:
    """Raises Refused archive-broken."""
    if behind or len(data) != entry.file_size or zlib.crc32(data) != entry.CRC:
        raise refused("archive-broken")


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as written: UTF-8 where it says so; else Windows' Japanese, which zipfile took for code page 437."""
    if entry.flag_bits & UTF8:
        return entry.orig_filename
    raw = entry.orig_filename.encode("cp437")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp932")
