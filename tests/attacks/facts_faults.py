"""Keyholders that are weaker than ours by one check each: the attacks, or the table of who may read what, must find every one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest

from service import clock
from service.access import people, things
from service.access.documents import Documents
from service.audit.leaf import Position
from service.audit.writer import BatchedWriter
from service.keyholder import acting, deciding, facts, frames, gathering, keys, state, vaults
from service.keyholder.acting import Acting
from service.keyholder.deciding import Decider
from service.keyholder.facts import Fact, FactRow, NotAFact
from service.keyholder.gathering import NOTHING, Gatherer, Standing
from service.keyholder.granting import Granting
from service.keyholder.state import Revocation, State
from service.sealing.encoding import fields
from service.sealing.envelope import Place
from service.sealing.wrap import LabelKey

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Fault:
    """One weaker keyholder. moves: what finds it; none: it shows without any. whole: the scene must be made under it."""

    plant: Plant
    moves: tuple[str, ...]
    whole: bool

    @property
    def name(self) -> str:
        return self.plant.__name__


FAULTS: list[Fault] = []


def fault(*moves: str, whole: bool = False) -> Callable[[Plant], Plant]:
    def register(plant: Plant) -> Plant:
        FAULTS.append(Fault(plant, moves, whole))
        return plant

    return register


# Authenticators of facts


def _bound_to(**left_out: Any) -> Callable[[Any, FactRow], bytes]:
    true = facts._context
    return lambda vault, row: true(vault, replace(row, **left_out))


@fault("give_ones_subject_to_another_person", whole=True)
def facts_are_not_bound_to_their_person(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(facts, "_context", _bound_to(person=facts.UUID(int=0)))


@fault("exchange_two_cases", whole=True)
def facts_are_not_bound_to_their_case(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(facts, "_context", _bound_to(case_id=None))


@fault("exchange_two_tags", whole=True)
def subjects_are_not_bound_to_their_tag(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(facts, "_context", _bound_to(tag=None))


@fault("copy_anothers_fact", whole=True)
def facts_are_bound_to_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(facts, "_context", lambda vault, row: b"fact")


@fault("forge_a_subject")
def unsealed_bodies_are_read(patch: pytest.MonkeyPatch) -> None:
    true = facts.open_any_epoch

    def lax(vault: Any, row: FactRow) -> Fact:
        try:
            return true(vault, row)
        except NotAFact:
            try:
                said = frames.unpack(row.body[4 : 4 + int.from_bytes(row.body[:4], "big")])
                return facts._fact(row, said)
            except (frames.BadFrame, KeyError, TypeError, ValueError):
                raise NotAFact from None

    patch.setattr(facts, "open_any_epoch", lax)


@fault("seal_under_another_root", whole=True)
def any_root_will_do(patch: pytest.MonkeyPatch) -> None:
    """Everyone's facts are sealed under one key, and no root is in their context."""
    patch.setattr(vaults, "derive", lambda secret, root, purpose: purpose.encode().ljust(32, b"\0"))
    true = facts._context
    patch.setattr(facts, "_context", lambda vault, row: true(_NoRoot(), row))


class _NoRoot:
    root = b""


# Epochs and days


@fault("put_all_rows_back_as_they_were")
def epochs_are_not_compared(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gathering, "open_fact", lambda vault, row, epoch: facts.open_any_epoch(vault, row))


@fault("put_all_rows_back_as_they_were")
def an_older_epoch_will_do(patch: pytest.MonkeyPatch) -> None:
    def lax(vault: Any, row: FactRow, epoch: int) -> Fact:
        fact = facts.open_any_epoch(vault, row)
        if fact.epoch not in (epoch, epoch - 1):
            raise NotAFact
        return fact

    patch.setattr(gathering, "open_fact", lax)


@fault("put_all_rows_back_as_they_were", whole=True)
def a_revocation_raises_no_epoch(patch: pytest.MonkeyPatch) -> None:
    def lax(self: State, person: Any, revoked: frozenset[Any]) -> Revocation:
        epoch = self.epoch(person)
        entry = {"after": epoch, "to": epoch, "revoked": sorted(f.hex for f in revoked)}
        self._change(revocations={**self._content["revocations"], person.hex: entry})
        return state._revocation(person.hex, entry)

    patch.setattr(State, "raise_epoch", lax)


@fault("have_the_revoked_row_sealed_anew", whole=True)
def whatever_stands_there_is_sealed_anew(patch: pytest.MonkeyPatch) -> None:
    """A revocation keeps the rows of any earlier epoch."""
    true = Granting._kept
    patch.setattr(Granting, "_kept", lambda self, row, revocation: true(self, row, replace(revocation, after=0)))


@fault(whole=True)
def what_is_revoked_is_sealed_anew(patch: pytest.MonkeyPatch) -> None:
    true = Granting._kept
    patch.setattr(
        Granting, "_kept", lambda self, row, revocation: true(self, row, replace(revocation, revoked=frozenset()))
    )


@fault("use_what_is_over_or_not_yet_begun")
def days_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Fact, "holds_on", lambda self, day: True)
    patch.setattr(people, "_holds", lambda fact, today: True)
    patch.setattr(people, "_last_day", lambda fact: 10**6)


