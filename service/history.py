"""A case's past, read from its events: pure.

A wrong entry is never edited. A correcting act is an event of its own that supersedes another one, with a new date, or takes it back.
`standing` gives the events as they stand after all corrections; the superseded ones stay in the table for everyone to see.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID


@dataclass(frozen=True)
class Entry:
    """One event as stored. `version` is the case's version it made; `supersedes` names the event a correction stands for.

    application: kind of application, on the event that opens a filing: it decides from which day Art. 66(4) counts.
    """

    id: UUID
    version: int
    source: str
    name: str
    target: str
    happened_on: date
    until: date | None
    person: UUID
    document: str | None = None
    part_id: UUID | None = None
    supersedes: UUID | None = None
    annuls: bool = False
    application: str | None = None


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """The events that stand, oldest first: each with the dates of its latest correction; what was taken back is left out.

    A correction that names no last day leaves the one that stood. Raises ValueError for a correction of an event that is
    not there (a trigger of the table rules it out).
    """
    ordered = sorted(entries, key=lambda e: e.version)
    by_id = {e.id: e for e in ordered}
    now: dict[UUID, Entry | None] = {}
    for entry in ordered:
        if entry.supersedes is None:
            now[entry.id] = entry
            continue
        root = _root(entry, by_id)
        until = entry.until or (now[root.id] or root).until
        now[root.id] = None if entry.annuls else replace(root, happened_on=entry.happened_on, until=until)
    return [e for e in now.values() if e is not None]


def superseded(entries: Iterable[Entry]) -> frozenset[UUID]:
    """Ids of the events that a correction stands for."""
    return frozenset(e.supersedes for e in entries if e.supersedes is not None)


def last_standing(entries: Sequence[Entry]) -> Entry | None:
    """The latest event that stands."""
    return max(standing(entries), key=lambda e: e.version, default=None)


def _root(entry: Entry, by_id: dict[UUID, Entry]) -> Entry:
    """The first event of a chain of corrections."""
    while entry.supersedes is not None:
        if entry.supersedes not in by_id:
            raise ValueError("a correction of an event that is not there")
        entry = by_id[entry.supersedes]
    return entry
