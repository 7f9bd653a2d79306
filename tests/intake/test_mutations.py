"""Whatever is done to the bytes of a document, its reader gives a filing with its losses or a named refusal, and
nothing else.
"""

import random
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from service.intake.filing import ReadFiling, content_parts, from_parts
from service.intake.formats import read_bytes, read_filing, split_records
from service.intake.formats.refused import Refused
from service.intake.parts import group

from .files import samples

HOSTILE = (
    b"",
    b"\0",
    b"<",
    b"&",
    b"&x;",
    b"]]>",
    b"<!--",
    b"<!DOCTYPE",
    b"<![CDATA[",
    b"<?xml ",
    b"\xff\xfe",
    b"</claims>",
    b"<claim/>",
    "【".encode(),
    "】".encode(),
    "²/½".encode(),
    "元年".encode(),
    b"99999999",
    b"00000000",
    b"&#0;",
    b"&#xD800;",
    b"&#x110000;",
    b'xmlns="',
    b"\x1b$B",
    b"\xa0",
    b"kind-of-jp='U'",
    b"<exch:p>",
    "令和９９年９９月９９日".encode(),
)


@cache
def documents() -> list[dict[str, bytes]]:
    return [{n: samples()[n] for n in names} for names in group(samples())]


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, bytes]:
    parts = dict(draw(st.sampled_from(documents())))
    name = draw(st.sampled_from(sorted(parts)))
    data = parts[name]
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.sampled_from((0, 0, 1, 2, 7, 40, 400))))
        piece = draw(st.one_of(st.sampled_from(HOSTILE), st.binary(max_size=6)))
        data = data[:at] + piece + data[to:]
    if draw(st.booleans()):
        data = data[: draw(st.integers(0, len(data)))]
    return parts | {name: data}


def _holds(parts: dict[str, bytes]) -> None:
    try:
        filing = read_filing(parts)
    except Refused:
        return
    assert isinstance(filing, ReadFiling)
    assert from_parts(content_parts(filing)) == filing
    assert all(x.what and x.ja and x.en for x in filing.losses)


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_a_mutated_document_is_a_filing_with_losses_or_a_named_refusal(parts: dict[str, bytes]) -> None:
    _holds(parts)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"<?xml version='1.0' encoding='EUC-JP'?>", b"<jp-official-gazette>", "【書類名】".encode()]),
)
def test_any_bytes_are_a_filing_or_a_named_refusal(data: bytes, head: bytes) -> None:
    _holds({"a": head + data})


def test_two_thousand_mutations_of_each_kind_hold_as_well() -> None:
    """A seeded sweep beside hypothesis: splices between documents, which it would seldom find."""
    chance = random.Random(20261123)
    whole = [b for parts in documents() for b in parts.values()]
    for _ in range(2000):
        one, other = chance.choice(whole), chance.choice(whole)
        cut = one[: chance.randrange(len(one))] + other[chance.randrange(len(other)) :]
        _holds({"a": cut})


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"<?xml version='1.0'?><a/>", b"<?xml  version='1.0'?>\n<b>x</b>\n"]), min_size=1, max_size=5
    ),
    st.integers(1, 60),
)
def test_splitting_a_weekly_file_does_not_depend_on_where_the_chunks_fall(documents: list[bytes], size: int) -> None:
    data = b"".join(documents)
    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    assert list(split_records(chunks)) == documents


def test_every_record_of_a_file_is_told_even_if_one_is_spoilt() -> None:
    good = samples()["coffee-grinder-uspto-v4.xml"]
    spoilt = b'<?xml version="1.0"?><sequence-cwu/>'
    assert len(read_bytes("a.xml", good + spoilt + good)) == 2
