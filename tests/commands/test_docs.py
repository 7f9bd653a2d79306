"""docs/roads.md is what the table says now, whole, in both languages, and the same at every drawing."""

import re
import subprocess
import sys

from service.commands.docs import FOLDER, PAGES, roads_page
from service.filings.kind import FILING
from service.law.documents import documents
from tests.shared import ROOT

PAGE = roads_page()
ROAD = FILING.road


def test_every_drawn_page_is_fresh() -> None:
    assert FOLDER == ROOT / "docs"
    stale = [name for name, page in PAGES.items() if (FOLDER / name).read_text(encoding="utf-8") != page()]
    assert stale == [], "run `make docs`"


def test_a_page_is_the_same_at_every_drawing_and_in_every_process() -> None:
    draw = "import sys; from service.commands.docs import roads_page; sys.stdout.buffer.write(roads_page().encode())"
    for seed in ("1", "2"):
        drawn = subprocess.run(
            [sys.executable, "-c", draw], capture_output=True, cwd=ROOT, env={"PYTHONHASHSEED": seed}, check=True
        )
        assert drawn.stdout.decode() == PAGE


def test_every_row_of_the_road_stands_on_its_page_with_article_paper_and_guards() -> None:
    lines = PAGE.splitlines()
    for step in ROAD.steps:
        to = "(stays)" if step.source == step.target else step.target
        found = [
            line for line in lines if line.startswith(f"| {step.source} | `{step.name}`") and f" | {to} | " in line
        ]
        assert len(found) == 1, step
        assert all(f"`{guard.name}`" in found[0] for guard in step.guards)
        assert f"| {step.basis} | {step.document or ''} |" in found[0]


def test_every_movement_is_an_arrow_and_every_end_is_an_end() -> None:
    arrows = set(re.findall(r"^  (\S+) --> (\S+)", PAGE, re.MULTILINE))
    assert arrows == {
        ("[*]", ROAD.initial),
        *((str(s.source), str(s.target)) for s in ROAD.steps if s.source != s.target),
        *((str(state), "[*]") for state in ROAD.terminal),
    }


def test_every_guard_and_paper_is_told_in_both_languages() -> None:
    for guard in {g.name: g for s in ROAD.steps for g in s.guards}.values():
        assert f"| `{guard.name}` | {guard.article} | {guard.text.ja} | {guard.text.en} |" in PAGE
    for code in {s.document for s in ROAD.steps if s.document}:
        assert f"| {code} | {documents()[code].title.ja} | {documents()[code].title.en} |" in PAGE


def test_every_correcting_row_of_the_database_is_listed() -> None:
    rows = {(s, t) for _, s, name, t in ROAD.stored_rows(FILING.opening) if name == "correct"}
    listed = {tuple(m) for m in re.findall(r"^\| ([A-Z_]+) \| ([A-Z_]+) \| `\w+`(?:, `\w+`)* \|$", PAGE, re.MULTILINE)}
    assert listed == {(s, t) for s, t in rows if s != t}
    anew = re.search(r"^Dated anew .*?, in: (.*)\.$", PAGE, re.MULTILINE)
    assert anew
    assert set(anew[1].split(", ")) == {s for s, t in rows if s == t} == set(ROAD.states)


def test_no_cell_breaks_its_table() -> None:
    widths = {"| from | act |": 9, "| guard |": 4, "| code |": 4, "| from | back to |": 3}
    cells = 0
    for line in PAGE.splitlines():
        cells = next((n for head, n in widths.items() if line.startswith(head)), cells)
        assert not line.startswith("|") or line.count("|") == cells + 1, line
