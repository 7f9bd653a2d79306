"""What HTTP takes as acts on a filing, one body for each kind of act.

State, version, owner and label are in none; nothing undeclared is taken.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from service.desk.acts import Moves
from service.filings.words import ActBody, Body, Day, EnteredSymbol, Id, ReasonedBody, Sentence, submission


class NonSendingBody(ActBody):
    """A request for the non-sending notice (66(10)), on Form 2 of the CAO-METI Order where it is filled in here."""

    form: dict[str, Any] | None = Field(None, description="CAO-METI Order Form 2: `GET /forms/cao-meti-2`. 様式第2")
    code: ClassVar[str] = "cao-meti-2"

    @model_validator(mode="after")
    def _judged(self) -> Self:
        if self.form is not None:
            self.form = submission(self.code, self.form, self.happened_on, "/form")
        return self


class Invention(Body):
    """One invention: where it stands in the specification, and the item of the Order it meets whole, if that is the ground."""

    claim: Annotated[int, Field(ge=1, le=10_000)] | None = Field(None, description="Number of the claim. 請求項")
    passage: Sentence | None = Field(None, description="Where it stands in the specification. 明細書の箇所")
    item: Annotated[int, Field(ge=1, le=47)] | None = Field(None, description="Item of Order 12(1). 令12条1項の号")


class JudgedInvention(Invention):
    """What the officer judged of one invention: the item it meets (none: null), and his answers to the questions that item puts."""

    content: Literal["yes", "no"] | None = Field(None, description="The item's own limit. 号の限定")
    additional: Literal["no", "a", "b", "c1", "c2", "yes"] | None = Field(
        None, description="Requirement of Order 12(3). 付加要件"
    )
    left_out: bool = Field(
        False, description="In the part that Order 12(2) leaves out (item 13). 令12条2項で除かれる部分"
    )

    @model_validator(mode="after")
    def _placed(self) -> Self:
        """One invention is one that can be found again, and only an item puts questions."""
        if self.claim is None and self.passage is None:
            raise PydanticCustomError("invention_place", "name its claim or its passage")
        if self.item is None and (self.content or self.additional or self.left_out):
            raise PydanticCustomError("invention_item", "an answer is one to an item's question")
        return self


class JudgingBody(ReasonedBody):
    """What was judged, invention by invention."""

    inventions: list[JudgedInvention] = Field(default=[], max_length=1000, description="発明ごとの判断")


class SendBody(JudgingBody):
    """Sending to the Prime Minister (66(1), 66(2))."""

    earlier_notice: bool = Field(
        False,
        description="It describes an invention for which its applicant, or who the right came from, asked for review before and got a"
        " pre-designation notice (66(2), second sentence). 以前の申出に係る発明",
    )


class NotToSendBody(JudgingBody):
    """The judgment not to send (66(7)): no invention meets an item, or review is clearly unnecessary (66(1), proviso)."""

    unnecessary: list[Literal["level", "features", "publicness"]] = Field(
        default=[], max_length=3, description="Clear from level, features or publicness. 審査の必要がないことが明らか"
    )


class ClassificationBody(ReasonedBody):
    """The classification as it is right (66(1)): every symbol of the application, not only those that were wrong."""

    symbols: list[EnteredSymbol] = Field(min_length=1, max_length=1000, description="国際特許分類")


class InventionsBody(ReasonedBody):
    """An act that names inventions (67(9))."""

    inventions: list[Invention] = Field(min_length=1, max_length=1000)


class DesignateBody(InventionsBody):
    """Designation (70(1)): inventions, last day of the period, and the compartment of the parts (house rule)."""

    until: Day = Field(
        description="Last day of the period, at most one year counting from the day of designation (70(2)). 指定の期間の末日"
    )
    compartment: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")] | None = None


class UntilBody(ReasonedBody):
    """An act that sets a last day: extension (70(3)), a period for a written explanation (69(2), 73(7)), a demand."""

    until: Day


class Returned(Body):
    """A form that is returned for correction: the paper that holds it, and the fields that reopen (RFC 6901)."""

    part: Id = Field(description="The paper of this filing that holds the form. 様式のある書類")
    pointers: list[Annotated[str, StringConstraints(pattern=r"^(/[a-z0-9_]{1,64}){1,8}$")]] = Field(
        min_length=1, max_length=200, description="Fields to be corrected. 補正を求める欄"
    )


class DemandBody(ReasonedBody):
    """A demand for documents or a correction (66(6), 67(2), 67(11)): the last day it sets, where it sets one; a form it returns."""

    until: Day | None = None
    returns: Returned | None = None


class AskedItem(Body):
    """What is asked of one item: which of its questions, and which documents."""

    item: Annotated[int, Field(ge=1, le=47)]
    questions: list[Literal["additional", "content"]] = Field(min_length=1, max_length=2)
    documents: Sentence | None = Field(None, description="Documents asked for. 求める資料")


class PrimaryDemandBody(DemandBody):
    """A demand of the primary review (66(6)): for each item what the applicant is asked."""

    asked: list[AskedItem] = Field(default=[], max_length=47, description="号ごとの求め")


class AnswerBody(ReasonedBody):
    """An answer to a demand; where the demand returned a form, the form as corrected, and the demand's paper."""

    answers: Id | None = Field(None, description="The paper of the demand. 求めの書類")
    form: dict[str, Any] | None = Field(None, description="The form, the fields named corrected. 補正した様式")

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.answers is None) != (self.form is None):
            raise PydanticCustomError("answer_form", "the corrected form and the paper that it answers go together")
        return self


