"""`hozen statistics`: what stands is counted on its date, and that it was asked for is a record."""

import json
import subprocess
import sys

from service import clock
from service.demo.client import Person
from service.demo.run import Demo
from tests.web.filed import sent
from tests.web.records import all_records


def told(demo: Demo, year: int) -> dict[str, dict[str, object]]:
    """The command's rows by measure, with the worker's settings."""
    command = [sys.executable, "-m", "service", "statistics", str(year), "--json"]
    environment = demo.processes["worker"]._environment
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {row["measure"]: row for row in json.loads(done.stdout)["rows"]}


def test_sendings_of_the_year_are_counted_once_there_are_enough(demo: Demo, people: dict[str, Person]) -> None:
    today = clock.today()
    year = today.year if today.month >= 4 else today.year - 1
    for _ in range(5):
        sent(people)
    first = told(demo, year)["sent"]["total"]
    sent(people)
    assert told(demo, year)["sent"]["total"] == first + 1
    assert told(demo, year + 1)["sent"]["total"] == 0
    assert sum(r["action"] == "statistics" for r in all_records(demo)) >= 3
