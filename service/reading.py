"""The one way to read: asks the keyholder, opens what it released, marks each part with its label.

What must hold: no byte of content is here before the keyholder decided and its record was durable. Nothing released is kept: no cache of
keys, decisions or plaintext. Above 64 KiB the keyholder gives the key only and the sealed bytes are fetched here.
"""

from dataclasses import dataclass
from uuid import UUID

from service.errors import unavailable
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.sealing.chunked import DoesNotOpen
from service.sealing.envelope import Place, open_sealed
from service.store import Store

MARKS = {
    "application": {"ja": "未公開の特許出願", "en": "UNPUBLISHED PATENT APPLICATION"},
    "designated": {"ja": "保全対象発明", "en": "PRESERVATION-DESIGNATED INVENTION"},
    "released": {"ja": "保全指定の解除後・満了後", "en": "RELEASED FROM PRESERVATION DESIGNATION"},
}
"""The words that stand with each rendered part of a label."""


@dataclass(frozen=True)
class Opened:
    """One part's content and what it is. state: of its case, as it was when the keyholder decided."""

    part: UUID
    case: UUID
    document: str
    version: int
    label: str
    compartment: str | None
    state: str
    content: bytes


class Reading:
    """Reads parts for one process."""

    def __init__(self, store: Store, keyholder: Keyholder, root: bytes) -> None:
        self._store = store
        self._keyholder = keyholder
        self._root = root

    async def open(self, caller: Caller, case: UUID, part: UUID, purpose: str, kind: str | None = None) -> Opened:
        """Open one part of the case; a part of another case, or of a case of another kind than `kind`, is not found.

        Raises Refusal not-found, not-permitted, sign-in-needed (recorded by the keyholder), unavailable.
        """
        released = await self._keyholder.read(caller, part, purpose, case, kind)
        sealed = released.sealed if released.sealed is not None else await self._fetch(part)
        place = Place(self._root, released.kind, released.case, part, released.document, released.version)
        try:
            content = open_sealed(sealed, released.key, place)
        except DoesNotOpen:
            raise unavailable() from None
        return Opened(
            part,
            released.case,
            released.document,
            released.version,
            released.label,
            released.compartment,
            released.state,
            content,
        )

    async def _fetch(self, part: UUID) -> bytes:
        rows = await self._store.fetch("select sealed from parts where id = $1", part)
        if not rows:
            raise unavailable()
        sealed: bytes = rows[0]["sealed"]
        return sealed
