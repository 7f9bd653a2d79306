"""A filing is cut into the parts that are sealed, and put together again from those that a reader may open."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from service.intake.filing import DOCUMENTS, KINDS, Drawing, Loss, ReadFiling, Source, Symbol, content_parts, from_parts
from service.intake.parts import group

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
many = st.lists(words, max_size=3).map(tuple)
dates = st.dates(min_value=date(1, 1, 1))
filings = st.builds(
    ReadFiling,
    format=words,
    kind=st.sampled_from(KINDS),
    number=st.none() | words,
    numbers=st.dictionaries(words, words, max_size=3),
    titles=st.dictionaries(words, words, max_size=3),
    applicants=many,
    inventors=many,
    agents=many,
    description=words,
    claims=many,
    abstract=words,
    drawings=st.lists(st.builds(Drawing, words, words), max_size=2).map(tuple),
    symbols=st.lists(st.builds(Symbol, st.sampled_from(["ipc", "fi", "cpc"]), words, words), max_size=2).map(tuple),
    filing_date=st.none() | dates,
    priority_dates=st.lists(dates, max_size=2).map(tuple),
    losses=st.lists(st.builds(Loss, words, words, words, words), max_size=2).map(tuple),
    sources=st.lists(st.builds(Source, words, st.binary(max_size=9)), max_size=2).map(tuple),
)


@given(filings)
def test_the_parts_of_a_filing_make_the_same_filing_again(filing: ReadFiling) -> None:
    parts = content_parts(filing)
    assert tuple(parts)[: len(DOCUMENTS)] == DOCUMENTS
    assert from_parts(parts) == filing


@given(filings, st.sets(st.sampled_from(DOCUMENTS)))
def test_a_reader_who_may_open_some_parts_learns_nothing_of_the_others(filing: ReadFiling, allowed: set[str]) -> None:
    seen = from_parts({k: v for k, v in content_parts(filing).items() if k in allowed})
    assert seen.claims == (filing.claims if "claims" in allowed else ())
    assert seen.titles == (filing.titles if "title" in allowed else {})
    assert seen.symbols == (filing.symbols if "symbols" in allowed else ())
    assert seen.sources == ()


def test_files_are_grouped_by_folder_and_the_name_before_the_known_endings() -> None:
    names = [
        "a/x_JPOXMLDOC01-jpbibl.xml",
        "a/x_JPOXMLDOC01-appb.xml",
        "b/x_procedure.xml",
        "a/x_procedure.xml",
        "a/JPOXMLDOC01-appb.xml",
        "a/procedure.xml",
        "a/n_06106013088-jpntce.xml",
        "a/n_procedure.xml",
        "a/one.xml",
        "a/two.xml",
        "a/x_JPOXMLDOC01-appb-D000001.tif",
    ]
    assert [sorted(g) for g in group(names)] == [
        sorted([names[0], names[1], names[3], names[10]]),
        [names[2]],
        sorted([names[4], names[5]]),
        sorted([names[6], names[7]]),
        [names[8]],
        [names[9]],
    ]


@given(
    st.lists(st.text("ab/_-.", max_size=9) | st.sampled_from(["a_procedure.xml", "a_JPOXMLDOC01-b.xml"]), unique=True)
)
def test_every_file_is_in_exactly_one_group(names: list[str]) -> None:
    assert sorted(n for g in group(names) for n in g) == sorted(names)
