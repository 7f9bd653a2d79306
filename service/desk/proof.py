"""Every open case has a clock or a stated reason: proved over all cases, and the clocks derived anew where the calendar changed.

What must hold: nothing here types a date; what is stored is compared with what the events give under the calendar in force. A case that
cannot be derived is a fault of its own and stops nobody's proof. Each proof, and each case derived anew, is a record.
"""

import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from service import clock
from service.deadlines import next_or_reason
from service.desk.acts import Kind
from service.desk.clocks import clocks_of
from service.desk.queue import first_due
from service.desk.rows import entries_of, lock
from service.desk.taking import Taking, entry_of
from service.desk.trail import Trail
from service.errors import Refusal
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.law.calendar import Calendar, law_sha256
from service.limit_clock import Clock
from service.sealing.wrap import LabelKeys
from service.store import Store
from service.workflow import Road

BATCH = 500
CASES = "select id, kind, state from cases where id > $1 order by id limit $2"
EVENTS = "select * from events where case_id = any($1) order by case_id, version"
CLOCKS = "select case_id, limit_name, start_event, start, due, state from clocks where case_id = any($1) and state <> 'superseded'"
QUEUED = "select case_id, min(due) as first, max(due) as last from queue where case_id = any($1) group by case_id"


@dataclass(frozen=True)
class Fault:
    """What is wrong with one case. name: no-clock-no-reason, clock-not-derivable, clock-stale, queue-stale."""

    case: UUID
    name: str


@dataclass
class Proof:
    """What was found. reasons: open cases without a running clock whose state says why; overdue: with an act past its last day."""

    cases: int = 0
    running: int = 0
    reasons: int = 0
    ended: int = 0
    overdue: list[UUID] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def said(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "cases": self.cases,
            "running": self.running,
            "reasons": self.reasons,
            "ended": self.ended,
            "overdue": [str(c) for c in self.overdue],
            "faults": [{"case": str(f.case), "name": f.name} for f in self.faults],
        }

    def digest(self) -> str:
        """SHA-256, hex, of the counts and faults, for the record."""
        return hashlib.sha256(repr(self.said()).encode()).hexdigest()


@dataclass(frozen=True)
class _Stored:
    """A case and what stands of it."""

    case: UUID
    kind: Kind
    state: str
    events: Sequence[Any]
    clocks: Mapping[tuple[str, UUID], tuple[date, date, str]]
    queued: tuple[date, date] | None

    @property
    def road(self) -> Road:
        return self.kind.road

    def derived(self, closed: Calendar | None = None) -> list[Clock]:
        """Raises Refusal where a last day cannot be derived."""
        return clocks_of(self.kind.name, self.state, [entry_of(dict(e)) for e in self.events], closed)


async def prove(store: Store, keyholder: Keyholder, kinds: Mapping[str, Kind], caller: Caller) -> Proof:
    """Look at every case, and leave a record of what was found. Raises Refusal unavailable, sign-in-needed."""
    trail = Trail(caller, "prove-clocks")
    trail.person(await keyholder.who(caller))
    proof = Proof()
    async for stored in _all(store, kinds):
        _look_at(stored, proof)
    trail.on(digest=proof.digest())
    async with store.transaction() as work:
        await work.record(trail.listed(failed=bool(proof.faults)))
    caller.recorded = True
    return proof


async def preview(
    store: Store, kinds: Mapping[str, Kind], new: Calendar
) -> AsyncIterator[tuple[UUID, str, date, date]]:
    """What another calendar changes: case, limit, last day as stored, last day as it would be. Changes nothing."""
    async for stored in _all(store, kinds):
        for derived in stored.derived(new):
            was = stored.clocks.get((derived.limit, derived.start_event_id))
            if derived.state == "running" and was is not None and was[1] != derived.due:
                yield stored.case, derived.limit, was[1], derived.due


async def rederive(
    store: Store, keyholder: Keyholder, kinds: Mapping[str, Kind], keys: LabelKeys, caller: Caller, case: UUID
) -> bool:
    """Derive a case's clocks anew under the calendar in force; whether any changed. The record names the calendar's file by SHA-256."""
    trail = Trail(caller, "rederive-clocks", case)
    trail.person(await keyholder.who(caller))
    async with store.transaction() as work:
        locked = await lock(work, case)
        taking = Taking(work, kinds[locked.kind], keys, locked, await entries_of(work, case))
        if not await taking.derive_clocks():
            return False
        trail.on(kind=locked.kind, label=locked.label, digest=law_sha256("holidays.toml"))
        await work.record(trail.allowed(200))
    return True


def _look_at(stored: _Stored, proof: Proof) -> None:
    proof.cases += 1
    if stored.state in stored.road.terminal:
        proof.ended += 1
    try:
        derived = stored.derived()
    except Refusal:
        proof.faults.append(Fault(stored.case, "clock-not-derivable"))
        return
    if stored.state not in stored.road.terminal:
        _next(stored, derived, proof)
    if {
        (c.limit, c.start_event_id): (c.start, c.due, c.state) for c in derived if c.state != "superseded"
    } != stored.clocks:
        proof.faults.append(Fault(stored.case, "clock-stale"))
    first = first_due(stored.kind, stored.state, derived)
    if stored.queued is not None and stored.queued != (first, first):
        proof.faults.append(Fault(stored.case, "queue-stale"))


def _next(stored: _Stored, derived: Sequence[Clock], proof: Proof) -> None:
    following = next_or_reason(stored.kind.name, stored.state, derived)
    if following is None:
        proof.faults.append(Fault(stored.case, "no-clock-no-reason"))
    elif isinstance(following, Clock):
        proof.running += 1
        if any(c.phase(clock.today()) == "overdue" for c in derived):
            proof.overdue.append(stored.case)
    else:
        proof.reasons += 1


async def _all(store: Store, kinds: Mapping[str, Kind]) -> AsyncIterator[_Stored]:
    """Every case, by id, in one unchanging state of the database."""
    last = UUID(int=0)
    async with store.snapshot() as connection:
        while cases := await connection.fetch(CASES, last, BATCH):
            ids = [c["id"] for c in cases]
            events = _by_case(await connection.fetch(EVENTS, ids))
            clocks = _by_case(await connection.fetch(CLOCKS, ids))
            queued = {q["case_id"]: (q["first"], q["last"]) for q in await connection.fetch(QUEUED, ids)}
            for case in cases:
                found = {
                    (k["limit_name"], k["start_event"]): (k["start"], k["due"], k["state"]) for k in clocks[case["id"]]
                }
                yield _Stored(
                    case["id"],
                    kinds[case["kind"]],
                    case["state"],
                    events[case["id"]],
                    found,
                    queued.get(case["id"]),
                )
            last = ids[-1]


def _by_case(rows: Sequence[Any]) -> Mapping[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["case_id"]].append(row)
    return found
