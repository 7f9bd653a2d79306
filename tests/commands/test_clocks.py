"""`hozen clocks`: the proof and the preview, as an operator runs them beside the running service."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

from service import clock
from service.demo.client import Person
from service.demo.run import Demo
from service.law.calendar import LAW, calendar
from tests.filings.test_listing import over_new_year
from tests.web.filed import filed
from tests.web.records import all_records, query


def run(demo: Demo, *words: str) -> subprocess.CompletedProcess[str]:
    """The command with the worker's settings."""
    environment = demo.processes["worker"]._environment
    command = [sys.executable, "-m", "service", "clocks", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_proof_counts_every_case_and_names_none_that_is_sound(demo: Demo, people: dict[str, Person]) -> None:
    case = filed(people)
    done = run(demo, "prove", "--json")
    said = json.loads(done.stdout)
    assert said["cases"] == said["running"] + said["reasons"] + said["ended"] + len(
        [f for f in said["faults"] if f["name"] in ("no-clock-no-reason", "clock-not-derivable")]
    )
    assert case not in {f["case"] for f in said["faults"]}
    assert done.returncode == (1 if said["faults"] else 0), done.stderr


def test_a_table_like_the_one_in_force_changes_nothing_and_what_is_none_is_refused(demo: Demo, tmp_path: Path) -> None:
    done = run(demo, "preview", str(LAW / "holidays.toml"), "--json")
    assert (done.returncode, json.loads(done.stdout)["changes"]) == (0, []), done.stderr
    wrong = tmp_path / "holidays.toml"
    wrong.write_text("[days]\n")
    done = run(demo, "preview", str(wrong))
    assert (done.returncode, done.stderr.split(":")[0]) == (2, "holidays-refused")


def test_the_worker_proves_by_itself_each_day(demo: Demo) -> None:
    assert any(r["action"] == "prove-clocks" for r in all_records(demo)), "at its first round"


def test_what_falls_due_over_new_year_is_told_with_the_last_open_day(demo: Demo, people: dict[str, Person]) -> None:
    case = over_new_year(people)
    done = run(demo, "new-year", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    span = calendar().new_year(clock.today())
    assert (said["first"], said["last"]) == tuple(day.isoformat() for day in span)
    stored = query(
        demo, "select case_id, limit_name, due from clocks where state = 'running' and due between $1 and $2", *span
    )
    assert {(f["case"], f["limit"], f["due"]) for f in said["falling"]} <= {
        (str(r["case_id"]), r["limit_name"], r["due"].isoformat()) for r in stored
    }
    assert {r["limit_name"] for r in stored if str(r["case_id"]) == case} == {
        f["limit"] for f in said["falling"] if f["case"] == case
    }
    for found in said["falling"]:
        until = date.fromisoformat(found["until"])
        assert calendar().closed(until) is None and found["until"] <= found["due"]
    assert run(demo, "new-year").stdout.count("until") == len(said["falling"])
