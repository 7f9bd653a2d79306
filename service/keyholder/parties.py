"""Who is a party to a case, and for whom somebody acts: told to those who see the case, and changed by an act on it.

What must hold: whose right ends is let go before anybody follows him, also where the act is then not stored (nobody keeps what the law took
from him because a transaction failed; the same act again finishes it). Each change rests on the token of the person who acts, on the
policies' decision on the act and on each fact, and is recorded before its answer. Names and addresses are not here: they are sealed papers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service import clock
from service.access.decide import Ask
from service.access.people import OF_A_PARTY
from service.access.things import FactThing
from service.keyholder import frames
from service.keyholder.acting import Acting, Entry, digest_of, fact_said, there
from service.keyholder.facts import Fact, FactRow
from service.keyholder.gathering import Question, Standing, case_of
from service.keyholder.refused import Refused, id_of, id_or_none, text_or_none, value_of, word_of

MOST = 100
"""Changes in one act."""


@dataclass(frozen=True)
class Given:
    """A work that a person is to have on the case, both days included; represents: for which party."""

    person: UUID
    work: str
    represents: UUID | None
    start: date
    until: date | None

    @property
    def values(self) -> Mapping[str, str]:
        """The values of its fact."""
        return {"work": self.work} | ({"represents": str(self.represents)} if self.represents else {})


@dataclass(frozen=True)
class Parties:
    """Answers two operations: who is a party, and a change of that."""

    acting: Acting

    async def parties(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """The parties' facts on the case. Raises Refused not-found, not-permitted, sign-in-needed. The web records the request."""
        case = id_of(message, "case")
        standing = (await self.acting.decider.stand([Question(tag, case)]))[0]
        if standing.person is None:
            raise Refused(standing.nobody)
        self.acting.must(standing, "read_case")
        return {"parties": [_said(f) for f in await self._held(case)]}

    async def change_parties(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """End what `ends` names ({person, works}), then make what `gives` names ({person, work, represents, from, until}).

        Ends also, with a party's right, the powers of those who acted for him. Raises Refused not-found, not-permitted, invalid.
        """
        case, step = id_of(message, "case"), word_of(message, "action")
        ends, gives = _list(message, "ends"), [_given(g) for g in _list(message, "gives")]
        about = Entry("attest", step, id_of(message, "request"), case)
        async with self.acting.recorded(about, Question(tag, case)) as entry:
            standing, _ = there(entry)
            self.acting.must(standing, step)
            ending = _ending(await self._held(case), ends)
            self._must(standing, step, [*(("revoke_by_rule", f.person, f.values) for f in ending),
                                        *(("attest_by_rule", g.person, g.values) for g in gives)])  # fmt: skip
            entry.digest = digest_of([*(f.id for f in ending), *(g.person for g in gives)])
        for fact in ending:
            await self.acting.granting.revoke(fact)
        return {"facts": [fact_said(self._made(case, g)) for g in gives]}

    async def _held(self, case: UUID) -> list[Fact]:
        facts = await self.acting.granting.on_case(case)
        return [f for f in facts if f.kind == "assignment" and f.values.get("work") in OF_A_PARTY]

    def _made(self, case: UUID, given: Given) -> FactRow:
        try:
            return self.acting.granting.make(
                given.person, "assignment", case, given.start, given.until, dict(given.values)
            )
        except ValueError:
            raise Refused("invalid") from None

    def _must(self, standing: Standing, step: str, changes: Sequence[tuple[str, UUID, Mapping[str, Any]]]) -> None:
        """Raises Refused not-permitted unless the policies let this act bring about every one."""
        assert standing.person is not None
        me, case = standing.person, case_of(standing)
        asks = [
            Ask(me, action, FactThing("assignment", values, person == me.id, case), standing.relation, standing.today, step=step)
            for action, person, values in changes
        ]  # fmt: skip
        if not all(d is not None and d.allow for d in self.acting.decider.decide(asks)):
            raise Refused("not-permitted")


def _ending(held: Sequence[Fact], ends: Sequence[frames.Message]) -> list[Fact]:
    """The facts that end, those of a party's attorneys with his own right."""
    over = {(id_of(e, "person"), work) for e in ends for work in _works(e)}
    leaving = {str(person) for person, work in over if work == "applicant"}
    return [
        f for f in held if (f.person, f.values.get("work")) in over or str(f.values.get("represents", "")) in leaving
    ]


def _works(end: frames.Message) -> list[Any]:
    works = value_of(end, "works", list)
    if not all(type(w) is str and w in OF_A_PARTY for w in works):
        raise Refused("invalid")
    return works


def _given(said: frames.Message) -> Given:
    work, start, until = word_of(said, "work"), _day(said, "from") or clock.today(), _day(said, "until")
    if work not in OF_A_PARTY or (until is not None and until < start):
        raise Refused("invalid")
    return Given(id_of(said, "person"), work, id_or_none(said, "represents"), start, until)


def _day(said: frames.Message, name: str) -> date | None:
    text = text_or_none(said, name)
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Refused("invalid") from None


def _list(message: frames.Message, name: str) -> list[Any]:
    found = value_of(message, name, list)
    if len(found) > MOST or not all(type(one) is dict for one in found):
        raise Refused("invalid")
    return found


def _said(fact: Fact) -> frames.Message:
    represents = fact.values.get("represents")
    return {
        "person": fact.person.bytes,
        "work": str(fact.values["work"]),
        "represents": UUID(str(represents)).bytes if represents else None,
        "from": fact.start.isoformat(),
        "until": fact.until.isoformat() if fact.until else None,
    }
