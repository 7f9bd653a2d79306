"""The keyholder's part in acts: first facts of a case, further facts, revocations, re-wrapping under a new label.

What must hold: each rests on the token of the person who acts and on its own policy decision, and is recorded before its answer, refusals
too. Facts and wrapped keys are given to the act's transaction, which stores them or not: a fact or wrap that was made and not stored opens
nothing by itself, and the record says that it was made.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from service import clock
from service.access.decide import Ask
from service.access.things import PROTECTED, SERVICE, CaseThing, FactThing, PartThing
from service.audit.leaf import Draft
from service.audit.writer import BatchedWriter
from service.keyholder import frames
from service.keyholder.deciding import Decider
from service.keyholder.facts import FactRow
from service.keyholder.gathering import Question, Standing, case_of
from service.keyholder.granting import Granting, attested
from service.keyholder.keys import DoesNotUnwrap, WrappedKey, rewrap
from service.keyholder.refused import Refused, id_of, id_or_none, text_or_none, value_of, word_of
from service.keyholder.state import LabelGiven
from service.keyholder.telling import STATUS, held_by, label_of
from service.keyholder.vaults import Vault
from service.sealing.envelope import part_place
from service.sealing.wrap import LabelKey, NoSuchKey
from service.store import Store

PARTS = "select id, document, version, label, compartment, key_id, wrapped from parts where case_id = $1 order by id"
OPENINGS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "filing": ("file", ("intake", "screening", "head")),
    "confirmation": ("request_confirmation", ("screening", "head")),
}
"""The act that begins a case of each kind, and the works that the section's rule then gives."""
MAX_PARTS = 5000
"""Parts of one case that fit one answer."""
AT_ONCE = 16
"""Keys wrapped anew before others get their turn."""


