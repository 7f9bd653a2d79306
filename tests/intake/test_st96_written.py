"""ST.96 written and read again: valid under WIPO's schema, nothing of the model is lost whatever its texts hold; what is kept beside the
standard's elements is put back only where it is what they show.
"""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from service.intake.filing import KINDS, Drawing, ReadFiling, Symbol, content_parts
from service.intake.formats import read_bytes, st96_kept
from service.intake.formats.refused import Refused
from service.intake.formats.st96_kept import PIECE, keep, kept_in
from service.intake.formats.st96_standard import LANGUAGES
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
                "A24C   5/20        20130101AFI20130212BHEP        ",
                "A24C   5/20        20130231AFI20130212BHEP        ",
            ]
        ),
    ),
)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
FILINGS = st.builds(
    ReadFiling,
    format=st.sampled_from(["wipo-st96", "jpo-filing", "uspto-v4", "epo-docdb"]),
    kind=st.sampled_from(KINDS),
    number=st.none() | TEXT,
    numbers=st.dictionaries(
        st.sampled_from(["publication", "application", "international", "reference"]), TEXT, max_size=4
    ),
    titles=st.dictionaries(st.sampled_from(["ja", "en", "de", "xx", ""]), TEXT, max_size=3),
    applicants=st.lists(TEXT, max_size=3).map(tuple),
    inventors=st.lists(WORDS, max_size=3).map(tuple),
    agents=st.lists(TEXT, max_size=2).map(tuple),
    description=TEXT
    | st.lists(WORDS, max_size=5).map(lambda lines: "\n".join(f"[{n:04}] {x}" for n, x in enumerate(lines, 1))),
    claims=st.lists(TEXT, max_size=3).map(tuple),
    abstract=TEXT,
    drawings=st.lists(
        st.builds(Drawing, TEXT, TEXT | st.sampled_from(["a.tif", "図1.JPG", "b.cdx", ""])), max_size=3
    ).map(tuple),
    symbols=st.lists(SYMBOLS, max_size=4).map(tuple),
    filing_date=st.none() | DAYS,
    priority_dates=st.lists(DAYS, max_size=3).map(tuple),
)


def model(filing: ReadFiling) -> ReadFiling:
    """What is carried: all but what belongs to a reading."""
    return replace(filing, format="", losses=(), sources=())


def back_from(data: bytes) -> ReadFiling:
    (filing,) = read_bytes("a.xml", data)
    return filing


@cache
def schema() -> etree.XMLSchema:
    """WIPO's own, with all that it imports."""
    return etree.XMLSchema(etree.parse(shared("data/documents") / "schemas_st96" / "PatentPublication_V6_0.xsd"))


def faults(data: bytes) -> list[str]:
    checked = schema()
    return [] if checked.validate(etree.fromstring(data)) else [str(e.message) for e in checked.error_log]


def bare(data: bytes) -> etree._Element:
    """The document without what we keep beside the standard's elements."""
    root = etree.fromstring(data)
    for bag in root.findall("{*}ExternalDocumentBag"):
        root.remove(bag)
    return root


def with_kept(data: bytes, fields: Any) -> bytes:
    root = bare(data)
    keep(root, fields)
    return etree.tostring(root)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(FILINGS)
def test_what_was_written_reads_back_as_it_was(filing: ReadFiling) -> None:
    written = write(filing)
    back = back_from(written)
    assert model(back) == model(filing)
    assert write(filing) == written
    assert b"<!DOCTYPE" not in written.partition(b"<pat:")[0]
    assert "kept-differs" not in {x.what for x in back.losses}


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(FILINGS)
def test_whatever_a_filing_holds_what_is_written_is_valid_under_the_schema(filing: ReadFiling) -> None:
    assert faults(write(filing)) == []


def test_equal_filings_give_the_same_bytes_whatever_the_order_of_their_titles_and_numbers() -> None:
    titles, numbers = {"de": "a", "xx": " b", "ja": "", "": "c"}, {"publication": "1", "application": "2"}
    one = ReadFiling("x", titles=titles, numbers=numbers)
    other = ReadFiling("x", titles=dict(reversed(titles.items())), numbers=dict(reversed(numbers.items())))
    assert one == other
    assert write(one) == write(other)


def test_every_language_that_is_written_is_one_of_the_schema() -> None:
    assert faults(write(ReadFiling("x", titles=dict.fromkeys(sorted(LANGUAGES), "a")))) == []
    assert faults(write(ReadFiling("x", titles={"qq": "a"}))) == []


