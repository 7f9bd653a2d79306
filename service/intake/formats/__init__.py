"""Which reader a document belongs to, and the three ways to read.

`read_filing` reads the parts of one filing; `read_records` goes through a file that may hold many documents and tells
of each, read or refused; `read_bytes` gives those that were read. Promises: for any bytes, a filing with its losses
or a named refusal, nothing else.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from service.intake.filing import ReadFiling, Source
from service.intake.formats import epo, exchange, jp_text, jpo_filing, refused, st36_gazette, st96, uspto, uspto_2001
from service.intake.formats.detect import looks_like_markup, open_part, sized
from service.intake.formats.losses import Losses
from service.intake.formats.refused import NotAnApplication, Refused
from service.intake.formats.values import local
from service.intake.formats.xmlread import MAX_BYTES, XmlPart

__all__ = [
    "NotAnApplication",
    "Refused",
    "detect",
    "read_bytes",
    "read_filing",
    "read_records",
    "read_stream",
    "split_records",
]

Reader = Callable[[XmlPart], list[ReadFiling]]

_READERS: dict[str, Reader] = {
    "jp-official-gazette": st36_gazette.read,
    "us-patent-application": uspto.read,
    "us-patent-grant": uspto.read,
    "patent-application-publication": uspto_2001.read_application,
    "PATDOC": uspto_2001.read_grant,
    "ep-patent-document": epo.read,
    "patent-document": exchange.read_document,
    "exchange-document": exchange.read_docdb,
    "exchange-documents": exchange.read_docdb,
    "world-patent-data": exchange.read_docdb,
}
_FILING_ROLES = {jpo_filing.REQUEST, jpo_filing.BODY, jpo_filing.PROCEDURE}
_ST96 = (f"{{{st96.NS_JPO}}}", f"{{{st96.NS_PATENT}}}PatentPublication")
_NOT_WORTH_A_LOSS = {"image"}
MAX_RECORDS = 20_000
_DECLARATION = re.compile(rb"<\?xml\s")


def detect(part: XmlPart) -> Reader | None:
    """The reader of a document that stands alone; None for the documents of a JPO filing, which are read together.

    Raises NotAnApplication `unknown-xml`.
    """
    name = local(part.root)
    if name in _FILING_ROLES:
        return None
    if str(part.root.tag).startswith(_ST96):
        return st96.read
    if reader := _READERS.get(name):
        return reader
    raise refused.not_an_application("unknown-xml")


def read_filing(parts: Mapping[str, bytes]) -> ReadFiling:
    """The one filing that `parts` (name -> bytes) make; other files among them (drawings) are kept as sources.

    Raises NotAnApplication, or Refused: too-large, too-deep, too-many-elements, entity-declared, not-readable-xml,
    more-than-one-filing.
    """
    losses = Losses()
    opened: list[tuple[str, XmlPart | str]] = []
    refusals: dict[str, NotAnApplication] = {}
    for name, data in parts.items():
        try:
            opened.append((name, open_part(name, data, losses)))
        except NotAnApplication as refusal:
            refusals[name] = refusal
    found = _filings(opened, refusals, losses)
    if len(found) > 1:
        raise refused.more_than_one()
    if not found:
        raise _telling(refusals)
    for name, told in refusals.items():
        if told.name not in _NOT_WORTH_A_LOSS:
            losses.add("part-not-read", name, name)
    return _finished(found[0], parts, losses)


def read_records(name: str, data: bytes) -> Iterator[ReadFiling | Refused]:
    """Each document that one file holds, in order: the filing, or the refusal that says why. At most MAX_RECORDS."""
    try:
        sized(data)
    except Refused as refusal:
        yield refusal
        return
    yield from read_stream(name, [data])


def read_stream(name: str, chunks: Iterable[bytes]) -> Iterator[ReadFiling | Refused]:
    """As `read_records`, of a file that comes in pieces and may be longer than memory: one record is held at a time.

    What is no XML is no concatenation: it is read as one.
    """
    left = iter(chunks)
    first = next(left, b"")
    records = split_records(chain([first], left)) if looks_like_markup(first) else _joined(chain([first], left))
    for count, record in enumerate(records):
        if count == MAX_RECORDS:
            yield refused.too_many_records(MAX_RECORDS)
            return
        losses = Losses()
        try:
            found = _filings([(name, open_part(name, record, losses))], {}, losses)
        except Refused as refusal:
            refusal.__context__ = None  # a refusal that is kept must not keep the bytes of its record alive
            yield refusal.with_traceback(None)
        else:
            yield from (_finished(f, {name: record}, losses) for f in found)


def _joined(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """All of it, or as much as is refused for its length."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) > MAX_BYTES:
            break
    yield bytes(held)


def read_bytes(name: str, data: bytes) -> list[ReadFiling]:
    """All filings of one file. Raises the first refusal if there is none. (`read_records` also tells of refused
    records.)
    """
    records = list(read_records(name, data))
    if found := [r for r in records if isinstance(r, ReadFiling)]:
        return found
    raise next(
        (r for r in records if isinstance(r, Refused)),
        refused.not_an_application("unknown-xml"),
    )


def split_records(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The documents of a weekly file, which are set one after another, each with its own XML declaration; holds one
    at a time.
    """
    held = bytearray()
    seen = 1
    for chunk in chunks:
        held += chunk
        if len(held) > MAX_BYTES + len(chunk):
            break  # one record longer than any is read: it is refused for its length
        while mark := _DECLARATION.search(held, seen):
            if held[: mark.start()].strip(b"\xef\xbb\xbf \t\r\n"):
                yield bytes(held[: mark.start()])
            del held[: mark.start()]
            seen = 1
        seen = max(1, len(held) - 8)
    if held.strip():
        yield bytes(held)


def _filings(
    opened: Sequence[tuple[str, XmlPart | str]],
    refusals: Mapping[str, NotAnApplication],
    losses: Losses,
) -> list[ReadFiling]:
    found: list[ReadFiling] = []
    roles: list[XmlPart] = []
    for name, part in opened:
        if isinstance(part, str):
            found.append(jp_text.read(name, part, losses))
        elif reader := detect(part):
            found += reader(part)
        else:
            roles.append(part)
    only_a_receipt = all(local(p.root) == jpo_filing.PROCEDURE for p in roles)
    if roles and not (only_a_receipt and refusals):
        found.append(jpo_filing.read(roles, losses))
    return found


def _telling(refusals: Mapping[str, NotAnApplication]) -> NotAnApplication:
    """Of several refusals the one that says most: an image or a record of dispatch beside a notice is not the point."""
    dull = ("image", "dispatch-record", "empty-file")
    told = sorted(refusals.values(), key=lambda r: r.name in dull)
    return told[0] if told else refused.not_an_application("empty-file")


def _finished(filing: ReadFiling, parts: Mapping[str, bytes], losses: Losses) -> ReadFiling:
    """The filing with what every format lacks alike told, and with its sources."""
    if not filing.number:
        losses.add("number-missing", "")
    if not filing.titles:
        losses.add("title-missing", "")
    if filing.format != jpo_filing.FORMAT:
        for what in ("description", "claims"):
            if not getattr(filing, what):
                losses.add(f"{what}-missing", "")
    absent = [d.file for d in filing.drawings if d.file and not any(n.endswith(d.file) for n in parts)]
    if absent:
        names = sorted(set(absent))
        losses.add("drawings-not-given", "", f"{len(names)} ({names[0]} ...)" if len(names) > 1 else names[0])
    return replace(
        filing,
        losses=losses.all(),
        sources=tuple(Source(n, bytes(d)) for n, d in parts.items()),
    )