@dataclass
class Entry:
    """The record of one operation, as far as it is known."""

    what: str
    action: str
    request: UUID
    case: UUID | None = None
    label: str | None = None
    standing: Standing | None = None
    digest: str | None = None
    part: UUID | None = None

    def draft(self, policy_set: str, outcome: str, reason: str | None = None) -> Draft:
        """The record with this outcome."""
        held = held_by(self.standing.person) if self.standing else {}
        status = STATUS[reason] if outcome == "refused" and reason else None
        return Draft(
            what=self.what, request=self.request, action=self.action, case=self.case, part=self.part, label=self.label,
            outcome=outcome, reason=reason, status=status, policy_set=policy_set, digest=self.digest, **held,
        )  # fmt: skip


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
        kind, party, case = word_of(message, "kind"), id_or_none(message, "party"), uuid4()
        if kind not in OPENINGS:
            raise Refused("invalid")
        opening, given = OPENINGS[kind]
        async with self.recorded(Entry("attest", "open_case", id_of(message, "request")), Question(tag)) as entry:
            standing, person = there(entry)
            self.must(standing, opening)
            works: list[tuple[UUID, str]] = []
            if "applicant" in person.roles:
                works.append((person.id, "applicant"))
            else:
                works += [(person.id, "intake")] + ([(party, "applicant")] if party else [])
            taken = {work for _, work in works}
            works += await self._by_rule(case, [w for w in given if w not in taken], works)
            opened = CaseThing(kind, "", "application")
            rows = [self._by_rule_fact(standing, case, opened, p, w, opening) for p, w in works]
            entry.case, entry.digest = case, digest_of(r.id for r in rows)
        return {"case": case.bytes, "person": person.id.bytes, "facts": [fact_said(r) for r in rows]}

    async def assign(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """First assignments on a case by the section's rule, for a step that brings it to new hands."""
        case, step, works = id_of(message, "case"), word_of(message, "action"), value_of(message, "works", list)
        if not all(type(w) is str and w in self.decider.policies.sections.roles for w in works):
            raise Refused("invalid")
        async with self.recorded(Entry("attest", step, id_of(message, "request"), case), Question(tag, case)) as entry:
            standing, _ = there(entry)
            self.must(standing, step)
            held = await self.granting.works_on(case)
            taken = {work for _, work in held}
            chosen = await self._by_rule(case, [w for w in works if w not in taken], held)
            rows = [self._by_rule_fact(standing, case, case_of(standing), p, w, step) for p, w in chosen]
            entry.digest = digest_of(r.id for r in rows)
        return {"facts": [fact_said(r) for r in rows]}

    async def attest(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """One fact on the granter's own token."""
        fact = attested(value_of(message, "fact", dict))
        about = Entry("attest", f"attest-{fact.kind}", id_of(message, "request"), fact.case)
        async with self.recorded(about, Question(tag, fact.case)) as entry:
            standing, _ = there(entry)
            self._must_fact(standing, "attest", fact.person, fact.kind, fact.values)
            try:
                row = self.granting.make(fact.person, fact.kind, fact.case, fact.start, fact.until, fact.values)
            except ValueError:
                raise Refused("invalid") from None
            entry.digest = digest_of([row.id])
        return {"facts": [fact_said(row)]}

    async def revoke(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """End a fact at once. A fact that is none, or that the person may not know of, is not found."""
        wanted, request = id_of(message, "fact"), id_of(message, "request")
        fact = await self.granting.find(wanted)
        case = fact.case_id if fact else None
        about = Entry("revoke", f"revoke-{fact.kind}" if fact else "revoke", request, case, digest=digest_of([wanted]))
        async with self.recorded(about, Question(tag, case)) as entry:
            standing, person = there(entry)
            if fact is None:
                raise Refused("not-found")
            hidden = fact.case_id is None and fact.person != person.id
            self._must_fact(standing, "revoke", fact.person, fact.kind, fact.values, hidden=hidden)
        await self.granting.revoke(fact)
        return {"done": True, "person": fact.person.bytes}

    async def relabel(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """Every data key of the case wrapped to the new label's key. One part that may not be relabelled, or does not unwrap, refuses all.

        From its answer on no older wrap of the case's parts opens for anyone whom the new label keeps out, stored or not.
        """
        case, step = id_of(message, "case"), word_of(message, "action")
        to = self._label_key(word_of(message, "label"), text_or_none(message, "compartment"))
        label = label_of(to.label, to.compartment)
        async with self.recorded(
            Entry("relabel", step, id_of(message, "request"), case, label), Question(tag, case)
        ) as entry:
            standing, _ = there(entry)
            self.must(standing, step)
            parts = await self.store.fetch(PARTS, case)
            self._must_relabel(standing, parts, (to.label, to.compartment))
            entry.digest = digest_of(p["id"] for p in parts)
        try:
            wrapped = await self._rewrapped(standing.row["kind"], case, parts, to)
        except (
            DoesNotUnwrap,
            OverflowError,
            ValueError,
            TypeError,
            AttributeError,
        ):  # a row that cannot be a part of ours
            await self.writer.record(entry.draft(self.decider.policy_set.hex(), "failed", "does-not-unwrap"))
            raise Refused("unavailable") from None
        protects = to.label == PROTECTED
        self.granting.state.give_label(case, LabelGiven(to.label, to.compartment) if protects else None)
        said = [
            {"id": p["id"].bytes, "key_id": to.key_id.bytes, "wrapped": w} for p, w in zip(parts, wrapped, strict=True)
        ]
        return {"parts": said}

    def _label_key(self, label: str, compartment: str | None) -> LabelKey:
        try:
            return self.vault.label_keys().newest(label, compartment)
        except NoSuchKey:
            raise Refused("invalid") from None

    async def _rewrapped(self, kind: str, case: UUID, parts: Sequence[Any], to: LabelKey) -> list[bytes]:
        wrapped = []
        for n, p in enumerate(parts):
            place = part_place(self.vault.root, kind, case, p["id"], p["document"], p["version"])
            key = WrappedKey(p["wrapped"], p["key_id"], p["label"], p["compartment"])
            wrapped.append(rewrap(self.vault, key, place, to))
            if n % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
        return wrapped

    @asynccontextmanager
    async def recorded(self, entry: Entry, question: Question) -> AsyncIterator[Entry]:
        """Who asks, and the record of what came of it, durable when this is left: the operation, or its refusal.

        Raises Refused unavailable where what the decision rested on was revoked before the record was durable.
        """
        policy_set = self.decider.policy_set.hex()
        try:
            entry.standing = (await self.decider.stand([question]))[0]
            if entry.standing.person is None:
                raise Refused(entry.standing.nobody)
            yield entry
        except Refused as refused:
            if refused.name in ("sign-in-needed", "not-found", "not-permitted"):
                await self.writer.record(entry.draft(policy_set, "refused", refused.name))
            raise
        await self.writer.record(entry.draft(policy_set, "allowed"))
        if not self.decider.still(entry.standing):
            raise Refused("unavailable")

    def must(self, standing: Standing, action: str) -> None:
        """Raises Refused not-found where there is nothing he may know of, not-permitted where he may not do it."""
        know, may = self.decider.decide(
            [None if standing.thing is SERVICE else standing.ask("know"), standing.ask(action)]
        )
        if may is not None and may.allow:
            return
        known = standing.thing is SERVICE or (know is not None and know.allow)
        raise Refused("not-permitted" if known else "not-found")

    def _must_fact(
        self,
        standing: Standing,
        action: str,
        person: UUID,
        kind: str,
        values: Mapping[str, Any],
        *,
        hidden: bool = False,
    ) -> None:
        """Raises Refused: not-found where the fact is hidden, or its case is nothing that he may know of."""
        assert standing.person is not None
        absent = standing.thing is None
        case = case_of(standing) if standing.row["case_id"] else None
        thing = FactThing(kind, values, person == standing.person.id, case)
        ask = Ask(standing.person, action, thing, today=standing.today, relation=standing.relation)
        may, know = self.decider.decide(
            [None if absent else ask, None if standing.thing is SERVICE else standing.ask("know")]
        )
        if may is not None and may.allow:
            return
        known = not hidden if standing.thing is SERVICE else know is not None and know.allow
        raise Refused("not-permitted" if known else "not-found")

    def _by_rule_fact(
        self, standing: Standing, case: UUID, thing: CaseThing, person: UUID, work: str, step: str
    ) -> FactRow:
        """One first assignment, if the policies let this act bring it about. Raises Refused not-permitted."""
        assert standing.person is not None
        values = {"work": work}
        fact = FactThing("assignment", values, person == standing.person.id, thing)
        ask = Ask(standing.person, "attest_by_rule", fact, today=standing.today, relation=standing.relation, step=step)
        decision = self.decider.decide([ask])[0]
        if decision is None or not decision.allow:
            raise Refused("not-permitted")
        return self.granting.make(person, "assignment", case, standing.today, None, values)

    def _must_relabel(self, standing: Standing, parts: Sequence[Any], to: tuple[str, str | None]) -> None:
        """Raises Refused not-permitted unless every part may be relabelled, from what it is now and to the new label."""
        assert standing.person is not None
        state, today = standing.row["state"], standing.today
        things = [PartThing(p["document"], *standing.label(p["label"], p["compartment"]), state) for p in parts]
        asks = [Ask(standing.person, "relabel", t, today=today, relation=standing.relation, to=to) for t in things]
        allowed = 0 < len(asks) <= MAX_PARTS and all(d is not None and d.allow for d in self.decider.decide(asks))
        if not allowed:
            raise Refused("not-permitted")

    async def _by_rule(
        self, case: UUID, works: Sequence[str], held: Iterable[tuple[UUID, str]]
    ) -> list[tuple[UUID, str]]:
        """Whom the section's rule gives each of `works`; a work that nobody may be given stays open for its head."""
        on_case: dict[UUID, list[str]] = {}
        for person, work in held:
            on_case.setdefault(person, []).append(work)
        sections, holders = self.decider.policies.sections, await self.granting.holders(clock.today())
        chosen: list[tuple[UUID, str]] = []
        for work in works:
            one = sections.choose(case, work, holders.get(sections.roles[work], ()), on_case)
            if one is not None:
                on_case.setdefault(one, []).append(work)
                chosen.append((one, work))
        return chosen


def there(entry: Entry) -> tuple[Standing, Any]:
    """The standing and the person, once `recorded` has found them."""
    assert entry.standing is not None and entry.standing.person is not None
    return entry.standing, entry.standing.person


def digest_of(ids: Iterable[UUID]) -> str:
    """SHA-256 over the ids of facts or parts."""
    return hashlib.sha256(b"".join(sorted(i.bytes for i in ids))).hexdigest()


def fact_said(row: FactRow) -> frames.Message:
    case = row.case_id.bytes if row.case_id else None
    return {"id": row.id.bytes, "person": row.person.bytes, "case_id": case, "tag": row.tag, "body": row.body}
