"""The documents and fields of one upload as they come: judged, sealed or forgotten, read.

What must hold: of a request's documents only one at a time is in clear, beside the texts that are to be read; nothing of them is written
anywhere but sealed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from service.desk import Stage
from service.errors import Refusal, Text, invalid
from service.filings.entered import UploadedSaid
from service.filings.words import Body
from service.intake.archives import members
from service.intake.filing import ReadFiling, Source
from service.intake.formats import read_filing
from service.intake.gate import PART_MAX, Content, Verdict, judge
from service.web.multipart import uploaded

FILES_MAX = 1000
TEXT_MAX = 64 * 1024 * 1024
"""Bytes of XML and text of one filing that are held in clear to be read; drawings are not."""
READING = ThreadPoolExecutor(1, thread_name_prefix="reading")
INLINE = 64 * 1024
"""Below this a filing is read in the event loop."""
TEXTS = frozenset({"application/xml", "text/plain"})
ZIP = b"PK"

Keep = Callable[["Given", Content], Awaitable[None]]
"""What is done with each document once it was judged."""
Said = TypeVar("Said", bound=Body)


@dataclass
class Given:
    """What one request gave: a verdict for each document, the readable ones in clear, and its other fields."""

    verdicts: list[Verdict] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)


async def taken(request: Request, keep: Keep) -> Given:
    """Take a request's documents as they come: each is judged, kept by `keep`, and forgotten unless it is to be read. Raises Refusal."""
    given = Given()
    names: set[str] = set()
    async for part in uploaded(request, part_limit=PART_MAX, files=FILES_MAX):
        if part.filename is None:
            if given.fields.setdefault(part.field, text := _text(part.field, bytes(part.data))) is not text:
                raise invalid(f"/{part.field}", Text("同じ項目が2つあります。", "This field stands twice."))
            continue
        for name, content in _documents(part.filename, part.data):
            if name in names:
                raise invalid(
                    "/files", Text("同じ名前のファイルが2つあります。", "Two of the files have the same name.")
                )
            names.add(name)
            given.verdicts.append(verdict := await _judged(name, content))
            await keep(given, content)
            _keep_text(given, verdict, content)
    if not given.verdicts:
        raise invalid("/files", Text("書類がありません。", "There is no document."))
    return given


def _documents(name: str, data: Content) -> Iterable[tuple[str, Content]]:
    """The document, or those of an archive."""
    return members(name, data) if bytes(memoryview(data)[:2]) == ZIP else ((name, data),)


async def _judged(name: str, content: Content) -> Verdict:
    """The gate's verdict; what takes it long is done beside the event loop. Raises intake's Refused."""
    if len(content) <= INLINE and bytes(content[:5]) != b"%PDF-":
        return judge(name, content)
    return await asyncio.get_running_loop().run_in_executor(READING, judge, name, content)


def _keep_text(given: Given, verdict: Verdict, content: Content) -> None:
    """What the readers read is held; of anything else only its beginning, by which they know it. Raises Refusal too-large."""
    given.texts[verdict.name] = bytes(content if verdict.media_type in TEXTS else memoryview(content)[:16])
    if sum(map(len, given.texts.values())) > TEXT_MAX:
        raise Refusal(
            "too-large", 413, Text("読み取る書類が大きすぎます。", "The documents to be read are too large together.")
        )


async def forgotten(given: Given, content: Content) -> None:
    """Nothing is stored."""


def sealed_into(stage: Stage) -> Keep:
    """Seal each document into the stage, which begins with the first: for whom it is filed must have been said before."""
    begun: list[UUID | None] = []

    async def keep(given: Given, content: Content) -> None:
        party = _party(given.fields)
        if not begun:
            begun.append(party)
            await stage.begin(party)
        elif party != begun[0]:
            raise invalid("/party", Text("partyは書類より前に送ってください。", "Send party before the documents."))
        await stage.put(f"source.{stage.count + 1}", content)

    return keep


def _party(fields: Mapping[str, str]) -> UUID | None:
    return said(UploadedSaid, {"party": fields["party"]}).party if fields.get("party") else None


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise invalid(f"/{name}", Text("UTF-8ではありません。", "This is not UTF-8.")) from None


def said(model: type[Said], fields: Mapping[str, str]) -> Said:
    """The fields of a form, empty ones left out. Raises RequestValidationError as FastAPI does for a body."""
    try:
        return model.model_validate({k: v for k, v in fields.items() if v})
    except ValidationError as wrong:
        raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in wrong.errors()]) from None


async def read(given: Given) -> ReadFiling:
    """The filing, its sources by name alone (they are sealed). Raises intake's Refused."""
    size = sum(map(len, given.texts.values()))
    if size <= INLINE:
        filing = read_filing(given.texts)
    else:
        filing = await asyncio.get_running_loop().run_in_executor(READING, read_filing, given.texts)
    return replace(filing, sources=tuple(Source(v.name, b"") for v in given.verdicts))
