"""Each format is read from a document of our own making: what it says, and what it lacks."""

from datetime import date
from functools import cache

import pytest

from service.intake.filing import ReadFiling
from service.intake.formats import read_bytes, read_filing
from service.intake.formats.losses import MOST
from service.intake.parts import group, read_files
from service.law.screening import screen

from .files import plain, samples, table


@cache
def filings() -> dict[str, ReadFiling]:
    """The samples as read, by the name their README gives them."""
    found: dict[str, ReadFiling] = {}
    for names, filing in read_files(samples()):
        assert isinstance(filing, ReadFiling), f"{names}: {filing}"
        found[names[0].partition(".")[0].partition("_")[0]] = filing
    return found


def test_there_are_at_least_twelve_filings_in_every_format_and_the_readme_lists_each_once() -> None:
    assert len(filings()) >= 12
    assert sorted(filings()) == sorted(row[0] for row in table())
    needed = {"jpo-filing", "jpo-gazette-st36", "jpo-gazette-st96", "wipo-st96", "uspto-v4", "jp-text"}
    assert needed <= {f.format for f in filings().values()}


@pytest.mark.parametrize("row", table(), ids=lambda row: row[0])
def test_a_sample_reads_as_its_readme_says(row: list[str]) -> None:
    filing = filings()[row[0]]
    assert filing.format == row[1]
    assert filing.number
    assert filing.titles
    read = dict.fromkeys(plain(s.text) for s in filing.symbols if s.scheme != "fi")
    if row[3] == "unreadable":
        assert list(read) == [""]
        assert "symbol-unreadable" in {x.what for x in filing.losses}
    else:
        assert ", ".join(read) == row[2]


def test_the_filing_for_the_walk_is_whole() -> None:
    filing = filings()["designated-hull-door"]
    assert filing.losses == ()
    assert filing.number == "2026900001"
    assert filing.filing_date == date(2026, 4, 6)
    assert filing.applicants == ("見本海洋機器株式会社",)
    assert filing.inventors == ("架空　一郎", "見本　花子")
    assert filing.agents == ("例示　三郎",)
    assert len(filing.claims) == 2
    assert filing.claims[0].count("\n") == 2
    assert filing.description.startswith("潜水船の発射口")
    assert "[0002] 船殻の開口を塞ぐ扉は" in filing.description
    assert filing.abstract.splitlines()[1] == "【課題】扉の開き始めの衝撃音を抑える。"
    assert [s.name.rpartition("-")[2] for s in filing.sources] == ["appb.xml", "jpbibl.xml", "door_procedure.xml"]


def test_mixed_content_is_joined_in_order_with_its_tails() -> None:
    assert filings()["submarine-drive-uspto-v4"].titles == {
        "en": "Pump-jet drive for an underwater vehicle with a tilting stator"
    }
    assert filings()["submarine-drive-uspto-v4"].abstract.startswith("A pump-jet drive has a stator 4 whose blades")
    assert filings()["submarine-drive-uspto-v4"].claims[1].startswith("2. The drive of claim 1, comprising")
    assert "12°" in filings()["submarine-drive-uspto-v4"].description
    assert filings()["heavy-water-wipo-st96"].titles["en"].startswith("Exchange column with staggered trays")


def test_a_claim_does_not_repeat_its_number_where_the_format_keeps_it_apart() -> None:
    assert filings()["heavy-water-wipo-st96"].claims[0].startswith("An exchange column")


def test_titles_in_three_languages_are_kept_by_language() -> None:
    assert filings()["aircraft-cover-epo"].titles["fr"] == "Housse pour un aéronef stationné"


def test_priority_dates_are_not_the_filing_date() -> None:
    for name in ("aircraft-cover-epo", "heavy-water-wipo-st96", "submarine-drive-uspto-v4", "divisional-gansho"):
        filing = filings()[name]
        assert filing.filing_date is not None
        assert [d < filing.filing_date for d in filing.priority_dates] == [True]


def test_a_divisional_is_told_by_its_special_mention_and_keeps_its_parents_number_out() -> None:
    filing = filings()["divisional-gansho"]
    assert filing.kind == "divisional"
    assert filing.numbers == {"reference": "ＡＰ－９－Ｄ"}
    assert filing.filing_date == date(2026, 4, 15)


