"""Decisions in batches: gather, decide, record what is released, then unwrap.

What must hold: all decisions of a request rest on one snapshot; whether a person may know of a thing is decided first, and what he may not
know of answers exactly like what is not there. A read's record says who he was, what he held then, which policies decided on what; a key
leaves only after it, and only while nothing that the decision rested on was revoked.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service import clock
from service.access.decide import Ask, Decision, Policies
from service.access.people import PersonFacts
from service.access.things import SERVICE
from service.audit.leaf import Draft, Fields
from service.audit.writer import BatchedWriter
from service.keyholder import frames
from service.keyholder.batch import Flight
from service.keyholder.gathering import Gatherer, Question, Standing, standing_of
from service.keyholder.keys import DoesNotUnwrap, open_data_key
from service.keyholder.refused import Refused
from service.keyholder.telling import (
    STATUS,
    checked,
    failed,
    held_by,
    label_of,
    mandate_said,
    one_answer,
    place_of,
    said_of,
    wrapped_of,
)
from service.keyholder.vaults import Vault

Wanted = tuple[str, UUID | None, UUID | None]
"""(action, case, part) as asked; neither case nor part: the service."""

AT_ONCE = 400
"""Questions in one statement; a request's own are never parted."""
SLICE = 100
"""Questions decided before others get their turn."""


@dataclass(frozen=True)
class Asked:
    """One `decide` request; without questions it asks who the person is. kind: cases of another kind are not there."""

    tag: bytes
    wanted: tuple[Wanted, ...]
    kind: str | None = None


@dataclass(frozen=True)
class Reading:
    """One `read` request. case, kind: where given, the part is found only if it is one of this case's, of this kind.

    beside: the request has another record of its own; what is released on its way is recorded as an operation beside it.
    """

    tag: bytes
    part: UUID
    request: UUID
    purpose: str
    case: UUID | None = None
    kind: str | None = None
    beside: bool = False


