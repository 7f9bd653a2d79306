"""`hozen write`: every filing of what is given as ST.96, what is refused named, nothing written over."""

import stat
import zipfile
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from service.cli import app
from service.intake.filing import ReadFiling
from service.intake.formats import read_bytes, read_records
from tests.intake.files import SAMPLES

READ = "coffee-grinder-uspto-v4.xml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["write", *map(str, arguments)])


def test_each_filing_becomes_a_file_that_reads_as_what_it_was(tmp_path: Path) -> None:
    result = run(SAMPLES, "--to", "st96", "-o", tmp_path / "out")
    written = sorted((tmp_path / "out").iterdir())
    assert result.exit_code == 3, "the folder also holds a README"
    assert "README.md: " in result.stderr and "NOT WRITTEN" in result.stderr
    assert len(written) == result.stdout.count("\n") > 10
    (ours,) = read_bytes("a", (tmp_path / "out" / "coffee-grinder-uspto-v4.st96.xml").read_bytes())
    (theirs,) = read_bytes("a", (SAMPLES / READ).read_bytes())
    assert (ours.number, ours.titles, ours.claims, ours.symbols) == (
        theirs.number, theirs.titles, theirs.claims, theirs.symbols,
    )  # fmt: skip
    assert {p.suffixes[-2:] == [".st96", ".xml"] for p in written} == {True}


def test_the_files_are_for_the_owner_alone(tmp_path: Path) -> None:
    assert run(SAMPLES / READ, "--to", "st96", "-o", tmp_path / "out").exit_code == 0
    assert [stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "out").iterdir()] == [0o600]


def test_without_a_folder_they_follow_one_another_as_in_a_weekly_file(tmp_path: Path) -> None:
    both = tmp_path / "week.xml"
    both.write_bytes((SAMPLES / READ).read_bytes() + (SAMPLES / "submarine-drive-uspto-v4.xml").read_bytes())
    result = run(both, "--to", "st96")
    assert result.exit_code == 0
    found = list(read_records("a", result.stdout_bytes))
    assert [f.format for f in found if isinstance(f, ReadFiling)] == ["wipo-st96", "wipo-st96"]


def test_records_of_one_file_do_not_take_each_others_name(tmp_path: Path) -> None:
    both = tmp_path / "week.xml"
    both.write_bytes((SAMPLES / READ).read_bytes() * 2)
    (tmp_path / "week-2.xml").write_bytes((SAMPLES / READ).read_bytes())
    assert run(both, tmp_path / "week-2.xml", "--to", "st96", "-o", tmp_path / "out").exit_code == 0
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names == {"week.st96.xml", "week-2.st96.xml", "week-2-2.st96.xml"}


def test_a_long_name_in_japanese_is_cut_to_what_a_file_system_takes(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("𠮷" * 70 + ".xml", (SAMPLES / READ).read_bytes())
    assert run(tmp_path / "a.zip", "--to", "st96", "-o", tmp_path / "out").exit_code == 0
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_zip_is_one_filing(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in SAMPLES.glob("bicycle-rack_*.xml"):
            archive.write(path, path.name)
    assert run(tmp_path / "a.zip", "--to", "st96", "-o", tmp_path / "out").exit_code == 0
    (path,) = (tmp_path / "out").iterdir()
    assert read_bytes("a", path.read_bytes())[0].claims


@pytest.mark.parametrize("name", ["../a.xml", "/etc/a.xml", "..\\a.xml"])
def test_a_name_in_an_archive_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, (SAMPLES / READ).read_bytes())
    assert run(tmp_path / "a.zip", "--to", "st96", "-o", tmp_path / "out").exit_code == 3
    assert {p.name for p in tmp_path.rglob("*")} == {"a.zip", "out"}


def test_what_is_no_application_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n")
    result = run(tmp_path / "a.pdf", "--to", "st96")
    assert (result.exit_code, result.stdout_bytes) == (3, b"")
    assert "(pdf)" in result.stderr


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "coffee-grinder-uspto-v4.st96.xml").write_text("mine")
    result = run(SAMPLES / READ, "--to", "st96", "-o", tmp_path)
    assert result.exit_code == 2 and "folder-not-empty" in result.stderr
    assert [p.read_text() for p in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "arguments", [["absent.xml", "--to", "st96"], [SAMPLES / READ], [SAMPLES / READ, "--to", "st36"]]
)
def test_bad_use_is_refused(arguments: list[object]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout_bytes) == (2, b"")
