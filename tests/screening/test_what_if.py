"""A new version of the fields is tried over open cases before it holds, by a person who may only that; nothing is activated."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.demo.client import Person
from service.demo.run import Demo
from service.errors import Refusal
from service.law.screening import screen
from service.law.symbols import Spelled
from service.screening.what_if import change, new_law
from tests.screening.filed import HIT_IF, NONE, classified
from tests.shared import ROOT
from tests.web.records import query

People = dict[str, Person]
FIELDS = (ROOT / "policies/law/fields-2025-01-01.toml").read_text(encoding="utf-8")
NAME = "fields-2027-01-01.toml"


def changed() -> str:
    """The fields as of 2025, with item 2 moved from B63B 3/13 to where buttons are."""
    new = FIELDS.replace("in_force_from = 2025-01-01", "in_force_from = 2027-01-01").replace("B63B3/13", "A44B1/08")
    assert new.count("A44B1/08") == 1
    return new


def result(*symbols: str) -> dict[str, Any]:
    given = [{"scheme": "ipc", "text": s} for s in symbols]
    return {**screen([Spelled(s) for s in symbols], date(2026, 11, 20)).to_json(), "given": given}


def test_what_would_change_is_told_with_items_old_and_new() -> None:
    by = new_law(NAME, changed().encode())
    found, lost = change(by, "a", result(NONE)), change(by, "b", result(HIT_IF))
    assert found and (found.old, found.new, found.old_items, found.new_items) == ("none", "hit_if", (), (2,))
    assert lost and (lost.old, lost.new, lost.old_items, lost.new_items) == ("hit_if", "none", (2,), ())
    assert change(by, "c", result("B63G 8/28")) is None
    same = new_law("fields-2025-01-01.toml", FIELDS.encode())
    assert [change(same, "d", result(s)) for s in (NONE, HIT_IF, "B63G 8/28")] == [None] * 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (NAME, FIELDS),
        ("new.toml", changed()),
        (NAME, changed().replace("item = 47", "item = 48")),
        (NAME, changed().replace('["A44B1/08"]', '["A44B/1"]')),
        (NAME, "[order"),
        (NAME, ""),
        (NAME, "order = 1\nitems = 2\nheadings = 3"),
    ],
)
def test_a_file_that_does_not_hold_together_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        new_law(name, text.encode())
    assert refused.value.name == "fields-refused"


def run(demo: Demo, people: People, folder: Path, text: str, name: str = "whatif") -> subprocess.CompletedProcess[str]:
    new, token = folder / NAME, folder / "token"
    new.write_text(text, encoding="utf-8")
    token.write_text(people[name]._token())
    command = ["screen-whatif", str(new), "--url", demo.address, "--token-file", str(token), "--json"]
    return subprocess.run(
        [sys.executable, "-m", "service", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_open_cases_are_read_through_the_keyholder_and_nothing_moves(
    people: People, demo: Demo, tmp_path: Path
) -> None:
    open_, judged = classified(people, NONE), classified(people, NONE)
    people["suzuki"].act(judged, "judge_not_to_send", reason="該当しない。")
    before = query(demo, "select count(*) as n from events")[0]["n"]
    ran = run(demo, people, tmp_path, changed())
    assert ran.returncode == 0, ran.stderr
    told = {said["case"]: said for said in map(json.loads, ran.stdout.splitlines())}
    assert (told[open_]["old"], told[open_]["new"], told[open_]["new_items"]) == ("none", "hit_if", [2])
    assert judged not in told
    assert query(demo, "select count(*) as n from events")[0]["n"] == before
    part = query(demo, "select id from parts where case_id = $1 and document = 'screening'", open_)[0]["id"]
    rows = query(demo, "select body from records where position($1::bytea in body) > 0", part.hex.encode())
    reads = [r for r in (json.loads(row["body"]) for row in rows) if r["what"] == "read"]
    assert [r["person"] for r in reads] == [people["whatif"].id.hex]


def test_a_corrected_classification_is_what_is_tried(people: People, demo: Demo, tmp_path: Path) -> None:
    case = classified(people, HIT_IF)
    people["suzuki"].act(case, "correct_classification", reason="誤分類。", symbols=[{"text": NONE}])
    told = {said["case"]: said for said in map(json.loads, run(demo, people, tmp_path, changed()).stdout.splitlines())}
    assert (told[case]["old"], told[case]["new"]) == ("none", "hit_if")


def test_who_may_not_gets_nothing_and_a_bad_file_asks_nothing(people: People, demo: Demo, tmp_path: Path) -> None:
    for name in ("suzuki", "takahashi", "sato"):
        ran = run(demo, people, tmp_path, changed(), name)
        assert (ran.returncode, ran.stdout) == (1, "")
        assert "not-permitted" in ran.stderr
    refused = run(demo, people, tmp_path, "[order")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "fields-refused" in refused.stderr
    assert people["whatif"].status(f"/filings/{classified(people, NONE)}") == 404
