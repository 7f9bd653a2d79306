"""What a day's decisions cost at ten queues, and that none is lost."""

from collections import Counter
from dataclasses import dataclass

from tests.bench.cost import Meter
from tests.moved import Moved
from tests.year import officers
from tests.year.offices import file
from tests.year.run import Progress
from tests.year.size import Kind


@dataclass(frozen=True)
class Queued:
    """decided: how often each case was; late: how often an officer came too late; cost: processor microseconds a decision, by process."""

    wanted: int
    decided: Counter[str]
    late: int
    seconds: list[float]
    pages: list[float]
    cost: dict[str, float]

    @property
    def share(self) -> float:
        """Of one processor's working day, what a day's decisions take."""
        return officers.A_DAY * sum(self.cost.values()) / 1e6 / (officers.HOURS * 3600)


def queued(moved: Moved, decisions: int, progress: Progress) -> Queued:
    """So many cases decided by ten officers at once."""
    with progress("filed", decisions) as step:
        cases = officers.prepare(moved, decisions, lambda people: file(people, Kind.JUDGED)[0], step)
    meter = Meter({name: moved.pids[name] for name in ("web", "keyholder", "postgresql")})
    with progress("decided", decisions) as step:
        worked = officers.at_work(moved, cases, step)
    return Queued(
        len(cases),
        Counter(case for one in worked for case in one.decided),
        sum(one.late for one in worked),
        sorted(s for one in worked for s in one.seconds),
        sorted(s for one in worked for s in one.pages),
        {name: cost / decisions for name, cost in meter.read().items()},
    )


def at(sorted_seconds: list[float], part: float) -> float:
    """The value below which this part of them lies."""
    return sorted_seconds[min(len(sorted_seconds) - 1, int(part * len(sorted_seconds)))]
