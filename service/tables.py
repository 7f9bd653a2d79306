"""What the database holds: the tables every kind of case shares (SQLModel for the schema and the rows; Alembic keeps them equal).

In clear stand only: random ids, kind and state of a case, versions, legal dates and limits, labels, codes of documents, size classes,
pseudonyms, wrapped keys, and the records. Everything a filing says, or that is said of it, is a sealed part. SECURITY.md lists every
column and what it tells a database owner; a test fails on a column that the list lacks.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field, SQLModel

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMES


class Moment(TIMESTAMP):
    """timestamptz."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(timezone=True)


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class RoadStep(SQLModel, table=True):
    """The roads as PostgreSQL knows them: an event whose step is not a row here cannot be stored (foreign key)."""

    __tablename__: ClassVar[Any] = "road_steps"
    kind: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    target: str = Field(primary_key=True)


class Case(SQLModel, table=True):
    """One case of any kind. state, version, label move only together with an event (trigger). for_person: a person must look at it."""

    __tablename__: ClassVar[Any] = "cases"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("label in ('application', 'designated', 'released')", name="label"),
    )
    id: UUID = Field(primary_key=True)
    kind: str
    state: str
    version: int
    label: str
    compartment: str | None = None
    recorded_at: datetime = Field(sa_type=Moment)
    for_person: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


RECORD = ForeignKey("records.id", deferrable=True, initially="DEFERRED")
"""An event is stored before the record of its act, in the same transaction."""


class Event(SQLModel, table=True):
    """One act on a case: the row of the road it took, its legal date apart from the time of recording, who, by which paper."""

    __tablename__: ClassVar[Any] = "events"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("case_id", "version"),
        UniqueConstraint("supersedes"),
        ForeignKeyConstraint(
            ["kind", "source", "name", "target"],
            ["road_steps.kind", "road_steps.source", "road_steps.name", "road_steps.target"],
            name="fk_events_road_steps",
        ),
        CheckConstraint("(name = 'correct') = (supersedes is not null)", name="supersedes"),
        CheckConstraint("not annuls or supersedes is not null", name="annuls"),
        CheckConstraint("application is null or source = ''", name="application"),
    )
    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="cases.id")
    kind: str
    version: int
    source: str
    name: str
    target: str
    happened_on: date
    until: date | None = None
    recorded_at: datetime = Field(sa_type=Moment)
    person: UUID
    document: str | None = None
    part_id: UUID | None = None
    supersedes: UUID | None = Field(default=None, foreign_key="events.id")
    annuls: bool = False
    application: str | None = None
    record: UUID | None = Field(default=None, sa_type=Uuid, sa_column_args=[RECORD])


class Part(SQLModel, table=True):
    """One sealed part: ciphertext, and its data key wrapped to the public key of (label, compartment)."""

    __tablename__: ClassVar[Any] = "parts"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("label in ('application', 'designated', 'released')", name="label"),
        CheckConstraint("version >= 1", name="version"),
    )
    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="cases.id", index=True)
    document: str
    version: int
    label: str
    compartment: str | None = None
    key_id: UUID
    size_class: int
    wrapped: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    recorded_at: datetime = Field(sa_type=Moment)


class StagedPart(SQLModel, table=True):
    """A part on its way in: sealed like any, under the case id that its filing will have; moved into `parts` by the act that files it."""

    __tablename__: ClassVar[Any] = "staged_parts"
    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    document: str
    key_id: UUID
    size_class: int
    wrapped: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    recorded_at: datetime = Field(sa_type=Moment)


class DraftRow(SQLModel, table=True):
    """A form that is not submitted yet, in its present revision: sealed in a place that names its person, opened for him alone."""

    __tablename__: ClassVar[Any] = "drafts"
    __table_args__: ClassVar[Any] = (CheckConstraint("revision >= 1", name="revision"),)
    person: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    revision: int
    key_id: UUID
    size_class: int
    wrapped: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    recorded_at: datetime = Field(sa_type=Moment)


class FactRow(SQLModel, table=True):
    """A fact about a person, sealed by the keyholder: who it is about and on which case is all that shows."""

    __tablename__: ClassVar[Any] = "facts"
    __table_args__: ClassVar[Any] = (
        Index("ix_facts_person_case", "person", "case_id"),
        Index("ix_facts_case", "case_id"),
        Index("uq_facts_tag", "tag", unique=True, postgresql_where=text("tag is not null")),
    )
    id: UUID = Field(primary_key=True)
    person: UUID
    case_id: UUID | None = None
    tag: bytes | None = Field(default=None, sa_type=LargeBinary)
    body: bytes = Field(sa_type=LargeBinary)


class ClockRow(SQLModel, table=True):
    """A limit that runs (or ran) for a case: always derived from events; stored so that the worker finds what is due."""

    __tablename__: ClassVar[Any] = "clocks"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("case_id", "limit_name", "start_event"),
        CheckConstraint("state in ('running', 'met', 'stopped', 'superseded')", name="state"),
        Index("ix_clocks_due", "due", postgresql_where=text("state = 'running'")),
    )
    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="cases.id")
    limit_name: str
    start_event: UUID = Field(foreign_key="events.id")
    start: date
    due: date
    state: str


