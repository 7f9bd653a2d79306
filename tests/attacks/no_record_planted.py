"""Services that answer or act without their record: each is one patch away from ours, and the judge must see every one."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from service import clock
from service.audit import lane, writer
from service.audit.lane import RecordUnavailable
from service.audit.leaf import Position
from service.audit.writer import BatchedWriter
from service.web import edge
from service.web.edge import _Answer
from tests.attacks.no_record_asks import acted, listed, one_case, part
from tests.attacks.no_record_faults import BARE, DRIVER
from tests.attacks.no_record_judge import judge
from tests.attacks.no_record_scene import AnyFault, Ask, Scene, tried
from tests.attacks.no_record_triggers import STANDING, TRIGGERS

Plant = Callable[[pytest.MonkeyPatch, Scene], None]
Asks = Callable[[Scene, random.Random], Ask]
ALL: tuple[AnyFault, ...] = (*DRIVER, *TRIGGERS, *STANDING, BARE)
BY_NAME = {fault.name: fault for fault in ALL}
FULL, COMMIT, NONE, DRIVEN = (
    BY_NAME[n] for n in ("53100 at insert", "53100 at commit", "no row is kept", "disk full at insert")
)
TRIES = 6
"""Rounds against one planted fault, each with another act."""


@dataclass(frozen=True)
class Planted:
    """A weaker service. asks, faults: where it shows. aim: the state that the case is in then."""

    name: str
    plant: Plant
    asks: Asks
    faults: Sequence[AnyFault] = (FULL,)
    aim: str | None = None

    async def found(self, scene: Scene, rng: random.Random) -> bool:
        """Whether the judge finds it."""
        for _ in range(TRIES):
            for fault in self.faults:
                for nth, on in ((1, True), (2, True), (1, False)):
                    await scene.clean(rng, self.aim)
                    _, trial = await tried(scene, fault, [self.asks(scene, rng)], nth, on)
                    if judge(trial):
                        return True
        return False


PLANTED: list[Planted] = []


def weaker(asks: Asks, *faults: AnyFault, aim: str | None = None) -> Callable[[Plant], Plant]:
    def keep(plant: Plant) -> Plant:
        PLANTED.append(Planted(plant.__name__, plant, asks, faults or (FULL,), aim))
        return plant

    return keep


# The edge


@weaker(listed)
def the_edge_lets_the_answer_go(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = BatchedWriter.record

    async def lax(self: BatchedWriter, draft: Any) -> Any:
        try:
            return await true(self, draft)
        except RecordUnavailable:
            return None

    patch.setattr(BatchedWriter, "record", lax)


def _begins(patch: pytest.MonkeyPatch, lax: Callable[..., Any]) -> None:
    true = _Answer._begin

    async def begin(self: _Answer, start: Any) -> Any:
        return lax(self, start, await true(self, start))

    patch.setattr(_Answer, "_begin", begin)


@weaker(one_case)
def the_body_goes_out_under_503(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    def lax(self: _Answer, start: Any, made: Any) -> Any:
        self._replaced = False
        return made

    _begins(patch, lax)


@weaker(one_case)
def the_headers_go_out_under_503(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    _begins(patch, lambda self, start, made: {**made, "headers": [*made["headers"], *start["headers"]]})


@weaker(listed)
def the_cause_is_told(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    patch.setattr(edge, "_UNAVAILABLE", edge._UNAVAILABLE.replace(b'"name"', b'"cause":"disk full","name"'))


@weaker(one_case)
def the_answer_begins_before_its_record(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = _Answer.send

    async def lax(self: _Answer, message: Any) -> None:
        if message["type"] == "http.response.start":
            request = (b"request-id", self._caller.request.hex.encode())
            await self._send({**message, "headers": [*message["headers"], request]})
            self._send, sends = _nothing, self._send
            await true(self, message)
            self._send = sends
        else:
            await true(self, message)

    patch.setattr(_Answer, "send", lax)


async def _nothing(message: Any) -> None:
    """Sends nowhere."""


@weaker(listed)
def records_are_made_when_there_is_time(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = BatchedWriter.record

    async def lax(self: BatchedWriter, draft: Any) -> None:
        asyncio.ensure_future(true(self, draft)).add_done_callback(lambda task: task.exception())

    patch.setattr(BatchedWriter, "record", lax)


@weaker(listed)
def lists_need_no_record(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = _Answer._begin

    async def lax(self: _Answer, start: Any) -> Any:
        self._caller.recorded = self._caller.recorded or self._scope["method"] == "GET"
        return await true(self, start)

    patch.setattr(_Answer, "_begin", lax)


# The writer


def _fake(self: BatchedWriter, drafts: Any) -> list[Any]:
    return [Position(uuid4(), self.writer, 1, clock.now()) for _ in drafts]


@weaker(part)
def reads_are_recorded_when_there_is_time(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = BatchedWriter.record_all

    async def lax(self: BatchedWriter, drafts: Any) -> list[Any]:
        asyncio.ensure_future(true(self, drafts))  # noqa: RUF006  (that is the fault)
        return _fake(self, drafts)

    patch.setattr(BatchedWriter, "record_all", lax)


@weaker(part, NONE)
def tags_are_not_looked_at_by_the_writer(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    patch.setattr(writer, "kept", lambda tag, count: None)


@weaker(acted, NONE)
def tags_are_not_looked_at_in_acts(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    patch.setattr(lane, "kept", lambda tag, count: None)


@weaker(part)
def a_batch_that_failed_is_as_good_as_written(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    def lax(waiters: Any, fault: Any) -> None:
        for waiter in waiters:
            if not waiter.future.done():
                waiter.future.set_result(None)

    patch.setattr(writer, "_refuse", lax)


@weaker(listed)
def waiters_go_before_the_commit(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = BatchedWriter._flush

    async def lax(self: BatchedWriter, batch: Any) -> None:
        for waiter in batch:
            waiter.future.set_result(None)
        await true(self, batch)

    patch.setattr(BatchedWriter, "_flush", lax)


@weaker(part, BY_NAME["keyholder's queue is full"])
def a_full_queue_drops_what_comes(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = BatchedWriter.record_all

    async def lax(self: BatchedWriter, drafts: Any) -> Any:
        return _fake(self, drafts) if self._queue_limit == 0 else await true(self, drafts)

    patch.setattr(BatchedWriter, "record_all", lax)


@weaker(listed, BY_NAME["web's writer is stopped"])
def a_stopped_writer_is_passed_by(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = BatchedWriter.record

    async def lax(self: BatchedWriter, draft: Any) -> Any:
        return None if self._task is None else await true(self, draft)

    patch.setattr(BatchedWriter, "record", lax)


@weaker(listed, BY_NAME["never ends insert"])
def who_waits_too_long_is_let_go(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    true = BatchedWriter._write

    async def patient(self: BatchedWriter, batch: Any) -> Any:
        self._wait *= 3
        try:
            return await true(self, batch)
        finally:
            self._wait /= 3

    patch.setattr(BatchedWriter, "_write", patient)
    patch.setattr(writer._Waiter, "give_up", lambda self: self.future.done() or self.future.set_result(None))