def test_a_symbol_line_without_subclass_takes_the_one_before_and_keeps_its_source() -> None:
    symbol = filings()["divisional-gansho"].symbols[1]
    assert (symbol.source, symbol.text) == ("12/04", "F42B 12/04")


def test_a_party_in_several_spellings_is_taken_once_in_the_original() -> None:
    assert filings()["tablet-docdb"].applicants == ("Sample Pharma Co.",)


def test_old_form_names_stay_as_written() -> None:
    assert filings()["bicycle-rack"].inventors == ("髙橋　試",)
    assert filings()["jammer-gansho-sjis"].inventors == ("﨑山　仮子",)


def test_what_is_missing_is_a_loss() -> None:
    assert [x.what for x in filings()["unreadable-symbol"].losses] == ["part-missing", "symbol-unreadable"]
    assert "drawings-not-given" in {x.what for x in filings()["submarine-drive-uspto-v4"].losses}
    assert {x.what for x in filings()["tablet-docdb"].losses} == {
        "prefix-undeclared",
        "description-missing",
        "claims-missing",
    }
    assert all(x.ja and x.en for f in filings().values() for x in f.losses)


def test_a_loss_names_the_line_it_stands_in() -> None:
    loss = next(x for x in filings()["unreadable-symbol"].losses if x.what == "symbol-unreadable")
    name, _, line = loss.position.partition(" line ")
    assert "<jp:ipc>" in samples()[name].decode().splitlines()[int(line) - 1]


def test_a_spoilt_symbol_in_fields_is_a_loss_as_well() -> None:
    spoilt = samples()["coffee-grinder-uspto-v4.xml"].replace(b"<subclass>J", b"<subclass>?")
    filing = read_bytes("a.xml", spoilt)[0]
    assert [s.text for s in filing.symbols] == ["A47?42/40"]
    assert [x.what for x in filing.losses] == ["symbol-unreadable"]


def test_no_loss_is_dropped_without_a_word() -> None:
    symbols = "".join(f"<main-clsf>?{n}</main-clsf>" for n in range(MOST + 7))
    data = f"<jp-official-gazette><bibliographic-data><classification-ipc>{symbols}</classification-ipc></bibliographic-data>"
    losses = read_bytes("a.xml", data.encode() + b"</jp-official-gazette>")[0].losses
    assert len(losses) == MOST + 1
    assert losses[-1].what == "more-losses"
    assert "11" in losses[-1].en  # seven symbols, and number, title, description and claims


def test_each_missing_part_of_a_filing_is_told() -> None:
    names = next(g for g in group(samples()) if g[0].startswith("designated"))
    for left_out in names:
        filing = read_filing({n: samples()[n] for n in names if n != left_out})
        assert "part-missing" in {x.what for x in filing.losses}


def test_a_drawing_that_is_given_is_no_loss_and_is_kept() -> None:
    name = "submarine-drive-uspto-v4.xml"
    filing = read_filing({name: samples()[name], "drawings/SAMPLE-D00001.TIF": b"II*\0" + bytes(20)})
    assert filing.losses == ()
    assert len(filing.sources) == 2


def test_a_concatenated_file_is_read_record_by_record() -> None:
    both = samples()["coffee-grinder-uspto-v4.xml"] + b"\n" + samples()["submarine-drive-uspto-v4.xml"]
    assert [f.number for f in read_bytes("week.xml", both)] == ["09990002", "20269900001"]


def test_a_symbol_run_together_gets_its_slash_by_place_and_keeps_its_source() -> None:
    runs = {"G06F 1516": "G06F15/16", "A45F  504": "A45F5/04", "H01L 21301": "H01L21/301", "E03C 104": "E03C1/04"}
    head = "<PATDOC><SDOBI><B100><B110>1</B110></B100><B500><B510>{}</B510></B500></SDOBI></PATDOC>"
    data = head.format("".join(f"<B512><PDAT>{run}</PDAT></B512>" for run in runs))
    symbols = read_bytes("a.xml", data.encode())[0].symbols
    assert {s.source: s.text for s in symbols} == runs


@pytest.mark.parametrize("row", table(), ids=lambda row: row[0])
def test_screening_a_sample_comes_out_as_its_readme_says(row: list[str]) -> None:
    screening = screen(filings()[row[0]].symbols, date(2026, 4, 1))
    items = ", ".join(str(m.item.number) for m in screening.items)
    assert f"{screening.outcome}: item {items}".removesuffix(": item ") == row[3]
