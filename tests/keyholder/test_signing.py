"""The keyholder signs no log that does not extend the one it signed last, and only for the sequencer."""

import os

import pytest

from service.audit.checkpoint import open_note
from tests.keyholder.world import World

LEAVES = [os.urandom(32) for _ in range(20)]


async def test_each_note_extends_the_last(world: World) -> None:
    size = 0
    for count in (1, 0, 3, 16):
        note = (await world.ask("worker", "sign", size=size, leaves=LEAVES[size : size + count]))["note"]
        size += count
        assert open_note(note, world.holder._rooms.signer.key()).size == size
        assert (await world.ask("worker", "log"))["size"] == size


async def test_another_size_than_the_last_signed_is_behind_or_ahead_and_signs_nothing(world: World) -> None:
    await world.ask("worker", "sign", size=0, leaves=LEAVES[:5])
    for size in (0, 4, 6, 2**40, -1):
        assert await world.refusal("worker", "sign", size=size, leaves=LEAVES[:2]) == "log-behind"
    assert (await world.ask("worker", "log"))["size"] == 5


async def test_what_was_signed_is_remembered_over_a_restart(world: World) -> None:
    await world.ask("worker", "sign", size=0, leaves=LEAVES[:5])
    await world.restart()
    assert await world.refusal("worker", "sign", size=0, leaves=LEAVES[:6]) == "log-behind"
    note = (await world.ask("worker", "sign", size=5, leaves=LEAVES[5:6]))["note"]
    assert open_note(note, world.holder._rooms.signer.key()).size == 6


@pytest.mark.parametrize("name", ["sato", "tanaka", "nakamura", "yamamoto", "yoshida"])
async def test_nobody_but_the_sequencer_has_anything_signed(world: World, name: str) -> None:
    assert await world.refusal(name, "sign", size=0, leaves=LEAVES[:1]) == "not-permitted"
    assert await world.refusal(name, "log") == "not-permitted"
    assert await world.refusal(None, "sign", size=0, leaves=LEAVES[:1]) == "sign-in-needed"
    assert world.state.log_head() is None


@pytest.mark.parametrize("leaves", [[b"short"], [bytes(33)], ["a" * 32], [None], bytes(32), {}, None])
async def test_what_is_no_leaf_hash_is_invalid(world: World, leaves: object) -> None:
    assert await world.refusal("worker", "sign", size=0, leaves=leaves) == "invalid"
    assert world.state.log_head() is None


@pytest.mark.parametrize("size", [True, False, "0", None, b"0"])
async def test_what_is_no_number_is_no_size(world: World, size: object) -> None:
    assert await world.refusal("worker", "sign", size=size, leaves=LEAVES[:1]) == "invalid"