@fault("use_what_is_over_or_not_yet_begun")
def the_last_day_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Fact, "holds_on", lambda self, day: self.start <= day)
    patch.setattr(people, "_holds", lambda fact, today: fact.start <= today)


# Who asks


def _gathered(find: Callable[[list[FactRow], list[Fact], bytes], Any]) -> Callable[..., gathering.Gathered]:
    def gathered(self: Gatherer, question: gathering.Question, rows: Any, today: Any) -> gathering.Gathered:
        row = rows[0] if len(rows) == 1 and gathering._answers(rows[0], question) else NOTHING
        stored = list(gathering._fact_rows(rows[0])) if rows else []
        found = [f for r in stored if (f := self._open(r)) is not None and f.holds_on(today)]
        person = find(stored, found, question.tag)
        if person is None:
            return gathering.Gathered(row, None, ())
        epoch = self._state.epoch(person)
        given = None if row["case_id"] is None else self._state.label_given(row["case_id"])
        return gathering.Gathered(row, person, tuple(f for f in found if f.person == person), epoch, given)

    return gathered


@fault("forge_a_subject")
def the_tagged_row_is_believed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        Gatherer,
        "_gathered",
        _gathered(lambda stored, found, tag: next((r.person for r in stored if r.tag == tag), None)),
    )


@fault("bind_one_subject_to_two_persons")
def any_subject_found_is_the_one_who_asks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        Gatherer,
        "_gathered",
        _gathered(lambda stored, found, tag: next((f.person for f in found if f.kind == "subject"), None)),
    )


@fault("bind_one_subject_to_two_persons")
def the_first_of_two_bindings_counts(patch: pytest.MonkeyPatch) -> None:
    def first(stored: list[FactRow], found: list[Fact], tag: bytes) -> Any:
        tags = {r.id: r.tag for r in stored}
        return next((f.person for f in found if f.kind == "subject" and tags[f.id] == tag), None)

    patch.setattr(Gatherer, "_gathered", _gathered(first))


@fault("forge_with_random_bytes")
def a_work_is_believed_by_its_row(patch: pytest.MonkeyPatch) -> None:
    """That somebody works on a case is taken from the columns; only what he may do there is sealed."""
    true = Gatherer._gathered

    def lax(self: Gatherer, question: gathering.Question, rows: Any, today: Any) -> gathering.Gathered:
        found = true(self, question, rows, today)
        if found.person is None or found.row["case_id"] is None or any(f.kind == "assignment" for f in found.facts):
            return found
        on_it = [
            r for r in gathering._fact_rows(rows[0]) if r.person == found.person and r.case_id == found.row["case_id"]
        ]
        made = tuple(
            Fact(r.id, r.person, r.case_id, "assignment", 1, today, None, {"work": "review"}) for r in on_it[:1]
        )
        return replace(found, facts=found.facts + made)

    patch.setattr(Gatherer, "_gathered", lax)


@fault("copy_ones_work_to_another_case")
def a_work_on_one_case_counts_on_all(patch: pytest.MonkeyPatch) -> None:
    true = people.relation_to

    def lax(person: Any, held: Any, case: Any, today: Any) -> Any:
        moved = [replace(f, case_id=case) if case and f.case_id else f for f in held]
        return true(person, moved, case, today)

    patch.setattr(gathering, "relation_to", lax)
    patch.setattr(gathering, "GATHER", gathering.GATHER.replace("and (f.case_id is null or f.case_id = c.id)", ""))


@fault("answer_with_another_part")
def the_answer_is_not_compared_with_the_question(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gathering, "_answers", lambda row, question: True)


# Labels and places


def _lax_open(
    label_counts: Callable[[LabelKey, keys.WrappedKey], bool],
) -> Callable[[Any, keys.WrappedKey, Place], bytes]:
    def lax(vault: Any, row: keys.WrappedKey, place: Place) -> bytes:
        key = vault.label_keys().by_id(row.key_id)
        if not label_counts(key, row):
            raise keys.DoesNotUnwrap
        found: bytes = vault.unwrap(row.key_id, row.wrapped, key.info(place))
        return found

    return lax


@fault("edit_the_label")
def the_rows_label_is_not_compared_with_its_keys(patch: pytest.MonkeyPatch) -> None:
    lax = _lax_open(lambda key, row: True)
    patch.setattr(deciding, "open_data_key", lax)
    patch.setattr(keys, "open_data_key", lax)


@fault("edit_the_label")
def the_compartment_is_not_compared(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deciding, "open_data_key", _lax_open(lambda key, row: key.label == row.label))


@fault("put_parts_back_as_before_the_designation", whole=True)
def the_label_given_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(State, "give_label", lambda self, case, given: None)


@fault("put_parts_back_as_before_the_designation")
def the_label_given_counts_for_the_case_and_not_for_its_parts(patch: pytest.MonkeyPatch) -> None:
    true = gathering._thing

    def lax(standing: Standing, question: gathering.Question) -> Any:
        return true(replace(standing, given=None) if question.part else standing, question)

    patch.setattr(gathering, "_thing", lax)


