"""Uploads as they come (RFC 7578): one part of a form at a time in memory, never a temporary file.

What must hold: a part over its limit, one part too many, a form that is cut or has two readings is refused by name before more of it is
taken.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from service.errors import Refusal, Text

FIELD_MAX = 64 * 1024
"""Bytes of a field that is no file."""
FIELDS_MAX = 64
BOUNDARY_MAX = 70
"""RFC 2046 5.1.1."""
QUOTED = re.compile(rb'"(?:\\.|[^"\\])*"')
OPTION = re.compile(rb"[ \t]*(name|filename)[ \t]*=[ \t]*(?:\"\"|[^\";=*\s]+)[ \t]*")
"""An option of content-disposition, what stands in quotes taken away."""


@dataclass
class Given:
    """One part: the field's name, the file's name (None: no file), the content."""

    field: str
    filename: str | None
    data: bytearray


def _refused(name: str, status: int, ja: str, en: str) -> Refusal:
    return Refusal(name, status, Text(ja, en), pointer="/files")


def not_a_form() -> Refusal:
    return _refused("not-a-form", 415, "multipart/form-data で送ってください。", "Send it as multipart/form-data.")


def unreadable() -> Refusal:
    return _refused("form-unreadable", 400, "送信内容の形式が正しくありません。", "The form cannot be read.")


def cut() -> Refusal:
    return _refused("form-cut", 400, "送信内容が途中で切れています。", "The form is cut off.")


def too_large() -> Refusal:
    return _refused("part-too-large", 413, "ファイルが大きすぎます。", "A part is too large.")


def too_many() -> Refusal:
    return _refused("too-many-parts", 413, "項目またはファイルが多すぎます。", "There are too many parts.")


async def uploaded(request: Request, *, part_limit: int, files: int) -> AsyncIterator[Given]:
    """Each part of the form in its order, as soon as it is whole. part_limit: bytes of a file; files: how many at most.

    Raises Refusal not-a-form (415), form-unreadable, form-cut (400), part-too-large, too-many-parts (413).
    """
    form = _Form(part_limit, files)
    boundary = _boundary(request)
    end = _End(b"\r\n--" + boundary + b"--")
    parser = MultipartParser(boundary, form.callbacks())  # type: ignore[arg-type]
    try:
        async for chunk in request.stream():
            parser.write(chunk)
            if form.ended:
                end.check_nothing_behind(chunk)
            end.passed(chunk)
            for given in form.take():
                yield given
    except FormParserError:
        raise unreadable() from None
    if not form.ended:
        raise cut()


def _boundary(request: Request) -> bytes:
    said = request.headers.getlist("content-type")
    kind, options = parse_options_header(said[0]) if len(said) == 1 else (b"", {})
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= BOUNDARY_MAX:
        raise not_a_form()
    return boundary


@dataclass
class _End:
    """Where the form ends, and that nothing stands behind it: another reader might take it for a part."""

    mark: bytes
    tail: bytes = b""
    found: bool = False

    def passed(self, chunk: bytes) -> None:
        """The form has not ended within this."""
        self.tail = (self.tail + chunk)[-len(self.mark) :]

    def check_nothing_behind(self, chunk: bytes) -> None:
        """Raises Refusal form-unreadable. The end is in this chunk or was met before."""
        behind = chunk if self.found else (self.tail + chunk).partition(self.mark)[2]
        self.found = True
        if behind.strip(b" \t\r\n"):
            raise unreadable()


@dataclass
class _Form:
    """The part that is coming, and those that are whole."""

    part_limit: int
    files: int
    ended: bool = False
    _done: list[Given] = field(default_factory=list)
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _name: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _part: Given | None = None
    _files: int = 0
    _fields: int = 0

    def callbacks(self) -> dict[str, object]:
        """What the parser calls."""
        return {
            "on_part_begin": self._headers.clear,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_headers_finished": self._begin,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._last,
        }

    def take(self) -> list[Given]:
        """The parts that are whole, once."""
        done, self._done = self._done, []
        return done

    def _header(self) -> None:
        name = bytes(self._name).lower()
        if name in self._headers:
            raise unreadable()
        self._headers[name] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _begin(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        check_disposition(disposition)
        kind, said = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in said or b"content-transfer-encoding" in self._headers:
            raise unreadable()
        filename = said.get(b"filename")
        self._part = Given(_text(said[b"name"]), None if filename is None else _text(filename), bytearray())
        self._files += filename is not None
        self._fields += filename is None
        if self._files > self.files or self._fields > FIELDS_MAX:
            raise too_many()

    def _data(self, data: bytes, start: int, end: int) -> None:
        assert self._part is not None
        most = FIELD_MAX if self._part.filename is None else self.part_limit
        if len(self._part.data) + end - start > most:
            raise too_large()
        self._part.data += memoryview(data)[start:end]

    def _end(self) -> None:
        assert self._part is not None
        self._done.append(self._part)
        self._part = None

    def _last(self) -> None:
        self.ended = True


def check_disposition(said: bytes) -> None:
    """Each option once and plainly: no second spelling of a name (filename*: RFC 7578 4.2). Raises Refusal form-unreadable."""
    options = QUOTED.sub(b'""', said).split(b";")[1:]
    keys = [found[1] if (found := OPTION.fullmatch(option)) else b"" for option in options]
    if b"" in keys or len(set(keys)) != len(keys):
        raise unreadable()


def _text(raw: bytes) -> str:
    """A name as browsers and tools send it. Raises Refusal form-unreadable."""
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unreadable()
