"""Return for correction: a demand names fields of a form that was submitted; only those reopen, and the earlier version stays as it was.

What must hold: a corrected form is judged by the version that the first one names, and differs from it in reopened fields alone. What was
submitted first is a sealed part that nobody changes; the corrected form is another, and names it.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from service.errors import Refusal, Text, invalid
from service.forms.checking import check
from service.forms.drafts import differing
from service.forms.schema import Form, field_at, forms
from service.keyholder.answers import Caller
from service.reading import Reading

PURPOSE = "work"
KIND = "filing"


class NotReopened(Refusal):
    """409: a field was changed that the demand does not name. differing: pointers of all of these."""

    def __init__(self, base: str, found: Sequence[str]) -> None:
        super().__init__(
            "not-reopened",
            409,
            Text(
                "補正を求められていない欄が変更されています。",
                "A field was changed that you were not asked to correct.",
            ),
            pointer=base + found[0],
            next_step=Text(
                "示された欄を元のとおりにしてください。", "Put the fields named back as they were submitted."
            ),
        )
        self.differing = [base + one for one in found]

    def problem(self, lang: str = "ja") -> dict[str, object]:
        return {**super().problem(lang), "differing": self.differing}


async def submitted(reading: Reading, caller: Caller, case: UUID, part: UUID, base: str) -> tuple[Form, Any]:
    """The form that a paper of the case holds, in its version, and what it says. Raises Refusal not-found, not-permitted, invalid-field."""
    paper = await _paper(reading, caller, case, part)
    kept = paper.get("form")
    if not isinstance(kept, dict):
        raise invalid(base, Text("この書類は様式ではありません。", "This paper holds no form."))
    return forms().pinned(kept["form"]), kept["said"]


async def must_be_fields(
    reading: Reading, caller: Caller, case: UUID, part: UUID, pointers: Sequence[str], base: str
) -> None:
    """A demand returns fields that the submitted form has. Raises Refusal invalid-field at the first that it does not have."""
    form, _ = await submitted(reading, caller, case, part, f"{base}/part")
    for index, one in enumerate(pointers):
        if field_at(form.schema, path_of(one)) is None:
            text = Text("様式にこの欄はありません。", "The form has no such field.")
            raise invalid(f"{base}/pointers/{index}", text, article=form.basis)


async def corrected(
    reading: Reading, caller: Caller, case: UUID, demand: UUID, said: Any, on: date, base: str
) -> dict[str, Any]:
    """The corrected form that answers a demand, as it is sealed. Raises FormRefused, NotReopened, Refusal not-found, invalid-field."""
    returns = (await _paper(reading, caller, case, demand)).get("returns")
    if not isinstance(returns, dict):
        raise invalid("/answers", Text("この書類は補正を求めていません。", "This paper returns no form."))
    form, before = await submitted(reading, caller, case, UUID(returns["part"]), "/answers")
    checked = check(form, said, on)
    checked.must_hold(base)
    if found := not_reopened(form, before, checked.value, returns["pointers"]):
        raise NotReopened(base, found)
    return {**checked.submission(), "corrects": returns["part"]}


def not_reopened(form: Form, before: Any, after: Any, pointers: Sequence[str]) -> list[str]:
    """Pointers of the fields that differ and lie in none that was reopened."""
    return [
        one
        for one in differing(form, before, after)
        if not any(one == reopened or one.startswith(f"{reopened}/") for reopened in pointers)
    ]


def path_of(pointer: str) -> list[str | int]:
    """An RFC 6901 pointer into a form as a path; the form's names hold neither `~` nor `/`."""
    return [int(step) if step.isascii() and step.isdigit() else step for step in pointer.split("/")[1:]]


async def _paper(reading: Reading, caller: Caller, case: UUID, part: UUID) -> dict[str, Any]:
    on_the_way = Caller(caller.token, caller.request, beside=True)  # the act, or its refusal, is the request's record
    opened = await reading.open(on_the_way, case, part, PURPOSE, KIND)
    try:
        said = orjson.loads(opened.content)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
