"""What the guards of the filing's road may look at: plain facts of the act as it is meant and of the events that stand. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.law.judgment import NOTHING_JUDGED, Judgment


@dataclass(frozen=True)
class Past:
    """One event that stands (not superseded): its step, legal date, the state it left, and the limit it set, if any."""

    name: str
    happened_on: date
    source: str
    until: date | None = None


@dataclass(frozen=True)
class Facts:
    """What the guards may look at: the act as it is meant, and the events that stand, oldest first.

    happened_on: legal date of the act. until: the last day the act sets. judgment: what it judges of the inventions (66(1)).
    unnecessary: why review is clearly unnecessary. earlier_notice: on an earlier request for the same invention its applicant got a
    pre-designation notice (66(2)). bulk: it is one of many with one reason. for_person: a person must look at the case;
    matched: so says its opened screening or an earlier notice, whatever the case's mark (a clear column) has become.
    inventions: how many inventions it designates. application: kind of application as the filing act stated it.
    today: date in Japan. sending_due: last day of the period of Art. 66(1), where it runs.
    request_due: that for the request of 66(10). latest_until: the latest last
    day the law lets the act set (limits `designation`, `designation_extension` of policies/law/limits.toml).
    """

    happened_on: date
    today: date
    past: Sequence[Past] = ()
    until: date | None = None
    judgment: Judgment = NOTHING_JUDGED
    unnecessary: Sequence[str] = ()
    earlier_notice: bool = False
    bulk: bool = False
    for_person: bool = False
    matched: bool = False
    inventions: int = 0
    application: str = "ordinary"
    sending_due: date | None = None
    request_due: date | None = None
    latest_until: date | None = None

    def last(self, *names: str) -> Past | None:
        """The latest standing event of one of these names."""
        return next((p for p in reversed(self.past) if p.name in names), None)

    def since(self, *names: str) -> Sequence[Past]:
        """The events after the latest of these names (all, where there is none)."""
        for index in range(len(self.past) - 1, -1, -1):
            if self.past[index].name in names:
                return self.past[index + 1 :]
        return self.past

    @property
    def designation_end(self) -> date | None:
        """The last day of the designation period as last set (70(2), 70(3))."""
        last = self.last("designate", "extend")
        return last.until if last else None
