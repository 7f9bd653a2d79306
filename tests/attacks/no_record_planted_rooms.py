"""The same of the rooms behind the edge: the keyholder, reading, the desk."""

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from service import store
from service.audit.lane import RecordUnavailable
from service.audit.writer import BatchedWriter
from service.desk import Desk
from service.errors import Refusal, unavailable
from service.keyholder.answers import Caller
from service.keyholder.deciding import Decider
from service.keyholder.refused import id_of
from service.keyholder.state import LabelGiven
from service.reading import Reading
from service.store import Work
from service.tables import FactRow
from tests.attacks.no_record_asks import acted, attested, denied, designated, of_nobody, part, refused, revoked
from tests.attacks.no_record_faults import BARE
from tests.attacks.no_record_planted import BY_NAME, COMMIT, DRIVEN, FULL, NONE, PLANTED, weaker
from tests.attacks.no_record_scene import Scene

# The keyholder


@weaker(part)
def a_key_leaves_without_its_record(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = Decider._ended
    patch.setattr(Decider, "_ended", lambda self, standing, draft, record: true(self, standing, draft, None))


@weaker(denied)
def a_refusal_is_told_without_its_record(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = Decider._ended

    def lax(self: Decider, standing: Any, draft: Any, record: Any) -> Any:
        return true(self, standing, draft, None if draft.reason else record)

    patch.setattr(Decider, "_ended", lax)


@weaker(of_nobody)
def strangers_are_refused_without_a_record(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = Decider.record_unknown

    async def lax(self: Decider, reading: Any) -> None:
        try:
            await true(self, reading)
        except RecordUnavailable:
            return

    patch.setattr(Decider, "record_unknown", lax)


@weaker(revoked)
def facts_end_without_a_record(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = BatchedWriter.record

    async def lax(self: BatchedWriter, draft: Any) -> Any:
        try:
            return await true(self, draft)
        except RecordUnavailable:
            if draft.what != "revoke":
                raise

    patch.setattr(BatchedWriter, "record", lax)


@weaker(revoked)
def a_fact_ends_before_its_record(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    operations, granting = scene.service.world.holder._operations, scene.service.world.granting
    true = operations["revoke"]

    async def lax(message: Any, tag: bytes, deadline: float) -> Any:
        if fact := await granting.find(id_of(message, "fact")):
            await granting.revoke(fact)
        return await true(message, tag, deadline)

    patch.setitem(operations, "revoke", lax)


@weaker(designated, aim="DOCS_FILED")
def a_label_is_given_before_its_record(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    operations, state = scene.service.world.holder._operations, scene.service.world.state
    true = operations["relabel"]

    async def lax(message: Any, tag: bytes, deadline: float) -> Any:
        state.give_label(scene.case, LabelGiven("designated", None))
        return await true(message, tag, deadline)

    patch.setitem(operations, "relabel", lax)


# Reading


@weaker(part)
def what_was_read_before_is_read_from_memory(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true, memory = Reading.open, dict[Any, Any]()

    async def lax(self: Reading, caller: Caller, case: Any, one: Any, purpose: str) -> Any:
        try:
            memory[one] = await true(self, caller, case, one, purpose)
        except Refusal:
            if one not in memory:
                raise
            caller.recorded = True
        return memory[one]

    patch.setattr(Reading, "open", lax)


# The desk


def _swallows(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = Work.record

    async def lax(self: Work, draft: Any) -> Any:
        try:
            return await true(self, draft)
        except (RecordUnavailable, asyncpg.PostgresError):
            return None

    patch.setattr(Work, "record", lax)


weaker(acted)(_swallows)
PLANTED[-1] = replace(PLANTED[-1], name="the_desk_passes_over_a_failed_statement")
weaker(acted, NONE, DRIVEN)(_swallows)
PLANTED[-1] = replace(PLANTED[-1], name="the_desk_passes_over_a_record_that_is_not_there")


@weaker(acted, BARE)
def the_record_goes_before_in_another_transaction(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = Work.record

    async def lax(self: Work, draft: Any) -> Any:
        async with scene.service.house.store.transaction() as second:
            second.record_id = self.record_id
            return await true(second, draft)

    patch.setattr(Work, "record", lax)


@weaker(acted, FULL, COMMIT)
def the_record_comes_after_in_another_transaction(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true, perform, kept = Work.record, Desk.perform, list[Any]()

    async def later(self: Work, draft: Any) -> None:
        kept.append(draft)

    async def lax(self: Desk, *asked: Any) -> Any:
        done = await perform(self, *asked)
        async with scene.service.house.store.transaction() as work:
            await true(work, kept.pop())
        return done

    patch.setattr(Work, "record", later)
    patch.setattr(Desk, "perform", lax)


@weaker(attested, DRIVEN)
def what_failed_is_committed(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    patch.setattr(asyncpg.transaction.Transaction, "rollback", asyncpg.transaction.Transaction.commit)


@weaker(acted, COMMIT, BY_NAME["no connection at commit"])
def a_commit_that_failed_is_taken_for_done(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = asyncpg.transaction.Transaction.commit

    async def lax(self: Any) -> None:
        try:
            await true(self)
        except (asyncpg.PostgresError, asyncpg.InterfaceError):
            return

    patch.setattr(asyncpg.transaction.Transaction, "commit", lax)


@weaker(attested)
def facts_are_stored_apart(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = Work.insert

    async def lax(self: Work, *rows: Any) -> None:
        for row in rows:
            if isinstance(row, FactRow):
                async with scene.service.house.store.transaction() as other:
                    await true(other, row)
            else:
                await true(self, row)

    patch.setattr(Work, "insert", lax)


@weaker(refused)
def the_desk_refuses_without_a_record(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = Desk._refusals_recorded

    @asynccontextmanager
    async def lax(self: Desk, caller: Caller, trail: Any) -> Any:
        try:
            yield
        except Refusal as refusal:
            try:
                async with true(self, caller, trail):
                    raise refusal
            except Refusal:
                caller.recorded = True
                raise refusal from None

    patch.setattr(Desk, "_refusals_recorded", lax)


@weaker(acted)
def trouble_is_a_fault(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    patch.setattr(store, "TROUBLE", (OSError,))


@weaker(acted, BY_NAME["keyholder's queue is full"])
def what_was_done_is_told_as_undone(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = Desk.perform

    async def lax(self: Desk, *asked: Any) -> Any:
        await true(self, *asked)
        raise unavailable()

    patch.setattr(Desk, "perform", lax)
