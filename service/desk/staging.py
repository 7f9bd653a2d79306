"""Parts on their way in: each is sealed as it comes, under the case id that its filing will have, and waits sealed until the act files it.

What must hold: what an applicant sends is in clear in memory only, one file at a time; what is stored before the act opens for nobody, for
no case has it. A stage that is not taken is dropped; what a crash leaves is swept by the worker after a day. The database keeps no
transaction open while a slow sender sends.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from uuid import UUID, uuid4

from service import clock
from service.desk.acts import Kind
from service.keyholder.answers import Caller, FactValues
from service.keyholder.calls import Keyholder
from service.sealing.envelope import Place, Sealed, seal, seal_stream
from service.sealing.wrap import LabelKey, LabelKeys
from service.store import Store, Work
from service.tables import StagedPart

BULK = 256 * 1024
"""Above this a part is sealed beside the event loop."""
SEALING = ThreadPoolExecutor(2, thread_name_prefix="sealing")
LABEL = "application"

MOVE = """
with moved as (delete from staged_parts where case_id = $1 returning *)
insert into parts (id, case_id, document, version, label, key_id, size_class, wrapped, sealed, recorded_at)
select id, case_id, document, 1, $2, key_id, size_class, wrapped, sealed, recorded_at from moved
"""


@dataclass
class Stage:
    """A case that is being put together. case, person, facts: as the keyholder gave them for it; none before `begin`."""

    store: Store
    keyholder: Keyholder
    keys: LabelKeys
    kind: Kind
    caller: Caller
    case: UUID | None = None
    person: UUID | None = None
    facts: list[FactValues] = field(default_factory=list)
    count: int = 0

    async def begin(self, party: UUID | None) -> None:
        """A fresh case id and its first facts. Raises Refusal not-permitted, sign-in-needed, unavailable."""
        self.case, self.person, self.facts = await self.keyholder.open_case(self.caller, self.kind.name, party)

    async def put(self, document: str, content: bytes | bytearray | memoryview) -> None:
        """Seal one part and store it as waiting. Raises Refusal unavailable."""
        assert self.case is not None, "a stage begins before it takes parts"
        place = Place(self.keys.root, self.kind.name, self.case, uuid4(), document, 1)
        done = await self._sealed(memoryview(content), place)
        row = StagedPart(
            id=place.part,
            case_id=self.case,
            document=document,
            key_id=done.key_id,
            size_class=done.size_class,
            wrapped=done.wrapped,
            sealed=done.sealed,
            recorded_at=clock.now(),
        )
        async with self.store.transaction() as work:
            await work.insert(row)
        self.count += 1

    async def _sealed(self, content: memoryview, place: Place) -> Sealed:
        key = self.keys.newest(LABEL, None)
        if len(content) <= BULK:
            return seal(bytes(content), place, key)
        return await asyncio.get_running_loop().run_in_executor(SEALING, _sealed_in_pieces, content, place, key)

    async def move(self, work: Work) -> None:
        """Put every waiting part into the case, in its act's transaction. Raises RuntimeError when one of them is missing."""
        said = await work.connection.execute(MOVE, self.case, LABEL)
        if said != f"INSERT 0 {self.count}":
            raise RuntimeError("a part that was taken in is not there")

    async def drop(self) -> None:
        """Forget what was not taken. Raises Refusal unavailable (then the worker sweeps it)."""
        if self.count:
            async with self.store.transaction() as work:
                await work.connection.execute("delete from staged_parts where case_id = $1", self.case)


def _sealed_in_pieces(content: bytes | bytearray | memoryview, place: Place, key: LabelKey) -> Sealed:
    """As `seal`, without a second copy of the content in clear."""
    sink = BytesIO()
    done = seal_stream(_Memory(memoryview(content)), memoryview(content).nbytes, sink, place, key)
    return Sealed(sink.getvalue(), done.wrapped, done.key_id, done.size_class)


class _Memory:
    """A source over bytes that are there already."""

    def __init__(self, left: memoryview) -> None:
        self._left = left

    def readinto(self, buffer: memoryview, /) -> int:
        got = min(buffer.nbytes, self._left.nbytes)
        buffer[:got], self._left = self._left[:got], self._left[got:]
        return got


async def sweep(store: Store) -> None:
    """Delete what a crash left waiting for more than a day. Raises Refusal unavailable."""
    async with store.transaction() as work:
        await work.connection.execute("delete from staged_parts where recorded_at < now() - interval '1 day'")
