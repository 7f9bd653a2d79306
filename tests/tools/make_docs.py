"""Writes the pages of docs/ that are drawn from tables: roads.md, selfcheck.html from the law, assurance.md from the last figures.

python -m tests.tools.make_docs
"""

from collections.abc import Callable, Iterator

from service.kinds import KINDS
from service.law.documents import documents
from service.law.selfcheck import build
from service.workflow import Road, Step
from tests.shared import ROOT
from tests.tools.assurance import assurance

HEAD = """\
# The roads

Drawn from the tables by `make docs`; a test fails when this page is stale. A step that is not a row here cannot be taken: the desk asks
the table, and PostgreSQL refuses any other step, also from someone who goes round the desk. What the law forbids is a row that is not
there. How the table was read out of the Act, and where it differs from the text, stands row by row in `tests/roads/filing.toml`.

Whose act: applicant, jpo (Patent Office), pm (Prime Minister), timer (the law's own day). "records a date": the row decides nothing.
"""


def roads() -> str:
    """docs/roads.md."""
    return "\n".join([HEAD, *(line for kind in KINDS.values() for line in _road(kind.road, kind.opening))]) + "\n"


def _road(road: Road, opening: str) -> Iterator[str]:
    yield f"## {road.kind}\n"
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {road.initial}: {opening}"
    for source, target in _moves(road):
        names = ", ".join(s.name for s in road.steps if (s.source, s.target) == (source, target))
        yield f"    {source} --> {target}: {names}"
    yield from (f"    {state} --> [*]" for state in sorted(road.terminal))
    yield "```\n"
    for state in _states(road):
        yield from _state(road, state)
    yield from _corrections(road, opening)


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


def _corrections(road: Road, opening: str) -> Iterator[str]:
    """The correcting rows that PostgreSQL has beside the steps, each with the steps it takes back."""
    rows = {(source, target) for _, source, name, target in road.stored_rows(opening) if name == "correct"}
    yield "### Corrections\n"
    yield (
        "A wrong entry is never edited: the act `correct` (two persons, with a reason) stands for it, and both stay visible.\n"
        "In every state an entry may be given another date. The last step may be taken back, which moves the case back as below\n"
        "(these rows PostgreSQL holds); a step that gave a label may not, and the desk takes back none that brought a case to new\n"
        "hands. 誤った記録は書き換えず、訂正の手続（二人、理由付き）で置き換える。\n"
    )
    yield f"Another date, in: {', '.join(sorted(source for source, target in rows if source == target))}.\n"
    yield "| from | back to | step taken back |"
    yield "|---|---|---|"
    for source, target in sorted((s, t) for s, t in rows if s != t):
        names = {s.name for s in road.steps if (s.source, s.target) == (target, source) and s.label is None}
        yield f"| {source} | {target} | {', '.join(f'`{name}`' for name in sorted(names))} |"


PAGES: dict[str, Callable[[], str]] = {"roads.md": roads, "selfcheck.html": build, "assurance.md": assurance}


if __name__ == "__main__":
    for name, draw in PAGES.items():
        (ROOT / "docs" / name).write_text(draw(), encoding="utf-8")
