"""The words of which request bodies are made: a text, a day, an id; a body, an act, and an act that is not done without a reason."""

import re
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints
from pydantic_core import PydanticCustomError

from service import clock
from service.forms.checking import check
from service.forms.schema import forms

NO_CONTROLS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
"""No control characters but tab and line ends; a lone surrogate is no text."""
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=NO_CONTROLS)]
"""A text of a person."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=NO_CONTROLS)]
"""A name, a title, a symbol."""


def _day(said: Any) -> Any:
    """RFC 3339's full-date or a date; no moment and no number is a day."""
    if not isinstance(said, date) and not (isinstance(said, str) and DAY.fullmatch(said)):
        raise PydanticCustomError("date_form", "a date is written YYYY-MM-DD")
    return said


DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


Day = Annotated[date, Strict(False), BeforeValidator(_day)]


Id = Annotated[UUID, Strict(False)]


class Body(BaseModel):
    """A request body: nothing undeclared, and each value in JSON's own type (no "1" or 1.0 for 1, no "yes" for true)."""

    model_config = ConfigDict(extra="forbid", str_max_length=20_000, strict=True)


class EnteredSymbol(Body):
    """A classification symbol, as it is spelt on the paper."""

    scheme: Literal["ipc", "fi", "cpc"] = "ipc"
    text: Line


class ActBody(Body):
    """What every act may say: its legal date (Japan), why it lies before today, and its reason or statement."""

    happened_on: Day | None = Field(None, description="Legal date in Japan; today when left out. 法的な日付")
    date_reason: Sentence | None = Field(None, description="Why the legal date lies before today. 過去の日付とする理由")
    reason: Sentence | None = Field(None, description="Reason or statement; sealed with the act's paper. 理由")


def submission(code: str, said: dict[str, Any], day: date | None, base: str) -> dict[str, Any]:
    """A statutory form that comes with a request, judged by the version of its legal date (None: today), which it then names.

    base: where it stands in the request. Raises FormRefused (422) with every fault, form-not-in-force.
    """
    on = day or clock.today()
    checked = check(forms().on(code, on), said, on)
    checked.must_hold(base)
    return checked.submission()


class ReasonedBody(ActBody):
    """An act that is not done without a reason."""

    reason: Sentence
