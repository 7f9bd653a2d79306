"""One filing as the law has it, step after step: what each act is answered, and what it leaves. It imports nothing of the service.

The road is the table tests/roads/filing.toml, as a lawyer reads it; guards, dates, corrections and what an applicant is told are said here
anew. A case is a value: an act gives an answer and another case, or the same case where it is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from tests.attacks.access_words import OF_APPLICANT, OF_DECISION, OF_INTAKE, OF_REVIEW, OF_SCREENING, OF_TIME
from tests.attacks.histories_guards import GUARDS, Asked, fact_before_filing
from tests.attacks.histories_words import BY, Answer, Ask, Event, Refused, Row

WORK: Mapping[str, frozenset[str]] = {
    "sato": frozenset(OF_APPLICANT),
    "kato": frozenset(OF_INTAKE | {"correct"}),
    "suzuki": frozenset(OF_SCREENING | {"correct"}),
    "tanaka": frozenset(OF_REVIEW | {"correct"}),
    "kobayashi": frozenset(OF_DECISION | {"correct"}),
    "okada": frozenset(OF_DECISION | {"correct"}),
    "worker": frozenset(OF_TIME),
    "yamada": frozenset(),
}
"""Who may do what on the case: its applicant, clerk, examiner, reviewer, two deciders of whom okada is not cleared, time, a stranger."""
CLEARED = frozenset({"tanaka", "kobayashi"})
SEES = frozenset(WORK) - {"yamada", "worker"}
HIDDEN = frozenset(
    "tell_pm_of_pct_hit send judge_not_to_send receive record_expert_consent terminate tell_of_coming_dismissal lift"
    " find_dismissal_proper set_dismissal_pending correct_classification hold_priority_certificate release_priority_certificate"
    " notify_pm_of_exit notify_pm_of_transfer".split()
)
"""Of these the law has nobody notify the applicant when they happen."""
STAYS = frozenset({"request_review", "answer_demand", "request_non_sending_notice", "explain"})
"""The applicant's acts that move nothing: they tell him nothing of a state he has not heard of."""


