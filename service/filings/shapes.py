"""What HTTP says of filings, and of what was read of an application."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel


class DoneShape(BaseModel):
    """What an act left. approvals_missing: how many other persons must send the same act before it takes effect."""

    case: UUID
    state: str
    version: int
    event: UUID | None
    approvals_missing: int


class ReadBack(BaseModel):
    """What was understood of an application and what was not, before it is filed. digest: what `read_back` confirms when it is filed.

    symbols: as the document spells them and as they are matched (null: not readable). claims: how many; description: its characters.
    """

    format: str
    application: str
    number: str | None
    numbers: dict[str, str]
    titles: dict[str, str]
    applicants: list[str]
    inventors: list[str]
    agents: list[str]
    filing_date: date | None
    original_filed_on: date | None
    priority_dates: list[date]
    symbols: list[dict[str, Any]]
    claims: int
    description: int
    abstract: str
    drawings: list[dict[str, str]]
    losses: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    digest: str
    screening: dict[str, Any] | None = None


class Receipt(BaseModel):
    """A receipt (受領書) that holds offline: `hozen verify-receipt`. record: its access record, base64; note: signed over it."""

    number: str
    case: UUID
    filed_on: date
    received_at: datetime
    manifest: dict[str, Any]
    record: str
    note: str


class FiledShape(BaseModel):
    """What filing left. receipt: null where it could not be signed at once; it is then fetched from the filing."""

    case: UUID
    state: str
    version: int
    format: str
    application: str
    losses: list[dict[str, Any]]
    receipt: Receipt | None


class EventShape(BaseModel):
    """One step of the case's past."""

    id: UUID
    step: str
    happened_on: date
    until: date | None
    recorded_at: datetime
    document: str | None
    part: UUID | None
    basis: str | None
    supersedes: UUID | None
    annuls: bool


class RisenShape(BaseModel):
    """A clock has risen to a post (escalation.toml), since this day."""

    post: str
    since: date


class ClockShape(BaseModel):
    """A limit that runs: its last day, and why. risen: to whom it has risen; nothing of it is told to an applicant."""

    limit: str
    due: date
    state: str
    basis: str
    why: dict[str, str]
    risen: list[RisenShape]


class PartShape(BaseModel):
    """A part that the reader may know of."""

    id: UUID
    document: str
    version: int
    label: str
    size_class: int


class CaseShape(BaseModel):
    """A case, as far as the reader may know it. no_period: why no period runs (ja, en), where none does and the case is not over."""

    id: UUID
    kind: Literal["filing", "confirmation"]
    state: str
    version: int
    label: str
    events: list[EventShape]
    clocks: list[ClockShape]
    no_period: dict[str, str] | None
    parts: list[PartShape]


class CaseRow(BaseModel):
    """A filing in a list. risen: since when a clock of it has risen to the reader's own post."""

    id: UUID
    state: str
    version: int
    label: str
    due: date | None
    recorded_at: datetime
    risen: date | None


class CaseList(BaseModel):
    """A page of the filings the reader may know of, and where the next page begins."""

    filings: list[CaseRow]
    next: str | None


class NextAct(BaseModel):
    """A lawful next act: its article, paper, who it is the act of, the day it is due, and what is still missing for it."""

    act: str
    path: str
    basis: str
    document: str | None
    actor: str
    approvals: int
    due: date | None
    missing: list[dict[str, str]]


class Workbench(BaseModel):
    """What may be done next by the reader."""

    case: UUID
    state: str
    version: int
    acts: list[NextAct]
    approvals: list[dict[str, Any]]


class PartContent(BaseModel):
    """The content of one part, with its mark. Its compartment is the office's own arrangement and is told to nobody here."""

    id: UUID
    case: UUID
    document: str
    version: int
    label: str
    mark: dict[str, str]
    media_type: str
    content: Any
