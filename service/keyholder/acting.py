"""The keyholder's part in acts: first facts of a case, further facts, revocations, re-wrapping under a new label.

What must hold: each rests on the token of the person who acts and on its own policy decision, and is recorded before its answer. Facts and
wrapped keys are given to the act's transaction, which stores them or not: a fact or wrap that was made and not stored opens nothing.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from service import clock
from service.access.decide import Ask, Decision
from service.access.things import CaseThing, FactThing, PartThing
from service.audit.leaf import Draft
from service.audit.writer import BatchedWriter
from service.keyholder import frames
from service.keyholder.deciding import Decider, Standing, case_of, held_by, label_of
from service.keyholder.facts import FactRow
from service.keyholder.gathering import Question
from service.keyholder.granting import Granting
from service.keyholder.keys import DoesNotUnwrap, WrappedKey, rewrap
from service.keyholder.refused import Refused
from service.keyholder.vaults import Vault
from service.sealing.envelope import Place
from service.sealing.wrap import NoSuchKey
from service.store import Store

PARTS = "select id, document, version, label, compartment, key_id, wrapped from parts where case_id = $1 order by id"
ON_CASE = "select id, person, case_id, tag, body from facts where case_id = $1"
OPENING_WORKS = ("intake", "screening", "head")


@dataclass(frozen=True)
class Acting:
    """The operations that make or change what opens content."""

    store: Store
    vault: Vault
    decider: Decider
    granting: Granting
    writer: BatchedWriter

    async def open_case(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """A fresh case id, and its first facts: the applicant, the clerk who enters a paper filing, and the section's rule."""
        standing = await self._stand(Question(tag))
        person = standing.person
        assert person is not None
        self._must(standing, "file")
        case = uuid4()
        works: list[tuple[UUID, str]] = []
        party = UUID(bytes=message["party"]) if message.get("party") else None
        if "applicant" in person.roles:
            works.append((person.id, "applicant"))
        else:
            works += [(person.id, "intake")] + ([(party, "applicant")] if party else [])
        opened = CaseThing(str(message["kind"]), "", "application")
        taken = {work for _, work in works}
        works += await self._by_rule(case, [w for w in OPENING_WORKS if w not in taken], works)
        rows = [self._by_rule_fact(standing, case, opened, p, w, "file") for p, w in works]
        await self._record(message, "attest", "open_case", standing, case=case, digest=_digest(rows))
        return {"case": case.bytes, "person": person.id.bytes, "facts": [_fact_said(r) for r in rows]}

    async def assign(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """First assignments on a case by the section's rule, for a step that brings it to new hands."""
        case, step = UUID(bytes=message["case"]), str(message["action"])
        standing = await self._stand(Question(tag, case))
        self._must(standing, step)
        held = [(f.person, str(f.values.get("work"))) for f in await self._facts_on(case)]
        taken = {work for _, work in held}
        works = await self._by_rule(case, [str(w) for w in message["works"] if w not in taken], held)
        rows = [self._by_rule_fact(standing, case, case_of(standing.row), p, w, step) for p, w in works]
        await self._record(message, "attest", step, standing, case=case, digest=_digest(rows))
        return {"facts": [_fact_said(r) for r in rows]}

    async def attest(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """One fact on the granter's own token."""
        said = message["fact"]
        case = UUID(bytes=said["case"]) if said.get("case") else None
        person, kind, values = UUID(bytes=said["person"]), str(said["kind"]), dict(said["values"])
        standing = await self._stand(Question(tag, case))
        self._must_fact(standing, "attest", person, kind, values)
        start = date.fromisoformat(said["from"]) if said.get("from") else clock.today()
        until = date.fromisoformat(said["until"]) if said.get("until") else None
        row = self.granting.make(person, kind, case, start, until, values)
        await self._record(message, "attest", f"attest-{kind}", standing, case=case, digest=_digest([row]))
        return {"facts": [_fact_said(row)]}

    async def revoke(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """End a fact at once. A fact that is none, or that the person may not know of, is not found."""
        fact = await self.granting.find(UUID(bytes=message["fact"]))
        standing = await self._stand(Question(tag, fact.case_id if fact else None))
        if fact is None:
            raise Refused("not-found")
        self._must_fact(standing, "revoke", fact.person, fact.kind, fact.values)
        await self._record(message, "revoke", f"revoke-{fact.kind}", standing, case=fact.case_id, digest=hashlib.sha256(fact.id.bytes).hexdigest())
        await self.granting.revoke(fact)
        return {"done": True, "person": fact.person.bytes}

    async def relabel(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """Every data key of the case wrapped to the new label's key. One part that may not be relabelled, or does not unwrap, refuses all."""
        case, step = UUID(bytes=message["case"]), str(message["action"])
        label, compartment = str(message["label"]), message.get("compartment")
        standing = await self._stand(Question(tag, case))
        self._must(standing, step)
        parts = await self.store.fetch(PARTS, case)
        self._must_relabel(standing, parts, (label, compartment))
        await self._record(message, "relabel", step, standing, case=case, label=label_of(label, compartment), digest=_digest(parts))
        try:
            to = self.vault.label_keys().newest(label, compartment)
            places = [Place(self.vault.root, standing.row["kind"], case, p["id"], p["document"], p["version"]) for p in parts]
            keys = [WrappedKey(p["wrapped"], p["key_id"], p["label"], p["compartment"]) for p in parts]
            wrapped = [rewrap(self.vault, key, place, to) for key, place in zip(keys, places, strict=True)]
        except (DoesNotUnwrap, NoSuchKey):
            raise Refused("unavailable") from None
        return {"parts": [{"id": p["id"].bytes, "key_id": to.key_id.bytes, "wrapped": w} for p, w in zip(parts, wrapped, strict=True)]}

    async def _stand(self, question: Question) -> Standing:
        standing = (await self.decider.stand([question]))[0]
        if standing.person is None:
            raise Refused("sign-in-needed")
        return standing

    def _must(self, standing: Standing, action: str) -> None:
        """Raises Refused not-found where there is nothing he may know of, not-permitted where he may not do it."""
        today = clock.today()
        know, may = self.decider.decide([standing.ask("know", today), standing.ask(action, today)])
        if may is not None and may.allow:
            return
        raise Refused("not-permitted" if know is not None and know.allow else "not-found")

    def _must_fact(self, standing: Standing, action: str, person: UUID, kind: str, values: Mapping[str, Any]) -> None:
        assert standing.person is not None
        case = case_of(standing.row) if standing.row["case_id"] else None
        thing = FactThing(kind, values, person == standing.person.id, case)
        self._allowed(Ask(standing.person, action, thing, today=clock.today(), relation=standing.relation))

    def _by_rule_fact(self, standing: Standing, case: UUID, thing: CaseThing, person: UUID, work: str, step: str) -> FactRow:
        """One first assignment, if the policies let this act bring it about. Raises Refused not-permitted."""
        assert standing.person is not None
        values = {"work": work}
        fact = FactThing("assignment", values, person == standing.person.id, thing)
        self._allowed(Ask(standing.person, "attest_by_rule", fact, today=clock.today(), relation=standing.relation, step=step))
        return self.granting.make(person, "assignment", case, clock.today(), None, values)

    def _must_relabel(self, standing: Standing, parts: Sequence[Any], to: tuple[str, str | None]) -> None:
        assert standing.person is not None
        state = standing.row["state"]
        things = [PartThing(p["document"], p["label"], p["compartment"], state) for p in parts]
        asks = [Ask(standing.person, "relabel", t, today=clock.today(), relation=standing.relation, to=to) for t in things]
        if not asks or not all(d is not None and d.allow for d in self.decider.decide(asks)):
            raise Refused("not-permitted")

    def _allowed(self, ask: Ask) -> Decision:
        decision = self.decider.decide([ask])[0]
        if decision is None or not decision.allow:
            raise Refused("not-permitted")
        return decision

    async def _by_rule(self, case: UUID, works: Iterable[str], held: Iterable[tuple[UUID, str]]) -> list[tuple[UUID, str]]:
        """Whom the section's rule gives each of `works`; a work that nobody may be given stays open for its head."""
        on_case: dict[UUID, list[str]] = {}
        for person, work in held:
            on_case.setdefault(person, []).append(work)
        sections = self.decider.policies.sections
        chosen: list[tuple[UUID, str]] = []
        for work in works:
            one = sections.choose(case, work, await self.granting.holders(sections.roles[work], clock.today()), on_case)
            if one is not None:
                on_case.setdefault(one, []).append(work)
                chosen.append((one, work))
        return chosen

    async def _facts_on(self, case: UUID) -> list[Any]:
        return [f for f in self.granting.authentic(await self.store.fetch(ON_CASE, case)) if f.kind == "assignment"]

    async def _record(
        self, message: frames.Message, what: str, action: str, standing: Standing, *, case: UUID | None, digest: str, label: str | None = None
    ) -> None:
        """Make the operation's record durable. Raises RecordUnavailable."""
        await self.writer.record(
            Draft(
                what=what, request=UUID(bytes=message["request"]), action=action, case=case, label=label, outcome="allowed",
                policy_set=self.decider.policy_set.hex(), digest=digest, **held_by(standing.person),
            )  # fmt: skip
        )


def _digest(rows: Iterable[Any]) -> str:
    """SHA-256 over the ids of facts or parts."""
    ids = sorted((r.id if isinstance(r, FactRow) else r["id"]).bytes for r in rows)
    return hashlib.sha256(b"".join(ids)).hexdigest()


def _fact_said(row: FactRow) -> frames.Message:
    return {"id": row.id.bytes, "person": row.person.bytes, "case_id": row.case_id.bytes if row.case_id else None, "tag": row.tag, "body": row.body}