@dataclass(frozen=True)
class Case:
    """The filing between two acts. approvals: (version, words, who)."""

    today: date
    events: tuple[Event, ...]
    state: str
    label: str = "application"
    compartment: str | None = None
    approvals: frozenset[tuple[int, str, str]] = frozenset()

    @property
    def version(self) -> int:
        return len(self.events)

    def does(self, ask: Ask, event: str) -> tuple[Answer, "Case"]:
        """The answer to an act, and the case afterwards. event: the id its event is given, where it makes one."""
        try:
            self._may(ask)
            self._seen(ask)
            on = self._date(ask)
            after = self._corrects(ask, event, on) if ask.act == "correct" else self._steps(ask, event, on)
            if fact_before_filing(after.standing()):
                raise Refused(422, "start-day-before-filing")
        except Refused as refused:
            return refused.answer, self
        version, state = after.told() if ask.who == "sato" else (after.version, after.state)
        missing = int(after.version == self.version)
        return Answer(202 if missing else 200, state, version, missing), after

    def _may(self, ask: Ask) -> None:
        if ask.who == "yamada":
            raise Refused(404, "not-found")
        guarded = ask.act in OF_REVIEW | OF_DECISION | {"correct"} and self.label == "designated"
        if ask.act not in WORK[ask.who] or (guarded and ask.who not in CLEARED):
            raise Refused(403, "not-permitted")

    def _seen(self, ask: Ask) -> None:
        if ask.seen is None:
            raise Refused(428, "version-needed")
        if ask.seen != (self.told()[0] if ask.who == "sato" else self.version):
            raise Refused(412, "case-moved-on")

    def _date(self, ask: Ask) -> date:
        on = ask.day("happened_on") or self.today
        if on > self.today:
            raise Refused(422, "date-in-future")
        if on < self.today and ask.who == "sato":
            raise Refused(403, "past-date-not-permitted")
        if on < self.today and not (ask.body.get("date_reason") or ask.act == "correct"):
            raise Refused(422, "date-needs-reason")
        return on

    def _steps(self, ask: Ask, event: str, on: date) -> "Case":
        row = self._row(ask, on)
        if row.label and ask.who not in CLEARED and "designated" in (row.label, self.label):
            raise Refused(403, "not-permitted")
        if row.act == "transfer_right" and self.label == "designated" and ask.who not in CLEARED:
            raise Refused(403, "not-permitted")
        done = Event(event, self.version + 1, row.source, row.act, row.target, on, ask.day("until"), ask.who)
        compartment = ask.body.get("compartment") if row.label else self.compartment
        label = row.label or self.label
        return replace(self, events=(*self.events, done), state=row.target, label=label, compartment=compartment)

    def _row(self, ask: Ask, on: date) -> Row:
        rows = BY.get((self.state, ask.act), [])
        if not rows:
            raise Refused(409, "step-not-lawful")
        past = self.standing()
        asked = Asked(past, on, self.today, ask.day("until"), ask.body)
        lacking = ""
        for row in rows:
            lacking = next((g for g in row.guards if not GUARDS[g](asked)), "")
            if not lacking:
                if on < past[-1].on and not row.fact:
                    raise Refused(422, "date-before-last-step")
                return row
        raise Refused(409, lacking)

    def _corrects(self, ask: Ask, event: str, on: date) -> "Case":
        """An entry is dated anew or taken back by two persons who say the same; the entry itself stays."""
        annuls = bool(ask.body.get("annuls"))
        entry = next((e for e in self.events if e.id == ask.body["event"]), None)
        if entry is None or entry.annuls or any(e.of == entry.id for e in self.events):
            raise Refused(409, "not-correctable")
        if not annuls and not ask.body.get("happened_on"):
            raise Refused(422, "correction-needs-date")
        target = self._taken_back(entry) if annuls else self.state
        said = {who for version, words, who in self.approvals if (version, words) == (self.version, ask.words)}
        if ask.who in said:
            raise Refused(409, "already-approved")
        approved = replace(self, approvals=self.approvals | {(self.version, ask.words, ask.who)})
        if not said:
            return approved
        until = ask.day("until")
        done = Event(event, self.version + 1, self.state, "correct", target, on, until, ask.who, entry.id, annuls)
        return replace(approved, events=(*self.events, done), state=target)

    def _taken_back(self, entry: Event) -> str:
        """The state after the entry is taken back: only the last step, or a mere date; nothing that opened or closed content."""
        root = self.root(entry)
        past = self.standing()
        rows = [r for r in BY.get((root.source, root.name), []) if r.target == root.target]
        last = bool(past) and max(past, key=lambda e: e.version).id == root.id
        held = root.name in ("file", "send", "tell_pm_of_pct_hit", "transfer_right") or any(r.label for r in rows)
        if held or not rows or root.id not in {e.id for e in past} or not (last or all(r.fact for r in rows)):
            raise Refused(409, "not-correctable")
        return self.state if root.source == root.target else root.source

    def root(self, entry: Event) -> Event:
        """The entry that a chain of corrections began with."""
        while entry.of is not None:
            entry = next(e for e in self.events if e.id == entry.of)
        return entry

    def standing(self, known: tuple[Event, ...] | None = None) -> list[Event]:
        """The entries as they stand after every correction, oldest first."""
        stands: dict[str, Event] = {}
        for entry in self.events if known is None else known:
            root = self.root(entry)
            if entry.of is None:
                stands[entry.id] = entry
            elif entry.annuls:
                stands.pop(root.id, None)
            else:
                old = stands[root.id]
                stands[root.id] = replace(old, on=entry.on, until=entry.until or old.until)
        return list(stands.values())

    def told(self) -> tuple[int, str]:
        """Version and state as the applicant is told."""
        known, state = self.known(), "RECEIVED"
        for entry in self.standing(known):
            state = state if entry.name in STAYS else entry.target
        return len(known), state

    def known(self) -> tuple[Event, ...]:
        """The entries that the applicant is told of, corrections of them included."""
        return tuple(e for e in self.events if self.root(e).name not in HIDDEN)


def opened(today: date, on: date, application: str, ids: Iterable[str], who: str, asked: bool = False) -> Case:
    """A filing as it begins: filed, with the request for review where it was made, then under primary review or out of scope."""
    follow = ["request_review"] * asked + ["exclude_pct" if application == "pct-national" else "start"]
    case = Case(today, (), "RECEIVED")
    for number, (name, event) in enumerate(zip(["file", *follow], ids, strict=False), 1):
        row = next(iter(BY.get(("RECEIVED", name), [])), None)
        source, target = (row.source, row.target) if row else ("", "RECEIVED")
        by = "service" if name in ("start", "exclude_pct") else who
        kind = application if name == "file" else None
        done = Event(event, number, source, name, target, on, None, by, application=kind)
        case = replace(case, events=(*case.events, done), state=target)
    return case
