"""A zip that holds one filing: its members, one at a time, never a file. The other formats of archives are refused at the gate.

What must hold: what an archive claims is checked before anything is unpacked, and what comes out is counted against the claim; one
archive has one reading (no bytes before, between or behind its entries, one name for each). Members are judged by the gate like any
document, so that an archive in an archive is refused there.
"""

import io
import stat
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
            for entry, own in zip(entries, names, strict=True):
                if not entry.is_dir():
                    yield own, _unpacked(archive, entry)
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


def _end(packed: bytes, entry: zipfile.ZipInfo) -> int:
    """Where an entry ends: local header, name, extra field, data, and the data descriptor where one is announced."""
    head = entry.header_offset
    name, extra = (int.from_bytes(packed[head + at : head + at + 2], "little") for at in (26, 28))
    at = head + 30 + name + extra + entry.compress_size
    if entry.flag_bits & 0x08:
        at += 4 if packed[at : at + 4] == b"PK\x07\x08" else 0
        at += 12
    return at


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A member's bytes, as many as were claimed. Raises Refused archive-broken."""
    with archive.open(entry) as file:
        data = file.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise refused("archive-broken")
    return data


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as written: UTF-8 where it says so; else Windows' Japanese, which zipfile took for code page 437."""
    if entry.flag_bits & UTF8:
        return entry.orig_filename
    raw = entry.orig_filename.encode("cp437")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp932")
