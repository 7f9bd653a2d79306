"""A body holds JSON's own types: what only looks like a number, a truth or a day is refused, never turned into one."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from service.access.routes import FactBody
from service.filings.bodies import CorrectBody, Invention, SendBody
from service.filings.entered import EnteredFiling, ReadEntered, UploadedSaid
from service.filings.intake_routes import ReadSaid
from service.filings.words import ActBody, Body

FORM = {"title": "題", "applicants": ["出願人"]}
EVENT = "9f0c7c1e-5d0e-4a55-9a55-0d6d6f1f7a10"
NO_NUMBERS = ("1", 1.0, True, [1], {"a": 1})
NO_DAYS = (
    0,
    20261120,
    1700000000,
    "1700000000",
    "2026-11-20T00:00:00",
    "2026-11-20 ",
    "20261120",
    "2026-W47-5",
    "２０２６-11-20",
    True,
)
NO_TRUTHS = ("true", "yes", "1", 1, 0, 1.0)


def refused(model: type[Body], said: dict[str, Any]) -> bool:
    try:
        model.model_validate(said)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_only_looks_like_a_number_is_none(value: Any) -> None:
    assert refused(Invention, {"claim": value})
    assert refused(SendBody, {"reason": "x", "inventions": [{"claim": 1, "item": value}]})
    assert not refused(Invention, {"claim": 1})


@pytest.mark.parametrize("value", NO_DAYS)
def test_a_day_is_written_in_one_way(value: Any) -> None:
    assert refused(ActBody, {"happened_on": value})
    assert refused(UploadedSaid, {"happened_on": value})
    assert refused(EnteredFiling, {**FORM, "priority_dates": [value]})
    assert refused(FactBody, {"kind": "post", "person": EVENT, "values": {}, "from": value})
    assert ActBody.model_validate({"happened_on": "2026-11-20"}).happened_on == date(2026, 11, 20)


@pytest.mark.parametrize("value", NO_TRUTHS)
def test_what_only_looks_like_a_truth_is_none(value: Any) -> None:
    assert refused(CorrectBody, {"reason": "x", "event": EVENT, "annuls": value})
    assert refused(ReadEntered, {"filing": FORM, "self_check": value})


def test_a_fact_has_one_name_for_its_first_day_and_no_truth_for_a_level() -> None:
    said = {"kind": "clearance", "person": EVENT, "values": {"level": 1}}
    assert FactBody.model_validate(said).person == UUID(EVENT)
    assert refused(FactBody, {**said, "start": "2026-11-20"})
    assert refused(FactBody, {**said, "values": {"level": True}})


def test_a_form_says_its_truths_in_letters() -> None:
    assert ReadSaid.model_validate({"self_check": "true"}).self_check
