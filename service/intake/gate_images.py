"""PNG, JPEG and TIFF by their structure: every length holds, sizes are those of a drawing, nothing stands behind the end.

Nothing is decoded.

PNG: ISO/IEC 15948; JPEG: ITU-T T.81 annex B; TIFF: revision 6.0.
"""

import re
import struct
import zlib
from dataclasses import dataclass, field

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


SEGMENTS_MAX = 10_000
FILL_MAX = 4096
FILL = re.compile(rb"\xff*")
SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)
"""Where entropy-coded data ends: a marker that is neither a stuffed byte nor a restart."""
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length."""
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def check_jpeg(view: memoryview) -> tuple[str, ...]:
    """Segments to EOI, a frame with sizes, nothing behind. Raises Refused."""
    at, framed, scanned = 2, False, False
    for _ in range(SEGMENTS_MAX):
        at, marker = _marker(view, at)
        if marker == 0xD9:
            break
        if marker in ALONE:
            continue
        end = at + int.from_bytes(view[at : at + 2], "big")
        if marker == 0xD8 or end < at + 2 or end > view.nbytes:
            raise _refused("picture-broken")
        if marker in FRAMES:
            check_frame(view[at:end])
            framed = True
        at = end
        if marker == 0xDA:
            scanned, at = True, _behind_scan(view, at)
    else:
        raise _refused("picture-broken")
    if not (framed and scanned):
        raise _refused("picture-broken")
    check_nothing_behind(view.nbytes - at)
    return ("segments", "sides", "end")


def check_frame(frame: memoryview) -> None:
    """Raises Refused picture-broken, picture-too-large by the sides that a frame header claims."""
    if len(frame) < 8:
        raise _refused("picture-broken")
    check_sides(int.from_bytes(frame[5:7], "big"), int.from_bytes(frame[3:5], "big"))


def _marker(view: memoryview, at: int) -> tuple[int, int]:
    """The marker at this place, fill bytes before it skipped, and where it ends. Raises Refused."""
    fill = FILL.match(view, at)
    end = fill.end() if fill else at
    if not at < end <= at + FILL_MAX or end >= view.nbytes:
        raise _refused("picture-broken")
    return end + 1, view[end]


def _behind_scan(view: memoryview, at: int) -> int:
    """Where the marker behind entropy-coded data stands. Raises Refused."""
    found = SCAN_END.search(view, at)
    if found is None:
        raise _refused("picture-broken")
    return found.start()


TYPES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""TIFF field types: bytes of one value."""
WIDTH, HEIGHT, STRIPS, STRIP_BYTES, TILES, TILE_BYTES = 256, 257, 273, 279, 324, 325
COUNTED = frozenset({WIDTH, HEIGHT, STRIPS, STRIP_BYTES, TILES, TILE_BYTES})
BELOW = frozenset({330, 34665, 34853, 40965})
"""Fields that lead to further directories: SubIFDs, Exif, GPS, interoperability."""
ENTRIES_MAX = 500
PIECES_MAX = 1_000_000
"""Strips and tiles of the whole file: directories may share one list of them."""


@dataclass
class _Walk:
    """What of a TIFF was met, what is still to be visited, and how many pieces were counted."""

    view: memoryview
    order: str
    left: list[tuple[int, bool]]
    seen: set[int] = field(default_factory=set)
    pieces: int = 0

    def number(self, code: str, at: int) -> int:
        """One number. Raises Refused picture-broken where it lies outside."""
        check_inside(self.view, at, struct.calcsize("=" + code))
        value: int = struct.unpack_from(self.order + code, self.view, at)[0]
        return value


def check_tiff(view: memoryview) -> tuple[str, ...]:
    """Directories without loops, those below pages too; every offset inside, sizes. Raises Refused."""
    walk = _Walk(view, "<" if view[0] == 0x49 else ">", [])
    walk.left.append((walk.number("I", 4), True))
    while walk.left:
        at, page = walk.left.pop()
        if at:
            check_no_loop(at, walk.seen)
            _directory(walk, at, page)
    if not walk.seen:
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


def check_pieces(pieces: int) -> None:
    """Raises Refused picture-broken."""
    if pieces > PIECES_MAX:
        raise _refused("picture-broken")


def _directory(walk: _Walk, at: int, page: bool) -> None:
    """Check one directory; those that follow it or lie below it are to be visited."""
    count = walk.number("H", at)
    if count > ENTRIES_MAX:
        raise _refused("picture-broken")
    check_inside(walk.view, at, 2 + 12 * count)
    found: dict[int, tuple[int, ...]] = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, values = _field(walk, entry)
        if tag in found:
            raise _refused("picture-broken")
        found[tag] = values
        if tag in BELOW:
            walk.left += [(value, False) for value in values]
    if page and not (found.get(WIDTH) and found.get(HEIGHT)):
        raise _refused("picture-broken")
    if found.get(WIDTH) and found.get(HEIGHT):
        check_sides(found[WIDTH][0], found[HEIGHT][0])
    for places, lengths in ((STRIPS, STRIP_BYTES), (TILES, TILE_BYTES)):
        for place, length in zip(found.get(places, ()), found.get(lengths, ()), strict=False):
            check_inside(walk.view, place, length)
    if page:
        walk.left.append((walk.number("I", at + 2 + 12 * count), True))


def _field(walk: _Walk, entry: int) -> tuple[int, tuple[int, ...]]:
    """The tag of a field, and its values where they count or lead on. Raises Refused."""
    tag, kind, number = struct.unpack_from(walk.order + "HHI", walk.view, entry)
    size = TYPES.get(kind, 1) * number
    place = entry + 8 if size <= 4 else walk.number("I", entry + 8)
    check_inside(walk.view, place, size)
    if tag not in COUNTED | BELOW or kind not in (3, 4, 13):
        return tag, ()
    walk.pieces += number
    check_pieces(walk.pieces)
    return tag, struct.unpack_from(f"{walk.order}{number}{'H' if kind == 3 else 'I'}", walk.view, place)
