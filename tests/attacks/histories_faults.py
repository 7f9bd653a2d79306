"""Services that lose, double or allow what they must not: each is one patch away from ours, and the model must see every one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from service import desk
from service.desk import Desk, refusals
from service.desk.acts import SERVICE, Act, Done
from service.desk.taking import Taking
from service.errors import Refusal
from service.filings.view import View
from service.keyholder.answers import Decision
from service.keyholder.calls import Keyholder
from service.tables import Event
from service.workflow import Road, Rule

Plant = Callable[[pytest.MonkeyPatch], None]
Pair = tuple[str, str]
MOVES: tuple[Pair, ...] = (
    ("UNDER_REVIEW", "withdraw"),
    ("SENT", "receive"),
    ("UNDER_REVIEW", "hear_applicant"),
    ("DESIGNATED", "lift"),
)
CORRECTS: tuple[Pair, ...] = tuple((s, "correct") for s in ("PRIMARY_REVIEW", "UNDER_REVIEW", "PRE_NOTICE", "NOT_SENT"))


@dataclass(frozen=True)
class Fault:
    """pairs: where it shows. files: by histories that begin with the filing."""

    name: str
    plant: Plant
    pairs: Sequence[Pair] = MOVES
    files: bool = False


FAULTS: list[Fault] = []


def fault(pairs: Sequence[Pair] = MOVES, *, files: bool = False) -> Callable[[Plant], Plant]:
    def keep(plant: Plant) -> Plant:
        FAULTS.append(Fault(plant.__name__, plant, pairs, files))
        return plant

    return keep


# The version


@fault()
def the_version_check_is_left_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(desk, "check_version", lambda *_: None)


def _checks_where(patch: pytest.MonkeyPatch, where: Callable[[Any, int | None], bool]) -> None:
    true = desk.check_version
    patch.setattr(
        desk, "check_version", lambda k, case, e, seen, may: where(case, seen) and true(k, case, e, seen, may)
    )


@fault()
def no_version_need_be_named(patch: pytest.MonkeyPatch) -> None:
    _checks_where(patch, lambda case, seen: seen is not None)


@fault()
def an_older_version_will_do(patch: pytest.MonkeyPatch) -> None:
    _checks_where(patch, lambda case, seen: seen is None or seen >= case.version)


@fault()
def a_version_yet_to_come_will_do(patch: pytest.MonkeyPatch) -> None:
    _checks_where(patch, lambda case, seen: seen is None or seen <= case.version)


# The road


@fault([("UNDER_REVIEW", "designate"), ("DESIGNATED", "withdraw"), ("SENT", "hear_applicant"), ("RELEASED", "lift")])
def a_step_is_allowed_from_any_state(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Road, "rows", lambda self, state, name: tuple(s for s in self.steps if s.name == name)[:1])


@fault([("UNDER_REVIEW", "withdraw"), ("SENT", "abandon")])
def a_withdrawal_is_entered_as_an_abandonment(patch: pytest.MonkeyPatch) -> None:
    true = Road.rows
    patch.setattr(Road, "rows", lambda self, state, name: true(self, state, "abandon" if name == "withdraw" else name))


def _skips(guard: str) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(Rule, "__call__", lambda self, facts: self.name == guard or self.holds(facts))

    return plant


for _guard, _pair in {
    "applicant-heard": ("UNDER_REVIEW", "give_pre_notice"),
    "explanation-period-over": ("TERMINATION_NOTICED", "terminate"),
    "ends-within-a-year": ("DOCS_FILED", "designate"),
    "designation-over": ("DESIGNATED", "expire"),
    "applicant-heard-again": ("DESIGNATED", "extend"),
    "pm-told-of-dismissal": ("SENT", "dismiss"),
    "dismissal-found-proper": ("RELEASED", "dismiss"),
    "has-ground-for-sending": ("PRIMARY_REVIEW", "send"),
    "no-ground-for-sending-left": ("PRIMARY_REVIEW", "judge_not_to_send"),
    "within-sending-period": ("PRIMARY_REVIEW", "send"),
    "sending-period-over": ("PRIMARY_REVIEW", "lapse"),
    "sets-explanation-period": ("PRE_NOTICE", "notice_termination"),
    "sending-notice-given": ("SENT", "find_dismissal_proper"),
}.items():
    FAULTS.append(Fault(f"the_guard_{_guard.replace('-', '_')}_is_skipped", _skips(_guard), [_pair]))


@fault([("UNDER_REVIEW", "designate"), ("PRIMARY_REVIEW", "designate"), ("SENT", "withdraw")])
def anybody_may_do_anything(patch: pytest.MonkeyPatch) -> None:
    true = Keyholder.decide

    async def lax(self: Keyholder, *asked: Any) -> Decision:
        said = await true(self, *asked)
        return replace(said, answers=[replace(a, allow=True, know=True) for a in said.answers])

    patch.setattr(Keyholder, "decide", lax)


# What is stored


def _stores(patch: pytest.MonkeyPatch, change: Callable[[Event], Event]) -> None:
    true = Taking._store
    patch.setattr(Taking, "_store", lambda self, event: true(self, change(event)))


def _changed(**fields: Any) -> Callable[[Event], Event]:
    def change(event: Event) -> Event:
        for name, value in fields.items():
            setattr(event, name, value)
        return event

    return change


@fault()
def an_event_is_lost(patch: pytest.MonkeyPatch) -> None:
    async def store(self: Taking, event: Event) -> Event:
        self.case.state, self.case.version = event.target, event.version
        return event

    patch.setattr(Taking, "_store", store)


@fault()
def the_actor_is_not_the_one_who_acted(patch: pytest.MonkeyPatch) -> None:
    _stores(patch, _changed(person=SERVICE))


@fault([("PRE_NOTICE", "notice_termination"), ("DESIGNATED", "notice_breach")])
def the_last_day_that_was_set_is_lost(patch: pytest.MonkeyPatch) -> None:
    _stores(patch, _changed(until=None))


@fault()
def an_act_is_done_twice(patch: pytest.MonkeyPatch) -> None:
    true = Desk.perform

    async def twice(self: Desk, caller: Any, case: UUID, act: Act, seen: int | None, correction: Any = None) -> Done:
        done = await true(self, caller, case, act, seen, correction)
        try:
            return await true(self, caller, case, act, done.version, correction)
        except Refusal:
            return done

    patch.setattr(Desk, "perform", twice)


@fault()
def an_act_that_was_done_is_refused(patch: pytest.MonkeyPatch) -> None:
    true = Desk.perform

    async def refusing(self: Desk, *said: Any) -> Done:
        await true(self, *said)
        raise refusals.case_moved_on()

    patch.setattr(Desk, "perform", refusing)


@fault([("DOCS_FILED", "designate"), ("DESIGNATED", "lift"), ("LIFTED", "notify_end")])
def the_label_stays(patch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any) -> None: ...

    patch.setattr(Taking, "_relabel", nothing)


# What is told


def _tells(patch: pytest.MonkeyPatch, change: Callable[[Done], Done]) -> None:
    true = Taking.done
    patch.setattr(Taking, "done", lambda self, event, missing=0: change(true(self, event, missing)))


@fault()
def the_version_told_is_the_one_before(patch: pytest.MonkeyPatch) -> None:
    _tells(patch, lambda done: replace(done, version=done.version - 1))


@fault()
def the_event_told_is_another(patch: pytest.MonkeyPatch) -> None:
    _tells(patch, lambda done: replace(done, event=uuid4() if done.event else None))


@fault([("SENT", "withdraw"), ("UNDER_REVIEW", "answer_demand"), ("DESIGNATED", "explain")])
def the_applicant_is_told_of_hidden_steps(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(desk, "_told", lambda taking, done: done)


@fault()
def a_reader_is_shown_what_was_read_before(patch: pytest.MonkeyPatch) -> None:
    true, kept = View._events, dict[UUID, Any]()

    async def stale(self: View, cases: Sequence[UUID]) -> Any:
        fresh = await true(self, cases)
        return kept.setdefault(cases[0], fresh) if cases else fresh

    patch.setattr(View, "_events", stale)
