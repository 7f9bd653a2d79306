"""What HTTP takes and says of prior confirmations. State, version, owner and label are never in a request; nothing undeclared is taken."""

from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from service.errors import Text, invalid
from service.filings.bodies import DemandBody, JudgedInvention
from service.filings.entered import FormOne, parsed
from service.filings.shapes import CaseRow, Receipt
from service.filings.words import ActBody, Body, EnteredSymbol, Id, ReasonedBody, submission

FORM = "cao-meti-3"


class Symbols(Body):
    """What is said beside the form: the requester's own classification, if he has one; it is screened, and decides nothing."""

    symbols: list[EnteredSymbol] = Field(default=[], max_length=1000, description="国際特許分類（分かるとき）")


class RequestBody(Symbols):
    """The request (79(1)) on Form 3 of the CAO-METI Order, its description (Form 4) and drawings (Form 5) filled in within it."""

    form: dict[str, Any] = Field(description="CAO-METI Order Form 3: `GET /forms/cao-meti-3`. 様式第3")

    @model_validator(mode="after")
    def _judged(self) -> Self:
        self.form = submission(FORM, self.form, None, "/form")
        return self


class UploadedBody(Symbols):
    """The fields beside the files of an uploaded request: Form 3 as JSON text, which names what is attached."""

    form: FormOne = Field(description="CAO-METI Order Form 3 as JSON. 様式第3")
    symbols: Annotated[list[EnteredSymbol], BeforeValidator(parsed)] = Field(default=[], max_length=1000)

    @model_validator(mode="after")
    def _judged(self) -> Self:
        self.form = submission(FORM, self.form, None, "/form")
        return self


def attached(form: dict[str, Any], files: int) -> None:
    """The papers that the form says are sent as files are there. Raises Refusal invalid-field."""
    named = len(form["said"].get("attached", ()))
    if files and not named:
        raise invalid(
            "/form/attached",
            Text("ファイルが何の書類か示してください。", "Say which paper the files are."),
            article="CAO-METI Order 5",
        )
    if named > files:
        raise invalid(
            "/form/attached",
            Text("別に送る書類がありません。", "The papers that are attached have not come."),
            article="CAO-METI Order 5",
            next_step=Text(
                "POST /confirmations/uploaded にファイルとともに送ってください。",
                "Send the form with its files to POST /confirmations/uploaded.",
            ),
        )


class RejectBody(ReasonedBody):
    """The end of a request that cannot be taken up: the fee is not paid, it was filed in Japan, or the form was not corrected."""

    ground: Literal["fee", "filed_in_japan", "form"]


class ReferBody(ReasonedBody):
    """The referral to the Prime Minister (79(3)): what was judged, invention by invention, as for a filing (66(1))."""

    inventions: list[JudgedInvention] = Field(min_length=1, max_length=1000, description="発明ごとの判断")


class ReferralAnswerBody(ReasonedBody):
    """The Prime Minister's answer (79(3)): whether publication clearly does not affect safety. The reason stays between the offices."""

    clearly_harmless: bool = Field(description="公にされることにより支障が生ずるおそれのないことが明らかか")


class LaterFilingBody(ActBody):
    """The Japanese application that the requester filed later: a filing of his own in this service."""

    filing: Id = Field(description="The filing's id. 出願の識別子")


BODIES: dict[str, type[ActBody]] = {
    "ask_for_more": DemandBody,
    "answer_demand": ReasonedBody,
    "answer_not_applicable": ReasonedBody,
    "reject_on_formality": RejectBody,
    "refer": ReferBody,
    "answer_referral": ReferralAnswerBody,
    "later_filing": LaterFilingBody,
}


class RequestedShape(BaseModel):
    """What a request left. receipt: null where it could not be signed at once; it is then fetched from the confirmation."""

    case: UUID
    state: str
    version: int
    receipt: Receipt | None


class ConfirmationList(BaseModel):
    """A page of the confirmations the reader may know of, and where the next page begins."""

    confirmations: list[CaseRow]
    next: str | None


class Ban(BaseModel):
    """May the invention be filed abroad on a day (Art. 78), by the facts of one case. open: what the facts leave open, for a lawyer."""

    on: date
    banned: bool
    since: date | None
    until: date | None
    rule: str
    basis: str
    unsettled: bool
    applications: list[dict[str, Any]]
    wareki: dict[str, str]
    why: dict[str, str]
    open: list[dict[str, str]]
    sha256: dict[str, str]
