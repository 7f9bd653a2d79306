"""The keyholder as the process it is: killed under load and in the middle of a revocation, and started again."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from tests.keyholder.test_granting import designated, rows
from tests.keyholder.world import AUDIENCE, ISSUER, World

SEED, KILLS, READERS = 20261123, 6, 8


class Process:
    """`hozen keyholder` on the world's vault, store, database and socket."""

    def __init__(self, world: World) -> None:
        (world.folder / "jwks.json").write_text(json.dumps({"keys": [world.key.as_dict(private=False)]}))
        told = {
            "ROOT": "demo", "HOME": world.folder / "state", "VAULT": world.folder / "vault", "JWKS": world.folder / "jwks.json",
            "PUBLIC_KEYS": world.folder / "public.json", "KEYHOLDER_SOCKET": world.socket, "ISSUER": ISSUER, "AUDIENCE": AUDIENCE,
            "DATABASE_HOST": world.postgres.socket_dir, "DATABASE_NAME": world.database,
        }  # fmt: skip
        self._environment = {**os.environ, **{f"HOZEN_{k}": str(v) for k, v in told.items()}}
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "service", "keyholder"], env=self._environment)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@contextmanager
def running(world: World) -> Iterator[Process]:
    process = Process(world)
    try:
        yield process
    finally:
        process.kill()


async def test_killed_under_reads_no_key_is_without_its_record_and_clients_recover(world: World) -> None:
    rng = random.Random(SEED)
    case, _ = await designated(world)
    part, released, refused = case.parts["claims"], list[UUID](), 0
    await world.stop()
    with running(world) as keyholder:
        await world.served()
        over = asyncio.Event()

        async def read() -> None:
            nonlocal refused
            while not over.is_set():
                request = uuid4()
                if await world.reading("tanaka", part, request=request.bytes) == "":
                    released.append(request)
                else:
                    refused += 1

        readers = [asyncio.create_task(read()) for _ in range(READERS)]
        for _ in range(KILLS):
            enough = len(released) + rng.randint(5, 60)
            while len(released) < enough:
                await asyncio.sleep(0)
            keyholder.kill()
            keyholder.start()
        enough = len(released) + 20
        while len(released) < enough:
            await asyncio.sleep(0)
        over.set()
        await asyncio.gather(*readers)
    recorded = [r["request"] for r in await world.records(what="read")]
    assert {r.hex for r in released} <= set(recorded)
    assert len(recorded) == len(set(recorded)), "none twice"
    print(
        f"\nkeyholder killed: seed {SEED}, {KILLS} kills, {len(released)} keys, {refused} reads refused, 0 keys without record"
    )


async def test_killed_between_the_epoch_and_the_sealing_anew_the_revocation_is_finished_at_the_start(
    world: World,
) -> None:
    case, fact = await designated(world)
    before = len(await rows(world, "goto"))
    await world.stop()
    with running(world) as keyholder:
        await world.served()
        async with world.locked("facts", "share row exclusive"):
            revoking = asyncio.create_task(world.refusal("watanabe", "revoke", fact=fact.id.bytes, deadline=0.4))
            while not await world.waits_for("facts"):
                pass
            keyholder.kill()
            await asyncio.gather(revoking, return_exceptions=True)
        assert len(await rows(world, "goto")) == before
        keyholder.start()
        await world.served()
        assert await world.reading("goto", case.parts["claims"]) == "not-found"
        assert (await world.ask("goto", "who"))["roles"] == ["reviewer"]
        assert len(await rows(world, "goto")) == before - 1
