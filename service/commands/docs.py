"""`hozen docs`: the pages of docs/ that are drawn from tables. The same tables give the same bytes; a test fails when a page is stale.

Promise: every row of a road stands on its page, with its article, paper and guards. Not promised: that the tables are right.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import typer

from service.desk.acts import Kind
from service.filings.kind import FILING
from service.law.documents import documents
from service.workflow import Actor, Road, Rule, Step

FOLDER = Path(__file__).resolve().parents[2] / "docs"
KINDS = (FILING,)
WHOSE = {
    Actor.APPLICANT: "applicant 出願人",
    Actor.JPO: "JPO 特許庁長官",
    Actor.PM: "PM 内閣総理大臣",
    Actor.TIMER: "time 期間の経過",
}
HEAD = """\
# Roads 手続の道

Drawn by `make docs` from the table of each kind of case (`service/filings/road.py`); do not edit. A step that has no row here is not
lawful: the desk refuses it, and PostgreSQL refuses to store it. 表にない手続は行えない。
How the table was read out of the Act, and where it differs from the text, row by row: `tests/roads/filing.toml`.

- *approvals*: how many different persons must send the same act. 必要な承認者の数
- *label*: the label that every part of the case gets in the same transaction. この手続で付される標識
- *fact*: records a day that the law counts from, and decides nothing. 起算日の記録のみ
"""


def docs() -> None:
    """Draw the pages of docs/ anew from the tables. 文書の生成"""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
        typer.echo(f"docs/{name}")


def roads_page() -> str:
    """docs/roads.md: for each kind of case a diagram, the rows, the guards, the papers and the correcting rows."""
    return "\n".join([HEAD, *(line for kind in KINDS for line in _kind(kind))])


def _kind(kind: Kind) -> Iterator[str]:
    road = kind.road
    yield f"## `{kind.name}`\n"
    yield from _diagram(road, kind.opening)
    yield f"\n### Steps 手続 ({len(road.steps)})\n"
    yield from _table(
        ("from", "act", "to", "whose act", "article", "paper", "guards", "approvals", "label"), map(_row, road.steps)
    )
    yield "\n### Guards 要件\n\nWhat must hold, and what a refusal says.\n"
    yield from _table(("guard", "article", "日本語", "English"), map(_guard, _guards(road)))
    yield "\n### Papers 書類\n"
    yield from _table(
        ("code", "書類", "paper", "basis"), map(_paper, sorted({s.document for s in road.steps if s.document}))
    )
    yield from _corrections(kind)


def _diagram(road: Road, opening: str) -> Iterator[str]:
    """The movements; acts that leave a case where it is stand in the table only."""
    moves: dict[tuple[str, str], list[str]] = {}
    for step in road.steps:
        if step.source != step.target:
            moves.setdefault((step.source, step.target), []).append(step.name)
    yield "```mermaid\nstateDiagram-v2"
    yield f"  [*] --> {road.initial} : {opening}"
    for (source, target), names in moves.items():
        yield f"  {source} --> {target} : {', '.join(names)}"
    yield from (f"  {state} --> [*]" for state in sorted(road.terminal))
    yield "```"


def _row(step: Step) -> Sequence[str]:
    to = "(stays)" if step.source == step.target else step.target
    act = f"`{step.name}`" + (" *fact*" if step.fact else "")
    guards = ", ".join(f"`{g.name}`" for g in step.guards)
    label = f"`{step.label}`" if step.label else ""
    return step.source, act, to, WHOSE[step.actor], step.basis, step.document or "", guards, str(step.approvals), label


def _guards(road: Road) -> Iterable[Rule]:
    """Each guard once, in the order of the road."""
    return {g.name: g for s in road.steps for g in s.guards}.values()


def _guard(guard: Rule) -> Sequence[str]:
    return f"`{guard.name}`", guard.article, guard.text.ja, guard.text.en


def _paper(code: str) -> Sequence[str]:
    paper = documents()[code]
    return code, paper.title.ja, paper.title.en, paper.basis


def _corrections(kind: Kind) -> Iterator[str]:
    """The correcting rows, as PostgreSQL has them beside the steps."""
    rows = {(source, target) for _, source, name, target in kind.road.stored_rows(kind.opening) if name == "correct"}
    yield "\n### Corrections 訂正\n"
    yield (
        "A wrong entry is never edited: an act `correct` (two persons, with a reason) stands for it, and both stay visible.\n"
        "In every state an entry may be dated anew. The last step may be taken back, which moves the case back as below;\n"
        "a step that gave a label may not. 誤った記録は書き換えず、訂正の手続（二人、理由付き）で置き換える。\n"
    )
    stays = sorted(source for source, target in rows if source == target)
    yield f"Dated anew 日付の訂正, in: {', '.join(stays)}.\n"
    back = sorted((source, target) for source, target in rows if source != target)
    yield from _table(("from", "back to", "step taken back"), ((s, t, _taken_back(kind.road, s, t)) for s, t in back))


def _taken_back(road: Road, source: str, target: str) -> str:
    names = {s.name for s in road.steps if (s.source, s.target) == (target, source) and s.label is None}
    return ", ".join(f"`{name}`" for name in sorted(names))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"


PAGES: Mapping[str, Callable[[], str]] = {"roads.md": lambda: roads_page() + "\n"}
