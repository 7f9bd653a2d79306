"""docs/roads.md says every row of the table whole, and the same at every drawing. That it is fresh: tests/platform/test_docs.py."""

import re
import subprocess
import sys

import pytest

from service.desk.acts import Kind
from service.kinds import KINDS
from tests.shared import ROOT
from tests.tools.make_docs import roads

PAGE = roads()
STATES = [(kind, state) for kind in KINDS.values() for state in sorted(kind.road.states)]
EACH = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def page(kind: Kind) -> str:
    """What the page says of one road."""
    return PAGE.partition(f"\n## {kind.name}\n")[2].partition("\n## ")[0]


def section(kind: Kind, state: str) -> list[str]:
    """The rows under a state's heading, cell by cell."""
    text = re.split(rf"^### {state}(?: \(end\))?$", page(kind), flags=re.MULTILINE)[1].partition("\n### ")[0]
    return [line for line in text.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_page_is_the_same_in_every_process(seed: str) -> None:
    draw = "import sys; from tests.tools.make_docs import roads; sys.stdout.buffer.write(roads().encode())"
    drawn = subprocess.run(
        [sys.executable, "-c", draw], capture_output=True, cwd=ROOT, env={"PYTHONHASHSEED": seed}, check=True
    )
    assert drawn.stdout.decode() == PAGE


@pytest.mark.parametrize(("kind", "state"), STATES, ids=[f"{kind.name}-{state}" for kind, state in STATES])
def test_under_each_state_stand_its_steps_with_article_paper_label_and_guards_in_both_languages(
    kind: Kind, state: str
) -> None:
    steps, rows = list(kind.road.steps_from(state)), section(kind, state)
    assert len(rows) == len(steps)
    for step, row in zip(steps, rows, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert len(cells) == 7
        assert cells[0].startswith(f"`{step.name}`") and ("records a date" in cells[0]) is step.fact
        assert cells[1].startswith("stays" if step.source == step.target else step.target)
        assert (f"`{step.label}`" in cells[1]) is bool(step.label)
        assert cells[2:4] == [step.actor, step.basis]
        assert cells[4].startswith(step.document or "")
        for guard in step.guards:
            assert f"{guard.text.ja} {guard.text.en} ({guard.article})" in cells[5]


@EACH
def test_every_movement_is_an_arrow_and_every_end_is_an_end(kind: Kind) -> None:
    road = kind.road
    arrows = set(re.findall(r"^    (\S+) --> (\w+|\[\*\])", page(kind), re.MULTILINE))
    assert arrows == {
        ("[*]", str(road.initial)),
        *((str(s.source), str(s.target)) for s in road.steps if s.source != s.target),
        *((str(state), "[*]") for state in road.terminal),
    }


@EACH
def test_every_correcting_row_of_the_database_is_listed_with_what_it_takes_back(kind: Kind) -> None:
    road = kind.road
    rows = {(s, t) for _, s, name, t in road.stored_rows(kind.opening) if name == "correct"}
    back = re.findall(r"^\| ([A-Z_]+) \| ([A-Z_]+) \| (`\w+`(?:, `\w+`)*) \|$", page(kind), re.MULTILINE)
    assert {(s, t) for s, t, _ in back} == {(s, t) for s, t in rows if s != t}
    for source, target, names in back:
        assert all(
            step.label is None
            for name in names.split(", ")
            for step in road.rows(target, name.strip("`"))
            if step.target == source
        )
    anew = re.search(r"^Another date, in: (.*)\.$", page(kind), re.MULTILINE)
    assert anew
    assert set(anew[1].split(", ")) == {s for s, t in rows if s == t} == set(road.states)
