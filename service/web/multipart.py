"""Streamed forms (first form)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import Message

from fastapi import Request
from python_multipart.multipart import MultipartParser, parse_options_header

from service.errors import Refusal, Text


@dataclass
class Given:
    field: str
    filename: str | None
    data: bytearray


async def uploaded(request: Request, *, part_limit: int, files: int) -> AsyncIterator[Given]:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise Refusal(
            "not-a-form", 422, Text("multipart/form-data ではありません。", "This is not multipart/form-data.")
        )
    done: list[Given] = []
    headers: list[tuple[bytes, bytes]] = []
    name, value, data = bytearray(), bytearray(), bytearray()

    def begin() -> None:
        headers.clear()
        data.clear()

    def header_end() -> None:
        headers.append((bytes(name).lower(), bytes(value)))
        name.clear()
        value.clear()

    def end() -> None:
        _, said = parse_options_header(dict(headers).get(b"content-disposition", b""))
        filename = said.get(b"filename")
        done.append(
            Given(said.get(b"name", b"").decode(), filename.decode() if filename is not None else None, bytearray(data))
        )

    parser = MultipartParser(
        options[b"boundary"],
        {
            "on_part_begin": begin,
            "on_header_field": lambda d, s, e: name.extend(d[s:e]),
            "on_header_value": lambda d, s, e: value.extend(d[s:e]),
            "on_header_end": header_end,
            "on_part_data": lambda d, s, e: data.extend(d[s:e]),
            "on_part_end": end,
        },
    )
    async for chunk in request.stream():
        parser.write(chunk)
        while done:
            yield done.pop(0)