@pytest.mark.parametrize("name", [n for n in samples() if not n.endswith(".md")])
def test_every_sample_comes_back(name: str) -> None:
    for _, filing in read_files({name: samples()[name]}):
        if isinstance(filing, ReadFiling):
            assert model(back_from(write(filing))) == model(filing)


def test_every_real_document_comes_back_and_is_valid() -> None:
    folder = shared("data/documents")
    files = {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and "weekly" not in str(p)
    }
    filings = [f for _, f in read_files(files) if isinstance(f, ReadFiling)]
    assert len(filings) > 50
    for filing in filings:
        written = write(filing)
        assert model(back_from(written)) == model(filing), filing.number
        assert faults(written) == [], filing.number


def test_other_readers_find_what_the_standard_has_a_place_for() -> None:
    filing = ReadFiling(
        "jpo-filing",
        kind="converted",
        number="2026990001",
        numbers={"publication": "2026990001", "application": "2025990001", "reference": "H-1", "international": "PCT/JP2025/1"},
        titles={"ja": "留め具", "en": "A clasp"},
        applicants=("髙﨑 一郎",),
        inventors=("架空 星子",),
        agents=("例示 十一",),
        description="[0001] 本発明は留め具に関する。\n図面の説明",
        claims=("爪を備える留め具。", "環を備える請求項1に記載の留め具。"),
        abstract="爪で留める。",
        drawings=(Drawing("1", "0001.tif"),),
        symbols=(
            Symbol("ipc", "A44B   1/08      (2006.01)", "A44B   1/08      (2006.01)"),
            Symbol("fi", "A44B1/08 Z", "A44B1/08 Z"),
            Symbol("fi", "A44B1/10 A", "A44B1/10 A"),
            Symbol("ipc", "A44B1/12", "A44B1/12"),
        ),
        filing_date=date(2025, 3, 19),
        priority_dates=(date(2024, 3, 20), date(2024, 4, 1)),
    )  # fmt: skip
    data = write(filing)
    assert kept_in(etree.fromstring(data)) == [], "nothing needs to be kept beside the standard"
    assert model(back_from(data)) == model(filing)


@pytest.mark.parametrize("kind", ["ordinary", "divisional", "converted", "pct-national"])
def test_the_kind_stands_in_the_standards_elements(kind: Any) -> None:
    data = write(ReadFiling("x", kind=kind, number="1", numbers={"application": "1"}))
    assert back_from(etree.tostring(bare(data))).kind == kind


def test_a_cpc_symbol_with_its_dates_stands_in_the_standards_elements() -> None:
    first, second = (f"A24C   5/{n}        20130101 FI20130212BHEP        " for n in (20, 22))
    undated = Symbol("cpc", "A24C5/24", "A24C5/24")
    data = write(ReadFiling("x", symbols=(Symbol("cpc", first, first), Symbol("cpc", second, second), undated)))
    assert [s.text for s in back_from(etree.tostring(bare(data))).symbols] == ["A24C5/20", "A24C5/22"]
    assert faults(data) == []


@pytest.mark.parametrize(
    "text",
    [
        "A24C   5/20        20130231 FI20130212BHEP        ",
        "A24C   5/20        20130101 FI20131312BHEP        ",
        "A00C   5/20        20130101 FI20130212BHEP        ",
        "A24C   5/20        20130101 FI20130212BHXX        ",
    ],
)
def test_a_cpc_field_that_the_schema_would_not_take_is_kept_beside_it(text: str) -> None:
    filing = ReadFiling("x", symbols=(Symbol("cpc", text, text),))
    data = write(filing)
    assert faults(data) == []
    assert model(back_from(data)) == model(filing)


def test_the_national_classification_of_another_country_is_no_fi() -> None:
    data = write(ReadFiling("x", symbols=(Symbol("fi", "A44B1/08 Z", "A44B1/08 Z"),)))
    assert [s.scheme for s in back_from(data).symbols] == ["fi"]
    theirs = data.replace(
        b"<com:IPOfficeCode>JP</com:IPOfficeCode><pat:Main", b"<com:IPOfficeCode>US</com:IPOfficeCode><pat:Main"
    )
    assert theirs != data
    assert back_from(theirs).symbols == ()


def test_a_field_that_was_edited_since_is_not_put_back() -> None:
    filing = ReadFiling("x", applicants=("髙﨑  一郎 ",), titles={"ja": "留め具 "})
    back = back_from(write(filing).replace("髙﨑".encode(), "高崎".encode()))
    assert back.applicants == ("高崎  一郎",)
    assert back.titles == {"ja": "留め具 "}
    assert "kept-differs" in {x.what for x in back.losses}


