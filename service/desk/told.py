"""A case as its applicant is told of it.

What must hold: nothing he gets (state, version, label, events, limits, refusals) depends on a step he is not told of. His version
counts the events he knows, so that a hidden step leaves no gap; his state is where the last step that was told him left the case, and an
act of his own that moves nothing tells him nothing of a state he has not heard of.
Not promised: that he cannot conclude anything from an act of his that is refused (what the law no longer takes, it no longer takes).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from service.access.people import OF_A_PARTY
from service.desk.acts import Kind
from service.history import Entry, standing
from service.workflow import Actor, Step


def is_told(work: frozenset[str]) -> bool:
    """Whether one with these works sees the case as it is told: he stands on the applicant's side and nowhere else."""
    return bool(work) and work <= OF_A_PARTY


@dataclass(frozen=True)
class Told:
    """The case in the applicant's eyes: the events he knows, and what follows from them alone."""

    entries: Sequence[Entry]
    state: str
    version: int
    label: str


def as_told(kind: Kind, entries: Sequence[Entry]) -> Told:
    """What the applicant is told of a case whose events are all in `entries`."""
    known = kind.seen_by_applicant(entries)
    state, label = kind.road.initial, "application"
    for entry in standing(known):
        step = told_step(kind, state, entry)
        if step is None or step.source != step.target or step.actor != Actor.APPLICANT:
            state = entry.target
        label = (step.label if step else None) or label
    return Told(known, state, len(known), label)


def told_step(kind: Kind, state: str, entry: Entry) -> Step | None:
    """The row of the road for an event, as one reads it who takes the case to be in `state`; else the row it took."""
    rows = kind.road.rows(state, entry.name) or kind.road.rows(entry.source, entry.name)
    return next((r for r in rows if r.target == entry.target), rows[0] if rows else None)


def told_steps(kind: Kind, entries: Sequence[Entry]) -> list[Step | None]:
    """For each of `entries` (the ones he knows, oldest first) the row as he reads it: its article and paper tell of no hidden state."""
    return [told_step(kind, as_told(kind, entries[:at]).state if at else "", e) for at, e in enumerate(entries)]
