"""What a party's entry says: who acts for whom from when, and what of it the keyholder is asked to make true.

What must hold: a name or an address is in the sealed paper alone; the entry's facts are the keyholder's. Patent Act 9: what only an
express power covers (withdrawal, abandonment) is said expressly. Not promised: that a power of attorney is genuine; the clerk sees to that.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.desk.acts import Act, Moves
from service.filings.words import Body, Day, Id, Sentence

ACT = "change_parties"
DOCUMENT = "party"


class _Entry(Body):
    person: Id = Field(description="Of whom it speaks: a pseudonym. 対象者")
    reason: Sentence = Field(description="What was notified; sealed. 届出の内容")
    name: Sentence | None = Field(None, description="Sealed. 氏名又は名称")
    address: Sentence | None = Field(None, description="Sealed. 住所又は居所")


class Joins(_Entry):
    """A further applicant (Patent Act 14, 38): entered by the clerk."""

    entry: Literal["join"]

    def moves(self) -> Moves:
        return Moves(gives=[_work(self.person, "applicant")])


class Appoints(_Entry):
    """A power of attorney (Patent Act 9): for whom, from and until which day, with which express powers."""

    entry: Literal["appoint_attorney"]
    represents: Id = Field(description="The party that gives the power. 本人")
    start: Day | None = Field(None, alias="from", description="First day; today when left out. 始期")
    until: Day | None = Field(None, description="Last day. 終期")
    express: bool = Field(False, description="With power to withdraw and to abandon (Patent Act 9). 特別の授権")

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.person == self.represents:
            raise PydanticCustomError("same_person", "nobody is his own attorney")
        if self.until is not None and self.start is not None and self.until < self.start:
            raise PydanticCustomError("ends_before", "a power does not end before it begins")
        return self

    def moves(self) -> Moves:
        works = ["attorney", *(["special_powers"] if self.express else [])]
        return Moves(gives=[_work(self.person, w, self.represents, self.start, self.until) for w in works])


class Ends(_Entry):
    """The end of a power of attorney: at once."""

    entry: Literal["end_attorney"]

    def moves(self) -> Moves:
        return Moves([{"person": self.person.bytes, "works": ["attorney", "special_powers", "representative"]}])


class Represents(_Entry):
    """The common representative (Patent Act 14, proviso); replaces: who was it until now."""

    entry: Literal["name_representative"]
    replaces: Id | None = Field(None, description="代表者であった者")

    def moves(self) -> Moves:
        before = [{"person": self.replaces.bytes, "works": ["representative"]}] if self.replaces else []
        return Moves(before, [_work(self.person, "representative")])


class NoLonger(_Entry):
    """There is no common representative any more."""

    entry: Literal["end_representative"]

    def moves(self) -> Moves:
        return Moves([{"person": self.person.bytes, "works": ["representative"]}])


Entry = Annotated[Joins | Appoints | Ends | Represents | NoLonger, Field(discriminator="entry")]


def act_of(entry: Joins | Appoints | Ends | Represents | NoLonger) -> Act:
    """The entry as an act for the desk."""
    return Act(ACT, body=entry.model_dump(mode="json", by_alias=True, exclude_none=True), moves=entry.moves())


def _work(
    person: UUID, work: str, represents: UUID | None = None, start: date | None = None, until: date | None = None
) -> dict[str, Any]:
    return {
        "person": person.bytes,
        "work": work,
        "represents": represents.bytes if represents else None,
        "from": start.isoformat() if start else None,
        "until": until.isoformat() if until else None,
    }
