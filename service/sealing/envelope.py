"""The content envelope, version 1: how one version of one part is sealed.

    sealed = version (0x01) || suite (0x01 = Cobblestone-256) || chunked ciphertext of padded(content)
    padded(content) = length (8 bytes, big-endian) || content || zero bytes up to the size class

Promise: the envelope opens only with its data key and only as the part version named by `Place`; both leading bytes are
bound as well, so no other version or suite can be claimed for it. Stored lengths show a size class only: 1 KiB steps up
to 16 KiB, above that 16 classes per doubling (at most 6.25 % more, and never finer than PADME).
Not promised: that the place is the newest version (see the package's docstring).
"""

import os
from dataclasses import dataclass
from uuid import UUID

from service.sealing import chunked
from service.sealing.chunked import DoesNotOpen, Sink, Source
from service.sealing.encoding import fields, number
from service.sealing.wrap import LabelKey, wrap

VERSION = 1
COBBLESTONE_256 = 1
_HEAD = bytes([VERSION, COBBLESTONE_256])
_LENGTH = 8
DATA_KEY = 32


@dataclass(frozen=True)
class Place:
    """Where a part version belongs, for ever: root id, kind of case, case, part, document code, version (from 1)."""

    root: bytes
    kind: str
    case: UUID
    part: UUID
    code: str
    version: int

    def context(self) -> bytes:
        """The place as length-prefixed binary fields, together with the envelope's version and suite."""
        return fields(
            b"hozen content",
            _HEAD,
            self.root,
            self.kind.encode(),
            self.case.bytes,
            self.part.bytes,
            self.code.encode(),
            number(self.version),
        )


DRAFT_LABEL = "application"
"""The label whose key draws a draft's: that of what is not published."""


DRAFT = "draft"


def part_place(root: bytes, kind: str, case: UUID, part: UUID, code: str, version: int) -> Place:
    """The place of a case's part. Raises ValueError for the kind that drafts have: no case is of it, whatever a row says."""
    if kind == DRAFT:
        raise ValueError("a draft is no part of a case")
    return Place(root, kind, case, part, code, version)


def draft_place(root: bytes, person: UUID, draft: UUID, revision: int) -> Place:
    """The place of a form that is not submitted yet: it stands under its person, where a part stands under its case."""
    return Place(root, DRAFT, person, draft, DRAFT, revision)


@dataclass(frozen=True)
class Sealed:
    """What is stored: sealed bytes, the wrapped data key, the id of the label key it is wrapped to, the size class."""

    sealed: bytes
    wrapped: bytes
    key_id: UUID
    size_class: int


@dataclass(frozen=True)
class SealedStream:
    """As `Sealed`, for a part whose sealed bytes went to a file: `length` of them."""

    length: int
    wrapped: bytes
    key_id: UUID
    size_class: int


