"""The table of benchmarks: its arithmetic, that every row is there with its goal, and that each row of the read path runs."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.bench
from tests.bench import scale, scene, table
from tests.bench.table import ROWS, Round, Row

GOALS = {
    "read_vs_bare": 0.45,
    "read_vs_bare_one": 0.30,
    "read_vs_idiomatic": 1.0,
    "read_without_record": 0.85,
    "record_in_act": 0.95,
    "record_batched": 5,
    "record_scaling": 5,
    "verify_from_db": 0.45,
    "export_csv": 0.9,
    "export_jsonl": 0.35,
    "decision": 1,
    "seal_file_1": 0.75,
    "seal_file_2": 1.1,
    "screen_symbols": 1,
    "screening_share": 1.0,
    "list_page": 0.1,
    "stack": 0.66,
    "read_vs_openbao": 0.8,
}
MINE = [
    "read_vs_bare",
    "read_vs_bare_one",
    "read_vs_idiomatic",
    "read_without_record",
    "read_vs_openbao",
    "record_in_act",
    "record_batched",
    "record_scaling",
    "list_page",
    "stack",
    "decision",
    "screening_share",
]
for _module in pkgutil.iter_modules(tests.bench.__path__):
    if _module.name.startswith("rows_"):
        importlib.import_module(f"tests.bench.{_module.name}")


def test_more_is_better_and_the_median_round_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = [Round(2.0, 1.0, {"web": 1.5}), Round(1.0, 1.0, {"web": 0.5}), Round(1.0, 4.0)]
    assert [r.ratio for r in rounds] == [0.5, 1.0, 4.0]
    monkeypatch.setattr(table, "ROWS", {n: Row(n, goal, "it", lambda: rounds) for n, goal in (("a", 1.0), ("b", 1.1))})
    assert table.run(["a"], tmp_path / "made" / "bench.json")
    assert not table.run(["b"], tmp_path / "made" / "bench.json")
    said = json.loads((tmp_path / "made" / "bench.json").read_text())
    assert said["a"] == {
        "ratio": 1.0,
        "goal": 1.0,
        "rounds": [0.5, 1.0, 4.0],
        "against": "it",
        "ours": 1.0,
        "theirs": 1.0,
        "split": {"web": 0.5},
    }
    assert said["b"]["goal"] == 1.1


def test_every_row_is_there_with_its_goal() -> None:
    assert {name: row.goal for name, row in ROWS.items() if name in GOALS} == GOALS


@pytest.fixture(scope="module")
def tiny() -> Iterator[None]:
    """One scene of a few filings for all rows, and hardly any load."""
    scale.use(scale.TINY)
    with scene.opened() as opened:
        scene._OPEN.append(opened)
        yield
        scene._OPEN.clear()
    scale.use(scale.FULL)


@pytest.mark.slow
@pytest.mark.parametrize("name", MINE)
def test_a_row_runs(tiny: None, name: str) -> None:
    (told,) = ROWS[name].measure()
    assert told.theirs >= 0 and told.ours >= 0
