"""Forms as they come: parts in order however the bytes are cut, and refusals by name for what is none."""

import random
import tempfile
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request

from service.errors import Refusal
from service.web import multipart
from service.web.multipart import Given, uploaded

HEAD = b'--x\r\ncontent-disposition: form-data; name="%s"%s\r\n\r\n'


def part(name: bytes, data: bytes, filename: bytes | None = None) -> bytes:
    return HEAD % (name, b"" if filename is None else b'; filename="' + filename + b'"') + data + b"\r\n"


async def taken(
    body: bytes, sizes: list[int] | None = None, kind: str = "multipart/form-data; boundary=x", **limits: int
) -> list[Given]:
    """The parts of a body that comes in pieces of these sizes."""
    pieces = []
    for size in sizes or [len(body)]:
        pieces.append(body[:size])
        body = body[size:]
    pieces.append(body)
    left = iter(pieces)

    async def receive() -> dict[str, object]:
        piece = next(left, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    request = Request({"type": "http", "headers": [(b"content-type", kind.encode())]}, receive)  # type: ignore[arg-type]
    most = {"part_limit": 1000, "files": 3, **limits}
    return [given async for given in _each(uploaded(request, **most))]


async def _each(parts: AsyncIterator[Given]) -> AsyncIterator[Given]:
    async for given in parts:
        yield given


WHOLE = (
    part(b"party", b"p")
    + part(b"files", b"\0\r\n--y\r\n" * 20, b"a.txt")
    + part(b"files", b"", "図.png".encode())
    + b"--x--\r\n"
)
PARTS = [("party", None, b"p"), ("files", "a.txt", b"\0\r\n--y\r\n" * 20), ("files", "図.png", b"")]


async def test_parts_come_in_order_however_the_bytes_are_cut() -> None:
    chance = random.Random(5)
    for _ in range(200):
        sizes = [chance.randint(0, 40) for _ in range(chance.randint(1, 30))]
        assert [(g.field, g.filename, bytes(g.data)) for g in await taken(WHOLE, sizes)] == PARTS
    assert [(g.field, g.filename, bytes(g.data)) for g in await taken(WHOLE, [1] * len(WHOLE))] == PARTS


async def test_nothing_stands_behind_the_end_however_the_bytes_are_cut() -> None:
    for cut in range(len(WHOLE) - 12, len(WHOLE) + 6):
        assert len(await taken(WHOLE + b"\r\n \r\n", [cut])) == 3
        with pytest.raises(Refusal, match="form-unreadable"):
            await taken(WHOLE + b"behind", [cut])


async def test_a_windows_name_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    (given,) = await taken(part(b"files", b"a", "図面.txt".encode("cp932")) + b"--x--\r\n")
    assert given.filename == "図面.txt"


@pytest.mark.parametrize(
    ("body", "kind", "limits", "name"),
    [
        (WHOLE, "application/json", {}, "not-a-form"),
        (WHOLE, "multipart/form-data", {}, "not-a-form"),
        (WHOLE, f"multipart/form-data; boundary={'x' * 71}", {}, "not-a-form"),
        (WHOLE, "multipart/mixed; boundary=x", {}, "not-a-form"),
        (b"nothing of the kind", "", {}, "form-unreadable"),
        (WHOLE[:-30], "", {}, "form-cut"),
        (WHOLE[:-6], "", {}, "form-cut"),
        (b"", "", {}, "form-cut"),
        (WHOLE, "", {"part_limit": 100}, "part-too-large"),
        (part(b"a", b"x" * (multipart.FIELD_MAX + 1)) + b"--x--\r\n", "", {"part_limit": 10**9}, "part-too-large"),
        (WHOLE, "", {"files": 1}, "too-many-parts"),
        (part(b"a", b"b") * 65 + b"--x--\r\n", "", {}, "too-many-parts"),
        (b'--x\r\ncontent-disposition: attachment; name="a"\r\n\r\nb\r\n--x--\r\n', "", {}, "form-unreadable"),
        (b"--x\r\ncontent-disposition: form-data\r\n\r\nb\r\n--x--\r\n", "", {}, "form-unreadable"),
        (b"--x\r\n\r\nb\r\n--x--\r\n", "", {}, "form-unreadable"),
        (
            b'--x\r\ncontent-disposition: form-data; name="a"\r\ncontent-disposition: form-data; name="b"\r\n\r\nb\r\n--x--\r\n',
            "",
            {},
            "form-unreadable",
        ),
        (
            b'--x\r\ncontent-disposition: form-data; name="a"\r\ncontent-transfer-encoding: base64\r\n\r\nYg==\r\n--x--\r\n',
            "",
            {},
            "form-unreadable",
        ),
        (b"--x\r\n" + b"a: b\r\n" * 20 + b"\r\nb\r\n--x--\r\n", "", {}, "form-unreadable"),
        (b"--x\r\ncontent-disposition: " + b"a" * 9000 + b"\r\n\r\nb\r\n--x--\r\n", "", {}, "form-unreadable"),
        (part(b"\x81", b"b") + b"--x--\r\n", "", {}, "form-unreadable"),
        (WHOLE + part(b"a", b"b") + b"--x--\r\n", "", {}, "form-unreadable"),
        (WHOLE + b"behind", "", {}, "form-unreadable"),
        (HEAD % (b"a", b"; filename*=UTF-8''b.exe") + b"b\r\n--x--\r\n", "", {}, "form-unreadable"),
        (HEAD % (b"a", b"; filename=\"a\"; filename*=UTF-8''b") + b"b\r\n--x--\r\n", "", {}, "form-unreadable"),
        (HEAD % (b"a", b'; filename="a"; filename="b"') + b"b\r\n--x--\r\n", "", {}, "form-unreadable"),
        (HEAD % (b"a", b'; name="b"') + b"b\r\n--x--\r\n", "", {}, "form-unreadable"),
        (HEAD % (b"a", b'; filename="a') + b"b\r\n--x--\r\n", "", {}, "form-unreadable"),
    ],
)
async def test_what_is_no_form_is_refused_by_name(body: bytes, kind: str, limits: dict[str, int], name: str) -> None:
    with pytest.raises(Refusal) as told:
        await taken(body, kind=kind or "multipart/form-data; boundary=x", **limits)
    assert told.value.name == name


async def test_nothing_is_written_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    for name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, never)
    (given,) = await taken(part(b"files", b"x" * 10**7, b"a") + b"--x--\r\n", part_limit=10**8)
    assert len(given.data) == 10**7