def size_class(length: int) -> int:
    """The padded length in bytes of a content of `length` bytes, its own 8-byte length prefix included."""
    inner = length + _LENGTH
    step = 1024 if inner <= 16 * 1024 else 1 << ((inner - 1).bit_length() - 5)
    return -(-inner // step) * step


def new_data_key() -> bytes:
    """A fresh data key: one for each version of each part, never for two."""
    return os.urandom(DATA_KEY)


def seal(content: bytes, place: Place, wrap_to: LabelKey) -> Sealed:
    """Seal one part version for the readers of one label. Raises WrongRoot when place and key are of two roots."""
    data_key = new_data_key()
    wrapped = wrap(data_key, wrap_to, place)
    padded = size_class(len(content))
    plain = bytearray(padded)
    plain[:_LENGTH] = number(len(content))
    plain[_LENGTH : _LENGTH + len(content)] = content
    sealed = _HEAD + chunked.seal_message(data_key, place.context(), plain)
    return Sealed(sealed, wrapped, wrap_to.key_id, padded)


def open_sealed(sealed: bytes, data_key: bytes, place: Place) -> bytes:
    """The content of a part version, whole and verified. Raises DoesNotOpen, and nothing else."""
    view = memoryview(sealed)
    if view[:2] != _HEAD:
        raise DoesNotOpen("another version or suite of the envelope")
    plain = memoryview(chunked.open_message(data_key, place.context(), view[2:]))
    length = _content_length(plain[:_LENGTH], plain.nbytes)
    if _not_zero(plain[_LENGTH + length :]):
        raise DoesNotOpen("padding that is not zero")
    return bytes(plain[_LENGTH : _LENGTH + length])


def seal_stream(source: Source, length: int, sink: Sink, place: Place, wrap_to: LabelKey) -> SealedStream:
    """Seal a large part of exactly `length` bytes from file to file, with two reused buffers of 256 KiB.

    Raises ValueError when `source` is shorter or longer than `length`, WrongRoot as `seal`; `sink` is then worthless.
    """
    data_key = new_data_key()
    wrapped = wrap(data_key, wrap_to, place)
    padded = size_class(length)
    chunked.put(sink, memoryview(_HEAD))
    written = chunked.seal_stream(data_key, place.context(), _Padded(source, length, padded), sink)
    return SealedStream(len(_HEAD) + written, wrapped, wrap_to.key_id, padded)


def open_stream(source: Source, data_key: bytes, place: Place, sink: Sink) -> int:
    """Open a large part from file to file; the number of bytes of its content.

    Raises DoesNotOpen: what `sink` holds is then a verified beginning only and must be thrown away.
    """
    head = memoryview(bytearray(len(_HEAD)))
    if chunked.fill(source, head) != len(_HEAD) or head != _HEAD:
        raise DoesNotOpen("another version or suite of the envelope")
    content = _Content(sink)
    padded = chunked.open_stream(data_key, place.context(), source, content)
    return content.finish(padded)


def _content_length(prefix: memoryview, padded: int) -> int:
    """The length that a padded message claims. Raises DoesNotOpen unless it has the one padding of that length."""
    length = int.from_bytes(prefix, "big")
    if prefix.nbytes < _LENGTH or size_class(length) != padded:
        raise DoesNotOpen("a length that does not fit its size class")
    return length


def _not_zero(padding: memoryview) -> bool:
    return bool(padding.tobytes().strip(b"\x00"))


class _Padded:
    """A source that reads as length prefix, content, zeros."""

    def __init__(self, source: Source, length: int, padded: int) -> None:
        self._prefix = number(length)
        self._source = source
        self._content = length
        self._zeros = padded - length - _LENGTH

    def readinto(self, buffer: memoryview, /) -> int:
        if self._prefix:
            got = min(len(self._prefix), buffer.nbytes)
            buffer[:got], self._prefix = self._prefix[:got], self._prefix[got:]
            return got
        if self._content:
            got = self._source.readinto(buffer[: self._content]) or 0
            if not got:
                raise ValueError("the content is shorter than was said")
            self._content -= got
            return got
        return self._padding(buffer)

    def _padding(self, buffer: memoryview) -> int:
        if self._source.readinto(memoryview(bytearray(1))):
            raise ValueError("the content is longer than was said")
        got = min(self._zeros, buffer.nbytes)
        buffer[:got] = bytes(got)
        self._zeros -= got
        return got


class _Content:
    """A sink that takes a padded message and hands on its content alone."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._prefix = b""
        self._left = 0
        self._length = 0

    def write(self, data: memoryview, /) -> int:
        rest = data
        if len(self._prefix) < _LENGTH:
            take = min(_LENGTH - len(self._prefix), rest.nbytes)
            self._prefix, rest = self._prefix + bytes(rest[:take]), rest[take:]
            self._length = self._left = int.from_bytes(self._prefix, "big")
        content, padding = rest[: self._left], rest[self._left :]
        if _not_zero(padding):
            raise DoesNotOpen("padding that is not zero")
        chunked.put(self._sink, content)
        self._left -= content.nbytes
        return data.nbytes

    def finish(self, padded: int) -> int:
        return _content_length(memoryview(self._prefix), padded)
