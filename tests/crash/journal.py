"""What the clients were told, and nothing else: the oracle compares this with the database."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass
class Answer:
    """One answer that reached a client: request-id header, status, what was asked; part: whose content it held."""

    request: UUID
    status: int
    asked: str
    part: UUID | None = None


@dataclass
class Done:
    """An act that was acknowledged with 2xx."""

    name: str
    event: UUID
    version: int
    request: UUID


@dataclass
class Filing:
    """A filing that was acknowledged with 201. doubts: acts that were sent and never answered for certain, by name."""

    person: str
    key: str
    case: UUID
    marker: str
    requested: bool
    request: UUID
    began: float
    acts: list[Done] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


@dataclass
class Journal:
    """Everything that 20 clients were told."""

    answers: list[Answer] = field(default_factory=list)
    filings: list[Filing] = field(default_factory=list)
    facts: list[UUID] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    lost: int = 0
    retried: int = 0
    faults: list[str] = field(default_factory=list)
