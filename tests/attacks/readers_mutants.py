"""Real documents of each reader, spoilt in every way that files are: bytes, cuts, splices, marks, numbers; and what must hold of them."""

import random
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from types import FrameType

from service.intake.filing import ReadFiling
from service.intake.formats import read_filing, split_records
from service.intake.formats.refused import Refused
from service.intake.parts import group
from tests.intake.files import samples
from tests.intake.test_mutations import HOSTILE
from tests.shared import shared

Parts = Mapping[str, bytes]
READERS: dict[str, tuple[str, ...]] = {
    "jpo-filing": ("jp_filing_xml/appd",),
    "gazette-st36": ("jp_gazette_st36/", "jp_gazette_st36_derived/"),
    "gazette-st96": ("jp_gazette_st96_SYNTHETIC/",),
    "wipo-st96": ("st96/",),
    "uspto-v4": ("us_xml/fi_ipa", "us_xml/docling", "us_weekly_concat/"),
    "uspto-2001": ("us_xml/",),
    "epo": ("ep_fulltext/",),
    "clef-ip": ("ep_clefip/",),
    "docdb": ("ep_docdb/",),
    "jp-text": ("jp_text/",),
}
LONG = 60_000
"""Longer documents are cut to a record or to this: a fault does not need a whole book."""
STEPS_A_BYTE, STEPS = 40, 60_000
"""Calls that reading may take: a bound on work, not on time."""


@cache
def documents(reader: str) -> tuple[dict[str, bytes], ...]:
    """The real documents of a reader, and the samples beside them."""
    folder = shared("data/documents")
    files = {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and str(p.relative_to(folder)).startswith(READERS[reader])
    }
    found: list[dict[str, bytes]] = []
    for names in group(files):
        for record in list(split_records([files[names[0]]]))[:20] if len(names) == 1 else [b""]:
            parts = {names[0]: record[:LONG]} if record else {n: files[n][:LONG] for n in names}
            if _reads(parts):
                found.append(parts)
    return tuple(found)


def _reads(parts: Parts) -> bool:
    try:
        read_filing(parts)
    except Refused:
        return False
    return True


def mutant(documents: tuple[dict[str, bytes], ...], chance: random.Random) -> dict[str, bytes]:
    """One document, spoilt."""
    parts = dict(chance.choice(documents))
    name = chance.choice(sorted(parts))
    data = parts[name]
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(data))
        data = chance.choice(WAYS)(data, at, chance)
    if chance.random() < 0.2:
        data = data[: chance.randint(0, len(data))]
    return {**parts, name: data}


def _put(data: bytes, at: int, chance: random.Random) -> bytes:
    return data[:at] + chance.choice(HOSTILE) + data[at + chance.choice((0, 0, 1, 2, 7, 40, 400)) :]


def _flip(data: bytes, at: int, chance: random.Random) -> bytes:
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _double(data: bytes, at: int, chance: random.Random) -> bytes:
    size = chance.randint(1, 3000)
    return data[: at + size] + data[at:]


def _drop(data: bytes, at: int, chance: random.Random) -> bytes:
    return data[:at] + data[at + chance.randint(1, 3000) :]


def _splice(data: bytes, at: int, chance: random.Random) -> bytes:
    other = chance.choice(list(samples().values()))
    return data[:at] + other[chance.randrange(len(other)) :][:4000]


def _rename(data: bytes, at: int, chance: random.Random) -> bytes:
    start = data.find(b"<", at)
    return data if start < 0 else data[: start + 1] + b"x" + data[start + 1 :]


def _empty(data: bytes, at: int, chance: random.Random) -> bytes:
    """The text of one element taken out."""
    start = data.find(b">", at)
    end = data.find(b"<", start)
    return data if start < 0 or end < 0 else data[: start + 1] + data[end:]


WAYS: tuple[Callable[[bytes, int, random.Random], bytes], ...] = (
    _put,
    _put,
    _flip,
    _flip,
    _double,
    _drop,
    _splice,
    _rename,
    _empty,
)


LABELLED = re.compile(rb'<\?xml version="1.0" encoding="(?i:utf-8)"[^>]{0,40}\?>')


class TooManySteps(Exception):
    """Reading took more calls than any document needs."""


def finding(parts: Parts) -> str:
    """What is wrong with how these parts are read, or "". The rules are read off the promise, not off the readers."""
    bound = STEPS + STEPS_A_BYTE * sum(map(len, parts.values()))
    steps = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal steps
        steps += 1
        if steps > bound:
            sys.setprofile(None)
            raise TooManySteps

    sys.setprofile(count)
    try:
        filing = read_filing(parts)
    except Refused as refusal:
        return "" if refusal.name and refusal.text.ja and refusal.text.en else "a refusal without words"
    except Exception as fault:
        return f"{type(fault).__name__}: {fault}"[:200]
    finally:
        sys.setprofile(None)
    return _untold(parts, filing)


def _untold(parts: Parts, filing: ReadFiling) -> str:
    """Something that is lost and not told."""
    told = {x.what for x in filing.losses}
    if not all(x.what and x.ja and x.en for x in filing.losses):
        return "a loss without words"
    for what, there in (("number", filing.number), ("title", filing.titles)):
        if not there and f"{what}-missing" not in told:
            return f"no {what}, and not told"
    if any(s.text and not any(c.isalnum() for c in s.text) for s in filing.symbols) and "symbol-unreadable" not in told:
        return "a symbol without a letter, and not told"
    if len(parts) == 1 and "more-losses" not in told:
        (data,) = parts.values()
        return _bytes_untold(data, told)
    return ""


def _bytes_untold(data: bytes, told: set[str]) -> str:
    """Of one UTF-8 document: bytes that are none, and control characters in its second half."""
    if not LABELLED.match(data):
        return ""
    try:
        data.decode()
    except UnicodeDecodeError:
        return "" if "bytes-undecodable" in told else "bytes that are no UTF-8, and not told"
    last = data[max(len(data) // 2, data.rfind(b"<!DOCTYPE"), data.rfind(b"<?")) :]
    if any(c in last for c in b"\x01\x02\x04\x07\x0b") and not told & {"character-forbidden", "malformed"}:
        return "a control character, and not told"
    return ""
