"""What hostile files are made of: honest pictures, PDFs and archives, and their parts."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

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
