"""What the keyholder answers, typed, and who asks it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True)
class Answer:
    """One decision. `know`: he may know that the case exists; `allow`: he may do the act. work: his works on the case."""

    know: bool
    allow: bool
    policies: tuple[str, ...]
    snapshot: str
    work: frozenset[str]
    state: str | None
    version: int | None
    label: str | None


@dataclass(frozen=True)
class Mandate:
    """That somebody acts for an authority today: the fact's id, for whom, in which acts (`all`, or their names), by which instrument."""

    id: UUID
    authority: str
    scope: str
    instrument: str

    def covers(self, authority: str, act: str) -> bool:
        """It lets him do this act for this authority."""
        return self.authority == authority and (self.scope == "all" or act in self.scope.split())


@dataclass(frozen=True)
class Decision:
    """The person as the keyholder authenticated him, and its answers in the order of the questions."""

    person: UUID
    office: str | None
    roles: tuple[str, ...]
    cleared_until: date | None
    policy_set: str
    answers: tuple[Answer, ...]
    mandates: tuple[Mandate, ...] = ()


@dataclass
class Caller:
    """Who asks: the token as it came, and the id of the HTTP request. What was learned of him is kept for the request's one record.

    recorded: the request's record is durable already (the desk wrote it, or the keyholder did). beside: what he reads is read on the way of
    an act, which has the request's record: the release is recorded beside it.
    """

    token: str
    request: UUID
    recorded: bool = False
    decision: "Decision | None" = None
    answer: "Answer | None" = None
    case: UUID | None = None
    beside: bool = False

    def decided(self, decision: "Decision", answer: "Answer | None", case: UUID | None) -> None:
        """Keep the decision that the request's record will name."""
        self.decision, self.answer, self.case = decision, answer, case


@dataclass(frozen=True)
class FactValues:
    """A sealed fact as the keyholder made it, to be stored in the act's transaction."""

    id: UUID
    person: UUID
    case_id: UUID | None
    tag: bytes | None
    body: bytes


@dataclass(frozen=True)
class Hand:
    """A fact on a case: its id (which ends it), the person, its kind, the work it gives."""

    id: UUID
    person: UUID
    kind: str
    work: str


@dataclass(frozen=True)
class Party:
    """Somebody on the applicant's side: what he is on the case, for which party (an attorney), from and until which day, both included."""

    person: UUID
    work: str
    represents: UUID | None
    start: date
    until: date | None

    def holds_on(self, day: date) -> bool:
        """It holds on this day in Japan."""
        return self.start <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Linked:
    """How a case belongs together with another: the link's kind, which of the two this case is, the other case, since when."""

    link: str
    side: str
    other: UUID
    since: date


@dataclass(frozen=True)
class Released:
    """A data key, the sealed bytes (None above 64 KiB), the part they belong to, and the state its case was in."""

    key: bytes
    sealed: bytes | None
    case: UUID
    kind: str
    document: str
    version: int
    label: str
    compartment: str | None
    state: str


@dataclass(frozen=True)
class Rewrapped:
    """A part's data key, wrapped to its new label."""

    id: UUID
    key_id: UUID
    wrapped: bytes
