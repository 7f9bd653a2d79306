"""Decisions in batches: gather, decide, record what is released, then unwrap.

What must hold: all decisions of a batch rest on one snapshot; whether a person may know of a thing is decided first, and what he may not
know of answers exactly like what is not there. A read's record says who he was, what he held then, which policies decided on what.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service import clock
from service.access.decide import Ask, Decision, Policies
from service.access.people import PersonFacts, Relation, person_from, relation_to
from service.access.things import SERVICE, CaseThing, PartThing, Thing
from service.audit.leaf import Draft
from service.audit.writer import BatchedWriter
from service.keyholder import frames
from service.keyholder.batch import Flight
from service.keyholder.gathering import Gathered, Gatherer, Question
from service.keyholder.keys import DoesNotUnwrap, WrappedKey, open_data_key
from service.keyholder.refused import Refused
from service.keyholder.vaults import Vault
from service.sealing.envelope import Place

Wanted = tuple[str, UUID | None, UUID | None]
"""(action, case, part) as asked; neither case nor part: the service."""


@dataclass(frozen=True)
class Asked:
    """One `decide` request."""

    tag: bytes
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True)
class Reading:
    """One `read` request."""

    tag: bytes
    part: UUID
    request: UUID
    purpose: str


@dataclass(frozen=True)
class Standing:
    """A person as his facts of today make him, his relation to one case, and the thing in question (None: it is not there)."""

    row: Any
    person: PersonFacts | None
    relation: Relation
    thing: Thing | None

    def ask(self, action: str, today: date) -> Ask | None:
        """The question whether he may do `action`, or None where there is nobody or nothing to ask about."""
        if self.person is None or self.thing is None:
            return None
        return Ask(self.person, action, self.thing, today=today, relation=self.relation)


class Decider:
    """Decides over what the gatherer found, with one set of policies."""

    def __init__(self, gatherer: Gatherer, policies: Policies, writer: BatchedWriter, vault: Vault) -> None:
        self._gatherer, self.policies, self._writer, self._vault = gatherer, policies, writer, vault
        self.policy_set = bytes.fromhex(policies.digest)

    async def stand(self, questions: Sequence[Question]) -> list[Standing]:
        """Who asks and about what, for each question."""
        today = clock.today()
        return [_standing(g, q, today) for g, q in zip(await self._gatherer.gather(questions, today), questions, strict=True)]

    def decide(self, asks: Sequence[Ask | None]) -> list[Decision | None]:
        """One decision for each question in one call of the policies; None stays None (nothing to ask about: refused)."""
        found = iter(self.policies.decide_batch([a for a in asks if a is not None]))
        return [None if a is None else next(found) for a in asks]

    async def decide_all(self, batch: Sequence[Asked], flight: Flight) -> list[frames.Message | Exception]:
        """Answer `decide` and `who` requests."""
        questions = [Question(b.tag, case, part) for b in batch for _, case, part in (b.wanted or (("", None, None),))]
        stands = await self.stand(questions)
        actions = [action for b in batch for action, _, _ in (b.wanted or (("", None, None),))]
        today = clock.today()
        know = self.decide([None if s.thing is SERVICE else s.ask("know", today) for s in stands])
        may = self.decide([s.ask(a, today) if a else None for s, a in zip(stands, actions, strict=True)])
        answers: list[frames.Message | Exception] = []
        at = 0
        for asked in batch:
            count = max(1, len(asked.wanted))
            rows = list(zip(stands[at : at + count], know[at : at + count], may[at : at + count], strict=True))
            answers.append(self._answer(rows, bool(asked.wanted)))
            at += count
        return answers

    def _answer(self, rows: Sequence[tuple[Standing, Decision | None, Decision | None]], with_answers: bool) -> frames.Message | Exception:
        person = rows[0][0].person
        if person is None:
            return Refused("sign-in-needed")
        said: frames.Message = {**_said_of(person), "policy_set": self.policy_set}
        if with_answers:
            said["answers"] = [_one_answer(standing, know, may) for standing, know, may in rows]
        return said

    async def must(self, tag: bytes, action: str) -> PersonFacts:
        """The person, who may do `action` on the service. Raises Refused sign-in-needed or not-permitted."""
        standing = (await self.stand([Question(tag)]))[0]
        decision = self.decide([standing.ask(action, clock.today())])[0]
        if standing.person is None:
            raise Refused("sign-in-needed")
        if decision is None or not decision.allow:
            raise Refused("not-permitted")
        return standing.person

    async def read_all(self, batch: Sequence[Reading], flight: Flight) -> list[frames.Message | Exception]:
        """Answer `read` requests: decide, make every record durable, then unwrap."""
        stands = await self.stand([Question(b.tag, None, b.part, True) for b in batch])
        today = clock.today()
        know = self.decide([s.ask("know", today) for s in stands])
        may = self.decide([s.ask("read_content", today) for s in stands])
        refusals = [_refusal(s, k, m) for s, k, m in zip(stands, know, may, strict=True)]
        flight.point_of_no_return()
        drafts = [self._draft(*four) for four in zip(batch, stands, refusals, may, strict=True)]
        await asyncio.gather(*(self._writer.record(draft) for draft in drafts))
        return [Refused(refused) if refused else self._release(standing) for refused, standing in zip(refusals, stands, strict=True)]

    def _release(self, standing: Standing) -> frames.Message | Exception:
        row = standing.row
        try:
            key = open_data_key(self._vault, wrapped_of(row), place_of(self._vault.root, row))
        except DoesNotUnwrap:
            return Refused("unavailable")
        said = {name: row[f"part_{name}"] for name in ("version", "label", "compartment")}
        return {
            **said,
            "key": key,
            "sealed": row["sealed"],
            "case": row["case_id"].bytes,
            "kind": row["kind"],
            "document": row["document"],
            "size_class": row["size_class"],
        }

    def _draft(self, reading: Reading, standing: Standing, refused: str | None, may: Decision | None) -> Draft:
        """The record of one read. What he may not know of is named by the part's id he asked for, and by nothing else."""
        row = standing.row
        known = refused != "not-found"
        return Draft(
            what="refusal" if refused else "read",
            request=reading.request,
            action="read_content",
            part=reading.part,
            purpose=reading.purpose,
            kind=row["kind"],
            case=row["case_id"],
            label=label_of(row["part_label"], row["part_compartment"]),
            outcome="refused" if refused else "allowed",
            reason=refused,
            status={None: 200, "not-found": 404, "not-permitted": 403}.get(refused, 401),
            policies=may.policies if may and known else (),
            policy_set=self.policy_set.hex(),
            snapshot=may.snapshot if may else None,
            **held_by(standing.person),
        )

    async def record_unknown(self, part: UUID, request: UUID, purpose: str) -> None:
        """The record of a read without a valid token. Raises RecordUnavailable."""
        await self._writer.record(
            Draft(
                what="refusal", request=request, action="read_content", part=part, purpose=purpose, outcome="refused",
                reason="sign-in-needed", status=401, policy_set=self.policy_set.hex(),
            )  # fmt: skip
        )