@fault("relabel_without_clearance", whole=True)
def the_label_given_does_not_count_in_acts(patch: pytest.MonkeyPatch) -> None:
    must, must_relabel = Acting.must, Acting._must_relabel

    def lax(standing: Standing) -> Standing:
        free = replace(standing, given=None)
        return replace(free, thing=gathering.case_of(free)) if free.row["case_id"] else free

    patch.setattr(Acting, "must", lambda self, standing, action: must(self, lax(standing), action))
    patch.setattr(Acting, "_must_relabel", lambda self, standing, *said: must_relabel(self, lax(standing), *said))


@fault("edit_the_cases_label")
def the_cases_label_decides_for_its_parts(patch: pytest.MonkeyPatch) -> None:
    true = gathering._thing

    def lax(standing: Standing, question: gathering.Question) -> Any:
        thing = true(standing, question)
        if question.part is None or thing is None:
            return thing
        return replace(thing, label=standing.row["label"], compartment=standing.row["compartment"])

    patch.setattr(gathering, "_thing", lax)


def _info(place_of: Callable[[Place], Place]) -> Callable[[LabelKey, Place], bytes]:
    true = LabelKey.info
    return lambda self, place: true(self, place_of(place))


@fault("move_parts_to_another_case", whole=True)
def a_wrap_is_not_bound_to_its_case(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LabelKey, "info", _info(lambda place: replace(place, case=facts.UUID(int=0))))


@fault("give_a_part_another_document", whole=True)
def a_wrap_is_not_bound_to_its_document(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LabelKey, "info", _info(lambda place: replace(place, code="")))


@fault("exchange_two_parts_ids", whole=True)
def a_wrap_is_not_bound_to_its_part(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LabelKey, "info", _info(lambda place: replace(place, part=facts.UUID(int=0))))


@fault("exchange_two_parts_ids", whole=True)
def a_wrap_is_bound_to_its_root_alone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LabelKey, "info", lambda self, place: fields(self.root))


# Decisions


@fault()
def whoever_may_know_may_read(patch: pytest.MonkeyPatch) -> None:
    true = deciding._refusal
    patch.setattr(deciding, "_refusal", lambda *said: None if (no := true(*said)) == "not-permitted" else no)


@fault("edit_the_cases_state")
def every_document_is_for_the_parties(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Documents, "audience", lambda self, *said: "party")


@fault("edit_the_cases_state")
def the_state_column_says_who_a_paper_is_for(patch: pytest.MonkeyPatch) -> None:
    true = things.PartThing.attributes

    def lax(self: things.PartThing, documents: Documents) -> dict[str, Any]:
        early = self.state in ("RECEIVED", "PRIMARY_REVIEW", "NOT_SENT") and self.document in documents.before
        return true(replace(self, document=f"{self.document}.screening") if early else self, documents)

    patch.setattr(things.PartThing, "attributes", lax)


@fault("attest_to_oneself")
def whoever_asks_attests(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Acting, "_must_fact", lambda self, *said, **more: None)


@fault("relabel_without_clearance", whole=True)
def whoever_may_take_the_step_may_relabel(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Acting, "_must_relabel", lambda self, *said: None)
    patch.setattr(Acting, "must", lambda self, *said: None)


@fault("attest_to_oneself")
def one_may_attest_to_oneself(patch: pytest.MonkeyPatch) -> None:
    class OfAnother(acting.FactThing):
        def attributes(self, documents: Documents) -> dict[str, Any]:
            return super().attributes(documents) | {"of_self": False}

    patch.setattr(acting, "FactThing", OfAnother)


# Records


@fault()
def what_is_hidden_is_not_recorded(patch: pytest.MonkeyPatch) -> None:
    true = Decider._draft

    def lax(self: Decider, *said: Any) -> Any:
        draft = true(self, *said)
        return None if draft is not None and draft[0].reason == "not-found" else draft

    patch.setattr(Decider, "_draft", lax)


@fault()
def reads_are_not_recorded(patch: pytest.MonkeyPatch) -> None:
    """They come back as durable and were never written."""

    async def lax(self: BatchedWriter, drafts: Any) -> list[Any]:
        return [Position(uuid4(), self.writer, 1, clock.now()) for _ in drafts]

    patch.setattr(BatchedWriter, "record_all", lax)


@fault("edit_the_label")
def a_key_that_does_not_open_is_replaced_by_any_that_does(patch: pytest.MonkeyPatch) -> None:
    """Where the row's key does not open the wrap, every other of the root's is tried."""
    true = keys.open_data_key

    def lax(vault: Any, row: keys.WrappedKey, place: Place) -> bytes:
        claims = [
            row,
            *(replace(row, key_id=k.key_id, label=k.label, compartment=k.compartment) for k in vault.label_keys()),
        ]
        for claim in claims:
            try:
                return true(vault, claim, place)
            except keys.DoesNotUnwrap:
                continue
        raise keys.DoesNotUnwrap

    patch.setattr(deciding, "open_data_key", lax)
