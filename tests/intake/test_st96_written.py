"""ST.96 written and read again: nothing of the model is lost, whatever its texts hold; what was edited since is not put back."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from service.intake.filing import KINDS, Drawing, ReadFiling, Symbol, content_parts
from service.intake.formats import read_bytes
from service.intake.formats.st96_kept import KEPT
from service.intake.formats.st96_written import export, write
from service.intake.parts import read_files
from tests.shared import shared

from .files import samples

TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("髙﨑\u00a0\u3000\n\r\t<>&\"']]>\x00\x0b\ufffe\U0001f9ea①㈱"),
    ),
    max_size=40,
)
WORDS = st.text(st.sampled_from("発明の留め具 abc123/-.髙﨑<&"), min_size=1, max_size=30)
SYMBOLS = st.builds(
    Symbol,
    st.sampled_from(["ipc", "fi", "cpc"]),
    TEXT,
    st.one_of(
        TEXT,
        st.sampled_from(
            [
                "A44B1/08",
                "B63G   8/28        20060101AFI20210219BHJP        ",
                "B64C2201/024",
                "A44B1/08 Z",
                "Ａ４４Ｂ１／０８",
            ]
        ),
    ),
)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
FILINGS = st.builds(
    ReadFiling,
    format=st.just("wipo-st96"),
    kind=st.sampled_from(KINDS),
    number=st.none() | TEXT,
    numbers=st.dictionaries(
        st.sampled_from(["publication", "application", "international", "reference"]), TEXT, max_size=4
    ),
    titles=st.dictionaries(st.sampled_from(["ja", "en", "de", "xx"]), TEXT, max_size=3),
    applicants=st.lists(TEXT, max_size=3).map(tuple),
    inventors=st.lists(WORDS, max_size=3).map(tuple),
    agents=st.lists(TEXT, max_size=2).map(tuple),
    description=TEXT
    | st.lists(WORDS, max_size=5).map(lambda lines: "\n".join(f"[{n:04}] {x}" for n, x in enumerate(lines, 1))),
    claims=st.lists(TEXT, max_size=3).map(tuple),
    abstract=TEXT,
    drawings=st.lists(st.builds(Drawing, TEXT, TEXT), max_size=3).map(tuple),
    symbols=st.lists(SYMBOLS, max_size=4).map(tuple),
    filing_date=st.none() | DAYS,
    priority_dates=st.lists(DAYS, max_size=3).map(tuple),
)


def model(filing: ReadFiling) -> ReadFiling:
    """What is carried: all but what belongs to a reading."""
    return replace(filing, format="", losses=(), sources=())


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(FILINGS)
def test_what_was_written_reads_back_as_it_was(filing: ReadFiling) -> None:
    written = write(filing)
    (back,) = read_bytes("a.xml", written)
    assert model(back) == model(filing)
    assert write(filing) == written
    assert "kept-differs" not in {x.what for x in back.losses}


@pytest.mark.parametrize("name", [n for n in samples() if not n.endswith(".md")])
def test_every_sample_comes_back(name: str) -> None:
    for _, filing in read_files({name: samples()[name]}):
        if isinstance(filing, ReadFiling):
            assert model(read_bytes("a.xml", write(filing))[0]) == model(filing)


def test_every_real_document_comes_back() -> None:
    folder = shared("data/documents")
    files = {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and "weekly" not in str(p)
    }
    filings = [f for _, f in read_files(files) if isinstance(f, ReadFiling)]
    assert len(filings) > 50
    for filing in filings:
        (back,) = read_bytes("a.xml", write(filing))
        assert model(back) == model(filing), filing.number


def test_other_readers_find_what_the_standard_has_a_place_for() -> None:
    (filing,) = read_bytes("a.xml", samples()["heavy-water-wipo-st96.xml"])
    root = etree.fromstring(write(filing))
    for kept in root.findall(KEPT):
        root.remove(kept)
    (back,) = read_bytes("a.xml", etree.tostring(root))
    assert (back.titles, back.applicants, back.claims, back.description) == (
        filing.titles, filing.applicants, filing.claims, filing.description,
    )  # fmt: skip
    assert [s.text for s in back.symbols]


def test_a_field_that_was_edited_since_is_not_put_back() -> None:
    filing = ReadFiling("x", applicants=("髙﨑  一郎 ",), titles={"ja": "留め具 "})
    written = write(filing)
    (back,) = read_bytes("a.xml", written.replace("髙﨑".encode(), "高崎".encode()))
    assert back.applicants == ("高崎  一郎",)
    assert back.titles == {"ja": "留め具 "}
    assert "kept-differs" in {x.what for x in back.losses}


@pytest.mark.parametrize(
    "kept", ["", "x", "[]", "{}", '{"claims": 1}', '{"claims": {"over": "", "value": 1}}', "[" * 5000]
)
def test_words_that_are_none_of_ours_put_nothing_back(kept: str) -> None:
    root = etree.fromstring(write(ReadFiling("x", titles={"ja": "留め具"})))
    for one in root.findall(KEPT):
        root.remove(one)
    etree.SubElement(root, KEPT).text = kept
    (back,) = read_bytes("a.xml", etree.tostring(root))
    assert back.titles == {"ja": "留め具"}


def test_sealed_parts_are_exported() -> None:
    (filing,) = read_bytes("a.xml", samples()["heavy-water-wipo-st96.xml"])
    assert model(read_bytes("a.xml", export(content_parts(filing)))[0]) == model(filing)
