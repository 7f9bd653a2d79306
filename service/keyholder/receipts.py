"""Receipts: the keyholder signs that the record of an act stood in the store, for whoever may read the case.

What must hold: only a record as `audit.leaf` makes them is signed, of the case that was asked for and of an act that was done; the text
signed names its leaf hash and can be no checkpoint. A signature is no new right and no content: it is not recorded beside its request.
"""

from dataclasses import dataclass

from service.audit import receipt
from service.audit.leaf import NotARecord, decode, leaf_hash
from service.keyholder import frames
from service.keyholder.deciding import Decider
from service.keyholder.gathering import Question
from service.keyholder.refused import Refused, id_of
from service.keyholder.signing import LogSigner
from service.keyholder.vaults import Vault
from service.store import Store

RECORD = "select body from records where id = $1"


@dataclass(frozen=True)
class Receipts:
    """Signs receipts."""

    store: Store
    vault: Vault
    decider: Decider
    signer: LogSigner

    async def receipt(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """The record and its signed note. Raises Refused sign-in-needed, not-found, not-permitted; invalid for a record of another case."""
        case, record = id_of(message, "case"), id_of(message, "record")
        standing = (await self.decider.stand([Question(tag, case)]))[0]
        if standing.person is None:
            raise Refused(standing.nobody)
        know, may = self.decider.decide([standing.ask("know"), standing.ask("read_case")])
        if know is None or not know.allow:
            raise Refused("not-found")
        if may is None or not may.allow:
            raise Refused("not-permitted")
        rows = await self.store.fetch(RECORD, record)
        data = bytes(rows[0]["body"]) if rows else b""
        try:
            said = decode(data)
        except NotARecord:
            raise Refused("invalid") from None
        if (said.id, said.case, said.what, said.outcome) != (record, case, "act", "allowed"):
            raise Refused("invalid")
        note = receipt.signed(
            self.signer.origin, case.hex, leaf_hash(data), self.vault.log_public_key(), self.vault.sign
        )
        return {"record": data, "note": note}
