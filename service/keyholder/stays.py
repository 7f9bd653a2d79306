"""Stay events for the examination system: the keyholder signs each, content-free, over what stands in the store.

    hozen/<root>/stay
    <number> <hold|resume> <legal date>
    <case, 32 hex digits>

What must hold: only who may take them gets any; a `resume` of a case that the keyholder itself knows as designated is never signed,
whatever stands in the database. Not promised: more than the store says (cases.state is PostgreSQL's word); an event that somebody owning
the database adds or holds back; numbers run without a gap, so that one held back is missed.
"""

import base64
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.audit.checkpoint import SIGNATURE_MARK
from service.keyholder import frames
from service.keyholder.deciding import Decider
from service.keyholder.refused import Refused, value_of
from service.keyholder.signing import LogSigner
from service.keyholder.state import State
from service.keyholder.vaults import Vault
from service.store import Store

ROWS = "select number, case_id, what, day from stay_events where number > $1 order by number limit $2"
MOST = 200
"""Events in one answer."""


@dataclass(frozen=True)
class StayEvents:
    """Signs stay events."""

    store: Store
    vault: Vault
    decider: Decider
    signer: LogSigner
    state: State

    async def stays(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """The events after a number, each with its note ("": none is signed). Raises Refused sign-in-needed, not-permitted, invalid."""
        after, limit = value_of(message, "after", int), value_of(message, "limit", int)
        if after < 0 or after >= 2**62 or not 0 < limit <= MOST:
            raise Refused("invalid")
        await self.decider.must(tag, "take_stay_events")
        return {"stays": [self._signed(row) for row in await self.store.fetch(ROWS, after, limit)]}

    def _signed(self, row: Any) -> frames.Message:
        number, what, day = row["number"], row["what"], row["day"].isoformat()
        said: frames.Message = {"number": number, "case": row["case_id"].bytes, "what": what, "day": day}
        if what == "resume" and self._designated(row["case_id"]):
            return {**said, "note": ""}
        body = text(self.signer.origin, number, what, day, row["case_id"])
        signature = self.signer.key().id + self.vault.sign(body.encode())
        note = f"{body}\n{SIGNATURE_MARK}{self.signer.origin} {base64.b64encode(signature).decode()}\n"
        return {**said, "note": note}

    def _designated(self, case: UUID) -> bool:
        given = self.state.label_given(case)
        return given is not None and given.label == "designated"


def text(origin: str, number: int, what: str, day: str, case: UUID) -> str:
    """The text that is signed."""
    return f"{origin}/stay\n{number} {what} {day}\n{case.hex}\n"
