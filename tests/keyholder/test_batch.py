"""What waits goes together; who hangs or fails hurts nobody else; nothing that may be recorded is run twice."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from service.keyholder.batch import Batcher, BatchFailed, Flight, Overloaded, TooLate


class Odd(Exception):
    """The runner's answer for one item alone."""


class Broken(Exception):
    """The whole run failed."""


def soon(seconds: float = 20) -> float:
    return asyncio.get_running_loop().time() + seconds


class Runner:
    """Notes every batch; items called 'hang', 'break', 'break after' do as they say, 'odd' is refused alone."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.recorded: Counter[str] = Counter()
        self.gate = asyncio.Event()
        self.gate.set()
        self.running = 0
        self.peak = 0

    async def __call__(self, items: Sequence[str], flight: Flight) -> list[str | Exception]:
        self.batches.append(list(items))
        self.running += 1
        self.peak = max(self.peak, self.running)
        try:
            await self.gate.wait()
            if "hang" in items:
                await asyncio.Event().wait()
            if "slow" in items:
                await asyncio.sleep(0.1)
                raise Broken
            if "break" in items:
                raise Broken
            flight.point_of_no_return()
            self.recorded.update(items)
            if "break after" in items:
                raise Broken
            return [Odd(item) if item == "odd" else item.upper() for item in items]
        finally:
            self.running -= 1


async def outcomes(batcher: Batcher[str, str], *items: str, seconds: float = 20) -> list[Any]:
    deadline = soon(seconds)
    return await asyncio.gather(*(batcher.ask(item, deadline) for item in items), return_exceptions=True)


async def test_one_alone_goes_at_once() -> None:
    runner = Runner()
    assert await Batcher(runner).ask("a", soon()) == "A"
    assert runner.batches == [["a"]]


async def test_what_comes_in_one_turn_of_the_loop_goes_together_and_each_gets_its_own_answer() -> None:
    runner = Runner()
    assert await outcomes(Batcher(runner), "a", "b", "c") == ["A", "B", "C"]
    assert runner.batches == [["a", "b", "c"]]


async def test_what_comes_while_a_batch_is_in_flight_waits_for_it_and_then_goes_together() -> None:
    runner = Runner()
    batcher = Batcher(runner, stale=20)
    runner.gate.clear()
    first = asyncio.create_task(batcher.ask("a", soon()))
    while not runner.batches:
        await asyncio.sleep(0)
    later = asyncio.create_task(outcomes(batcher, "b", "c"))
    for _ in range(10):
        await asyncio.sleep(0)
    assert runner.batches == [["a"]]
    runner.gate.set()
    assert [await first, *await later] == ["A", "B", "C"]
    assert runner.batches == [["a"], ["b", "c"]]


async def test_a_batch_holds_no_more_than_the_cap() -> None:
    runner = Runner()
    assert len(await outcomes(Batcher(runner, cap=32), *map(str, range(100)))) == 100
    assert [len(batch) for batch in runner.batches] == [32, 32, 32, 4]


async def test_an_exception_for_one_item_is_its_caller_s_alone() -> None:
    runner = Runner()
    good, odd, other = await outcomes(Batcher(runner), "a", "odd", "b")
    assert (good, other) == ("A", "B")
    assert isinstance(odd, Odd)
    assert runner.recorded == {"a": 1, "odd": 1, "b": 1}


async def test_a_batch_that_fails_before_the_record_is_run_one_by_one_and_only_the_bad_item_fails() -> None:
    runner = Runner()
    a, bad, b = await outcomes(Batcher(runner), "a", "break", "b")
    assert (a, b) == ("A", "B")
    assert isinstance(bad, BatchFailed)
    assert not bad.recorded
    assert isinstance(bad.__cause__, Broken)
    assert runner.recorded == {"a": 1, "b": 1}
    assert sorted(map(len, runner.batches)) == [1, 1, 1, 3]


async def test_an_item_that_fails_alone_is_not_run_again() -> None:
    runner = Runner()
    (bad,) = await outcomes(Batcher(runner), "break")
    assert isinstance(bad, BatchFailed)
    assert runner.batches == [["break"]]


async def test_a_batch_that_fails_after_the_record_is_never_run_again() -> None:
    runner = Runner()
    failed = await outcomes(Batcher(runner), "a", "break after", "b")
    assert all(isinstance(one, BatchFailed) and one.recorded for one in failed)
    assert runner.recorded == {"a": 1, "break after": 1, "b": 1}
    assert len(runner.batches) == 1


async def test_eight_hung_batches_of_which_none_is_young_do_not_stop_a_ninth_caller_for_ever() -> None:
    runner = Runner()
    batcher = Batcher(runner, stale=0, flights=8)
    hung = []
    for number in range(7):
        hung.append(asyncio.create_task(batcher.ask("hang", soon())))
        while len(runner.batches) <= number:
            await asyncio.sleep(0)
    assert await batcher.ask("a", soon()) == "A"
    hung.append(asyncio.create_task(batcher.ask("hang", soon())))
    while runner.running < 8:
        await asyncio.sleep(0)
    ninth = asyncio.create_task(batcher.ask("b", soon(0.05)))
    with pytest.raises(TooLate):
        await ninth
    assert runner.peak == 8, "never more than eight batches at a time"
    await batcher.close()
    for task in hung:
        with pytest.raises(BatchFailed):
            await task


async def test_who_came_while_a_hung_batch_was_young_does_not_wait_for_it_nor_for_a_later_caller() -> None:
    runner = Runner()
    batcher = Batcher(runner, stale=0.05)
    hung = asyncio.create_task(batcher.ask("hang", soon()))
    while not runner.batches:
        await asyncio.sleep(0)
    assert await batcher.ask("a", soon(5)) == "A"
    await batcher.close()
    with pytest.raises(BatchFailed):
        await hung


async def test_a_hung_batch_gives_its_place_back_when_its_last_caller_has_given_up() -> None:
    runner = Runner()
    batcher = Batcher(runner, stale=20, flights=1)
    assert [type(one) for one in await outcomes(batcher, "hang", seconds=0.05)] == [TooLate]
    assert await batcher.ask("a", soon()) == "A"
    assert runner.running == 0


async def test_a_slow_failure_takes_no_innocent_neighbour_with_it() -> None:
    """As a statement time-out does: the batch fails late, its neighbours are answered on their second run."""
    runner = Runner()
    found = await outcomes(Batcher(runner), *["a"] * 7, "slow")
    assert found[:7] == ["A"] * 7
    assert isinstance(found[7], BatchFailed)
    assert runner.recorded == {"a": 7}


async def test_nobody_is_run_again_after_his_deadline() -> None:
    runner = Runner()
    batcher = Batcher(runner)
    late = asyncio.create_task(batcher.ask("a", soon(0.05)))
    slow = asyncio.create_task(batcher.ask("slow", soon()))
    with pytest.raises(TooLate):
        await late
    with pytest.raises(BatchFailed):
        await slow
    assert runner.batches == [["a", "slow"], ["slow"]]
    assert not runner.recorded


async def test_who_waits_beyond_the_bound_is_told_so_at_once() -> None:
    runner = Runner()
    batcher = Batcher(runner, bound=3, stale=20)
    found = await outcomes(batcher, "a", "b", "c", "d", "e")
    assert found[:3] == ["A", "B", "C"]
    assert all(isinstance(one, Overloaded) for one in found[3:])


async def test_who_gave_up_while_waiting_leaves_his_place_and_is_not_run() -> None:
    runner = Runner()
    runner.gate.clear()
    batcher = Batcher(runner, bound=1, stale=20)
    first = asyncio.create_task(batcher.ask("a", soon()))
    while not runner.batches:
        await asyncio.sleep(0)
    with pytest.raises(TooLate):
        await batcher.ask("b", soon(0.01))
    third = asyncio.create_task(batcher.ask("c", soon()))
    await asyncio.sleep(0)
    runner.gate.set()
    assert [await first, await third] == ["A", "C"]
    assert runner.batches == [["a"], ["c"]]


async def test_a_runner_that_answers_too_few_is_a_failure_and_mixes_up_nobody() -> None:
    async def short(items: Sequence[str], flight: Flight) -> list[str]:
        flight.point_of_no_return()
        return ["X"] * (len(items) - 1)

    failed = await outcomes(Batcher(short), "a", "b")
    assert all(isinstance(one, BatchFailed) and one.recorded for one in failed)


async def test_closing_ends_every_wait() -> None:
    runner = Runner()
    batcher = Batcher(runner, cap=1, stale=20)
    waiting = [asyncio.create_task(batcher.ask("hang", soon())) for _ in range(3)]
    while not runner.batches:
        await asyncio.sleep(0)
    await batcher.close()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) == ["BatchFailed", "Overloaded", "Overloaded"]
    with pytest.raises(Overloaded):
        await batcher.ask("a", soon())


async def test_answers_in_batches_are_the_answers_one_by_one() -> None:
    items = [f"item {n}" if n % 7 else "odd" for n in range(200)]
    together = await outcomes(Batcher(Runner()), *items)
    alone = [(await outcomes(Batcher(Runner()), item))[0] for item in items]
    assert list(map(repr, together)) == list(map(repr, alone))
