"""Every application or publication among the shared real documents is read; all else is refused by what it is."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.intake.filing import ReadFiling, content_parts, from_parts
from service.intake.formats.refused import NotAnApplication, Refused
from service.intake.parts import read_files
from service.law.symbols import Symbol, normalise
from tests.shared import shared

from .files import plain

_EXPECTED_REFUSALS = {
    "cn_xml": {"cn-publication"},
    "schemas_dtd": {"dtd"},
    "schemas_st96": {"xml-schema"},
    "tables": {"table"},
    "us_aps_text": {"us-aps-text"},
}
_EXPECTED_PAPERS = {"amnd": "amendment", "rspn": "response", "etc": "procedure-paper", "notice": "office-notice"}
_NO_TITLE_IN_FILE = ("JP2005518157_body_only.xml", "a163_jpbibl_sjis.xml", "appd_a1632-1")

Told = tuple[list[str], ReadFiling | Refused]


@pytest.fixture(scope="module")
def folder() -> Path:
    return shared("data/documents")


@pytest.fixture(scope="module")
def told(folder: Path) -> list[Told]:
    kinds = [p for p in sorted(folder.iterdir()) if p.is_dir()]
    files = {
        str(p.relative_to(folder)): p.read_bytes() for kind in kinds for p in sorted(kind.rglob("*")) if p.is_file()
    }
    return read_files(files)


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "MANIFEST.tsv").open(encoding="utf-8", newline="") as rows:
        return {row["file"]: row for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)}


def _expected_refusal(names: list[str]) -> set[str] | None:
    kind, _, name = names[0].partition("/")
    if kind == "jp_filing_xml":
        paper = _EXPECTED_PAPERS.get(name.partition("_")[0])
        return {paper} if paper else None
    return _EXPECTED_REFUSALS.get(kind)


def test_every_application_is_read_and_every_other_paper_is_refused_by_name(told: list[Told]) -> None:
    read = [(n[0], r.format, r.number) for n, r in told if isinstance(r, ReadFiling)]
    refused = [(n[0], r.name) for n, r in told if isinstance(r, Refused)]
    print("READ", *read, "REFUSED", *refused, sep="\n")
    for names, result in told:
        expected = _expected_refusal(names)
        if isinstance(result, Refused):
            in_a_week = names[0].startswith("us_weekly_concat/") and result.name == "sequence-listing"
            assert in_a_week or result.name in (expected or ()), f"{names}: {result.name}"
            assert isinstance(result, NotAnApplication)
        else:
            assert expected is None, f"{names} should be refused as {expected}"
            assert result.number, names
            assert result.titles or any(n in names[0] for n in _NO_TITLE_IN_FILE), names


def test_a_weekly_file_tells_of_each_of_its_documents(told: list[Told], manifest: dict[str, dict[str, str]]) -> None:
    for name, row in manifest.items():
        if row["kind"] in ("us_weekly_concat", "us_xml"):
            assert sum(1 for names, _ in told if names == [name]) == int(row["ndocs"]), name


def _documents(told: list[Told]) -> Iterator[tuple[list[str], list[ReadFiling]]]:
    by_file: dict[str, tuple[list[str], list[ReadFiling]]] = {}
    for names, result in told:
        if isinstance(result, ReadFiling):
            by_file.setdefault(names[0], (names, []))[1].append(result)
    yield from by_file.values()


def test_every_symbol_that_the_manifest_counts_is_read(told: list[Told], manifest: dict[str, dict[str, str]]) -> None:
    """The manifest gives the first twelve distinct IPC symbols and how many more there are."""
    for names, filings in _documents(told):
        rows = [manifest[n] for n in names if manifest[n]["ipc"]]
        if not rows or rows[0]["kind"].startswith("jp_gazette_st96"):
            continue
        read = {plain(s.text) for f in filings for s in f.symbols if s.scheme == "ipc"}
        assert "" not in read, names
        listed, _, more = rows[0]["ipc"].partition(" … (+")
        wanted = {w.replace(" ", "") for w in listed.split("; ")}
        assert wanted <= read, (names, wanted - read)
        assert len(read) == len(wanted) + int(more.rstrip(")") or 0), (names, read - wanted)


def test_the_converted_gazette_holds_the_symbols_of_the_one_it_was_made_from(told: list[Told]) -> None:
    by_format = {r.format: r for n, r in told if isinstance(r, ReadFiling) and "JPA2021044377" in n[0]}
    first, second = by_format["jpo-gazette-st36"], by_format["jpo-gazette-st96"]
    assert [(s.scheme, plain(s.text)) for s in first.symbols] == [(s.scheme, plain(s.text)) for s in second.symbols]
    assert (first.number, first.titles, first.filing_date) == (second.number, second.titles, second.filing_date)


def test_every_title_that_the_manifest_gives_is_read(told: list[Told], manifest: dict[str, dict[str, str]]) -> None:
    for names, filings in _documents(told):
        for wanted in {manifest[n]["title"] for n in names} - {""}:
            if "JPOXMLDOC01" in names[0] and wanted not in filings[0].titles.values():
                assert "titles-differ" in {x.what for x in filings[0].losses}, names
                continue
            read = {_squeezed(t) for f in filings for t in f.titles.values()}
            assert _squeezed(wanted) in read, (names, wanted)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_an_encoding_changes_nothing_that_is_read(told: list[Told]) -> None:
    read = {n[0]: r for n, r in told if isinstance(r, ReadFiling)}
    utf8 = read["jp_gazette_st36/JPA2021041306.xml"]
    eucjp = read["jp_gazette_st36_derived/JPA2021041306_eucjp_doctype.xml"]
    for name in ("number", "titles", "applicants", "inventors", "symbols", "claims", "abstract", "description"):
        assert getattr(utf8, name) == getattr(eucjp, name), name


def test_parts_give_every_real_filing_back(told: list[Told]) -> None:
    for names, result in told:
        if isinstance(result, ReadFiling):
            assert from_parts(content_parts(result)) == result, names


def test_every_real_symbol_has_a_normal_form_and_it_is_the_one_read_here(told: list[Told]) -> None:
    """Two independent readings agree: the law's normal form and this folder's `plain`."""
    for names, result in told:
        for symbol in result.symbols if isinstance(result, ReadFiling) else ():
            normal = normalise(symbol.text, symbol.scheme)
            assert isinstance(normal, Symbol), (names, symbol)
            assert normal.symbol == plain(symbol.text), (names, symbol)
