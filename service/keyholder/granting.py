"""Facts: made when an act reaches the keyholder with the granter's own token and passes its policy; ended at once for everyone.

What must hold: a new fact is sealed in the person's present epoch and stored by the act that asked for it. Ending one raises the epoch
first, durably (from then on every older body is no fact), then re-seals what remains in one transaction; a crash between is finished at
the next start, and until then the person has no facts at all (fail closed).
"""

import asyncio
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from service.keyholder.facts import Fact, FactRow, NotAFact, open_any_epoch, open_fact, seal_fact
from service.keyholder.state import Revocation, State
from service.keyholder.vaults import Vault
from service.store import Store

INSERT = "insert into facts (id, person, case_id, tag, body) values ($1, $2, $3, $4, $5)"


class Granting:
    """Makes and ends facts for one root."""

    def __init__(self, store: Store, vault: Vault, state: State) -> None:
        self._store, self._vault, self._state = store, vault, state
        self._one = asyncio.Lock()

    def make(self, person: UUID, kind: Any, case: UUID | None, start: date, until: date | None, values: Mapping[str, Any]) -> FactRow:
        """A new fact, sealed. Raises ValueError for one that cannot be."""
        return seal_fact(self._vault, Fact(uuid4(), person, case, kind, self._state.epoch(person), start, until, values))

    async def find(self, fact: UUID) -> Fact | None:
        """An authentic fact by its id, or None."""
        rows = await self._store.fetch("select id, person, case_id, tag, body from facts where id = $1", fact)
        return next(iter(self.authentic(rows)), None)

    async def holders(self, role: str, today: date) -> list[UUID]:
        """The persons who hold a post of this role today, in a stable order."""
        rows = await self._store.fetch("select id, person, case_id, tag, body from facts where case_id is null and tag is null")
        held = {f.person for f in self.authentic(rows) if f.kind == "post" and f.values.get("role") == role and f.holds_on(today)}
        return sorted(held)

    async def revoke(self, fact: Fact) -> None:
        """End a fact: when this returns, no copy of any older body of the person's facts opens anything."""
        self._state.raise_epoch(fact.person, frozenset({fact.id}))
        await self.finish_pending()

    async def finish_pending(self) -> int:
        """Finish every revocation under way, also those that a crash or a lost database interrupted; how many.

        One at a time: two of one person would each take the other's re-sealed rows for stale ones.
        """
        async with self._one:
            pending = self._state.pending()
            for revocation in pending:
                await self._finish(revocation)
        return len(pending)

    async def _finish(self, revocation: Revocation) -> None:
        """Re-seal what remains of the person's facts and remove the rest, in one transaction.

        Where the epoch rose again meanwhile, that revocation is pending too, covers this one, and is finished instead.
        """
        async with self._store.transaction() as work:
            rows = await work.connection.fetch("select id, person, case_id, tag, body from facts where person = $1 for update", revocation.person)
            for row in rows:
                kept = self._kept(FactRow(*row), revocation)
                if kept is None:
                    await work.connection.execute("delete from facts where id = $1", row["id"])
                else:
                    await work.connection.execute("update facts set body = $2 where id = $1", row["id"], kept.body)
        if self._state.under_way(revocation.person) == revocation:
            self._state.finish_revocation(revocation)

    def _kept(self, row: FactRow, revocation: Revocation) -> FactRow | None:
        """The row sealed anew, or None where it is revoked or was no fact before the revocation."""
        try:
            fact = open_any_epoch(self._vault, row)
        except NotAFact:
            return None
        if fact.id in revocation.revoked or not revocation.after <= fact.epoch <= revocation.to:
            return None
        held = Fact(fact.id, fact.person, fact.case_id, fact.kind, revocation.to, fact.start, fact.until, fact.values)
        return seal_fact(self._vault, held)

    def authentic(self, rows: Iterable[Any]) -> Iterable[Fact]:
        """The facts among stored rows; what is no fact is left out."""
        for row in rows:
            stored = FactRow(*row)
            try:
                yield open_fact(self._vault, stored, self._state.epoch(stored.person))
            except NotAFact:
                continue


def bootstrap_facts(granting: Granting, text: str) -> list[FactRow]:
    """The first facts, from the bootstrap file (TOML). Raises ValueError, KeyError or TypeError for a file that does not hold.

    [[person]] id, issuer, subject, from, compartments = [..]; [[person.post]] office, role; [person.clearance] level, until
    """
    rows: list[FactRow] = []
    for said in tomllib.loads(text)["person"]:
        person, start = UUID(said["id"]), said["from"]
        facts: list[tuple[str, date | None, dict[str, Any]]] = [("subject", None, {"issuer": said["issuer"], "subject": said["subject"]})]
        facts += [("post", p.get("until"), {"office": p["office"], "role": p["role"]}) for p in said.get("post", [])]
        facts += [("compartment", None, {"name": name}) for name in said.get("compartments", [])]
        if clearance := said.get("clearance"):
            facts.append(("clearance", clearance["until"], {"level": clearance["level"]}))
        rows += [granting.make(person, kind, None, start, until, values) for kind, until, values in facts]
    return rows
