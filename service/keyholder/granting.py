"""Facts: made when an act reaches the keyholder with the granter's own token and passes its policy; ended at once for everyone.

What must hold: a new fact is of its kind's shape, sealed in the person's present epoch, and stored by the act that asked for it. Ending one
raises the epoch first, durably (from then on every older body is no fact), then re-seals what remains in one transaction; where that is
interrupted the person has no facts at all (fail closed) until it is finished: tried again from then on, and at the next start.
"""

import asyncio
import logging
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID, uuid4

from service import clock
from service.access.people import AUTHORITIES, LOWEST_CLEARANCE, ROLES, WORKS
from service.keyholder import frames
from service.keyholder.facts import Fact, FactRow, Kind, NotAFact, open_any_epoch, open_fact, seal_fact
from service.keyholder.refused import Refused, id_of, id_or_none, text_or_none, value_of, word_of
from service.keyholder.state import Revocation, State
from service.keyholder.vaults import Vault
from service.store import Store

INSERT = "insert into facts (id, person, case_id, tag, body) values ($1, $2, $3, $4, $5)"
ROWS = "select id, person, case_id, tag, body from facts where "

SHAPES: Mapping[str, Mapping[str, type]] = {
    "subject": {"issuer": str, "subject": str},
    "post": {"office": str, "role": str},
    "clearance": {"level": int},
    "compartment": {"name": str},
    "assignment": {"work": str, "represents": str},
    "grant": {"documents": str, "purpose": str},
    "mandate": {"authority": str, "scope": str, "instrument": str},
}
"""The values of each kind that may be attested."""
MAY_LACK = frozenset({"purpose", "represents"})
ON_A_CASE = frozenset({"assignment", "grant"})
LONGEST = 255
"""Characters of one value."""
RETRY = (0.05, 0.2, 1.0, 5.0)
"""Seconds between attempts to finish a revocation; the last goes on."""

log = logging.getLogger("hozen.keyholder")


@dataclass(frozen=True)
class Attested:
    """A fact that somebody wants to be made."""

    person: UUID
    kind: str
    case: UUID | None
    start: date
    until: date | None
    values: Mapping[str, Any]


