"""How two filings belong together: divisional, converted, domestic priority (Patent Act 44, 46, 41), or the same matter.

What must hold: a link is told to nobody who does not see both filings; to him the answer is that of a filing without it. It is made by
whoever may make it of both, on his token, and is recorded before its answer. It is a sealed fact of the same size under each of the two.
Not promised: that the time of an answer does not grow with the links that were left out of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from service.keyholder import frames
from service.keyholder.acting import Acting, Entry, digest_of, fact_said, there
from service.keyholder.facts import Fact, FactRow, seal_fact
from service.keyholder.gathering import Question
from service.keyholder.refused import Refused, id_of, word_of

SIDES: Mapping[str, tuple[str, str]] = {
    "divisional": ("later", "earlier"),
    "converted": ("later", "earlier"),
    "priority": ("later", "earlier"),
    "same_matter": ("equal", "equal"),
}
"""The kinds of links; what the filing that the link is entered on is, and what the other."""
KIND = "filing"
MOST = 100
"""Links of one filing."""


@dataclass(frozen=True)
class Links:
    """Answers two operations: the links of a filing, and a new one."""

    acting: Acting

    async def links(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """The links to filings that he sees too. Raises Refused not-found, not-permitted, sign-in-needed. The web records the request."""
        case = id_of(message, "case")
        standing = (await self.acting.decider.stand([Question(tag, case, kind=KIND)]))[0]
        if standing.person is None:
            raise Refused(standing.nobody)
        self.acting.must(standing, "read_case")
        held = await self._held(case)
        others = await self.acting.decider.stand([Question(tag, _other(f), kind=KIND) for f in held]) if held else []
        may = self.acting.decider.decide([other.ask("read_case") for other in others])
        return {"links": [_said(f) for f, d in zip(held, may, strict=True) if d is not None and d.allow]}

    async def link_cases(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """The link as two facts, one under each filing; none where it stands already.

        Raises Refused not-found where one of the two is nothing he may know of, not-permitted, invalid.
        """
        case, other, link = id_of(message, "case"), id_of(message, "other"), word_of(message, "link")
        if link not in SIDES or case == other:
            raise Refused("invalid")
        about = Entry("attest", "link_cases", id_of(message, "request"), case)
        async with self.acting.recorded(about, Question(tag, case, kind=KIND)) as entry:
            standing, person = there(entry)
            self.acting.must(standing, "link_cases")
            self.acting.must((await self.acting.decider.stand([Question(tag, other, kind=KIND)]))[0], "link_cases")
            here, beyond = await self._held(case), await self._held(other)
            if any(_other(f) == other and f.values["link"] == link for f in here):
                rows = []
            elif max(len(here), len(beyond)) >= MOST:
                raise Refused("invalid")
            else:
                ends = zip((case, other), (other, case), SIDES[link], strict=True)
                rows = [self._row(person.id, at, to, link, side, standing.today) for at, to, side in ends]
            entry.digest = digest_of(r.id for r in rows)
        return {"facts": [fact_said(r) for r in rows]}

    async def _held(self, case: UUID) -> list[Fact]:
        return sorted(
            (f for f in await self.acting.granting.on_case(case) if f.kind == "link"), key=lambda f: (f.start, f.id)
        )

    def _row(self, person: UUID, case: UUID, other: UUID, link: str, side: str, day: date) -> FactRow:
        """Under the pseudonym of who made it, who has other facts on both filings."""
        values = {"link": link, "side": side, "other": str(other)}
        epoch = self.acting.granting.state.epoch(person)
        return seal_fact(self.acting.vault, Fact(uuid4(), person, case, "link", epoch, day, None, values))


def _other(fact: Fact) -> UUID:
    return UUID(str(fact.values["other"]))


def _said(fact: Fact) -> frames.Message:
    link, side = str(fact.values["link"]), str(fact.values["side"])
    return {"link": link, "side": side, "other": _other(fact).bytes, "since": fact.start.isoformat()}