class NotReleased(Exception):
    """Decided, recorded as allowed, and yet no key left. draft: the record that says so."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft.reason)
        self.draft = draft


class Decider:
    """Decides over what the gatherer found, with one set of policies."""

    def __init__(self, gatherer: Gatherer, policies: Policies, writer: BatchedWriter, vault: Vault) -> None:
        self._gatherer, self.policies, self._writer, self._vault = gatherer, policies, writer, vault
        self.policy_set = bytes.fromhex(policies.digest)

    async def stand(self, questions: Sequence[Question]) -> list[Standing]:
        """Who asks and about what, for each question."""
        today = clock.today()
        return [
            standing_of(g, q, today)
            for g, q in zip(await self._gatherer.gather(questions, today), questions, strict=True)
        ]

    def still(self, standing: Standing) -> bool:
        """Nothing of the person's was revoked since his facts were looked at."""
        return standing.person is None or self._gatherer.holds(standing.person.id, standing.epoch)

    def decide(self, asks: Sequence[Ask | None]) -> list[Decision | None]:
        """One decision for each question in one call of the policies; None stays None (nothing to ask about: refused)."""
        found = iter(self.policies.decide_batch([a for a in asks if a is not None]))
        return [None if a is None else next(found) for a in asks]

    def know_and_may(
        self, stands: Sequence[Standing], actions: Sequence[str]
    ) -> tuple[list[bool], list[Decision | None]]:
        """Whether each may know of his thing, and the decision on his action ("": none is asked).

        Who may do what the policies allow to nobody who may not know is not asked about twice.
        """
        asks = [s.ask(action) if action else None for s, action in zip(stands, actions, strict=True)]
        may = self.decide(asks)
        told = [
            ask is not None and decision is not None and decision.allow and self.policies.tells(ask)
            for ask, decision in zip(asks, may, strict=True)
        ]
        open_ = [None if t or s.thing is SERVICE else s.ask("know") for s, t in zip(stands, told, strict=True)]
        know = self.decide(open_)
        return [t or (k is not None and k.allow) for t, k in zip(told, know, strict=True)], may

    async def decide_all(self, batch: Sequence[Asked], flight: Flight) -> list[frames.Message | Exception]:
        """Answer `decide` and `who` requests."""
        answers: list[frames.Message | Exception] = []
        for some in _portions(batch):
            answers += await self._decide_some(some)
        return answers

    async def _decide_some(self, batch: Sequence[Asked]) -> list[frames.Message | Exception]:
        asking = [(n, asked, *one) for n, asked in enumerate(batch) for one in asked.wanted or (("", None, None),)]
        stands = await self.stand(
            [Question(a.tag, case, part, request=n, kind=a.kind) for n, a, _, case, part in asking]
        )
        said: list[tuple[Standing, bool, Decision | None]] = []
        for start in range(0, len(asking), SLICE):
            some = stands[start : start + SLICE]
            actions = [action for _, _, action, *_ in asking[start : start + SLICE]]
            said += zip(some, *self.know_and_may(some, actions), strict=True)
            await asyncio.sleep(0)
        left = iter(said)
        return [self._answer([next(left) for _ in asked.wanted or (None,)], bool(asked.wanted)) for asked in batch]

    def _answer(
        self, rows: Sequence[tuple[Standing, bool, Decision | None]], with_answers: bool
    ) -> frames.Message | Exception:
        person = rows[0][0].person
        absent = next((standing for standing, _, _ in rows if standing.person is None), None)
        if person is None or absent is not None:
            return Refused((absent or rows[0][0]).nobody)
        mandates = [mandate_said(f) for f in rows[0][0].mandates]
        said: frames.Message = {**said_of(person), "policy_set": self.policy_set, "mandates": mandates}
        if with_answers:
            said["answers"] = [one_answer(standing, know, may) for standing, know, may in rows]
        return said

    async def must(self, tag: bytes, action: str) -> PersonFacts:
        """The person, who may do `action` on the service. Raises Refused sign-in-needed, not-permitted or unavailable."""
        standing = (await self.stand([Question(tag)]))[0]
        decision = self.decide([standing.ask(action)])[0]
        if standing.person is None:
            raise Refused(standing.nobody)
        if decision is None or not decision.allow:
            raise Refused("not-permitted")
        return standing.person

    async def read_all(self, batch: Sequence[Reading], flight: Flight) -> list[frames.Message | Exception]:
        """Answer `read` requests: decide, make every record durable, then unwrap. One record's failure refuses its read alone."""
        stands = await self.stand([Question(b.tag, b.case, b.part, True, n, b.kind) for n, b in enumerate(batch)])
        know, may = self.know_and_may(stands, ["read_content"] * len(stands))
        drafts = [self._draft(*four) for four in zip(batch, stands, know, may, strict=True)]
        flight.point_of_no_return()
        durable = iter(await self._writer.record_all([d for d in drafts if d is not None]))
        return [
            Refused("unavailable") if draft is None else self._ended(standing, draft[0], next(durable))
            for standing, draft in zip(stands, drafts, strict=True)
        ]

    def _ended(self, standing: Standing, draft: Draft, record: object) -> frames.Message | Exception:
        """The answer to one read, once its record is durable (or is not)."""
        if isinstance(record, Exception):
            return Refused("unavailable")
        if draft.reason is not None:
            return Refused(draft.reason, recorded=True)
        try:
            if not self.still(standing):
                return NotReleased(failed(draft, "revoked-meanwhile"))
            return self._release(standing)
        except (
            DoesNotUnwrap,
            OverflowError,
            ValueError,
            TypeError,
            AttributeError,
        ):  # a row that cannot be a part of ours
            return NotReleased(failed(draft, "does-not-unwrap"))

    def _release(self, standing: Standing) -> frames.Message:
        row = standing.row
        key = open_data_key(self._vault, wrapped_of(row), place_of(self._vault.root, row))
        label, compartment = standing.label(row["part_label"], row["part_compartment"])
        return {
            "key": key,
            "sealed": row["sealed"],
            "case": row["case_id"].bytes,
            "kind": row["kind"],
            "document": row["document"],
            "version": row["part_version"],
            "label": label,
            "compartment": compartment,
            "state": row["state"],
            "size_class": row["size_class"],
            "key_id": row["key_id"].bytes,
        }

    def _draft(
        self, reading: Reading, standing: Standing, know: bool, may: Decision | None
    ) -> tuple[Draft, Fields] | None:
        """The record of one read; None where nothing is decided yet (his facts are being sealed anew), or nothing can be said of him.

        The record names the case also where the person may not know of it: it is the auditor's, not his. A row whose words no record
        can hold is none of ours: refused and recorded without them.
        """
        refused = _refusal(standing, know, may)
        if refused == "unavailable":
            return None
        row = standing.row
        if row["case_id"] is None:
            return checked(self._said(reading, refused, standing.person))
        label, compartment = standing.label(row["part_label"], row["part_compartment"])
        full = self._said(
            reading,
            refused,
            standing.person,
            kind=row["kind"],
            case=row["case_id"],
            label=label_of(label, compartment),
            policies=may.policies if may and refused != "not-found" else (),
            snapshot=may.snapshot if may else None,
        )
        return checked(full) or checked(self._said(reading, "unavailable", standing.person))

    def _said(self, reading: Reading, refused: str | None, person: PersonFacts | None, **of_the_part: Any) -> Draft:
        """The record of a read, as far as it is known; of_the_part: the fields that its row gives."""
        return Draft(
            what="release" if reading.beside else "refusal" if refused else "read",
            request=reading.request,
            action="read_content",
            part=reading.part,
            purpose=reading.purpose,
            outcome="refused" if refused else "allowed",
            reason=refused,
            status=STATUS[refused] if refused else 200,
            policy_set=self.policies.digest,
            **held_by(person),
            **of_the_part,
        )

    async def record_unknown(self, reading: Reading) -> None:
        """The record of a read without a valid token. Raises RecordUnavailable."""
        await self._writer.record(self._said(reading, "sign-in-needed", None))


def _portions(batch: Sequence[Asked]) -> list[list[Asked]]:
    """The batch in portions of about AT_ONCE questions, each request whole."""
    portions: list[list[Asked]] = [[]]
    count = 0
    for asked in batch:
        if count and count + len(asked.wanted) > AT_ONCE:
            portions.append([])
            count = 0
        portions[-1].append(asked)
        count += max(1, len(asked.wanted))
    return portions


def _refusal(standing: Standing, know: bool, may: Decision | None) -> str | None:
    """The name of the refusal of a read, or None where the content may be released."""
    if standing.person is None:
        return standing.nobody
    if not know:
        return "not-found"
    return None if may is not None and may.allow else "not-permitted"
