"""How a filing looks to one reader: his events, his clocks, the parts he may know of, his lawful next acts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from service import clock
from service.deadlines import next_or_reason
from service.desk.acts import Act, Kind, Meant
from service.desk.clocks import clocks_of, running
from service.desk.taking import entry_of
from service.desk.told import Told, as_told, is_told, told_step, told_steps
from service.errors import Text, forbidden, not_found
from service.filings.shapes import CaseShape, ClockShape, EventShape, NextAct, PartShape, RisenShape, Workbench
from service.history import Entry, standing
from service.keyholder.answers import Answer, Caller
from service.keyholder.calls import Keyholder
from service.law.escalation import risen
from service.limit_clock import Clock
from service.store import Store
from service.workflow import Step


@dataclass(frozen=True)
class Seen:
    """A case as one reader sees it; an applicant sees it as he is told (desk/told.py). steps: the row of the road for each event.

    masked: he sees less than there is, so that labels of parts are the case's own as told.
    """

    case: UUID
    state: str
    version: int
    label: str
    entries: Sequence[Entry]
    rows: Sequence[Any]
    steps: Sequence[Step | None]
    clocks: Sequence[Clock]
    masked: bool


class View:
    """Reads cases (not content) for one process."""

    def __init__(self, store: Store, keyholder: Keyholder, kind: Kind) -> None:
        self._store = store
        self._keyholder = keyholder
        self._kind = kind
        self._silent = frozenset(kind.silently_labelled())

    async def seen(self, caller: Caller, case_id: UUID, action: str) -> Seen:
        """The case for a reader who may do `action` on it. Raises Refusal not-found, not-permitted."""
        decision = await self._keyholder.decide(caller, (action, case_id), kind=self._kind.name)
        answer = decision.answers[0]
        caller.decided(decision, answer, case_id)
        if not answer.know:
            raise not_found()
        if not answer.allow:
            raise forbidden()
        return self._as_told(case_id, answer, await self._events([case_id]))

    def _as_told(self, case_id: UUID, answer: Answer, rows: Sequence[Any]) -> Seen:
        if not rows:
            raise not_found()
        entries = [entry_of({k: v for k, v in dict(r).items() if k != "label"}) for r in rows]
        masked = is_told(answer.work)
        if masked:
            told = as_told(self._kind, entries)
            steps = told_steps(self._kind, told.entries)
        else:
            last = entries[-1]
            told = Told(entries, last.target, last.version, rows[0]["label"])
            steps = [told_step(self._kind, e.source, e) for e in entries]
        ids = {e.id for e in told.entries}
        clocks = clocks_of(self._kind.name, told.state, told.entries)
        seen = [r for r in rows if r["id"] in ids]
        return Seen(case_id, told.state, told.version, told.label, told.entries, seen, steps, clocks, masked)

    async def case(self, caller: Caller, case_id: UUID) -> CaseShape:
        """The case on one page."""
        seen = await self.seen(caller, case_id, "read_case")
        parts = await self._parts(caller, seen)
        known = {p.id for p in parts}
        return CaseShape(
            id=case_id,
            kind=cast(Any, self._kind.name),
            state=seen.state,
            version=seen.version,
            label=seen.label,
            events=[_event(r, s, known) for r, s in zip(seen.rows, seen.steps, strict=True)],
            clocks=[_clock(c, [] if seen.masked else self._risen(seen, c)) for c in seen.clocks],
            no_period=_no_period(self._kind.name, seen),
            parts=parts,
        )

    def _risen(self, seen: Seen, c: Clock) -> list[RisenShape]:
        """To whom a running clock has risen."""
        ended = seen.state in self._kind.road.terminal
        found = risen(c.limit, c.due, clock.today(), ended=ended) if c.state == "running" else ()
        return [RisenShape(post=r.post, since=r.since) for r in found]

    async def _parts(self, caller: Caller, seen: Seen) -> list[PartShape]:
        """The parts the reader may know of."""
        rows = await self._store.fetch(
            "select id, document, version, label, size_class from parts where case_id = $1 order by recorded_at, document, id",
            seen.case,
        )
        known = await self._keyholder.know_parts(caller, seen.case, [r["id"] for r in rows]) if rows else []
        shown = [dict(r) for r, know in zip(rows, known, strict=True) if know]
        return [PartShape(**{**r, "label": seen.label if seen.masked else r["label"]}) for r in shown]

    async def told_label(self, caller: Caller, case_id: UUID, label: str, state: str) -> str:
        """The label that the reader of an opened part is told: for an applicant, that of the last step he knows of.

        Only in a state that a label-changing step leads to of which he is not told is there anything to ask. state: the case's, when the
        part was released.
        """
        if state not in self._silent:
            return label
        decision = await self._keyholder.decide(caller, ("read_case", case_id), kind=self._kind.name)
        rows = await self._events([case_id])
        return self._as_told(case_id, decision.answers[0], rows).label if decision.answers[0].know else label

    async def _events(self, cases: Sequence[UUID]) -> Sequence[Any]:
        """The events of cases, each case's oldest first, with the case's label."""
        return await self._store.fetch(
            "select e.*, c.label from events e join cases c on c.id = e.case_id where e.case_id = any($1) order by e.version",
            cases,
        )

    async def workbench(self, caller: Caller, case_id: UUID) -> Workbench:
        """The lawful next acts that the reader may do, each with its article, paper, due day and what is still missing."""
        seen = await self.seen(caller, case_id, "workbench")
        names = sorted({s.name for s in self._kind.road.steps_from(seen.state)} | {"correct"})
        decision = await self._keyholder.decide(caller, *((name, case_id) for name in names), kind=self._kind.name)
        mine = [name for name, answer in zip(names, decision.answers, strict=True) if answer.allow]
        waiting = await self._store.fetch(
            "select act, part_id, count(*) as approvals from approvals where case_id = $1 and version = $2 and act = any($3)"
            " group by act, part_id",
            case_id,
            seen.version,
            mine,
        )
        return Workbench(
            case=case_id,
            state=seen.state,
            version=seen.version,
            acts=[self._next(seen, name) for name in mine if name != "correct"],
            approvals=[dict(w) for w in waiting],
        )

    def _next(self, seen: Seen, name: str) -> NextAct:
        """The row for `name` for which least is missing."""
        due = running(seen.clocks)
        facts = self._kind.facts(Meant(Act(name), clock.today(), clock.today(), standing(seen.entries), due))
        rows = self._kind.road.rows(seen.state, name)
        step, lacking = min(
            ((row, [g for g in row.guards if not g(facts)]) for row in rows), key=lambda found: len(found[1])
        )
        return NextAct(
            act=name,
            path=f"{self._kind.path}/{seen.case}/{name.replace('_', '-')}",
            basis=step.basis,
            document=step.document,
            actor=step.actor,
            approvals=step.approvals,
            due=due.get(self._kind.meets.get(step.name, "")),
            missing=[{"name": g.name, "article": g.article, "ja": g.text.ja, "en": g.text.en} for g in lacking],
        )

    async def rows(self, cases: Sequence[tuple[UUID, Answer]]) -> Mapping[UUID, Seen]:
        """Cases as the answers' reader sees them, by id."""
        by_case: dict[UUID, list[Any]] = {case: [] for case, _ in cases}
        if not cases:
            return {}
        for event in await self._events(list(by_case)):
            by_case[event["case_id"]].append(event)
        return {case: self._as_told(case, answer, by_case[case]) for case, answer in cases}


def _event(row: Any, step: Step | None, known: Collection[UUID]) -> EventShape:
    """An event; its paper as the row of the road names it, its part where the reader may know of it."""
    return EventShape(
        id=row["id"],
        step=row["name"],
        happened_on=row["happened_on"],
        until=row["until"],
        recorded_at=row["recorded_at"],
        document=step.document if step else row["document"],
        part=row["part_id"] if row["part_id"] in known else None,
        basis=step.basis if step else None,
        supersedes=row["supersedes"],
        annuls=row["annuls"],
    )


def _no_period(kind: str, seen: Seen) -> dict[str, str] | None:
    """Why no period runs in the state that the reader is told."""
    found = next_or_reason(kind, seen.state, seen.clocks)
    return {"ja": found.ja, "en": found.en} if isinstance(found, Text) else None


def _clock(c: Clock, risen_to: list[RisenShape]) -> ClockShape:
    return ClockShape(
        limit=c.limit,
        due=c.due,
        state=c.phase(clock.today()),
        basis=c.basis,
        why={"ja": c.why.ja, "en": c.why.en},
        risen=risen_to,
    )
