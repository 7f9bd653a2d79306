"""The clocks of a case, derived from its events by the law's limits and the calendar (HOUSE.md rule 5). Pure.

What must hold: a clock is its events and is never typed in; a superseded event starts nothing but stays visible; an
event entered late gives a clock that is overdue, never none (FEATURES T1); nothing here swallows an error, so that a
clock that cannot be derived stops the whole act (T2).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from service.errors import Text
from service.law.calendar import Calendar, calendar
from service.law.clocks import ClockRule, clock_rules, ended_states, reasons
from service.law.limits import Due, Limits, due, limits, set_due
from service.law.start_days import FACTS_66_4, start_day
from service.limit_clock import Clock, Event, State


def clocks_for(
    kind: str, state: str, events: Sequence[Event], law: Limits | None = None, closed: Calendar | None = None
) -> list[Clock]:
    """Every clock of a case of `kind` in `state`, from its events in the order they were recorded.

    Superseded events give clocks of state "superseded". Raises Refusal where a last day cannot be derived
    (`outside-calendar`, `start-day-before-filing`, `date-out-of-range`).
    """
    table = law or limits()
    days = closed or calendar()
    ended = state in ended_states().get(kind, frozenset())
    standing = [e for e in events if not e.superseded]
    replaced = [e for e in events if e.superseded]
    last = {e.name: e for e in standing}
    found: dict[tuple[str, UUID], Clock] = {}
    for rule in clock_rules().get(kind, ()):
        derived = _Derived(rule, standing, last, table, days, ended)
        for clock in (*derived.clocks(), *derived.superseded(replaced)):
            found.setdefault((clock.limit, clock.start_event_id), clock)
    return list(found.values())


def next_or_reason(kind: str, state: str, clocks: Iterable[Clock]) -> Clock | Text | None:
    """The running clock that ends first; where none runs, why not; None where neither is known (a defect: N5)."""
    running = [clock for clock in clocks if clock.state == "running"]
    if running:
        return min(running, key=lambda clock: clock.due)
    return reasons().get((kind, state))


def revised(kind: str, state: str, events: Sequence[Event], old: Calendar, new: Calendar) -> list[tuple[Clock, Clock]]:
    """What a new calendar changes: each running clock as it was and as it would be, where the last day differs."""
    before = clocks_for(kind, state, events, closed=old)
    after = {(clock.limit, clock.start_event_id): clock for clock in clocks_for(kind, state, events, closed=new)}
    pairs = ((clock, after[(clock.limit, clock.start_event_id)]) for clock in before if clock.state == "running")
    return [(was, is_) for was, is_ in pairs if was.due != is_.due]


def excluded_82_4(events: Iterable[Event]) -> int:
    """82(4): days left out of the term calculation, from the 70(1) notice to the 77(2) notice, both included.

    Overlapping spans count once (FEATURES T20). A designation whose end notice has not come counts nothing yet.
    """
    standing = [e for e in events if not e.superseded]
    covered: set[int] = set()
    for index, start in enumerate(standing):
        if start.name != "designate":
            continue
        end = next((e for e in standing[index:] if e.name == "notify_end"), None)
        if end:
            covered |= set(range(start.happened_on.toordinal(), end.happened_on.toordinal() + 1))
    return len(covered)


@dataclass(frozen=True)
class _Start:
    """Where one clock begins. index: position of the event among the standing ones. day: the day counted from."""

    event: Event
    index: int
    day: date


@dataclass(frozen=True)
class _Derived:
    """One rule over the standing events of one case. last: the last of them of each name."""

    rule: ClockRule
    standing: Sequence[Event]
    last: Mapping[str, Event]
    law: Limits
    days: Calendar
    ended: bool

    def clocks(self) -> Iterator[Clock]:
        """The clocks that the standing events start, in their order."""
        if self._not_needed():
            return
        answered: set[UUID] = set()
        end: date | None = None
        for start in self._starts():
            counted = self._due(start, end)
            if counted:
                end = counted.due
                yield self._ended(self._clock(counted, start, "running"), start, answered)

    def superseded(self, replaced: Sequence[Event]) -> Iterator[Clock]:
        """The clocks that superseded events would have started: they run no more, and stay visible."""
        if not replaced or self._not_needed():
            return
        names = (*FACTS_66_4, "file") if self.rule.start_table else self.rule.start
        for event in replaced:
            start = _Start(event, len(self.standing), event.happened_on)
            if event.name in names and (counted := self._due(start, None)):
                yield self._clock(counted, start, "superseded")

    def _not_needed(self) -> bool:
        return self.rule.needs is not None and self.rule.needs not in self.last

    def _starts(self) -> list[_Start]:
        if self.rule.start_table:
            return self._from_table(self.rule.start_table)
        found = [_Start(e, i, e.happened_on) for i, e in enumerate(self.standing) if e.name in self.rule.start]
        return found[-1:] if self.rule.latest else found

    def _from_table(self, table: str) -> list[_Start]:
        """66(4), 78(3): the clock starts with the event that gives the start day; none while that day is open."""
        filed = self.last.get("file")
        if filed is None or filed.application == "pct-national":
            return []
        facts = {name: e for name in FACTS_66_4 if (e := self.last.get(name))}
        day = start_day(table, filed.application, filed.happened_on, {n: e.happened_on for n, e in facts.items()})
        event = next((e for e in facts.values() if e.happened_on == day), filed)
        return [_Start(event, -1, day)] if day else []

    def _due(self, start: _Start, end: date | None) -> Due | None:
        """The last day from one start; `end` is the last day of the clock before it in a chain."""
        if self.rule.chain:
            return self._chained(start, end)
        limit = self.law[self.rule.limit]
        if limit.period is None:
            return set_due(limit, start.day, start.event.until, closed=self.days) if start.event.until else None
        counted = due(limit, start.day, closed=self.days)
        later = self.last.get(self.rule.later_of[1]) if self.rule.later_of else None
        if self.rule.later_of and later:
            other = due(self.law[self.rule.later_of[0]], later.happened_on, closed=self.days)
            return max(counted, other, key=lambda one: one.due)
        return counted

    def _chained(self, start: _Start, end: date | None) -> Due:
        """70(2)-(3): the last day the authority set; at most what the law allows, and that where it set none."""
        first, following = self.rule.chain or (self.rule.limit, self.rule.limit)
        limit, day = (first, start.day) if end is None else (following, end)
        longest = due(self.law[limit], day, closed=self.days)
        last = start.event.until or self._last_day_set(start)
        if last is None or last >= longest.due:
            return longest
        return replace(longest, set_to=last)

    def _last_day_set(self, start: _Start) -> date | None:
        """The last day recorded as an event of its own, before the next link of the chain."""
        found = None
        for event in self.standing[start.index + 1 :]:
            if event.name in self.rule.start:
                break
            found = event.happened_on if event.name == self.rule.last_day else found
        return found

    def _clock(self, counted: Due, start: _Start, state: State) -> Clock:
        due = counted.due
        alerts = (due - timedelta(days=n) for n in self.rule.alerts) if state == "running" else ()
        return Clock(
            self.rule.name, counted, start.event.id, tuple(d for d in alerts if d >= start.day), state, self.rule.past
        )

    def _ended(self, clock: Clock, start: _Start, answered: set[UUID]) -> Clock:
        """The clock after the first event that meets or stops it; one answer meets one demand, the oldest open one."""
        rule = self.rule
        for event in self.standing[start.index + 1 :]:
            within = event.happened_on <= clock.due
            if event.name in rule.met or (within and event.name in rule.met_within):
                if rule.latest or event.id not in answered:
                    answered.add(event.id)
                    return _with_end(clock, "met", event)
            elif event.name in rule.stopped or (within and event.name in rule.stopped_within):
                return _with_end(clock, "stopped", event)
        return self._held(clock)

    def _held(self, clock: Clock) -> Clock:
        """82(3): between designation and the end notice the period cannot end; and in an ended case nothing runs."""
        if self.rule.hold and (begun := self.last.get(self.rule.hold[0])) and self.rule.hold[1] not in self.last:
            return _with_end(clock, "stopped", begun)
        if self.ended:
            return replace(clock, state="stopped", alerts=())
        return clock


def _with_end(clock: Clock, state: State, event: Event) -> Clock:
    return replace(clock, state=state, alerts=(), ended=event)
