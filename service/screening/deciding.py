"""Acts of the screening desk beside what every act is: the suggestion stands in the decision's sealed paper, a correction screens again.

What must hold: who may not do the act opens nothing by asking for it. An earlier notice (66(2)) is one that the keyholder knows of,
whatever is said. A corrected classification is compared under the Order of the filing date (66(11)), in the act's own transaction; a case
that then matches something is one a person must look at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from service.desk import Act, Desk, Done, NewPart
from service.desk.refusals import no_earlier_notice
from service.desk.taking import entry_of
from service.filings import acts
from service.filings.bodies import ClassificationBody
from service.filings.kind import FILING, judgment_of
from service.filings.words import ActBody
from service.history import Entry, standing
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.law.screening import screen
from service.law.symbols import Spelled
from service.reading import Reading
from service.screening import results, tally
from service.store import Store

DECISIONS = frozenset({"send", "judge_not_to_send"})
ACTS = DECISIONS | {"correct_classification"}
"""The acts that come here instead of going straight to the desk."""


@dataclass(frozen=True)
class ScreeningDesk:
    """The rooms that the screening desk works with."""

    store: Store
    keyholder: Keyholder
    desk: Desk
    reading: Reading

    async def perform(self, caller: Caller, case: UUID, name: str, body: ActBody, seen: int | None) -> Done:
        """Do the act. Raises Refusal as Desk.perform does, and as the opening of the suggestion does."""
        act, _ = acts.act_of(name, body)
        if (await self.keyholder.decide(caller, (name, case), kind=FILING.name)).answers[0].allow:
            await self._earlier(caller, case, act)
            act = await self._with_result(caller, case, act, body)
        return await self.desk.perform(caller, case, act, seen, kind=FILING.name)

    async def _earlier(self, caller: Caller, case: UUID, act: Act) -> None:
        """What rests on an earlier notice needs one (66(2), second sentence). Raises Refusal no-earlier-notice."""
        if act.facts.get("earlier_notice"):
            asks = Caller(caller.token, caller.request, beside=True)
            if not await self.keyholder.earlier_notices(asks, case):
                raise no_earlier_notice()

    async def in_bulk(self, caller: Caller, case: UUID, reason: str, seen: int) -> Done:
        """Judge one of many not to send: the desk refuses a case that a person must look at (judged-by-itself): by its mark, by its
        opened screening (the mark is a column that the database's owner could clear), and where its applicant had a pre-designation notice
        before: whether it is of the same invention (66(2), second sentence) nobody sees without looking. Raises Refusal as Desk.perform."""
        name, matched = "judge_not_to_send", False
        if (await self.keyholder.decide(caller, (name, case), kind=FILING.name)).answers[0].allow:
            found = await results.newest(self.store, self.reading, caller, case)
            asks = Caller(caller.token, caller.request, beside=True)
            matched = found is None or found.outcome != "none" or bool(await self.keyholder.earlier_notices(asks, case))
        told = tally.Tally(name, "none", (), (), sample=False, bulk=True)
        act = Act(name, facts={"bulk": True, "matched": matched}, body={"reason": reason}, parts=(_sealed(told),))
        return await self.desk.perform(caller, case, act, seen, kind=FILING.name)

    async def _with_result(self, caller: Caller, case: UUID, act: Act, body: ActBody) -> Act:
        past, found = await self._past(case), await results.newest(self.store, self.reading, caller, case)
        if isinstance(body, ClassificationBody):
            return _screened_again(act, body, past, found)
        rows = await self.store.fetch("select for_person from cases where id = $1", case)
        return _decided(act, found, past, for_person=bool(rows and rows[0]["for_person"]))

    async def _past(self, case: UUID) -> list[Entry]:
        rows = await self.store.fetch("select * from events where case_id = $1 order by version", case)
        return standing([entry_of(dict(r)) for r in rows])


def _screened_again(act: Act, body: ClassificationBody, past: list[Entry], before: results.Result | None) -> Act:
    """The same act with its new result, under the Order of the filing date, and of the original's where there is one."""
    symbols = [Spelled(s.text, s.scheme) for s in body.symbols]
    if not past:  # the desk says that there is no such case
        return act
    number, also_on = (before.number, before.also_on) if before else (0, None)
    found = screen(symbols, past[0].happened_on, also_on=also_on)
    part = NewPart(f"{results.DOCUMENT}.{number + 1}", acts.screening_bytes(found, symbols, also_on))
    return replace(act, parts=(part,), for_person=found.outcome != "none")


def _decided(act: Act, found: results.Result | None, past: list[Entry], *, for_person: bool) -> Act:
    """The decision with the suggestion it followed or not, and its tally."""
    outcome, items = (found.outcome, found.items) if found else (None, ())
    requested = any(e.name == "request_review" for e in past)
    sample = for_person and outcome == "none" and not requested and found is not None and found.number == 1
    told = tally.Tally(act.name, outcome, items, judgment_of(act, past).met, sample)
    suggestion: Mapping[str, Any] = {
        "part": str(found.part) if found else None,
        "outcome": outcome,
        "items": list(items),
        "override": told.override,
    }
    return replace(act, body={**act.body, "suggestion": suggestion}, parts=(_sealed(told),))


def _sealed(told: tally.Tally) -> NewPart:
    return NewPart(tally.DOCUMENT, told.dumps())
