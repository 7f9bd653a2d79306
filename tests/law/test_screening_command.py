"""`hozen screen`: every line and every file answered, in order, with the exit codes it promises."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from service.commands.screen import screen
from tests.shared import shared

app = typer.Typer()
app.command()(screen)


def run(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=given)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout_bytes.split(b"\n")[:-1]]


def test_one_application_is_asked_by_its_symbols() -> None:
    result = run("--ipc", "F41H3/00；B64C 1/00 ;; ", "--on", "2025-03-01", "--json")
    (found,) = lines(result)
    assert result.exit_code == 0
    assert (found["source"], found["on"], found["outcome"]) == ("--ipc", "2025-03-01", "hit")
    assert [i["item"] for i in found["items"]] == [14]


def test_every_line_is_answered_in_order_an_empty_one_too(tmp_path: Path) -> None:
    path = tmp_path / "symbols.txt"
    path.write_bytes(
        b"\xef\xbb\xbfF41G7/22\r\n\nA61K9/00;;G06F17/30\n\xff41G7/22\nB63G8/08\x0c\xe2\x80\xa8F41G7/22\nH04K3/00\r\xef\xbc\x9b \n"
    )
    result = run("--symbols", str(path), "--on", "2025-03-01", "--json")
    found = lines(result)
    assert result.exit_code == 0
    assert [f["outcome"] for f in found] == [
        "hit",
        "unclassified",
        "none",
        "unreadable",
        "unreadable",
        "hit_if",
        "unclassified",
    ]
    assert [f["source"] for f in found] == [f"{path}:{n}" for n in range(1, 8)]
    assert found[3]["unreadable"][0]["text"] == "\\xff41G7/22"


def test_lines_may_come_from_standard_input() -> None:
    assert [f["source"] for f in lines(run("--symbols", "-", "--json", given="F41G7/22\n\n"))] == ["-:1", "-:2"]
    assert lines(run("--symbols", "-", "--json", given="")) == []


def test_answers_and_both_dates_are_taken() -> None:
    (found,) = lines(
        run("--ipc", "H01L31/08", "--on", "2025-03-01", "--also-on", "令和6年6月1日", "--answers", "content=yes",
            "--answers", "additional=a", "--json")
    )  # fmt: skip
    assert (found["on"], found["order"], found["outcome"]) == ("2024-06-01", "2024-05-01", "hit")


def test_files_are_read_and_a_refused_one_ends_in_exit_code_3(tmp_path: Path) -> None:
    good, bad = tmp_path / "request.txt", tmp_path / "table.csv"
    good.write_text(
        "【書類名】特許願\n【国際特許分類】　Ｆ４１Ｇ　　７／２２\n【ＦＩ】Ｂ６３Ｇ　８／２８　１０１Ａ\n【発明の名称】試験\n",
        "utf-8",
    )
    bad.write_text("a,b\n1,2\n")
    result = run(str(bad), str(good), "--on", "2025-03-01", "--json")
    (found,) = lines(result)
    assert result.exit_code == 3
    assert str(bad) in result.stderr
    assert [i["item"] for i in found["items"]] == [13, 32]
    assert found["source"].startswith(str(good))


def test_the_real_gazettes_are_answered_and_the_readme_is_refused() -> None:
    folder = shared("data/documents/jp_gazette_st36")
    files = [str(path) for path in sorted(folder.glob("*.xml"))]
    result = run(*files, str(folder.parent / "FORMATS.md"), "--on", "2025-03-01", "--json")
    assert result.exit_code == 3
    assert {f["outcome"] for f in lines(result)} <= {"none", "unclassified"}
    assert len(lines(result)) == len(files)


@pytest.mark.parametrize("arguments", [
    [], ["--ipc", "A", "--symbols", "-"], ["nowhere.xml"], ["--symbols", "nowhere.txt"], ["--ipc", "A", "--on", "2025-02-30"],
    ["--ipc", "A", "--on", "yesterday"], ["--ipc", "A", "--answers", "additional=perhaps"],
    ["--ipc", "A", "--answers", "content=yes", "--answers", "content=no"],
])  # fmt: skip
def test_bad_use_ends_in_exit_code_2(arguments: list[str]) -> None:
    result = run(*arguments, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""


def test_a_person_is_told_the_item_word_for_word_and_that_it_is_no_decision() -> None:
    told = run("--ipc", "B63G8/08;F41H3/02;F41G7/9999;H99\x1b[31m;FI:A61K9/00 301", "--on", "2025-03-01").stdout
    for words in (
        "国際特許分類記号Ｂ六三Ｇ八／〇〇",
        "我が国の防衛又は外国の軍事の用に供するための発明",
        "(FI A61K9/00 301)",
        "~ F41H3/02",
        "? F41G7/9999",
        "! H99\\u001b[31m",
        "決定ではありません",
        "no decision",
        "unofficial heading",
    ):
        assert words in told
    assert "\x1b" not in told


def test_an_excluded_item_is_told_with_its_reason() -> None:
    told = run("--ipc", "H10F30/21", "--on", "2025-03-01", "--answers", "content=no").stdout
    assert "第46号: 量子ドット又は超格子に関するものではないとの答えによる。" in told
