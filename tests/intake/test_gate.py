"""The gate lets real documents and drawings in, says what they are by content alone, and takes time by their size."""

import io
import random
import zipfile
from collections.abc import Callable

import pytest
from PIL import Image

from service.intake.archives import members
from service.intake.formats.refused import Refused
from service.intake.gate import judge
from tests.attacks.hostile_files import honest
from tests.attacks.hostile_makes import File
from tests.shared import shared

HONEST: list[File] = [f for f in honest(random.Random(4)) if not f[1].endswith(".zip")]


@pytest.mark.parametrize(("name", "data"), [f[1:] for f in HONEST], ids=[f[1] for f in HONEST])
def test_the_same_bytes_under_five_endings_get_one_verdict(name: str, data: bytes) -> None:
    said = {judge(f"a.{ending}", data).media_type for ending in ("xml", "pdf", "exe", "png", "txt")}
    assert len(said) == 1


@pytest.mark.parametrize("of", [bytes, bytearray, memoryview, lambda d: memoryview(b"behind" + d + b"before")[6:-6]])
def test_the_verdict_is_of_the_bytes_given_wherever_they_lie(of: Callable[[bytes], bytes]) -> None:
    for name, data in ((f[1], f[2]) for f in HONEST):
        assert judge(name, of(data)) == judge(name, data)


def said_of(data: bytes) -> str:
    """The media type, or the refusal's name."""
    try:
        return judge("document", data).media_type
    except Refused as refusal:
        return refusal.name


def test_every_shared_document_is_text_or_markup() -> None:
    for path in sorted(p for p in shared("data/documents").rglob("*") if p.is_file()):
        wanted = {"archive"} if path.suffix == ".gz" else {"application/xml", "text/plain"}
        assert said_of(path.read_bytes()[: 32 * 2**20]) in wanted, path


def test_many_pages_of_a_scanner_are_let_in() -> None:
    pages = [Image.effect_noise((1240, 1754), 50).convert("1") for _ in range(4)]
    for kind, how in (("PDF", {}), ("TIFF", {"compression": "group4"}), ("TIFF", {"compression": "tiff_lzw"})):
        out = io.BytesIO()
        pages[0].save(out, kind, save_all=True, append_images=pages[1:], **how)
        assert judge("drawings", out.getvalue()).media_type.endswith(kind.lower())


class Pipe(io.RawIOBase):
    """A place to write to that cannot be sought: archives written as they come tell sizes behind the data."""

    def __init__(self) -> None:
        self.bytes = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.bytes += memoryview(data)  # type: ignore[arg-type]
        return len(memoryview(data))  # type: ignore[arg-type]


def test_an_archive_written_as_it_comes_is_read_as_it_went_in() -> None:
    given = [("願書.txt", b"a" * 5000), ("b/c.txt", b""), ("d.bin", random.Random(1).randbytes(3000))]
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        for name, data in given:
            archive.writestr(name, data)
    assert list(members("a.zip", bytes(pipe.bytes))) == given
