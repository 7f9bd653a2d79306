"""Where a person is told that something awaits him: his mail address, a sealed fact that he alone enters, reads and ends.

What must hold: an address leaves to its own person, or one at a time to the courier, for whoever has something that he did not receive
yet, or to whose post a clock has risen, was not mailed today and has an address; the courier learns no person, case or notice. That an
address was given is a record and a row before it leaves. A new address ends the older one. Not promised: of two addresses that one person
enters in one moment, which of the two stands; that a mail was sent once alone, where the courier lost its memory between the server's word
and its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from service.keyholder import frames
from service.keyholder.acting import Acting, Entry, digest_of, fact_said, there
from service.keyholder.facts import Fact, seal_fact
from service.keyholder.gathering import Question
from service.keyholder.granting import ROWS
from service.keyholder.refused import Refused, id_of, id_or_none, text_or_none
from service.keyholder.rising import Rising
from service.mail.address import is_address

OF_THEMSELVES = ROWS + "person = any($1::uuid[]) and case_id is null and tag is null"
GIVEN = "select person from mailings where id = $1 and day = $2"
AWAITED = """
select distinct d.person from deliveries d where d.received_at is null and d.person > $2
and not exists (select from mailings m where m.person = d.person and m.day = $1 and m.sent) order by d.person limit 100
"""
GIVE = "insert into mailings (id, person, day) values ($1, $2, $3) on conflict (person, day) do nothing"
SENT = "update mailings set sent = true where id = $1 returning id"
NOBODY = UUID(int=0)
AT_ONCE = 100
"""Persons whose facts are opened before others get their turn."""


@dataclass(frozen=True)
class Contacts:
    """Answers four operations: one's own address, its change, the courier's next address, and that a server took the mail."""

    acting: Acting

    async def contact(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """One's own address, or none. Raises Refused not-permitted, sign-in-needed. The web records the request."""
        person = await self.acting.decider.must(tag, "keep_contact")
        return {"address": _address(await self._held(person.id))}

    async def change_contact(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """End the address that stood, and make the new one where one is said; said again, it stands as it is.

        Raises Refused not-permitted, sign-in-needed, invalid.
        """
        address = text_or_none(message, "address")
        if address is not None and not is_address(address):
            raise Refused("invalid")
        about = Entry("revoke" if address is None else "attest", "change_contact", id_of(message, "request"))
        async with self.acting.recorded(about, Question(tag)) as entry:
            standing, person = there(entry)
            self.acting.must(standing, "keep_contact")
            held = await self._held(person.id)
            stands = len(held) == 1 and _address(held) == address
            entry.digest = digest_of([] if stands else [f.id for f in held])
        if stands:
            return {"facts": []}
        for fact in held:
            await self.acting.granting.revoke(fact)
        return {"facts": [] if address is None else [self._made(person.id, address, standing.today)]}

    async def next_mail(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """The next mail of today: its id and the address, or nothing; after: the one given before. Raises Refused as `must` does."""
        after = id_or_none(message, "after")
        about = Entry("release", "give_address", id_of(message, "request"))
        async with self.acting.recorded(about, Question(tag)) as entry:
            standing, _ = there(entry)
            self.acting.must(standing, "carry_mail")
            person, address = await self._next(standing.today, after)
            if person is not None:
                entry.part = await self._given(person, standing.today)
        return {"mail": entry.part.bytes if entry.part else None, "address": address}

    async def mail_sent(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """A server took this mail: its person is mailed no more today. Raises Refused not-found, and as `must` does."""
        mail = id_of(message, "mail")
        about = Entry("attest", "mail_sent", id_of(message, "request"), part=mail)
        async with self.acting.recorded(about, Question(tag)) as entry:
            standing, _ = there(entry)
            self.acting.must(standing, "carry_mail")
            if not await self.acting.store.fetch(SENT, mail):
                raise Refused("not-found")
        return {"done": True}

    async def _next(self, today: date, after: UUID | None) -> tuple[UUID | None, str | None]:
        """Who comes next in the order of pseudonyms, and his address."""
        before = await self.acting.store.fetch(GIVEN, after, today) if after else ()
        last = before[0]["person"] if before else NOBODY
        found = [
            one for one in (await self._awaiting(today, last), await self._risen_to(today, last)) if one is not None
        ]
        return min(found) if found else (None, None)

    async def _awaiting(self, today: date, last: UUID) -> tuple[UUID, str] | None:
        """The next who has something that he did not receive yet."""
        while rows := await self.acting.store.fetch(AWAITED, today, last):
            persons = [row["person"] for row in rows]
            own = await self._own(persons)
            for person in persons:
                if address := _address(_contacts(own[person])):
                    return person, address
            last = persons[-1]
        return None

    async def _risen_to(self, today: date, last: UUID) -> tuple[UUID, str] | None:
        """The next to whose post a clock has risen."""
        rising = Rising(self.acting.store, self.acting.granting)
        while rows := await rising.after(last, today):
            for start in range(0, len(rows), AT_ONCE):
                some = rows[start : start + AT_ONCE]
                own = await self._own([row["person"] for row in some])
                known = {p: said for p, facts in own.items() if (said := _address(_contacts(facts)))}
                told = await rising.told([row for row in some if row["person"] in known], own, today) if known else ()
                if told:
                    return min(told), known[min(told)]
            last = rows[-1]["person"]
        return None

    async def _given(self, person: UUID, today: date) -> UUID:
        """The id of his mail of today: the same at every try."""
        async with self.acting.store.transaction() as work:
            await work.connection.execute(GIVE, uuid4(), person, today)
            found: UUID = await work.connection.fetchval(
                "select id from mailings where person = $1 and day = $2", person, today
            )
        return found

    async def _held(self, person: UUID) -> list[Fact]:
        return _contacts((await self._own([person]))[person])

    async def _own(self, persons: Sequence[UUID]) -> dict[UUID, list[Fact]]:
        """The facts of each that are about no case and bind no subject."""
        own: dict[UUID, list[Fact]] = {person: [] for person in persons}
        for fact in self.acting.granting.authentic(await self.acting.store.fetch(OF_THEMSELVES, persons)):
            own[fact.person].append(fact)
        return own

    def _made(self, person: UUID, address: str, day: date) -> frames.Message:
        epoch = self.acting.granting.state.epoch(person)
        fact = Fact(uuid4(), person, None, "contact", epoch, day, None, {"address": address})
        return fact_said(seal_fact(self.acting.vault, fact))


def _contacts(own: Sequence[Fact]) -> list[Fact]:
    """The contacts among them, in a stable order."""
    return sorted((f for f in own if f.kind == "contact"), key=lambda f: (f.start, f.id))


def _address(held: Sequence[Fact]) -> str | None:
    """The address that counts."""
    said: Any = held[-1].values.get("address") if held else None
    return said if isinstance(said, str) and is_address(said) else None