class CorrectBody(ReasonedBody):
    """A correcting act (two persons): a new date for an entry, or the entry taken back."""

    event: Id
    annuls: bool = False
    until: Day | None = None


class TransferBody(ReasonedBody):
    """A transfer of the right as it is notified (Patent Act 34(4); 34(5): succession as a whole): who had it, who has it now."""

    predecessor: Id = Field(description="承継人に地位を譲る者")
    successor: Id = Field(description="承継人")
    general: bool = Field(False, description="Inheritance, merger. 一般承継")
    name: Sentence = Field(description="Of the successor; sealed. 承継人の氏名又は名称")
    address: Sentence = Field(description="Of the successor; sealed. 承継人の住所又は居所")

    @model_validator(mode="after")
    def _passes(self) -> Self:
        if self.predecessor == self.successor:
            raise PydanticCustomError("same_person", "a right passes from one to another")
        return self

    def moves(self) -> Moves:
        """The right passes whole, with the powers given by the predecessor ended."""
        return Moves(
            [{"person": self.predecessor.bytes, "works": ["applicant", "representative"]}],
            [{"person": self.successor.bytes, "work": "applicant"}],
        )


BODIES: dict[str, type[ActBody]] = {
    "send": SendBody,
    "transfer_right": TransferBody,
    "request_non_sending_notice": NonSendingBody,
    "give_pre_notice": InventionsBody,
    "designate": DesignateBody,
    "extend": UntilBody,
    "notice_termination": UntilBody,
    "notice_breach": UntilBody,
    "ask_documents": PrimaryDemandBody,
    "ask_in_review": DemandBody,
    "ask_correction": DemandBody,
    "judge_not_to_send": NotToSendBody,
    "correct_classification": ClassificationBody,
    "hold_priority_certificate": ReasonedBody,
    "release_priority_certificate": ReasonedBody,
    "decide_not_to_designate": ReasonedBody,
    "lift": ReasonedBody,
    "terminate": ReasonedBody,
    "dismiss": ReasonedBody,
    "dismiss_for_breach": ReasonedBody,
    "find_dismissal_proper": ReasonedBody,
    "set_dismissal_pending": ReasonedBody,
    "file_document": ReasonedBody,
    "correct_document": AnswerBody,
    "explain": ReasonedBody,
    "answer_demand": AnswerBody,
}
