"""A filing that is entered by hand: the form of an applicant without software, or of the clerk who has the paper in front of him."""

from datetime import date
from typing import Annotated, Any, Self

import orjson
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from service import clock
from service.filings.words import NO_CONTROLS, Body, Day, EnteredSymbol, Id, Line, Sentence, submission
from service.forms.checking import check
from service.forms.schema import forms
from service.intake.filing import Drawing, Kind, ReadFiling, Symbol
from service.intake.formats.losses import Losses
from service.strict_json import loads

FORMAT = "entered"
NAME = "entered.json"
LONG = 4_000_000
"""Characters of a specification that is typed or pasted in."""

OriginalDay = Annotated[
    Day | None,
    Field(
        default=None,
        description="Filing date of the original, of a divisional or converted application (Patent Act 44(2), 46(6)); its symbols are"
        " compared under both dates. 原出願の日",
    ),
]
Long = Annotated[str, StringConstraints(max_length=LONG, pattern=NO_CONTROLS)]


class EnteredFiling(Body):
    """The form: what the request, the description, the claims and the abstract say (Patent Act 36(1)-(2)). 願書等の入力"""

    model_config = ConfigDict(str_max_length=LONG)

    title: Line = Field(description="Title of the invention. 発明の名称")
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = "ja"
    applicants: list[Line] = Field(min_length=1, max_length=100, description="出願人")
    inventors: list[Line] = Field(default=[], max_length=100, description="発明者")
    agents: list[Line] = Field(default=[], max_length=100, description="代理人")
    description: Long = Field("", description="明細書")
    claims: list[Long] = Field(default=[], max_length=1000, description="請求項")
    abstract: Long = Field("", description="要約")
    drawings: list[Line] = Field(default=[], max_length=1000, description="Figures on paper. 図面")
    symbols: list[EnteredSymbol] = Field(default=[], max_length=1000, description="国際特許分類")
    reference: Line | None = Field(None, description="The applicant's own reference. 整理番号")
    priority_dates: list[Day] = Field(default=[], max_length=50, description="優先日")
    application: Kind = Field("ordinary", description="Kind of application. 出願の種類")
    original_filed_on: OriginalDay


def _judged(said: Any) -> Any:
    """The form within a request, as its schema judges it on the legal date, and as it is kept. Raises FormRefused."""
    if not isinstance(said, dict) or "filing" not in said:
        return said
    day = legal_day(said.get("happened_on"))
    checked = check(forms().on("filing", day), said["filing"], day)
    checked.must_hold("/filing")
    return {**said, "filing": dict(checked.value)}


def legal_day(said: Any) -> date:
    """The legal date that a request names; today where it names none (or none that is one: that is refused elsewhere)."""
    try:
        return date.fromisoformat(said) if isinstance(said, str) else clock.today()
    except ValueError:
        return clock.today()


def parsed(said: Any) -> Any:
    """A form in a field of an upload is JSON text."""
    if isinstance(said, str):
        try:
            return loads(said.encode())
        except ValueError:
            raise PydanticCustomError("json_invalid", "a form in a field is JSON") from None
    return said


FormOne = Annotated[dict[str, Any], BeforeValidator(parsed)]


class Said(Body):
    """What is said with a filing, whether its documents are uploaded or entered."""

    request_review: Sentence | None = Field(
        None, description="Request for preservation review, with its reason (66(2))"
    )
    review_form: FormOne | None = Field(
        None, description="The same on CAO-METI Order Form 1: `GET /forms/cao-meti-1`. 様式第1"
    )
    happened_on: Day | None = Field(None, description="Day of receipt of a paper filing; needs date_reason. 受領日")
    date_reason: Sentence | None = Field(None, description="Why the legal date lies before today. 過去の日付とする理由")
    party: Id | None = Field(None, description="The applicant's pseudonym, where a clerk files for him")
    read_back: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        None, description="Digest of the read-back that you have seen and confirm; a clerk's paper filing needs none"
    )

    @model_validator(mode="after")
    def _form_one(self) -> Self:
        if self.review_form is not None:
            self.review_form = submission("cao-meti-1", self.review_form, self.happened_on, "/review_form")
        return self

    def review(self) -> dict[str, Any] | None:
        """What the request for review says (66(2)), or None where none is made."""
        said = {"reason": self.request_review, "form": self.review_form}
        return {name: value for name, value in said.items() if value is not None} or None


class UploadedSaid(Said):
    """The fields beside the files of an upload."""

    application: Kind | None = Field(None, description="Kind of application; what was read, when left out")
    original_filed_on: OriginalDay


class FileEntered(Said):
    """The form, and what is said with it. It is judged by its schema (policies/forms): `GET /forms/filing`."""

    filing: EnteredFiling

    _form = model_validator(mode="before")(_judged)


class ReadEntered(Body):
    """The form, to be read back."""

    filing: EnteredFiling
    self_check: bool = Field(False, description="Screen the symbols too, without storing anything")

    _form = model_validator(mode="before")(_judged)


def source(form: EnteredFiling, day: date | None) -> bytes:
    """The form as it is kept: canonical JSON, with the version that holds on the legal date (None: today)."""
    version = forms().on("filing", day or clock.today()).id
    return orjson.dumps({**form.model_dump(mode="json"), "form": version}, option=orjson.OPT_SORT_KEYS)


def filing_of(form: EnteredFiling) -> ReadFiling:
    """The form as a filing; what the law asks for and the form leaves out is a loss."""
    losses = Losses()
    for what in ("description", "claims"):
        if not getattr(form, what):
            losses.add(f"{what}-missing", NAME)
    return ReadFiling(
        format=FORMAT,
        kind=form.application,
        number=form.reference,
        numbers={"reference": form.reference} if form.reference else {},
        titles={form.language: form.title},
        applicants=tuple(form.applicants),
        inventors=tuple(form.inventors),
        agents=tuple(form.agents),
        description=form.description,
        claims=tuple(form.claims),
        abstract=form.abstract,
        drawings=tuple(Drawing(figure, "") for figure in form.drawings),
        symbols=tuple(Symbol(s.scheme, s.text, s.text) for s in form.symbols),
        priority_dates=tuple(form.priority_dates),
        losses=losses.all(),
    )