SHOWN = ReadFiling(
    "x", number="1", numbers={"publication": "1"}, titles={"ja": "留め具"}, applicants=("甲",), inventors=("乙",),
    agents=("丙",), description="[0001] 本文", claims=("請求",), abstract="要約", drawings=(Drawing("1", "a.tif"),),
    symbols=(Symbol("ipc", "A44B1/08", "A44B1/08"),), filing_date=date(2026, 1, 5), priority_dates=(date(2025, 1, 5),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "divisional"),
        ("numbers", {"publication": "2"}),
        ("title", {"ja": "砲弾"}),
        ("applicants", ["丁"]),
        ("inventors", []),
        ("agents", ["丙", "丁"]),
        ("description", "[0001] 別の本文"),
        ("claims", ["請求", "別の請求"]),
        ("abstract", ""),
        ("drawings", [{"figure": "1", "file": "b.tif"}]),
        ("symbols", [{"scheme": "ipc", "source": "F42B1/00", "text": "F42B1/00"}]),
        ("filing_date", "2020-01-05"),
        ("priority_dates", []),
    ],
)
def test_nothing_is_read_that_the_files_elements_do_not_show(field: str, value: object) -> None:
    back = back_from(with_kept(write(SHOWN), {field: value}))
    assert model(back) == model(SHOWN)
    assert "kept-differs" in {x.what for x in back.losses}


NO_FORMS: list[object] = [
    1,
    "",
    "x",
    [1],
    {"ja": 5},
    {"ja": "\ud800"},
    ["\ud800"],
    "\ud800",
    [{}],
    [[]],
    None,
    True,
    1.5,
    {},
    {"a": {}},
]
NO_FORMS += [
    [{"scheme": "zz", "source": "A", "text": "A"}],
    [{"scheme": "ipc", "source": 1, "text": "A"}],
    "2026-02-31",
]


@pytest.mark.parametrize("field", [*st96_kept._FORMS, "losses", "sources", "format", "unknown"])
def test_a_value_of_another_form_is_not_put_back(field: str) -> None:
    data = write(SHOWN)
    for value in NO_FORMS:
        back = back_from(with_kept(data, {field: value}))
        content_parts(back)
        assert model(back) == model(SHOWN) or (field == "number" and back.number == value), value


@pytest.mark.parametrize(
    "uri",
    ["", "x", "data:application/json;base64,", "data:application/json;base64,%%%", "data:application/json;base64,WzFd"]
    + [
        "data:application/json;base64," + b64encode(x).decode()
        for x in (b"[" * 5000, b"\xff", b"{", b'{"a":' + b"9" * 5000 + b"}")
    ],
)
def test_words_that_are_none_of_ours_put_nothing_back(uri: str) -> None:
    root = etree.fromstring(with_kept(write(SHOWN), {}))
    (piece,) = kept_in(root)
    piece[-1].text = uri
    back = back_from(etree.tostring(root))
    assert model(back) == model(SHOWN)
    assert "kept-differs" in {x.what for x in back.losses}


def test_an_external_document_of_others_is_neither_ours_nor_a_drawing() -> None:
    root = etree.fromstring(with_kept(write(SHOWN), {"number": "9"}))
    kept_in(root)[0][0].text = "listing.txt"
    assert model(back_from(etree.tostring(root))) == model(SHOWN)


def test_what_is_kept_may_be_longer_than_one_run_of_text() -> None:
    filing = ReadFiling("x", claims=tuple(f" {n} " + "あ" * 250_000 for n in range(4)))
    data = write(filing)
    assert len(kept_in(etree.fromstring(data))) == len(json.dumps(list(filing.claims))) // PIECE + 1 > 1
    assert model(back_from(data)) == model(filing)


@pytest.mark.parametrize(
    ("name", "filing"),
    [
        ("not-unicode", ReadFiling("x", titles={"ja": "\ud83d"})),
        ("too-deep", ReadFiling("x", abstract="あ" * 10_000_001)),
        ("too-many-elements", ReadFiling("x", description="あ\n" * 250_000)),
        ("too-large", ReadFiling("x", claims=(" " + "あ" * 2_500_000,) * 3)),
    ],
)
def test_what_could_not_be_read_back_is_refused_by_name(name: str, filing: ReadFiling) -> None:
    with pytest.raises(Refused) as refusal:
        write(filing)
    assert refusal.value.name == name


def test_sealed_parts_are_exported() -> None:
    filing = back_from(samples()["heavy-water-wipo-st96.xml"])
    assert model(back_from(export(content_parts(filing)))) == model(filing)
