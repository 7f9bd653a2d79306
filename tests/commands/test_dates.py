"""`hozen due` and `hozen foreign`: the promised JSON, era dates, and exit code 2 that names the cause."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from service.commands.due import due
from service.commands.foreign import foreign
from service.law.calendar import calendar

app = typer.Typer()
app.command()(due)
app.command()(foreign)

CASE = '[invention]\nmade_in_japan = true\narticle_66_1 = true\n[[application]]\nid = "A"\nfiled = "R8.1.15"\n'


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def answer(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count("\n") == 1
    shape: dict[str, Any] = json.loads(result.stdout)
    return shape


def test_due_says_the_last_day_its_basis_and_why() -> None:
    found = answer("due", "document_after_pre_notice", "--from", "令和8年4月20日")
    assert (found["limit"], found["from"], found["due"]) == ("document_after_pre_notice", "2026-04-20", "2026-05-07")
    assert found["basis"] == "ESPA 67(10)"
    assert "free_from" not in found
    assert found["wareki"] == {"from": "令和8年4月20日", "due": "令和8年5月7日"}
    assert "休日法2条" in found["why"]["ja"]
    assert "Holidays Act 2" in found["why"]["en"]
    assert found["sha256"]["holidays.toml"] == calendar().sha256


def test_a_ban_says_when_it_is_free() -> None:
    found = answer("due", "foreign_ban_not_designated", "--from", "R8.4.30")
    assert (found["due"], found["free_from"]) == ("2027-02-28", "2027-03-01")


def test_the_text_shows_both_calendars_and_both_languages() -> None:
    result = run("due", "sending", "--from", "2026-01-15")
    assert result.exit_code == 0
    assert "2026-04-15  令和8年4月15日" in result.stdout
    assert "民法140条" in result.stdout
    assert "Civil Code 140" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["due", "no_such", "--from", "2026-01-15"], "unknown-limit"),
        (["due", "sending", "--from", "2026-02-30"], "unreadable-date"),
        (["due", "sending", "--from", "昨日"], "unreadable-date"),
        (["due", "sharing_change", "--from", "2026-01-15"], "no-number-in-law"),
        (["due", "document_after_pre_notice", "--from", "2040-01-15"], "outside-calendar"),
        (["due", "sending", "--from", "9999-12-31"], "date-out-of-range"),
        (["foreign", "does-not-exist.toml"], "case-not-usable"),
        (["foreign", "."], "case-not-usable"),
        (["due", "sending"], "--from"),
        (["foreign"], "case"),
    ],
)
def test_bad_use_ends_with_code_two_and_names_the_cause(arguments: list[str], cause: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert cause in result.stderr
    assert result.stdout == ""


def test_foreign_says_banned_since_until_and_the_rule(tmp_path: Path) -> None:
    case = tmp_path / "case.toml"
    case.write_text(CASE, encoding="utf-8")
    banned = answer("foreign", str(case), "--on", "R8.4.15")
    assert (banned["on"], banned["banned"], banned["since"], banned["until"]) == (
        "2026-04-15",
        True,
        "2024-05-01",
        "2026-04-15",
    )
    assert (banned["rule"], banned["unsettled"]) == ("not_freed", False)
    free = answer("foreign", str(case), "--on", "2026-04-16")
    assert (free["banned"], free["since"], free["until"]) == (False, "2026-04-16", None)
    assert free["applications"][0] == {
        "id": "A",
        "frees": True,
        "rule": "no_notice_in_time",
        "basis": "ESPA 78(1) proviso, 66(3)",
        "three_months_end": "2026-04-15",
        "ten_months_end": "2026-11-15",
    }
    assert free["wareki"]["since"] == "令和8年4月16日"


def test_foreign_asks_about_today_in_japan_when_no_day_is_given(tmp_path: Path) -> None:
    case = tmp_path / "case.toml"
    case.write_text(CASE, encoding="utf-8")
    assert answer("foreign", str(case))["banned"] is False
    assert "FREE 自由" in run("foreign", str(case)).stdout


def test_a_case_that_is_not_utf8_or_misspelt_is_refused(tmp_path: Path) -> None:
    case = tmp_path / "case.toml"
    for content in (CASE.replace("A", "\u00e9").encode("latin-1"), CASE.replace("filed", "file").encode()):
        case.write_bytes(content)
        result = run("foreign", str(case))
        assert result.exit_code == 2
        assert "case-not-usable" in result.stderr
