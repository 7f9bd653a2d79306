"""The stay of the examination (66(7)) as the examination system is told of it: hold or resume, and why, without saying more.

What must hold: an application is stayed from its filing until it is judged not to be sent, the period ends unsent, or the notice of
Art. 71 or 77(2) is given; whether it was sent or designated meanwhile is not told. Events are numbered when they are first asked for,
without a gap and never anew, so that none is missed; the keyholder signs each (service/keyholder/stays.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service.desk.taking import entry_of
from service.errors import Text, forbidden, not_found
from service.filings.kind import FILING, FREED
from service.history import Entry, standing
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.store import Store

ALWAYS_HELD = frozenset({"DESIGNATED", "LIFTED", "EXPIRED"})
CERTIFICATE = {"hold_priority_certificate": True, "release_priority_certificate": False}
STAYED = Text(
    "送付しない旨の判断、期間の経過、71条又は77条2項の通知のいずれもまだありません。",
    "There is no judgment not to send yet, the period is not over, and no notice under Art. 71 or 77(2) was given.",
)
ENDS = {
    "NOT_SENT": ("ESPA 66(7)", Text("送付しない旨の判断がされました。", "It was judged not to be sent.")),
    "UNSENT_LAPSED": ("ESPA 66(7)", Text("送付なく期間が過ぎました。", "The period ended without sending.")),
    "NOT_DESIGNATED": ("ESPA 66(7), 71", Text("71条の通知がされました。", "The notice of Art. 71 was given.")),
    "RELEASED": ("ESPA 66(7), 77(2)", Text("77条2項の通知がされました。", "The notice of Art. 77(2) was given.")),
    "OUT_OF_SCOPE_PCT": ("ESPA 66(5)", Text("国際特許出願です。", "It is a PCT national-phase application.")),
}
LOCK = "select pg_advisory_xact_lock(hashtext('hozen stay events'))"
NUMBER = """
with last as (select coalesce(max(number), 0) as number from stay_events),
fresh as (
  select s.event_id, row_number() over (order by e.recorded_at, s.event_id) as place
  from stay_events s join events e on e.id = s.event_id where s.number is null order by place limit 1000
)
update stay_events s set number = last.number + fresh.place from last, fresh where s.event_id = fresh.event_id
"""
RECEIVED = "update stay_events set received_at = coalesce(received_at, now()) where number = $1 returning number"


@dataclass(frozen=True)
class Stay:
    """How an application stands. hold: Patent Act 49, 51, 64(1) do not apply; certificate: whether the priority certificate is withheld."""

    hold: bool
    basis: str
    why: Text
    since: date
    certificate: bool
    overridden: bool


def stay_of(entries: Sequence[Entry]) -> Stay:
    """The stay that follows from the events. entries: all of the case, the opening included."""
    past = standing(entries)
    end = next((e for e in reversed(past) if e.target in FREED and e.source not in FREED), None)
    basis, why = ENDS[end.target] if end else ("ESPA 66(7)", STAYED)
    said = next((CERTIFICATE[e.name] for e in reversed(past) if e.name in CERTIFICATE), None)
    held = past[-1].target in ALWAYS_HELD
    return Stay(
        hold=end is None,
        basis=basis,
        why=why,
        since=(end or past[0]).happened_on,
        certificate=held or (said if said is not None else end is None),
        overridden=said is not None and not held,
    )


class Stays:
    """What the examination system asks for."""

    def __init__(self, store: Store, keyholder: Keyholder) -> None:
        self._store, self._keyholder = store, keyholder

    async def one(self, caller: Caller, case: UUID) -> Stay:
        """The stay of one application. Raises Refusal not-found, not-permitted."""
        decision = await self._keyholder.decide(caller, ("read_stay", case), kind=FILING.name)
        answer = decision.answers[0]
        caller.decided(decision, answer, case)
        if not answer.know:
            raise not_found()
        if not answer.allow:
            raise forbidden()
        rows = await self._store.fetch("select * from events where case_id = $1 order by version", case)
        if not rows:
            raise not_found()
        return stay_of([entry_of(dict(r)) for r in rows])

    async def events(self, caller: Caller, after: int, limit: int) -> list[dict[str, Any]]:
        """The signed events after a number, oldest first. Raises Refusal not-permitted, unavailable."""
        await self._may(caller)
        async with self._store.transaction() as work:
            await work.connection.execute(LOCK)
            await work.connection.execute(NUMBER)
        return await self._keyholder.stays(caller, after, limit)

    async def received(self, caller: Caller, number: int) -> None:
        """The examination system has this event; said again it changes nothing. Raises Refusal not-permitted, not-found."""
        await self._may(caller)
        async with self._store.transaction() as work:
            if await work.connection.fetchval(RECEIVED, number) is None:
                raise not_found()

    async def _may(self, caller: Caller) -> None:
        decision = await self._keyholder.decide(caller, ("take_stay_events", None))
        caller.decided(decision, decision.answers[0], None)
        if not decision.answers[0].allow:
            raise forbidden()
