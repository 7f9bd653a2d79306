"""PNG, JPEG and TIFF by their structure: every length holds, sizes are those of a drawing, nothing stands behind the end.

Nothing is decoded.

PNG: ISO/IEC 15948; JPEG: ITU-T T.81 annex B; TIFF: revision 6.0.
"""

import struct
import zlib

from service.intake.formats.refused import Refused

SIDE_MAX = 30_000
"""Pixels of one side: A0 at 600 dots per inch has 28,000."""
PIXELS_MAX = 400_000_000
PAGES_MAX = 1000
CHUNKS_MAX = 100_000
CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})


def _refused(name: str) -> Refused:
    texts = {
        "picture-broken": ("画像の構造が正しくありません。", "The picture's structure does not hold."),
        "picture-too-large": ("画像の画素数が大きすぎます。", "The picture has too many pixels."),
        "polyglot": ("複数の種類として読めるファイルです。", "The file can be read as more than one type."),
    }
    return Refused(name, *texts[name])


def check_sides(width: int, height: int) -> None:
    """Raises Refused picture-broken, picture-too-large."""
    if not (width and height):
        raise _refused("picture-broken")
    if width > SIDE_MAX or height > SIDE_MAX or width * height > PIXELS_MAX:
        raise _refused("picture-too-large")


def check_nothing_behind(rest: int) -> None:
    """Raises Refused polyglot where bytes follow the end."""
    if rest:
        raise _refused("polyglot")


def check_crc(kind: memoryview, data: memoryview, said: int) -> None:
    """Raises Refused picture-broken."""
    if zlib.crc32(data, zlib.crc32(kind)) != said:
        raise _refused("picture-broken")


def check_known(kind: bytes) -> None:
    """A critical chunk that no reader knows is no picture. Raises Refused picture-broken."""
    if kind[0] & 0x20 == 0 and kind not in CRITICAL:
        raise _refused("picture-broken")


def check_png(view: memoryview) -> tuple[str, ...]:
    """Chunks with their CRCs, sizes, nothing behind IEND. Raises Refused."""
    at = 8
    kinds: list[bytes] = []
    while True:
        if view.nbytes - at < 12 or len(kinds) > CHUNKS_MAX:
            raise _refused("picture-broken")
        length = int.from_bytes(view[at : at + 4], "big")
        end = at + 12 + length
        if end > view.nbytes:
            raise _refused("picture-broken")
        kind, data = view[at + 4 : at + 8], view[at + 8 : end - 4]
        check_crc(kind, data, int.from_bytes(view[end - 4 : end], "big"))
        check_known(bytes(kind))
        kinds.append(bytes(kind))
        if len(kinds) == 1:
            if kinds != [b"IHDR"] or length != 13:
                raise _refused("picture-broken")
            check_sides(*struct.unpack(">II", data[:8]))
        at = end
        if kinds[-1] == b"IEND":
            break
    if b"IDAT" not in kinds or kinds.count(b"IHDR") != 1:
        raise _refused("picture-broken")
    check_nothing_behind(view.nbytes - at)
    return ("chunks", "crc", "sides", "end")


ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length."""
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def check_jpeg(view: memoryview) -> tuple[str, ...]:
    """Segments to EOI, a frame with sizes, nothing behind. Raises Refused."""
    data, at, framed, scanned = view.obj if isinstance(view.obj, bytes | bytearray) else bytes(view), 2, False, False
    while True:
        if at + 2 > len(data) or data[at] != 0xFF:
            raise _refused("picture-broken")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            break
        at += 2
        if marker in ALONE:
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        if marker == 0xD8 or length < 2 or at + length > len(data):
            raise _refused("picture-broken")
        if marker in FRAMES:
            if length < 8:
                raise _refused("picture-broken")
            check_sides(int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 3 : at + 5], "big"))
            framed = True
        at += length
        if marker == 0xDA:
            scanned = True
            at = _behind_scan(data, at)
    if not (framed and scanned):
        raise _refused("picture-broken")
    check_nothing_behind(len(data) - at - 2)
    return ("segments", "sides", "end")


def _behind_scan(data: bytes | bytearray, at: int) -> int:
    """Where the entropy-coded data ends: at the first marker that is neither a stuffed byte nor a restart. Raises Refused."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise _refused("picture-broken")
        if data[at + 1] and data[at + 1] not in range(0xD0, 0xD8):
            return at
        at += 2


TYPES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""TIFF field types: bytes of one value."""
WIDTH, HEIGHT, STRIPS, STRIP_BYTES, TILES, TILE_BYTES, SUB_IFDS = 256, 257, 273, 279, 324, 325, 330
PIECES_MAX = 100_000


def check_tiff(view: memoryview) -> tuple[str, ...]:
    """Directories without loops, every offset inside, sizes. Raises Refused."""
    order = "<" if view[0] == 0x49 else ">"
    if view.nbytes < 8:
        raise _refused("picture-broken")
    (at,) = struct.unpack(order + "I", view[4:8])
    seen: set[int] = set()
    while at:
        check_no_loop(at, seen)
        at = _directory(view, order, at)
    if not seen:
        raise _refused("picture-broken")
    return ("directories", "offsets", "sides")


def check_no_loop(at: int, seen: set[int]) -> None:
    """Raises Refused picture-broken for a directory met before, or one too many."""
    if at in seen or len(seen) >= PAGES_MAX:
        raise _refused("picture-broken")
    seen.add(at)


def check_inside(view: memoryview, at: int, length: int) -> None:
    """Raises Refused picture-broken where a value lies outside the file."""
    if at + length > view.nbytes:
        raise _refused("picture-broken")


def _directory(view: memoryview, order: str, at: int) -> int:
    """Check one directory; the offset of the next."""
    check_inside(view, at, 2)
    (count,) = struct.unpack(order + "H", view[at : at + 2])
    check_inside(view, at, 2 + 12 * count + 4)
    found: dict[int, list[int]] = {}
    for n in range(count):
        entry = at + 2 + 12 * n
        tag, kind, values = struct.unpack(order + "HHI", view[entry : entry + 8])
        size = TYPES.get(kind, 1) * values
        place = entry + 8 if size <= 4 else struct.unpack(order + "I", view[entry + 8 : entry + 12])[0]
        check_inside(view, place, size)
        if tag in (WIDTH, HEIGHT, STRIPS, STRIP_BYTES, TILES, TILE_BYTES) and kind in (3, 4):
            if values > PIECES_MAX:
                raise _refused("picture-broken")
            code = f"{order}{values}{'H' if kind == 3 else 'I'}"
            found[tag] = list(struct.unpack(code, view[place : place + struct.calcsize(code)]))
    if not found.get(WIDTH) or not found.get(HEIGHT):
        raise _refused("picture-broken")
    check_sides(found[WIDTH][0], found[HEIGHT][0])
    for places, lengths in ((STRIPS, STRIP_BYTES), (TILES, TILE_BYTES)):
        for place, length in zip(found.get(places, []), found.get(lengths, []), strict=False):
            check_inside(view, place, length)
    following: int = struct.unpack(order + "I", view[at + 2 + 12 * count : at + 6 + 12 * count])[0]
    return following
