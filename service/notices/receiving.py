"""Receipt of a notice by its addressee: one record, whose receipt proves the day (FEATURES W7; ESPA 67(10) runs from it).

What must hold: only who a notice was laid out for receives it, once; a second time tells the first day again. He receives it before its
PDF opens to him. Not promised: that a day entered on the road (`pre_notice_received`) is this one; the office enters that
and sees this beside it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service import clock
from service.desk.trail import Trail
from service.errors import Refusal, Text, not_found
from service.keyholder.answers import Caller
from service.notices.issued import Issued
from service.store import Store

ACT = "receive_notice"
OF_NOTICE = (
    "select event_id, person, received_at, record from deliveries where event_id = any($1::uuid[]) order by person"
)
RECEIVE = (
    "update deliveries set received_at = $3, record = $4 where event_id = $1 and person = $2 and received_at is null"
)


@dataclass(frozen=True)
class Delivered:
    """A notice laid out for one addressee (pseudonym), and when he received it by which record."""

    person: UUID
    received_at: datetime | None
    record: UUID | None


async def deliveries(store: Store, notices: list[UUID]) -> dict[UUID, list[Delivered]]:
    """To whom each of these notices was delivered, by its id."""
    found: dict[UUID, list[Delivered]] = {n: [] for n in notices}
    for row in await store.fetch(OF_NOTICE, notices):
        found[row["event_id"]].append(Delivered(row["person"], row["received_at"], row["record"]))
    return found


async def receive(store: Store, caller: Caller, case: UUID, notice: Issued) -> Delivered:
    """Confirm receipt for a caller who was shown the case, in one transaction with its record; the delivery as it then stands.

    Raises Refusal not-found for whoever it was not laid out for.
    """
    assert caller.decision is not None and caller.answer is not None, "who receives has been shown the case"
    person = caller.decision.person
    trail = Trail(caller, ACT, case)
    trail.decided(caller.decision, caller.answer)
    trail.on(part=notice.part)
    mine = await _mine(store, notice.id, person)
    if mine is None:
        raise not_found()
    if mine.received_at is not None:
        return mine
    async with store.transaction() as work:
        done = await work.connection.execute(RECEIVE, notice.id, person, clock.now(), work.record_id)
        if done == "UPDATE 1":
            await work.record(trail.allowed(200))
    caller.recorded = done == "UPDATE 1"
    mine = await _mine(store, notice.id, person)
    assert mine is not None, "what was laid out is never taken away"
    return mine


async def must_have_received(store: Store, notice: UUID, person: UUID) -> None:
    """Raises Refusal notice-not-received for an addressee who has not confirmed receipt; nobody else is asked."""
    mine = await _mine(store, notice, person)
    if mine is not None and mine.received_at is None:
        raise Refusal(
            "notice-not-received",
            409,
            Text("この通知の受領がまだ確認されていません。", "Receipt of this notice is not confirmed yet."),
            article="ESPA 67(10)",
            next_step=Text(
                "先に受領を確認してください（POST .../receive）。その日が証明されます。",
                "Confirm receipt first (POST .../receive): its day is then proven.",
            ),
        )


async def _mine(store: Store, notice: UUID, person: UUID) -> Delivered | None:
    return next((d for d in (await deliveries(store, [notice]))[notice] if d.person == person), None)
