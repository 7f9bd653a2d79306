"""The walk through the running service holds, on the project's own sample documents."""

import io
import re
import signal
from pathlib import Path

import httpx2
import pytest
from rich.console import Console

from service.demo.client import Person
from service.demo.run import Demo
from service.demo.show import SAMPLES, stay, take
from service.demo.walk import Walk


def test_every_step_of_the_walk_holds(demo: Demo, people: dict[str, Person], tmp_path: Path) -> None:
    walk = Walk(people, SAMPLES, lambda _: None)
    take(walk, tmp_path / "bundle", tmp_path / "key")
    assert walk.result.faults == []
    assert walk.counts()["filed"] >= 12
    assert walk.counts()["designated"] == 1
    assert walk.counts()["confirmed"] == 1
    assert set(walk.counts()["by_format"]) >= {
        "jpo-filing",
        "jpo-gazette-st36",
        "jpo-gazette-st96",
        "wipo-st96",
        "uspto-v4",
        "jp-text",
    }


def test_every_address_that_the_demo_shows_is_there(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(signal, "pause", lambda: None)
    stay(demo, Console(file=shown, width=400))
    pages = set(re.findall(rf"{demo.address}/[\w./-]+", shown.getvalue()))
    answers = {page.removeprefix(demo.address): httpx2.get(page).status_code for page in pages}
    assert answers == {"/openapi.json": 200, "/filings": 401}
