"""`hozen form`: an empty form names every field and is read back; the verdict is the service's."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service import clock
from service.cli import app
from service.forms.schema import forms

RUNNER = CliRunner()


@pytest.mark.parametrize("code", forms().codes())
def test_an_empty_form_is_read_back_as_one_in_which_nothing_is_said(code: str, tmp_path: Path) -> None:
    toml = RUNNER.invoke(app, ["form", "new", code]).stdout
    plain = RUNNER.invoke(app, ["form", "new", code, "--json"]).stdout
    assert (
        json.loads(plain).keys()
        == tomllib.loads(toml).keys()
        == forms().on(code, clock.today()).schema["properties"].keys()
    )
    verdicts = []
    for name, text in (("f.toml", toml), ("f.json", plain), ("g.json", "{}")):
        (tmp_path / name).write_text(text)
        told = RUNNER.invoke(app, ["form", "check", code, str(tmp_path / name), "--json"])
        assert told.exit_code == 1
        verdicts.append(json.loads(told.stdout))
    assert verdicts[0] == verdicts[1] == verdicts[2]
    assert verdicts[0]["faults"], "the needed fields are wanting"


def test_the_verdict_names_field_article_and_what_to_do_in_both_languages(tmp_path: Path) -> None:
    file = tmp_path / "f.toml"
    file.write_text('application_number = "特願2026-1"\nfiled_on = 2026-11-01\n[[applicants]]\nname = "甲"\n')
    told = RUNNER.invoke(app, ["form", "check", "cao-meti-2", str(file), "--on", "R8.11.23"])
    assert told.exit_code == 1
    assert "/applicants/0/address  missing  [CAO-METI Order 3]" in told.stdout
    assert "この欄を記入してください。" in told.stdout and "Fill it in." in told.stdout


@pytest.mark.parametrize("text", ["{", '{"a": 1, "a": 2}', '{"a": NaN}', "[" * 100])
def test_a_file_that_cannot_be_read_is_refused_by_name(text: str, tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    file.write_text(text)
    told = RUNNER.invoke(app, ["form", "check", "filing", str(file)])
    assert told.exit_code == 2 and "form-unreadable" in told.stderr


def test_a_form_that_there_is_not_is_refused_by_name() -> None:
    told = RUNNER.invoke(app, ["form", "new", "no-such-form"])
    assert told.exit_code == 2 and "cao-meti-3" in told.stderr
