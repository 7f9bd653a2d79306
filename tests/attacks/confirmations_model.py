"""One prior confirmation as the law has it (ESPA 79), step after step: what each act is answered, and what it leaves.

It imports nothing of the service. The road is tests/roads/confirmation.toml, as a lawyer reads it; guards and what the requester is told
are said here anew; dates, versions and corrections are those of every case (histories_model.py).
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.attacks.access_words import OF_APPLICANT, OF_DECISION, OF_REVIEW, OF_SCREENING
from tests.attacks.histories_model import Case
from tests.attacks.histories_words import Ask, Event, Refused, Row
from tests.shared import ROOT


def _rows() -> Iterable[Row]:
    for said in tomllib.loads((ROOT / "tests/roads/confirmation.toml").read_text(encoding="utf-8"))["row"]:
        for source in said["from"]:
            target = source if said["to"] == "=" else said["to"]
            yield Row(source, said["act"], target, tuple(said.get("guards", ())), said.get("paper"), None, False)


ROWS = tuple(_rows())
BY = {key: [r for r in ROWS if (r.source, r.act) == key] for key in {(r.source, r.act) for r in ROWS}}
ACTS = sorted({r.act for r in ROWS})
WORK: Mapping[str, frozenset[str]] = {
    "sato": frozenset(OF_APPLICANT),
    "suzuki": frozenset(OF_SCREENING | {"correct"}),
    "tanaka": frozenset(OF_REVIEW | {"correct"}),
    "kobayashi": frozenset(OF_DECISION | {"correct"}),
    "yamada": frozenset(),
}
"""Who may do what: the requester, the examiner, a reviewer and who decides for the Prime Minister, a stranger."""
HIDDEN = frozenset({"accept_request", "refer", "answer_referral"})
"""The Act has the requester told of the answers (79(2), 79(4)), of nothing between."""
STAYS = frozenset({"answer_demand", "later_filing"})
ITEMS = range(1, 48)


@dataclass(frozen=True)
class Confirmation(Case):
    """The confirmation between two acts."""

    def _may(self, ask: Ask) -> None:
        if ask.act == "later_filing" and ask.who != "sato":
            raise Refused(422, "invalid-field")  # it is no filing of his, whatever case he names
        if ask.who == "yamada":
            raise Refused(404, "not-found")
        if ask.act not in WORK[ask.who]:
            raise Refused(403, "not-permitted")

    def _row(self, ask: Ask, on: date) -> Row:
        rows = BY.get((self.state, ask.act), [])
        if not rows:
            raise Refused(409, "step-not-lawful")
        past = self.standing()
        (row,) = rows
        if lacking := next((g for g in row.guards if not self._holds(g, ask, on, past)), None):
            raise Refused(409, lacking)
        if on < past[-1].on:
            raise Refused(422, "date-before-last-step")
        return row

    def _holds(self, guard: str, ask: Ask, on: date, past: list[Event]) -> bool:
        asked = [e for e in past if e.name == "ask_for_more"]
        left = asked[len([e for e in past if e.name == "answer_demand"]) :]
        items = {i.get("item") for i in ask.body.get("inventions", ())} - {None}
        if guard == "may-reject":
            late = any(e.until is not None and on > e.until for e in left)
            return ask.body["ground"] != "form" or late
        return {
            "nothing-awaited": not left,
            "something-asked": bool(left),
            "items-of-the-order": all(i in ITEMS for i in items),
            "meets-an-item": any(_met(i) for i in ask.body.get("inventions", ())),
            "is-the-answer": any(e.name == "answer_referral" for e in past),
        }[guard]

    def _taken_back(self, entry: Event) -> str:
        """Only the last step; nothing that brought the case to new hands, and not the request itself."""
        root, past = self.root(entry), self.standing()
        last = bool(past) and max(past, key=lambda e: e.version).id == root.id
        if root.name in ("request_confirmation", "refer") or not last:
            raise Refused(409, "not-correctable")
        return self.state if root.source == root.target else root.source

    def told(self) -> tuple[int, str]:
        """Version and state as the requester is told."""
        known, state = self.known(), "SUBMITTED"
        for entry in self.standing(known):
            state = state if entry.name in STAYS else entry.target
        return len(known), state

    def known(self) -> tuple[Event, ...]:
        """The entries that the requester is told of, corrections of them included."""
        return tuple(e for e in self.events if self.root(e).name not in HIDDEN)


def _met(invention: Mapping[str, Any]) -> bool:
    """Of the items that are drawn, 7 puts no question, 13 one unless its second half is meant, 1 is never answered."""
    item = invention.get("item")
    return item == 7 or (item == 13 and bool(invention.get("left_out")))