class Granting:
    """Makes and ends facts for one root."""

    def __init__(self, store: Store, vault: Vault, state: State) -> None:
        self._store, self._vault, self.state = store, vault, state
        self._one = asyncio.Lock()
        self._mending: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Stop trying; what is not finished is finished at the next start."""
        if self._mending is not None:
            self._mending.cancel()
            await asyncio.wait([self._mending])

    def make(
        self, person: UUID, kind: str, case: UUID | None, start: date, until: date | None, values: Mapping[str, Any]
    ) -> FactRow:
        """A new fact, sealed. Raises ValueError for one that cannot be."""
        check(kind, case, values)
        epoch = self.state.epoch(person)
        return seal_fact(self._vault, Fact(uuid4(), person, case, cast(Kind, kind), epoch, start, until, values))

    async def find(self, fact: UUID) -> Fact | None:
        """An authentic fact by its id, or None."""
        rows = await self._store.fetch(ROWS + "id = $1", fact)
        if any(self.state.under_way(row["person"]) for row in rows):  # being sealed anew: once that is done it is found
            await self.finish_pending()
            rows = await self._store.fetch(ROWS + "id = $1", fact)
        return next(iter(self.authentic(rows)), None)

    async def holders(self, today: date) -> dict[str, list[UUID]]:
        """The persons who hold a post today, by role, in a stable order."""
        held: dict[str, set[UUID]] = {}
        for fact in self.authentic(await self._store.fetch(ROWS + "case_id is null and tag is null")):
            if fact.kind == "post" and fact.holds_on(today):
                held.setdefault(str(fact.values.get("role")), set()).add(fact.person)
        return {role: sorted(persons) for role, persons in held.items()}

    async def works_on(self, case: UUID) -> list[tuple[UUID, str]]:
        """Who has which work on the case, whatever the day."""
        return [(f.person, str(f.values.get("work"))) for f in await self.on_case(case) if f.kind == "assignment"]

    async def on_case(self, case: UUID) -> list[Fact]:
        """The authentic facts on the case, whatever the day."""
        return [f for f in self.authentic(await self._store.fetch(ROWS + "case_id = $1", case)) if f.case_id == case]

    async def revoke(self, fact: Fact) -> None:
        """End a fact: when this returns, no copy of any older body of the person's facts opens anything.

        Raises Refusal unavailable where the rest could not be sealed anew yet: the fact is ended all the same, and so, for the while,
        are the person's others.
        """
        self.state.raise_epoch(fact.person, frozenset({fact.id}))
        try:
            await self.finish_pending()
        except BaseException:
            self._mend()
            raise

    async def finish_pending(self) -> int:
        """Finish every revocation under way, also those that a crash or a lost database interrupted; how many.

        One at a time: two of one person would each take the other's re-sealed rows for stale ones.
        """
        async with self._one:
            pending = self.state.pending()
            for revocation in pending:
                await self._finish(revocation)
        return len(pending)

    def _mend(self) -> None:
        """Try again until nothing is pending."""
        if self._mending is None or self._mending.done():
            self._mending = asyncio.get_running_loop().create_task(self._keep_finishing(), name="revocations")

    async def _keep_finishing(self) -> None:
        tries = 0
        while self.state.pending():
            await asyncio.sleep(RETRY[min(tries, len(RETRY) - 1)])
            tries += 1
            try:
                await self.finish_pending()
            except Exception as fault:  # told, and tried again: nobody waits for it any more
                log.warning("a revocation is not finished: %s", type(fault).__name__)

    async def _finish(self, revocation: Revocation) -> None:
        """Re-seal what remains of the person's facts and remove the rest, in one transaction.

        Where the epoch rose again meanwhile, that revocation is pending too, covers this one, and is finished instead.
        """
        async with self._store.transaction() as work:
            rows = await work.connection.fetch(ROWS + "person = $1 for update", revocation.person)
            for row in rows:
                kept = self._kept(FactRow(*row), revocation)
                if kept is None:
                    await work.connection.execute("delete from facts where id = $1", row["id"])
                else:
                    await work.connection.execute("update facts set body = $2 where id = $1", row["id"], kept.body)
        if self.state.under_way(revocation.person) == revocation:
            self.state.finish_revocation(revocation)

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
                yield open_fact(self._vault, stored, self.state.epoch(stored.person))
            except NotAFact:
                continue


def check(kind: str, case: UUID | None, values: Mapping[str, Any]) -> None:
    """The shape of a fact of this kind. Raises ValueError."""
    shape = SHAPES.get(kind)
    if shape is None or (case is not None) != (kind in ON_A_CASE):
        raise ValueError("an unknown kind, or one that is (not) about a case")
    if not (shape.keys() - MAY_LACK <= values.keys() <= shape.keys()):
        raise ValueError("other values than its kind has")
    if not all(type(v) is shape[n] and (type(v) is not str or 0 < len(v) <= LONGEST) for n, v in values.items()):
        raise ValueError("a value that its kind does not have")
    if (
        (kind == "post" and ROLES.get(values["role"]) != values["office"])
        or (kind == "mandate" and values["authority"] not in AUTHORITIES)
        or (kind == "clearance" and values["level"] < LOWEST_CLEARANCE)
        or (kind == "assignment" and not _is_work(values["work"], values.get("represents")))
    ):
        raise ValueError("a role, level, work or authority that there is not")


def _is_work(work: str, represents: str | None) -> bool:
    """A work that there is; an attorney is that of one party."""
    if represents is None:
        return work in WORKS - {"attorney", "special_powers"}
    try:
        return work in ("attorney", "special_powers") and str(UUID(represents)) == represents
    except ValueError:
        return False


def attested(said: frames.Message) -> Attested:
    """The fact of an `attest` request. Raises Refused invalid."""
    kind, case, values = word_of(said, "kind"), id_or_none(said, "case"), value_of(said, "values", dict)
    if (case is not None) != (kind in ON_A_CASE):
        raise Refused("invalid")
    start, until = _date(said, "from") or clock.today(), _date(said, "until")
    if until is not None and until < start:
        raise Refused("invalid")
    return Attested(id_of(said, "person"), kind, case, start, until, values)


def _date(said: frames.Message, name: str) -> date | None:
    text = text_or_none(said, name)
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Refused("invalid") from None


def bootstrap_facts(granting: Granting, text: str) -> list[FactRow]:
    """The first facts, from the bootstrap file (TOML). Raises ValueError, KeyError or TypeError for a file that does not hold.

    [[person]] id, issuer, subject, from, compartments = [..]; [[person.post]] office, role; [person.clearance] level, until;
    [[person.mandate]] authority, scope, instrument
    """
    rows: list[FactRow] = []
    for said in tomllib.loads(text)["person"]:
        person, start = UUID(said["id"]), said["from"]
        facts: list[tuple[str, date | None, dict[str, Any]]] = [
            ("subject", None, {"issuer": said["issuer"], "subject": said["subject"]})
        ]
        facts += [("post", p.get("until"), {"office": p["office"], "role": p["role"]}) for p in said.get("post", [])]
        facts += [("compartment", None, {"name": name}) for name in said.get("compartments", [])]
        facts += [("mandate", m.get("until"), {n: m[n] for n in SHAPES["mandate"]}) for m in said.get("mandate", [])]
        if clearance := said.get("clearance"):
            facts.append(("clearance", clearance["until"], {"level": clearance["level"]}))
        rows += [granting.make(person, kind, None, start, until, values) for kind, until, values in facts]
    return rows
