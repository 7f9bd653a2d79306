"""More services one patch away from ours: faults in dates, corrections, approvals and the keys under which a filing is sent again."""

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from service import clock, desk
from service.desk import taking
from service.desk.acts import Act
from service.desk.rows import Once
from service.desk.taking import Taking
from service.errors import Refusal
from service.history import Entry
from service.law import judgment
from service.store import Work
from service.tables import Case, IdempotencyKey
from tests.attacks.histories_faults import CORRECTS, MOVES, fault

# Dates


def _dates(patch: pytest.MonkeyPatch, *waived: str) -> None:
    true = desk.legal_date

    def lax(act: Act, backdate: Any) -> date:
        try:
            return true(act, backdate)
        except Refusal as refusal:
            if refusal.name not in waived or act.happened_on is None:
                raise
            return act.happened_on

    patch.setattr(desk, "legal_date", lax)


@fault()
def a_date_to_come_is_taken(patch: pytest.MonkeyPatch) -> None:
    _dates(patch, "date-in-future")


@fault([("SENT", "withdraw"), ("PRIMARY_REVIEW", "withdraw"), ("UNDER_REVIEW", "withdraw")])
def anybody_may_date_back_without_a_reason(patch: pytest.MonkeyPatch) -> None:
    _dates(patch, "past-date-not-permitted", "date-needs-reason")


@fault()
def the_legal_date_is_always_today(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(desk, "legal_date", lambda act, backdate: clock.today())


# Corrections


@fault([("SENT", "correct"), ("DESIGNATED", "correct"), ("PRIMARY_REVIEW", "correct")])
def anything_is_taken_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Taking, "_may_be_taken_back", lambda self, root: True)


@fault(CORRECTS)
def what_is_taken_back_leaves_the_state(patch: pytest.MonkeyPatch) -> None:
    true = Taking.choose_correction
    patch.setattr(Taking, "choose_correction", lambda self, *said: (true(self, *said)[0], self.case.state))


@fault(CORRECTS)
def a_correction_stands_for_nothing(patch: pytest.MonkeyPatch) -> None:
    true = Taking.take_correction

    async def for_the_opening(self: Taking, entry: Entry, *said: Any, **more: Any) -> Any:
        return await true(self, self.entries[0], *said, **more)

    patch.setattr(Taking, "take_correction", for_the_opening)


@fault(CORRECTS)
def what_is_corrected_may_be_corrected_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(taking, "superseded", lambda entries: frozenset())


@fault(CORRECTS)
def corrections_do_not_count_for_the_guards(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(taking, "standing", lambda entries: [e for e in entries if e.supersedes is None])


# Two persons


@fault(CORRECTS)
def one_person_corrects_alone(patch: pytest.MonkeyPatch) -> None:
    true = Taking.approvals_missing
    patch.setattr(Taking, "approvals_missing", lambda self, act, person, needed: true(self, act, person, 1))


@fault(CORRECTS)
def the_same_person_twice_is_two(patch: pytest.MonkeyPatch) -> None:
    true = Taking.approvals_missing

    async def lax(self: Taking, act: Act, person: UUID, needed: int) -> int:
        try:
            return await true(self, act, person, needed)
        except Refusal:
            return 0

    patch.setattr(Taking, "approvals_missing", lax)


@fault(CORRECTS)
def an_approval_is_of_other_words(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Act, "digest", lambda self: hashlib.sha256(self.name.encode()).digest())


@fault((*CORRECTS, *MOVES))
def the_case_is_not_locked(patch: pytest.MonkeyPatch) -> None:
    async def unlocked(work: Work, case: UUID) -> Case:
        row = await work.connection.fetchrow("select * from cases where id = $1", case)
        assert row is not None
        return Case(**dict(row))

    patch.setattr(desk, "lock", unlocked)


# Filing again


@fault(files=True)
def the_key_of_a_filing_is_ignored(patch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: Any) -> None: ...

    patch.setattr(desk, "known", unknown)


@fault(files=True)
def the_key_of_a_filing_is_not_kept(patch: pytest.MonkeyPatch) -> None:
    true = Work.insert

    async def forgetful(self: Work, *rows: Any) -> None:
        await true(self, *(r for r in rows if not isinstance(r, IdempotencyKey)))

    patch.setattr(Work, "insert", forgetful)


@fault(files=True)
def other_content_under_the_key_is_taken_for_the_same(patch: pytest.MonkeyPatch) -> None:
    true = desk.known

    async def any_content(work: Work, kind: Any, keys: Any, once: Once) -> Any:
        said = await work.connection.fetchval("select digest from idempotency_keys where tag = $1", once.tag)
        return await true(work, kind, keys, Once(once.tag, said or once.said))

    patch.setattr(desk, "known", any_content)


@fault(files=True)
def the_same_filing_again_is_told_what_became_of_it(patch: pytest.MonkeyPatch) -> None:
    true = desk.Desk.open_case

    async def now(self: desk.Desk, *said: Any, **more: Any) -> Any:
        done = await true(self, *said, **more)
        row = (await self._store.fetch("select state, version from cases where id = $1", done.case))[0]
        return replace(done, state=row["state"], version=row["version"])

    patch.setattr(desk.Desk, "open_case", now)


# 66(1)


@fault([("PRIMARY_REVIEW", "send")])
def an_item_counts_whatever_was_answered_to_its_questions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(judgment, "_whole", lambda item, one: True)
