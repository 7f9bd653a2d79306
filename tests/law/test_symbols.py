"""Spellings of one symbol are one symbol; what only looks like one is not read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.intake.filing import ReadFiling
from service.intake.formats import read_records
from service.law.symbols import SCHEMES, Scheme, Spelled, Symbol, Unreadable, normalise, spelled
from tests.shared import shared

FULL = str.maketrans({chr(n): chr(n + 0xFEE0) for n in range(0x21, 0x7F)})
SPELLINGS = [
    "F41G7/22",
    "f41g7/22",
    "F41G 7/22",
    "F41G   7/22",
    "F41G\u00a0\u00a07/22\u00a0\u00a0",
    "\u3000Ｆ４１Ｇ\u3000\u3000\u3000７／２２",
    "F41G007/22",
    "F41G0007/22",
    "F41G0007220000",
    "F41G0007/220000",
    "F41G 7/22 (2006.01)",
    "F41G   7/22    （2006.01）",
    "F41G 7/22 [2006.01]",
    "F41G   7/22        20060101AFI20210219BHJP        ",
    "F41G   7/22        20060101A I20051008RMEP        ",
    "F41G   7/    22            C I                    ",
    "F41G   7/22",
    "F41G 7 / 22",
    " 7F 41G   7/22   A",
    "\tF41G\t7/22",
    "IPC: F41G7/22",
]
LETTERS = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
PLAIN = st.builds(
    "{}{:02}{}{}/{}".format,
    st.sampled_from("ABCDEFGH"),
    st.integers(0, 99),
    LETTERS,
    st.integers(1, 1999),
    st.from_regex(
        "[0-9]{2,5}|[0-9]{5}[1-9]", fullmatch=True
    ),  # six digits that end in zeros are a padded spelling, no symbol of their own
)


def st8(symbol: str) -> str:
    """The fixed field of 50 characters (WIPO ST.8) of a symbol with a group of up to four digits."""
    group, subgroup = symbol[4:].split("/")
    return f"{symbol[:4]}{group:>4}/{subgroup:<10}20060101AFI20210219BHJP".ljust(50)


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_of_a_symbol_is_that_symbol(text: str) -> None:
    assert normalise(text) == Symbol("F41G7/22", "ipc", "F41G7/22")


@given(PLAIN, st.data())
def test_blanks_width_case_padding_and_st8_do_not_matter(symbol: str, data: st.DataObject) -> None:
    blank = data.draw(st.sampled_from(["", " ", "  ", "\u00a0", "\u3000", "\u2009"]))
    group, subgroup = symbol[4:].split("/")
    spelling = f"{symbol[:4]}{blank}{group.zfill(data.draw(st.integers(1, 4)))}/{subgroup}"
    changed = [str.lower, lambda s: s.translate(FULL), lambda s: f"{s} (2006.01)", lambda s: s]
    for text in (st8(symbol), data.draw(st.sampled_from(changed))(spelling)):
        assert len(text) == 50 or text != st8(symbol)
        read = normalise(text)
        assert isinstance(read, Symbol)
        assert read.symbol == normalise(symbol).symbol  # type: ignore[union-attr]


@given(PLAIN)
def test_a_normal_form_is_its_own_normal_form(symbol: str) -> None:
    once = normalise(symbol)
    assert isinstance(once, Symbol)
    assert normalise(once.symbol) == once


@given(PLAIN, PLAIN)
def test_positions_part_symbols_and_sort_by_group(one: str, other: str) -> None:
    first, second = normalise(one), normalise(other)
    assert isinstance(first, Symbol)
    assert isinstance(second, Symbol)
    assert (first.position == second.position) == (first.symbol == second.symbol)
    if first.symbol[:4] == second.symbol[:4] and int(first.main_group[4:]) < int(second.main_group[4:]):
        assert first.position < second.position


@pytest.mark.parametrize("text", [
    "\u0412\u200964C1/00",  # Cyrillic Ve
    "F\u200b41G7/22",  # zero width space
    "F41G7\u204422",  # fraction slash
    "F41G7\u221522",  # division slash
    "F41G7/22\x00",
    "F41G7/2\u0662",  # Arabic digit
    "\U0001d40541G7/22",  # mathematical F
    "F41G7/\u00b2\u00b2",  # superscript digits
    "\u2460\u2461",
    "F41G7/22\u202e",
    "\ufeffF41G7/22",
])  # fmt: skip
def test_a_look_alike_is_unreadable_and_named_by_its_code_point(text: str) -> None:
    read = normalise(text)
    assert isinstance(read, Unreadable)
    assert read.text == text
    assert "U+" in read.why.en


@given(PLAIN, st.characters(exclude_characters=" \t\u00a0\u3000", exclude_categories=("Zs",)), st.integers(0, 20))
def test_no_other_character_is_dropped_from_a_symbol(symbol: str, intruder: str, at: int) -> None:
    text = symbol[:at] + intruder + symbol[at:]
    read = normalise(text)
    if isinstance(read, Symbol) and read.symbol == normalise(symbol).symbol:  # type: ignore[union-attr]
        assert intruder in "0０", text  # zero padding of the group


@pytest.mark.parametrize("text", [
    "F41G", "F41", "F41G7", "F41G7/2", "F41G7/1234567", "F41G12345/00", "I01B1/00", "Y02E10/72", "F41G7-22", "F41G 722",
    "G06F 1516", "41G7/22", "F41G7/22/24", "F41G7/22 and more", "F41G7/22, B64C1/00", "F4 1G7/22", "F41G7/2 2", "-", "",
])  # fmt: skip
def test_what_has_no_form_of_a_symbol_is_unreadable(text: str) -> None:
    assert isinstance(normalise(text), Unreadable)


@pytest.mark.parametrize(("text", "scheme", "symbol", "read_as", "full"), [
    ("B65D81/26 R", "fi", "B65D81/26", "fi", "B65D81/26 R"),
    ("B01D53/14 311", "fi", "B01D53/14", "fi", "B01D53/14 311"),
    ("B01D53/14,311@Z", "fi", "B01D53/14", "fi", "B01D53/14 311Z"),
    ("Ｇ０８Ｂ  17/107   \u3000\u3000\u3000Ａ", "fi", "G08B17/107", "fi", "G08B17/107 A"),
    ("A23L3/349", "fi", "A23L3/349", "fi", "A23L3/349"),
    ("B65D81/26 R", "ipc", "B65D81/26", "fi", "B65D81/26 R"),
    ("FI:F41H3/00 101", "ipc", "F41H3/00", "fi", "F41H3/00 101"),
    ("A61K   9/1652      ", "cpc", "A61K9/1652", "cpc", "A61K9/1652"),
    ("A24C   5/20        20130101 FI20130212BHEP        ", "cpc", "A24C5/20", "cpc", "A24C5/20"),
    ("cpc: b63g8/001", "ipc", "B63G8/001", "cpc", "B63G8/001"),
    ("Y02E10/72", "cpc", "Y02E10/72", "cpc", "Y02E10/72"),
    ("B64C2201/024", "ipc", "B64C2201/024", "ipc", "B64C2201/024"),
])  # fmt: skip
def test_a_symbol_of_another_scheme_keeps_its_scheme(
    text: str, scheme: Scheme, symbol: str, read_as: Scheme, full: str
) -> None:
    assert normalise(text, scheme) == Symbol(symbol, read_as, full)


def test_a_line_is_parted_at_semicolons_of_either_width() -> None:
    assert spelled("F41G7/22;;F42B15/01 ； B64C1/00;") == [
        Spelled("F41G7/22"),
        Spelled("F42B15/01"),
        Spelled("B64C1/00"),
    ]
    assert spelled("") == spelled(" ;\u3000; ") == []
    assert spelled("\u200b") == [Spelled("\u200b")]


@given(st.text(max_size=80), st.sampled_from(SCHEMES))
def test_any_text_is_a_symbol_or_unreadable_and_never_an_error(text: str, scheme: Scheme) -> None:
    read = normalise(text, scheme)
    assert isinstance(read, Symbol) or (read.text == text and json.dumps(read.why.en))


def test_every_symbol_of_the_real_documents_is_read() -> None:
    found: dict[str, Symbol | Unreadable] = {}
    for path in sorted(shared("data/documents").rglob("*.xml")):
        for record in read_records(path.name, path.read_bytes()):
            if isinstance(record, ReadFiling):
                found |= {s.text: normalise(s.text, s.scheme) for s in record.symbols}
    assert len(found) > 500
    assert [text for text, read in found.items() if isinstance(read, Unreadable)] == []
