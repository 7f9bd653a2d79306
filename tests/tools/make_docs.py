"""Writes the pages of docs/ that are drawn from tables: roads.md from the roads, selfcheck.html from the law.

python -m tests.tools.make_docs
"""

from collections.abc import Callable, Iterator

from service.filings.road import ROAD
from service.law.documents import documents
from service.law.selfcheck import build
from service.workflow import Road, Step
from tests.shared import ROOT

ROADS = (ROAD,)
HEAD = """\
# The roads

Drawn from the tables by `make docs`; a test fails when this page is stale. A step that is not a row here cannot be taken: the desk asks
the table, and PostgreSQL refuses any other step, also from someone who goes round the desk. What the law forbids is a row that is not
there. Beside these rows stand the correcting acts: a wrong date in any state, and a wrong step taken back unless it changed labels.

Whose act: applicant, jpo (Patent Office), pm (Prime Minister), timer (the law's own day). "records a date": the row decides nothing.
"""


def roads() -> str:
    """docs/roads.md."""
    return "\n".join([HEAD, *(line for road in ROADS for line in _road(road))]) + "\n"


def _road(road: Road) -> Iterator[str]:
    yield f"## {road.kind}\n"
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {road.initial}"
    for source, target in _moves(road):
        names = ", ".join(s.name for s in road.steps if (s.source, s.target) == (source, target))
        yield f"    {source} --> {target}: {names}"
    yield from (f"    {state} --> [*]" for state in sorted(road.terminal))
    yield "```\n"
    for state in _states(road):
        yield from _state(road, state)


def _moves(road: Road) -> list[tuple[str, str]]:
    """Pairs of different states, in the order of the table."""
    return list(dict.fromkeys((str(s.source), str(s.target)) for s in road.steps if s.source != s.target))


def _states(road: Road) -> list[str]:
    return list(
        dict.fromkeys(
            [road.initial, *(str(n) for s in road.steps for n in (s.source, s.target)), *sorted(road.terminal)]
        )
    )


def _state(road: Road, state: str) -> Iterator[str]:
    yield f"### {state}{' (end)' if state in road.terminal else ''}\n"
    steps = list(road.steps_from(state))
    if not steps:
        yield "No step leaves this state.\n"
        return
    yield "| step | to | by | basis | paper | only if | persons |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_row(s) for s in steps)
    yield ""


def _row(step: Step) -> str:
    paper = documents().get(step.document or "")
    cells = (
        f"`{step.name}`" + (" (records a date)" if step.fact else ""),
        ("stays" if step.source == step.target else str(step.target))
        + (f"; parts become `{step.label}`" if step.label else ""),
        str(step.actor),
        step.basis,
        f"{step.document} {paper.title.ja}" if paper else step.document or "",
        "; ".join(f"{g.text.ja} {g.text.en} ({g.article})" for g in step.guards),
        str(step.approvals) if step.approvals > 1 else "",
    )
    return f"| {' | '.join(cells)} |"


PAGES: dict[str, Callable[[], str]] = {"roads.md": roads, "selfcheck.html": build}


if __name__ == "__main__":
    for name, draw in PAGES.items():
        (ROOT / "docs" / name).write_text(draw(), encoding="utf-8")
