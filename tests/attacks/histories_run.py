"""One history through the service, and whether some order of its acts explains it.

What must hold: a linearisation exists. Each act and read has a moment between its being sent and its being answered, such that the
sequential model, taking them in that order, gives every client the answer he got and ends where the database stands.
"""

import asyncio
import itertools
import json
import random
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from tests.attacks.histories_draw import Look, past, wave
from tests.attacks.histories_model import Case
from tests.attacks.histories_tables import Ground, today
from tests.attacks.histories_words import Answer, Ask
from tests.attacks.inside import Reply


@dataclass(frozen=True)
class Done:
    """One act or read: when it was sent and answered (on the harness's own count), and what came."""

    what: Ask | str
    begun: int
    ended: int
    got: Reply

    @cached_property
    def said(self) -> dict[str, Any]:
        return said_in(self.got)

    @cached_property
    def seen(self) -> tuple[Any, ...]:
        return _seen_in(self.got.status, self.said)

    def explains(self, case: Case) -> Case | None:
        """The case after it, where the model gives this answer; else None."""
        if isinstance(self.what, str):
            return case if _read(case, self.what) == self.seen else None
        event = self.said.get("event") or ""
        answer, after = case.does(self.what, event)
        if answer != _answered(self.got.status, self.said):
            return None
        return after if (after.version > case.version) == bool(event) else None

    def __str__(self) -> str:
        return f"{self.what} -> {self.got.status} {self.got.body[:160]!r}"


def said_in(got: Reply) -> dict[str, Any]:
    try:
        said = json.loads(got.body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _answered(status: int, said: dict[str, Any]) -> Answer:
    if status < 300:
        return Answer(status, said.get("state", ""), said.get("version", -1), said.get("approvals_missing", -1))
    return Answer(status, said.get("name", ""))


def _seen_in(status: int, said: dict[str, Any]) -> tuple[Any, ...]:
    if status != 200:
        return status, said.get("name")
    events = tuple((e["id"], e["step"], e["happened_on"], e["supersedes"], e["annuls"]) for e in said["events"])
    return 200, said["state"], said["version"], said["label"], events


def _read(case: Case, name: str) -> tuple[Any, ...]:
    if name == "yamada":
        return 404, "not-found"
    known = case.known() if name == "sato" else case.events
    version, state = case.told() if name == "sato" else (case.version, case.state)
    label = _told_label(case) if name == "sato" else case.label
    return 200, state, version, label, tuple((e.id, e.name, e.on.isoformat(), e.of, e.annuls) for e in known)


def _told_label(case: Case) -> str:
    """He hears of the designation and of its end; of the lifting only with the notice of the end."""
    names = [e.name for e in case.standing(case.known())]
    return "released" if "notify_end" in names else "designated" if "designate" in names else "application"


def explained(case: Case, done: Sequence[Done], seen: set[tuple[object, ...]] | None = None) -> Iterator[Case]:
    """Every case that some order of what was done leaves, where that order explains every answer. seen: where a search has been."""
    seen = set() if seen is None else seen
    at = (*(d.begun for d in done), *(e.id for e in case.events), case.state, case.approvals)
    if at in seen:
        return
    seen.add(at)
    if not done:
        yield case
    first = min((d.ended for d in done), default=0)
    for number, one in enumerate(done):
        if one.begun < first and (after := one.explains(case)) is not None:
            yield from explained(after, [*done[:number], *done[number + 1 :]], seen)


class Wrong(Exception):
    """What is seen to be wrong before the history has begun."""


@dataclass(kw_only=True)
class History:
    """One filing's history under way. pair: state to be reached, act to be tried there."""

    ground: Ground
    rng: random.Random
    pair: tuple[str, str]
    waves: int = 0
    done: list[Done] = field(default_factory=list)
    case: UUID = field(default_factory=uuid4)
    count: Iterator[int] = field(default_factory=itertools.count)

    async def run(self) -> str:
        """What no order explains, or "". A history over which midnight falls in Japan is run again."""
        while True:
            day = today()
            self.case, self.done = uuid4(), []
            try:
                start = await self.begin(day)
            except Wrong as wrong:
                return str(wrong)
            await self._act(day)
            if today() == day:
                return await self.judge(start)

    async def begin(self, day: date) -> Case:
        """The case as the history finds it."""
        start = past(self.rng, day, self.pair[0])
        await self.ground.lay(self.case, start)
        return start

    async def _act(self, day: date) -> None:
        first: str | None = self.pair[1]
        for _ in range(self.waves or self.rng.choice((2, 3))):
            sent = wave(self.rng, await self._look(), day, first)
            first = None
            await asyncio.gather(*(self.send(one) for one in sent), *self.beside())

    def beside(self) -> list[Awaitable[None]]:
        """What else is sent at once."""
        return []

    async def judge(self, start: Case) -> str:
        """Whether some order explains every answer, and the database stands where it ends."""
        stands = await self.ground.stored(self.case, start.today)
        left = []
        for after in explained(start, self.done):
            if _bare(after) == _bare(stands):
                return ""
            left.append(after)
        told = "\n  ".join(map(str, self.done))
        why = "no order explains the answers" if not left else f"left {stands}, by the law {left[0]}"
        return f"{self.pair} from {start.state} v{start.version}: {why}\n  {told}"

    async def send(self, what: Ask | str) -> None:
        begun = next(self.count)
        if isinstance(what, str):
            got = await self.ground.service.ask(what, "GET", f"/filings/{self.case}")
        else:
            headers = {} if what.seen is None else {"if-match": f'"{what.seen}"'}
            path = f"/filings/{self.case}/{what.act.replace('_', '-')}"
            got = await self.ground.service.ask(what.who, "POST", path, said=dict(what.body), headers=headers)
        self.done.append(Done(what, begun, next(self.count), got))

    async def _look(self) -> Look:
        """As clients read it now."""
        case = await self.ground.stored(self.case, today())
        corrected = [e.of for e in case.events if e.of]
        return Look(case.state, case.version, case.told()[0], [e.id for e in case.events], corrected)


def _bare(case: Case) -> Case:
    """Approvals without their words, which the database holds as a digest."""
    return replace(case, approvals=frozenset((version, "", who) for version, _, who in case.approvals))
