"""Movement as rows: a road is the table of every lawful step of one kind of case, checked when it is imported.

What must hold: a step that is not a row here cannot be taken (desk.py asks the road; PostgreSQL holds the same rows and
refuses any other step, also from someone who goes round the desk). What the law forbids is a row that is not there.
The road says what the law allows in a state; which person may do it is the access policy's business.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.errors import Text


class Actor(StrEnum):
    """Whose act a step is in the Act's eyes."""

    APPLICANT = "applicant"
    JPO = "jpo"
    PM = "pm"
    TIMER = "timer"


@dataclass(frozen=True)
class Rule:
    """A guard: one expression with a name, over plain facts; `text` says what is missing when it does not hold."""

    name: str
    holds: Callable[[Any], bool]
    text: Text
    article: str

    def __call__(self, facts: Any) -> bool:
        return self.holds(facts)


def rule(ja: str, en: str, article: str) -> Callable[[Callable[[Any], bool]], Rule]:
    """Make a guard of a one-expression function: its name is the refusal's name, its texts say what is missing."""

    def make(function: Callable[[Any], bool]) -> Rule:
        return Rule(function.__name__.replace("_", "-"), function, Text(ja, en), article)

    return make


@dataclass(frozen=True)
class Step:
    """One row: in `source`, `actor` may do `name`, the case is then in `target`.

    basis: article. document: code of the paper that carries the act (policies/law/documents.toml), or None.
    guards: all must hold. approvals: how many different persons must send the same act. label: the label every part of
    the case gets in the same transaction, or None where labels stay. fact: the row records a date and decides nothing.
    """

    source: str
    name: str
    target: str
    actor: Actor
    basis: str
    document: str | None = None
    guards: tuple[Rule, ...] = ()
    approvals: int = 1
    label: str | None = None
    fact: bool = False


class Road:
    """The table of one kind of case: `steps_from(state)`, `rows(state, name)`, states, terminal states."""

    def __init__(self, kind: str, initial: str, terminal: Iterable[str], steps: Iterable[Step]) -> None:
        self.kind = kind
        self.initial = initial
        self.terminal = frozenset(terminal)
        self.steps = tuple(steps)
        self.states = frozenset({s.source for s in self.steps} | {s.target for s in self.steps} | self.terminal)
        self._check()

    def steps_from(self, state: str) -> Iterator[Step]:
        """Every row that leaves `state` (loops included)."""
        return (s for s in self.steps if s.source == state)

    def rows(self, state: str, name: str) -> tuple[Step, ...]:
        """The rows for doing `name` in `state`: none where the law has none, several where the target depends on a guard."""
        return tuple(s for s in self.steps if s.source == state and s.name == name)

    def names(self) -> frozenset[str]:
        """Every step's name."""
        return frozenset(s.name for s in self.steps)

    def stored_rows(self, opening: str) -> frozenset[tuple[str, str, str, str]]:
        """What PostgreSQL holds of this road: (kind, source, name, target).

        `opening` is the act that begins a case (source ''). Beside the steps stand the correcting acts: a wrong date in any state,
        and a wrongly entered step taken back, unless the step changed labels (what was opened or closed is not undone by a correction).
        """
        rows = {(self.kind, "", opening, self.initial)}
        rows |= {(self.kind, s.source, s.name, s.target) for s in self.steps}
        rows |= {(self.kind, state, "correct", state) for state in self.states}
        rows |= {(self.kind, s.target, "correct", s.source) for s in self.steps if s.label is None}
        return frozenset(rows)

    def _check(self) -> None:
        """A road that contradicts itself does not load: ValueError."""
        keys = [(s.source, s.name, s.target) for s in self.steps]
        if len(keys) != len(set(keys)):
            raise ValueError(f"{self.kind}: a step stands twice")
        for step in self.steps:
            if step.source in self.terminal and step.target not in self.terminal:
                raise ValueError(f"{self.kind}: {step.name} reopens the terminal state {step.source}")
            if step.approvals < 1:
                raise ValueError(f"{self.kind}: {step.name} needs at least one person")
            twins = self.rows(step.source, step.name)
            if len(twins) > 1 and not all(t.guards for t in twins):
                raise ValueError(f"{self.kind}: {step.name} from {step.source} has several targets and no guard")
        for state in self.states:
            if not self._ends(state, set()):
                raise ValueError(f"{self.kind}: no way out of {state}")

    def _ends(self, state: str, seen: set[str]) -> bool:
        if state in self.terminal:
            return True
        seen.add(state)
        return any(s.target not in seen and self._ends(s.target, seen) for s in self.steps_from(state))
