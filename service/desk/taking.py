"""Taking one step inside the desk's open transaction: row of the road, approvals, sealed paper, event, labels, clocks."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from service import clock
from service.desk import queue
from service.desk import refusals as no
from service.desk.acts import Act, Correction, Done, Kind, Meant, NewPart
from service.desk.clocks import clocks_of, running
from service.history import Entry, last_standing, standing, superseded
from service.keyholder.answers import FactValues, Rewrapped
from service.sealing.envelope import Place, seal
from service.sealing.wrap import LabelKeys
from service.store import Work
from service.tables import Approval, Case, ClockRow, Event, FactRow, Part, StayEvent
from service.workflow import Step


class Taking:
    """One case in one transaction: `case` is locked, `entries` are all its events."""

    def __init__(self, work: Work, kind: Kind, keys: LabelKeys, case: Case, entries: Sequence[Entry]) -> None:
        self.work = work
        self.kind = kind
        self.case = case
        self.entries = list(entries)
        self._keys = keys

    def choose(self, act: Act, happened_on: date) -> Step:
        """The row of the road for the act. Raises Refusal step-not-lawful, or the first guard that does not hold."""
        rows = self.kind.road.rows(self.case.state, act.name)
        if not rows:
            raise no.step_not_lawful()
        past = standing(self.entries)
        due = running(clocks_of(self.kind.name, self.case.state, self.entries))
        facts = self.kind.facts(Meant(act, happened_on, clock.today(), past, due, self.case.for_person))
        failing = None
        for row in rows:
            failing = next((g for g in row.guards if not g(facts)), None)
            if failing is None:
                if past and happened_on < past[-1].happened_on and not row.fact:
                    raise no.date_before_last_event()
                return row
        assert failing is not None
        raise no.guard_fails(failing.name, failing.text, failing.article)

    def choose_correction(self, act: Act, correction: Correction) -> tuple[Entry, str]:
        """The entry to be corrected and the state the case is then in. Raises Refusal not-correctable, correction-needs-date."""
        entry = next((e for e in self.entries if e.id == correction.event), None)
        if entry is None or entry.id in superseded(self.entries) or entry.annuls:
            raise no.not_correctable()
        if not correction.annuls:
            if act.happened_on is None:
                raise no.correction_needs_date()
            return entry, self.case.state
        root = next((e for e in standing(self.entries) if _same(e, entry, self.entries)), None)
        if root is None or not self._may_be_taken_back(root):
            raise no.not_correctable()
        return entry, root.source if root.source != root.target else self.case.state

    def _may_be_taken_back(self, root: Entry) -> bool:
        """Only the last step, or a row that records nothing but a date; never the opening, and no step that opened content to others or
        changed labels: what was opened is not undone by a correction."""
        rows = [r for r in self.kind.road.rows(root.source, root.name) if r.target == root.target]
        if not rows or root.name in self.kind.assigns or root.name in self.kind.moves or any(r.label for r in rows):
            return False
        last = last_standing(self.entries)
        return all(r.fact for r in rows) or (last is not None and last.id == root.id)

    async def approvals_missing(self, act: Act, person: UUID, needed: int) -> int:
        """Store this person's approval; how many different persons are still missing. Raises Refusal already-approved."""
        digest = act.digest()
        rows = await self.work.connection.fetch(
            "select person, part_id from approvals where case_id = $1 and version = $2 and act = $3 and digest = $4",
            self.case.id, self.case.version, act.name, digest,
        )  # fmt: skip
        persons = {row["person"] for row in rows}
        if person in persons:
            raise no.already_approved()
        part = rows[0]["part_id"] if rows else await self.seal(NewPart("proposal", act.paper()))
        await self.work.insert(
            Approval(
                id=uuid4(),
                case_id=self.case.id,
                version=self.case.version,
                act=act.name,
                digest=digest,
                person=person,
                part_id=part,
                recorded_at=clock.now(),
            )
        )
        return max(0, needed - len(persons) - 1)

    async def take(
        self, step: Step, act: Act, happened_on: date, person: UUID, rewrapped: Sequence[Rewrapped] = ()
    ) -> Event:
        """Store the step: labels first, then the paper under the new label, the event, the case."""
        if step.label is not None:
            await self._relabel(step.label, act.compartment, rewrapped)
        document = step.document or f"act-{act.name}"
        part = (
            await self.seal(NewPart(document, act.paper()))
            if act.body or act.facts or act.date_reason or act.mandate or act.number
            else None
        )
        for beside in act.parts:
            await self.seal(beside)
        self.case.for_person = self.case.for_person or act.for_person
        return await self._store(
            Event(
                id=uuid4(),
                case_id=self.case.id,
                kind=self.kind.name,
                version=self.case.version + 1,
                source=step.source,
                name=step.name,
                target=step.target,
                happened_on=happened_on,
                until=act.until,
                recorded_at=clock.now(),
                person=person,
                document=step.document,
                part_id=part,
                record=self.work.record_id,
            )
        )

    async def take_correction(
        self, entry: Entry, target: str, act: Act, happened_on: date, person: UUID, *, annuls: bool
    ) -> Event:
        """Store the correcting act, which supersedes `entry`."""
        part = await self.seal(NewPart("act-correct", act.paper()))
        return await self._store(
            Event(
                id=uuid4(),
                case_id=self.case.id,
                kind=self.kind.name,
                version=self.case.version + 1,
                source=self.case.state,
                name="correct",
                target=target,
                happened_on=happened_on,
                until=act.until,
                recorded_at=clock.now(),
                person=person,
                part_id=part,
                supersedes=entry.id,
                annuls=annuls,
                record=self.work.record_id,
            )
        )

    async def seal(self, new: NewPart) -> UUID:
        """Seal a new part under the case's label and store it; its id."""
        document = self.kind.named(new.document, self.case.state)
        place = Place(self._keys.root, self.kind.name, self.case.id, uuid4(), document, 1)
        done = seal(new.content, place, self._keys.newest(self.case.label, self.case.compartment))
        await self.work.insert(
            Part(
                id=place.part,
                case_id=self.case.id,
                document=document,
                version=1,
                label=self.case.label,
                compartment=self.case.compartment,
                key_id=done.key_id,
                size_class=done.size_class,
                wrapped=done.wrapped,
                sealed=done.sealed,
                recorded_at=clock.now(),
            )
        )
        return place.part

    async def signal(self, event: Event) -> None:
        """What the event changes of the case's stay, for the examination system."""
        if what := self.kind.signals(event.source, event.target):
            await self.work.insert(StayEvent(event_id=event.id, case_id=self.case.id, what=what, day=event.happened_on))

    async def give(self, facts: Sequence[FactValues]) -> None:
        """Store facts as the keyholder sealed them."""
        for fact in facts:
            await self.work.insert(
                FactRow(id=fact.id, person=fact.person, case_id=fact.case_id, tag=fact.tag, body=fact.body)
            )
            await queue.enter(self.work, fact.person, fact.case_id)

    async def derive_clocks(self) -> bool:
        """Derive every clock anew from the events that stand; whether any changed. A clock is never stored alone (N2)."""
        changed = False
        rows = await self.work.connection.fetch(
            "select id, limit_name, start_event, start, due, state from clocks where case_id = $1", self.case.id
        )
        stored = {(r["limit_name"], r["start_event"]): r for r in rows}
        clocks = clocks_of(self.kind.name, self.case.state, self.entries)
        for key, new in {(c.limit, c.start_event_id): c for c in clocks}.items():
            old = stored.pop(key, None)
            changed |= old is None or (old["start"], old["due"], old["state"]) != (new.start, new.due, new.state)
            if old is None:
                await self.work.insert(
                    ClockRow(
                        id=uuid4(),
                        case_id=self.case.id,
                        limit_name=new.limit,
                        start_event=new.start_event_id,
                        start=new.start,
                        due=new.due,
                        state=new.state,
                    )
                )
            elif (old["start"], old["due"], old["state"]) != (new.start, new.due, new.state):
                await self._update_clock(old["id"], new.start, new.due, new.state)
        for gone in stored.values():
            changed |= gone["state"] != "superseded"
            await self._update_clock(gone["id"], gone["start"], gone["due"], "superseded")
        await queue.move(self.work, self.kind, self.case, self.entries, clocks)
        return changed

    async def _update_clock(self, clock_id: UUID, start: date, due: date, state: str) -> None:
        await self.work.connection.execute(
            "update clocks set start = $2, due = $3, state = $4 where id = $1", clock_id, start, due, state
        )

    async def _relabel(self, label: str, compartment: str | None, rewrapped: Sequence[Rewrapped]) -> None:
        """Store the keys as re-wrapped: every part of the case, or none. Raises RuntimeError when the keyholder named other parts."""
        stored = {
            r["id"] for r in await self.work.connection.fetch("select id from parts where case_id = $1", self.case.id)
        }
        if stored != {r.id for r in rewrapped}:
            raise RuntimeError("the keyholder re-wrapped other parts than the case has")
        for new in rewrapped:
            await self.work.connection.execute(
                "update parts set label = $2, compartment = $3, key_id = $4, wrapped = $5 where id = $1",
                new.id,
                label,
                compartment,
                new.key_id,
                new.wrapped,
            )
        self.case.label, self.case.compartment = label, compartment

    async def _store(self, event: Event) -> Event:
        """Store the event and move the case by it; the database checks that the one follows from the other."""
        await self.work.insert(event)
        await self.signal(event)
        self.case.state, self.case.version = event.target, event.version
        await self.work.connection.execute(
            "update cases set state = $2, version = $3, label = $4, compartment = $5, for_person = $6 where id = $1",
            self.case.id, self.case.state, self.case.version, self.case.label, self.case.compartment, self.case.for_person,
        )  # fmt: skip
        self.entries.append(entry_of(event))
        return event

    def done(self, event: Event | None, missing: int = 0) -> Done:
        return Done(self.case.id, self.case.state, self.case.version, event.id if event else None, missing)


def entry_of(event: Event | Mapping[str, Any]) -> Entry:
    """The past's view of an event row."""
    row = event.model_dump() if isinstance(event, Event) else dict(event)
    return Entry(**{name: row[name] for name in Entry.__dataclass_fields__})


def _same(root: Entry, entry: Entry, entries: Sequence[Entry]) -> bool:
    """Whether `entry` is `root` or a correction of it."""
    by_id = {e.id: e for e in entries}
    while entry.supersedes is not None:
        entry = by_id[entry.supersedes]
    return entry.id == root.id
