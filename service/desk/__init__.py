"""The one way to act on a case of any kind.

What must hold: permission before version before step, so that a stranger learns nothing from 412 or 409. Decision, step, sealed paper,
relabelling, new facts, clocks and record stand in one transaction, or none of them does. A refused act is rolled back and leaves a
record of its own before the refusal is told. Nothing else in the service changes a case.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import orjson

from service import clock
from service.desk import issuing, queue
from service.desk import refusals as no
from service.desk.acts import Act, Correction, Done, Kind, NewPart
from service.desk.checks import check_version, legal_date, resting
from service.desk.opening import opened
from service.desk.rows import Once, entries_of, known, lock, made_before
from service.desk.staging import Stage
from service.desk.taking import Taking
from service.desk.told import as_told, is_told
from service.desk.trail import Trail, said_of
from service.errors import Refusal, forbidden, not_found
from service.keyholder.answers import Caller, Decision, FactValues, Rewrapped
from service.keyholder.calls import Keyholder
from service.sealing.wrap import LabelKeys
from service.store import Store
from service.tables import FactRow
from service.workflow import Step

__all__ = ["Act", "Correction", "Desk", "Done", "Kind", "NewPart", "Stage"]

Left = TypeVar("Left")
DECISIONS = 4
"""How often an act is decided anew because its case moved between the decision and the act."""


@dataclass(frozen=True)
class _Asked:
    """An act on a case as its caller asks for it: the version he has seen, the correction it is, what its record will say, the kind of
    case he means, his own key where the act may be said again."""

    caller: Caller
    act: Act
    seen: int | None
    correction: Correction | None
    trail: Trail
    kind: str | None


class Desk:
    """Acts on cases; one desk for a process."""

    def __init__(self, store: Store, keyholder: Keyholder, keys: LabelKeys, kinds: Mapping[str, Kind]) -> None:
        self._store = store
        self._keyholder = keyholder
        self._keys = keys
        self.kinds = kinds

    async def open_case(
        self,
        caller: Caller,
        kind: Kind,
        first: Act,
        then: Sequence[Act],
        parts: Sequence[NewPart],
        *,
        stage: Stage,
        key: str,
        digest: bytes,
    ) -> Done:
        """Begin a case: the opening event, the parts that wait in `stage` and the further `parts`, the acts that follow by law.

        key: the caller's idempotency key; digest: of what he sent. The same again gives the same case; the same key with something else
        is refused (409 idempotency-key-used).
        """
        trail = Trail(caller, first.name, kind=kind.name)
        async with self._refusals_recorded(caller, trail):
            decision = await self._keyholder.decide(caller, (first.name, None), ("backdate", None))
            trail.decided(decision, decision.answers[0])
            if not decision.answers[0].allow:
                raise forbidden()
            happened_on = legal_date(first, decision.answers[1])
            once = Once.of(decision.person, key, digest)
            async with self._store.transaction() as work:
                taking = await known(work, kind, self._keys, once)
                if taking is None:
                    taking = await opened(work, self._keys, kind, (first, *then), parts, happened_on, stage)
                    await work.insert(once.became(case=taking.case.id))
                trail.on(case=taking.case.id, label=taking.case.label, digest=digest.hex())
                await work.record(trail.allowed(201, said_of(taking.entries[0])))
            caller.recorded = True
            if taking.case.id == stage.case:
                stage.count = 0
            last = taking.entries[len(then)]
            return Done(taking.case.id, last.target, last.version, None)

    @asynccontextmanager
    async def stage(self, caller: Caller, kind: Kind) -> AsyncIterator[Stage]:
        """Where the parts of a new case wait, sealed, for `open_case`. A refusal on the way is recorded by its name; what then waits, or
        was not taken, is dropped."""
        stage = Stage(self._store, self._keyholder, self._keys, kind, caller)
        try:
            async with self._refusals_recorded(caller, Trail(caller, kind.opening, kind=kind.name)):
                yield stage
        finally:
            with suppress(Refusal):  # the database is away: the worker sweeps it
                await stage.drop()

    async def perform(
        self,
        caller: Caller,
        case_id: UUID,
        act: Act,
        seen: int | None,
        correction: Correction | None = None,
        kind: str | None = None,
    ) -> Done:
        """Do `act` on the case whose version the caller has `seen`; with `correction`, let it stand for an earlier entry (two persons).
        kind: a case of another kind is not found.

        To an applicant the answer says what he is told, his version included (desk/told.py). Raises Refusal: not-found, not-permitted,
        version-needed (428), case-moved-on (412), step-not-lawful or the name of the guard that does not hold (409), a date's refusal
        (422), unavailable (503). Every refusal is recorded before it is raised.
        """
        asked = _Asked(caller, act, seen, correction, Trail(caller, act.name, case_id), kind)
        return await self._decided(asked, case_id, self._do)

    async def _decided(
        self, asked: "_Asked", case_id: UUID, do: Callable[["_Asked", Taking, Decision], Awaitable[Left]]
    ) -> Left:
        """What `do` leaves of the locked case, decided on as it stands; a refusal is recorded."""
        async with self._refusals_recorded(asked.caller, asked.trail):
            for _ in range(DECISIONS):
                decision = await self._may(asked, case_id)
                async with self._store.transaction() as work:
                    case = await lock(work, case_id)
                    if decision.answers[0].version != case.version:
                        continue  # decided on what no longer stands: who may act now may be another
                    asked.trail.on(kind=case.kind, label=case.label)
                    taking = Taking(work, self.kinds[case.kind], self._keys, case, await entries_of(work, case.id))
                    rested = replace(asked, act=resting(asked.act, taking.kind, decision))
                    check_version(taking.kind, case, taking.entries, asked.seen, decision.answers[0])
                    left = await do(rested, taking, decision)
                asked.caller.recorded = True
                return left
            raise no.case_moved_on()

    async def _may(self, asked: "_Asked", case_id: UUID) -> Decision:
        """The decision on the act, and on backdating it. Raises Refusal not-found, not-permitted."""
        decision = await self._keyholder.decide(
            asked.caller, (asked.act.name, case_id), ("backdate", case_id), kind=asked.kind
        )
        may = decision.answers[0]
        asked.trail.decided(decision, may)
        if not may.know:
            raise not_found()
        if not may.allow:
            raise forbidden()
        return decision

    async def _do(self, asked: "_Asked", taking: Taking, decision: Decision) -> Done:
        """The act, and its record."""
        act, trail = asked.act, asked.trail
        may, backdate = decision.answers
        happened_on = legal_date(act, backdate)
        done = await self._take(taking, asked.caller, trail, act, happened_on, decision.person, asked.correction)
        await taking.derive_clocks()
        step = None if done.event is None else said_of(taking.entries[-1])
        await taking.work.record(trail.allowed(202 if done.approvals_missing else 200, step))
        return _told(taking, done) if is_told(may.work) else done

    async def enter(
        self, caller: Caller, case_id: UUID, act: Act, document: str, seen: int | None, kind: str, key: str
    ) -> UUID:
        """Enter what is no step of the road: the act's paper as a part `document`, the rights that follow it, the record; the part's id.

        key: the caller's idempotency key: the same again on the same version enters nothing. Raises Refusal as `perform` does, without
        those of the road.
        """
        asked = _Asked(caller, act, seen, None, Trail(caller, act.name, case_id), kind)

        async def entered(asked: _Asked, taking: Taking, decision: Decision) -> UUID:
            once = Once.of(decision.person, key, hashlib.sha256(case_id.bytes + act.digest()).digest())
            part = await made_before(taking.work, once)
            if part is None:
                part = await taking.seal(NewPart(document, act.paper()))
                await taking.work.insert(once.became(made=part))
                if act.moves is not None:
                    await taking.give(await self._moved(caller, case_id, act))
            asked.trail.on(digest=act.digest().hex())
            await taking.work.record(asked.trail.allowed(201))
            return part

        return await self._decided(asked, case_id, entered)

    async def link(self, caller: Caller, case_id: UUID, other: UUID, link: str, seen: int | None, kind: str) -> None:
        """Store, under each of two cases, that and how they belong together; neither moves. Raises Refusal as `enter` does.

        The record names the case that it was entered on, and not the other.
        """
        asked = _Asked(caller, Act("link_cases"), seen, None, Trail(caller, "link_cases", case_id), kind)

        async def linked(asked: _Asked, taking: Taking, decision: Decision) -> None:
            for fact in await self._keyholder.link_cases(caller, case_id, other, link):
                await taking.work.insert(_row(fact))
            await taking.work.record(asked.trail.allowed(201))

        await self._decided(asked, case_id, linked)

    async def attest(self, caller: Caller, fact: Mapping[str, Any], key: str) -> UUID:
        """Store a fact that the keyholder made on the caller's token; its id. key: the caller's idempotency key: the same again makes no
        second one. Raises Refusal not-found, not-permitted, idempotency-key-used, unavailable."""
        trail = Trail(caller, f"attest-{fact['kind']}", UUID(bytes=fact["case"]) if fact["case"] else None)
        async with self._refusals_recorded(caller, trail):
            decision = await self._keyholder.who(caller)
            trail.person(decision)
            made = (await self._keyholder.attest(caller, dict(fact)))[0]
            said = orjson.dumps(fact, option=orjson.OPT_SORT_KEYS, default=bytes.hex)
            once = Once.of(decision.person, key, hashlib.sha256(said).digest())
            async with self._store.transaction() as work:
                before = await made_before(work, once)
                if before is None:
                    await work.insert(_row(made), once.became(made=made.id))
                    await queue.enter(work, made.person, made.case_id)
                await work.record(trail.allowed(201))
            caller.recorded = True
            return before or made.id

    async def _take(
        self,
        taking: Taking,
        caller: Caller,
        trail: Trail,
        act: Act,
        happened_on: date,
        person: UUID,
        correction: Correction | None,
    ) -> Done:
        """The step or the correction, or one more approval of it."""
        trail.on(digest=act.sealed_digest().hex())
        if correction is not None:
            entry, target = taking.choose_correction(act, correction)
            if missing := await taking.approvals_missing(act, person, 2):
                return taking.done(None, missing)
            return taking.done(
                await taking.take_correction(entry, target, act, happened_on, person, annuls=correction.annuls)
            )
        step = taking.choose(act, happened_on)
        if step.approvals > 1 and (missing := await taking.approvals_missing(act, person, step.approvals)):
            return taking.done(None, missing)
        rewrapped = await self._rewrap(taking, caller, step, act)
        notice = issuing.notice_of(step)
        if notice is not None:
            act = await issuing.numbered(taking.work, notice, act, clock.today())
            trail.on(digest=act.sealed_digest().hex())
        event = await taking.take(step, act, happened_on, person, rewrapped)
        if notice is not None:
            await issuing.deliver(taking.work, event, await self._keyholder.parties(caller, taking.case.id))
        if works := taking.kind.assigns.get(act.name):
            await taking.give(await self._keyholder.assign(caller, taking.case.id, works, act.name))
        if act.moves is not None:
            await taking.give(await self._moved(caller, taking.case.id, act))
        trail.on(label=taking.case.label)
        return taking.done(event)

    async def _moved(self, caller: Caller, case: UUID, act: Act) -> list[FactValues]:
        """The new facts of the act's parties; whose right ends has none any more, also if what follows fails."""
        assert act.moves is not None
        return await self._keyholder.change_parties(caller, case, act.name, act.moves.ends, act.moves.gives)

    async def _rewrap(self, taking: Taking, caller: Caller, step: Step, act: Act) -> Sequence[Rewrapped]:
        if step.label is None:
            return ()
        return await self._keyholder.relabel(caller, taking.case.id, step.name, step.label, act.compartment)

    @asynccontextmanager
    async def _refusals_recorded(self, caller: Caller, trail: Trail) -> AsyncIterator[None]:
        """A refusal leaves the act undone and is a record, in a transaction of its own, before anyone hears of it."""
        try:
            yield
        except Refusal as refusal:
            if not caller.recorded:
                async with self._store.transaction() as work:
                    await work.record(trail.refused(refusal))
                caller.recorded = True
            raise
        except asyncpg.IntegrityConstraintViolationError:
            async with self._store.transaction() as work:
                await work.record(trail.refused(no.case_moved_on()))
            caller.recorded = True
            raise no.case_moved_on() from None


def _row(fact: FactValues) -> FactRow:
    return FactRow(id=fact.id, person=fact.person, case_id=fact.case_id, tag=fact.tag, body=fact.body)


def _told(taking: Taking, done: Done) -> Done:
    """What an act left, as its applicant is told."""
    told = as_told(taking.kind, taking.entries)
    return Done(done.case, told.state, told.version, done.event, done.approvals_missing)