def _standing(gathered: Gathered, question: Question, today: date) -> Standing:
    row = gathered.row
    thing = _thing(row, question)
    if gathered.person is None:
        return Standing(row, None, Relation(), thing)
    person = person_from(gathered.person, gathered.facts, today)
    return Standing(row, person, relation_to(gathered.person, gathered.facts, row["case_id"], today), thing)


def _thing(row: Any, question: Question) -> Thing | None:
    if question.part is not None:
        if row["part"] is None or row["case_id"] is None:
            return None
        return PartThing(row["document"], row["part_label"], row["part_compartment"], row["state"])
    if question.case is not None:
        return None if row["case_id"] is None else case_of(row)
    return SERVICE


def case_of(row: Any) -> CaseThing:
    """The case of a gathered row."""
    return CaseThing(row["kind"], row["state"], row["label"], row["compartment"])


def wrapped_of(row: Any) -> WrappedKey:
    """The wrapped key that a gathered row claims."""
    return WrappedKey(row["wrapped"], row["key_id"], row["part_label"], row["part_compartment"])


def place_of(root: bytes, row: Any) -> Place:
    """The place of a gathered row's part."""
    return Place(root, row["kind"], row["case_id"], row["part"], row["document"], row["part_version"])


def label_of(label: str | None, compartment: str | None) -> str | None:
    """A label as records name it."""
    return f"{label}/{compartment}" if label and compartment else label


def held_by(person: PersonFacts | None) -> dict[str, Any]:
    """What a record says of the person and what he held then."""
    if person is None:
        return {}
    until = date.fromordinal(person.cleared_until) if person.cleared_until else None
    return {"person": person.id, "office": _office(person), "roles": tuple(sorted(person.roles)), "cleared_until": until}


def _office(person: PersonFacts) -> str | None:
    """His office; where he holds posts in several, the first by name."""
    return min(person.offices, default=None)


def _said_of(person: PersonFacts) -> frames.Message:
    return {
        "person": person.id.bytes,
        "office": _office(person),
        "offices": sorted(person.offices),
        "roles": sorted(person.roles),
        "cleared_until": person.cleared_until,
    }


def _one_answer(standing: Standing, know: Decision | None, may: Decision | None) -> frames.Message:
    """What is said of one question; of what he may not know, nothing that differs from what is not there."""
    allow = may is not None and may.allow
    knows = allow if standing.thing is SERVICE else know is not None and know.allow
    if standing.thing is not SERVICE and not knows:
        return {"know": False, "allow": False, "policies": [], "snapshot": bytes(32), "work": [], "state": None, "version": None}
    return {
        "know": knows,
        "allow": allow,
        "policies": list(may.policies) if may else [],
        "snapshot": bytes.fromhex(may.snapshot) if may else bytes(32),
        "work": sorted(standing.relation.work),
        "state": standing.row["state"],
        "version": standing.row["version"],
    }


def _refusal(standing: Standing, know: Decision | None, may: Decision | None) -> str | None:
    """The name of the refusal of a read, or None where the content may be released."""
    if standing.person is None:
        return "sign-in-needed"
    if know is None or not know.allow:
        return "not-found"
    return None if may is not None and may.allow else "not-permitted"
