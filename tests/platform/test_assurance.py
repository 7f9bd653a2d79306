"""docs/assurance.md tells what the figures say; every promise has a harness; every applicable ASVS requirement a live test."""

import csv
import json
import re
from pathlib import Path

import pytest

from tests.shared import ROOT, shared
from tests.tools.assurance import FIGURES, asvs, promises

CLASSES = {"A", "D", "C", "N"}
NODE = re.compile(r"(?P<file>tests/[\w/]+\.py)(?:::(?P<name>\w+))?")


def marked(promise: str, harness: Path) -> bool:
    """Whether the file has a test under this mark."""
    return f'attack("{promise}"' in harness.read_text(encoding="utf-8")


@pytest.mark.parametrize("promise", promises())
def test_each_promise_has_its_harness(promise: str) -> None:
    row = promises()[promise]
    assert marked(promise, ROOT / row["harness"])
    assert row["promise"].endswith(".") and row["not_shown"].endswith(".")


def test_each_harness_has_its_promise() -> None:
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        found |= set(re.findall(r'attack\("(\w+)"', path.read_text(encoding="utf-8")))
    assert found == set(promises())


def test_figures_are_of_promises_and_nothing_failed() -> None:
    path = FIGURES / "attack.json"
    figures = json.loads(path.read_text()) if path.exists() else {}
    assert set(figures) <= set(promises())
    for name, said in figures.items():
        assert said["failures"] == 0, name
        assert said["caught"] == said["planted"] >= 20, name


def test_every_requirement_of_asvs_stands_once() -> None:
    with (shared("vectors/asvs") / "asvs_5.0.0_en.csv").open(encoding="utf-8", newline="") as file:
        published = [row["req_id"] for row in csv.DictReader(file)]
    assert sorted(r["req_id"] for r in asvs()) == sorted(published)
    assert len(published) == 345


def test_every_requirement_has_a_class_and_a_reason_where_it_does_not_apply() -> None:
    for row in asvs():
        assert row["class"] in CLASSES, row
        assert row["mechanism"] if row["class"] in "AD" else row["reason"], row


def test_every_applicable_requirement_has_a_live_test() -> None:
    """A named test exists in the file that is named; one that was renamed or removed fails here."""
    for row in asvs():
        if row["class"] != "A":
            continue
        nodes = [NODE.fullmatch(t.strip()) for t in row["test"].split(";")]
        assert nodes and all(nodes), row
        for node in nodes:
            assert node is not None
            file = ROOT / node["file"]
            assert file.exists(), row
            if node["name"]:
                assert re.search(rf"^(async )?def {node['name']}\(", file.read_text(encoding="utf-8"), re.MULTILINE), (
                    row
                )


def test_every_mechanism_that_is_a_file_is_there() -> None:
    for row in asvs():
        for name in re.findall(r"\b(?:service|deploy|policies|migrations)/[\w/.]+\w", row["mechanism"]):
            assert (ROOT / name).exists(), (row["req_id"], name)
