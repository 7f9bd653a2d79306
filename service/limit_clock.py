"""One clock of a case and the event it starts with: how long it runs, how it stands on a day, why. Pure; derived in deadlines.py.

Not here: the present day. `phase(day)` says how a clock stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from service.errors import Text
from service.law.limits import Due, show

State = Literal["running", "met", "stopped", "superseded"]
Phase = Literal["running", "overdue", "over", "met", "stopped", "superseded"]


ENDED: Mapping[State, Text] = {"met": Text("完了", "met"), "stopped": Text("停止", "stopped")}
NOTHING_RUNS = Text("手続が終了したため進行しない。", "The case has ended: nothing runs.")


@dataclass(frozen=True)
class Event:
    """A fact of a case. happened_on: its legal date (Japan). until: the last day the act sets, if it sets one.

    superseded: a correcting act stands for it. application: kind of application, on the event `file`.
    """

    name: str
    happened_on: date
    id: UUID
    superseded: bool = False
    until: date | None = None
    application: str = "ordinary"


@dataclass(frozen=True)
class Clock:
    """One limit that runs or ran. name: its rule; counted: its last day and why; limit: name in limits.toml. due: last day.

    free_from: a ban's first free day. alerts: days on which to warn (house rule), for a running clock. ended: the event
    that met or stopped it. past: what a running clock is after its last day: "overdue" (awaited) or "over".
    """

    name: str
    counted: Due
    start_event_id: UUID
    alerts: tuple[date, ...]
    state: State
    past: str
    ended: Event | None = None

    @property
    def limit(self) -> str:
        return self.counted.limit.name

    @property
    def start(self) -> date:
        return self.counted.start

    @property
    def due(self) -> date:
        return self.counted.due

    @property
    def free_from(self) -> date | None:
        return self.counted.free_from

    @property
    def basis(self) -> str:
        return self.counted.basis

    @property
    def calendar_sha256(self) -> str:
        return self.counted.calendar_sha256

    @property
    def why(self) -> Text:
        """How the last day was counted, and what ended the clock; made when asked."""
        counted = self.counted.why
        if self.ended:
            return _joined(counted, _ending(self.state, self.ended))
        return _joined(counted, NOTHING_RUNS) if self.state == "stopped" else counted

    def phase(self, day: date) -> Phase:
        """How the clock stands on `day`: its state, or for a running one past its last day "overdue" or "over"."""
        if self.state != "running" or day <= self.due:
            return self.state
        return "overdue" if self.past == "overdue" else "over"

    def alarm(self, day: date) -> bool:
        """Whether `day` is a day to warn on: an alert day, or any day on which it is overdue."""
        return self.state == "running" and (day in self.alerts or self.phase(day) == "overdue")

    @property
    def ended_by(self) -> UUID | None:
        return self.ended.id if self.ended else None

    @property
    def ended_on(self) -> date | None:
        return self.ended.happened_on if self.ended else None

    @property
    def late(self) -> bool:
        """Met, but after the last day."""
        return self.state == "met" and self.ended_on is not None and self.ended_on > self.due


def _ending(state: State, event: Event) -> Text:
    done, day = ENDED[state], show(event.happened_on)
    return Text(f"{day.ja}に{done.ja}（{event.name}）。", f"It was {done.en} on {day.en} ({event.name}).")


def _joined(one: Text, other: Text) -> Text:
    return Text(one.ja + other.ja, f"{one.en} {other.en}")
