"""The walk through the running service holds, on the project's own sample documents."""

from pathlib import Path

from service.demo.client import Person
from service.demo.run import Demo
from service.demo.show import SAMPLES, take
from service.demo.walk import Walk


def test_every_step_of_the_walk_holds(demo: Demo, people: dict[str, Person], tmp_path: Path) -> None:
    walk = Walk(people, SAMPLES, lambda _: None)
    take(walk, tmp_path / "bundle", tmp_path / "key")
    assert walk.result.faults == []
    assert walk.counts()["filed"] >= 12
    assert walk.counts()["designated"] == 1
    assert set(walk.counts()["by_format"]) >= {
        "jpo-filing",
        "jpo-gazette-st36",
        "jpo-gazette-st96",
        "wipo-st96",
        "uspto-v4",
        "jp-text",
    }
