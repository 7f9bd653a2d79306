"""The words of the desk: an act as it is meant, a kind of case, what an act leaves."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from service.history import Entry
from service.keyholder.answers import Mandate
from service.workflow import Actor, Road

SERVICE = UUID(int=0)
"""The pseudonym under which the service itself takes a step that the law ties to another one."""


@dataclass(frozen=True)
class Moves:
    """Whose rights on the applicant's side end by an act ({person, works}), and whose begin ({person, work, represents, from, until})."""

    ends: Sequence[Mapping[str, Any]] = ()
    gives: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Act:
    """An act as it is meant.

    happened_on: legal date (None: today). date_reason: why it lies before today. until: last day the act sets. compartment: of the
    label the step gives, where it gives one. facts: what only this kind's guards look at. body: what the act's sealed paper says.
    parts: what is sealed beside the paper, in its transaction. for_person: from now on a person must look at the case.
    moves: whose access follows. mandate: on which it rests; number: of the notice it gives, in its office's register. No approval is bound
    to these two: each who approves has his own mandate, and the number comes with the step.
    """

    name: str
    happened_on: date | None = None
    date_reason: str | None = None
    until: date | None = None
    compartment: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    parts: "Sequence[NewPart]" = ()
    for_person: bool = False
    moves: Moves | None = None
    mandate: Mandate | None = None
    number: str | None = None

    def paper(self) -> bytes:
        """The content of the act's sealed paper: everything the act says, canonical JSON."""
        said = {
            **self.body,
            **self.facts,
            "act": self.name,
            "happened_on": self.happened_on,
            "date_reason": self.date_reason,
            "until": self.until,
            "compartment": self.compartment,
        }
        if self.mandate is not None:
            said["mandate"] = {
                "id": self.mandate.id,
                "acts_for": self.mandate.authority,
                "instrument": self.mandate.instrument,
            }
        if self.number is not None:
            said["number"] = self.number
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)

    def sealed_digest(self) -> bytes:
        """SHA-256 of the sealed paper, which names mandate and number: what the act's record holds."""
        return hashlib.sha256(self.paper()).digest()

    def digest(self) -> bytes:
        """SHA-256 over everything the act says: what an approval binds to."""
        return replace(self, mandate=None, number=None).sealed_digest()


@dataclass(frozen=True)
class Meant:
    """What a kind's guards are told: the act, its legal date, today, the events that stand (oldest first), the last day of each limit
    that runs, by name, and whether a person must look at the case."""

    act: Act
    happened_on: date
    today: date
    past: Sequence[Entry]
    due: Mapping[str, date]
    for_person: bool = False


@dataclass(frozen=True)
class Kind:
    """One kind of case: its road, the act that opens it, how its guards' facts are made, whom a section's rule assigns after a step.

    told: the steps the applicant is told of. He sees the case as the last of these left it, its version included: a step he is not told
    of does not show. unsent: the states before the case is sent; phased: the documents whose name says that they were written then.
    meets: the limit that a step meets, by the step's name. signals: what a step from one state to another tells the examination system
    (66(7)): "hold", "resume", or nothing. moves: the steps that move access. mandated: the acts for which
    somebody needs a mandate, and of whom.
    """

    name: str
    road: Road
    opening: str
    facts: Callable[[Meant], Any]
    assigns: Mapping[str, tuple[str, ...]]
    told: frozenset[str]
    unsent: frozenset[str] = frozenset()
    phased: frozenset[str] = frozenset()
    meets: Mapping[str, str] = field(default_factory=dict)
    signals: Callable[[str, str], str | None] = lambda source, target: None
    moves: frozenset[str] = frozenset()
    mandated: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where its cases stand in HTTP."""
        return f"/{self.name}s"

    def named(self, document: str, state: str) -> str:
        """The name under which a document that is written in `state` is sealed: who it is for hangs on it (documents.toml)."""
        return f"{document}.screening" if state in self.unsent and document in self.phased else document

    def seen_by_applicant(self, entries: Sequence[Entry]) -> list[Entry]:
        """The events an applicant is told of, corrections of them included."""
        by_id = {e.id: e for e in entries}

        def root(entry: Entry) -> Entry:
            while entry.supersedes is not None:
                entry = by_id[entry.supersedes]
            return entry

        return [e for e in entries if root(e).name in self.told]

    def silently_labelled(self) -> list[str]:
        """The states that a step leads to which changes labels and of which the applicant is not told."""
        return sorted({s.target for s in self.road.steps if s.label is not None and s.name not in self.told})


AUTHORITY = {Actor.JPO: "commissioner", Actor.PM: "prime_minister"}


def mandated(road: Road, formalities: frozenset[str] = frozenset()) -> dict[str, str]:
    """The acts of a road that somebody does for the Commissioner or the Prime Minister, and for whom.

    A mere date is nobody's decision; formalities: acts of an office that are none either.
    """
    return {
        s.name: AUTHORITY[s.actor]
        for s in road.steps
        if s.actor in AUTHORITY and not s.fact and s.name not in formalities
    }


@dataclass(frozen=True)
class NewPart:
    """A part to be sealed: code of the document, and content."""

    document: str
    content: bytes


@dataclass(frozen=True)
class Correction:
    """Which event a correcting act stands for; annuls: the entry is taken back instead of dated anew."""

    event: UUID
    annuls: bool


@dataclass(frozen=True)
class Done:
    """What an act left: state and version of the case, the event; or how many approvals are still missing (no event then)."""

    case: UUID
    state: str
    version: int
    event: UUID | None
    approvals_missing: int = 0