class QueueRow(SQLModel, table=True):
    """A case in one person's queue. due: the last day of what ends first, infinity where nothing runs; told: that day as the applicant is
    told of the case; newest: microseconds since 1970 until the case was recorded, negative, so that all four sort one way."""

    __tablename__: ClassVar[Any] = "queue"
    __table_args__: ClassVar[Any] = (
        Index("ix_queue_due", "person", "due", "newest", "case_id"),
        Index("ix_queue_told", "person", "told", "newest", "case_id"),
        Index("ix_queue_case_id", "case_id"),
    )
    person: UUID = Field(primary_key=True)
    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    due: date
    told: date
    newest: int = Field(sa_type=BigInteger)


class StayEvent(SQLModel, table=True):
    """A change of a case's stay (66(7)), as the examination system is told of it. number: given when it is first asked for."""

    __tablename__: ClassVar[Any] = "stay_events"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("number"),
        CheckConstraint("what in ('hold', 'resume')", name="what"),
        Index("ix_stay_events_unnumbered", "event_id", postgresql_where=text("number is null")),
    )
    event_id: UUID = Field(primary_key=True, foreign_key="events.id")
    case_id: UUID = Field(foreign_key="cases.id")
    what: str
    day: date
    number: int | None = Field(default=None, sa_type=BigInteger)
    received_at: datetime | None = Field(default=None, sa_type=Moment)


class Register(SQLModel, table=True):
    """The last number that an office gave a notice in a calendar year."""

    __tablename__: ClassVar[Any] = "registers"
    office: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class Delivery(SQLModel, table=True):
    """A notice laid out for one addressee. received_at, record: when he confirmed its receipt, and the record of that."""

    __tablename__: ClassVar[Any] = "deliveries"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("(received_at is null) = (record is null)", name="received"),
        Index("ix_deliveries_awaited", "person", postgresql_where=text("received_at is null")),
    )
    event_id: UUID = Field(primary_key=True, foreign_key="events.id")
    person: UUID = Field(primary_key=True)
    received_at: datetime | None = Field(default=None, sa_type=Moment)
    record: UUID | None = None


class Mailing(SQLModel, table=True):
    """One person's mail of one day: its address was given to the courier. sent: a mail server took it. id: all that the courier is told."""

    __tablename__: ClassVar[Any] = "mailings"
    __table_args__: ClassVar[Any] = (UniqueConstraint("id"),)
    person: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    id: UUID
    sent: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class Approval(SQLModel, table=True):
    """One person's approval of one act, bound to the digest of exactly what was sent; a changed act is another act."""

    __tablename__: ClassVar[Any] = "approvals"
    __table_args__: ClassVar[Any] = (UniqueConstraint("case_id", "version", "act", "digest", "person"),)
    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="cases.id")
    version: int
    act: str
    digest: bytes = Field(sa_type=LargeBinary)
    person: UUID
    part_id: UUID
    recorded_at: datetime = Field(sa_type=Moment)


class IdempotencyKey(SQLModel, table=True):
    """One creating request, by a keyed hash of person and key: the same request again gets the same case, or what else it made."""

    __tablename__: ClassVar[Any] = "idempotency_keys"
    __table_args__: ClassVar[Any] = (CheckConstraint("(case_id is null) <> (made is null)", name="one"),)
    tag: bytes = Field(primary_key=True, sa_type=LargeBinary)
    digest: bytes = Field(sa_type=LargeBinary)
    case_id: UUID | None = Field(foreign_key="cases.id")
    made: UUID | None
    recorded_at: datetime = Field(sa_type=Moment)


class RecordRow(SQLModel, table=True):
    """One record of the access log, as exact canonical bytes; `number` runs without a gap for each writer."""

    __tablename__: ClassVar[Any] = "records"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("writer", "number"),
        CheckConstraint("number >= 1", name="number"),
        Index("ix_records_xid", "xid"),
    )
    id: UUID = Field(primary_key=True)
    writer: UUID
    number: int = Field(sa_type=BigInteger)
    body: bytes = Field(sa_type=LargeBinary)
    xid: int = Field(sa_type=Xid8, sa_column_kwargs={"server_default": text("pg_current_xact_id()")})


class LeafRow(SQLModel, table=True):
    """The place of a record in the RFC 6962 tree, given once by the sequencer."""

    __tablename__: ClassVar[Any] = "leaves"
    __table_args__: ClassVar[Any] = (UniqueConstraint("record"), CheckConstraint("idx >= 0", name="idx"))
    idx: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    record: UUID = Field(foreign_key="records.id")
    hash: bytes = Field(sa_type=LargeBinary)


class CheckpointRow(SQLModel, table=True):
    """A checkpoint the keyholder signed: a C2SP signed note over size and root."""

    __tablename__: ClassVar[Any] = "checkpoints"
    size: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    note: str
