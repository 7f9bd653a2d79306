"""The keyholder's operations: who asks, what rests on which facts, what the policies say, the record, and only then the key.

What must hold: a data key leaves only after the decision `read_content` is Allow, and after the record of exactly that decision is durable.
Nothing is cached: tokens, facts, decisions, keys and plaintext live for one request. Every refusal of content is a record too.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.access.identity import NotSignedIn, Tokens
from service.audit.writer import BatchedWriter, RecordUnavailable
from service.errors import Refusal
from service.keyholder import facts, frames
from service.keyholder.batch import Batcher, BatchFailed, Overloaded, TooLate
from service.keyholder.deciding import Asked, Decider, Reading
from service.keyholder.refused import Refused
from service.keyholder.state import NotAllowed
from service.keyholder.signing import Behind, LogSigner
from service.keyholder.vaults import Vault

Operation = Callable[[frames.Message, bytes, float], Awaitable[frames.Message]]
"""Takes the request, the tag of its subject and its deadline."""

MAX_ASKS = 200

log = logging.getLogger("hozen.keyholder")


@dataclass(frozen=True)
class Rooms:
    """What the holder works with."""

    vault: Vault
    tokens: Tokens
    decider: Decider
    signer: LogSigner
    writer: BatchedWriter


class Holder:
    """Serves one request at a time of many."""

    def __init__(self, rooms: Rooms, acts: Mapping[str, Operation]) -> None:
        self._rooms = rooms
        self._asks: Batcher[Asked, frames.Message] = Batcher(rooms.decider.decide_all)
        self._reads: Batcher[Reading, frames.Message] = Batcher(rooms.decider.read_all)
        self._operations: dict[str, Operation] = {"who": self._who, "decide": self._decide, "read": self._read, "sign": self._sign, "log": self._log, **acts}

    async def close(self) -> None:
        """End what is under way."""
        await self._asks.close()
        await self._reads.close()

    async def serve(self, message: frames.Message, deadline: float) -> frames.Message:
        """The answer. Raises Refused, and nothing else."""
        try:
            return await self._serve(message, deadline)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Refused("invalid") from None
        except (Refusal, RecordUnavailable, Overloaded, TooLate, BatchFailed, NotAllowed, frames.BadFrame, OSError) as fault:
            log.warning("unavailable: %s", type(fault).__name__)
            raise Refused("unavailable") from None

    async def _serve(self, message: frames.Message, deadline: float) -> frames.Message:
        op = message["op"]
        if op == "keys":
            return {"keys": frames_safe(self._rooms.vault)}
        if op == "health":
            return {"sealed": False, "log_size": self._rooms.signer.size(), "root": self._rooms.vault.root, "key": self._rooms.signer.key().line()}
        operation = self._operations[op]
        try:
            tag = self._tag(message["token"])
        except NotSignedIn:
            if op == "read":
                part, request = UUID(bytes=message["part"]), UUID(bytes=message["request"])
                await self._rooms.decider.record_unknown(part, request, str(message["purpose"]))
            raise Refused("sign-in-needed") from None
        return await operation(message, tag, deadline)

    def _tag(self, token: str) -> bytes:
        tokens = self._rooms.tokens
        return facts.tag(self._rooms.vault, tokens.issuer, tokens.subject(token))

    async def _who(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        return await self._asks.ask(Asked(tag, ()), deadline)

    async def _decide(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        asks = message["asks"]
        if not 0 < len(asks) <= MAX_ASKS:
            raise Refused("invalid")
        wanted = tuple((str(a["action"]), _id(a.get("case")), _id(a.get("part"))) for a in asks)
        return await self._asks.ask(Asked(tag, wanted), deadline)

    async def _read(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        reading = Reading(tag, UUID(bytes=message["part"]), UUID(bytes=message["request"]), str(message["purpose"]))
        return await self._reads.ask(reading, deadline)

    async def _sign(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        await self._rooms.decider.must(tag, "sign_checkpoint")
        leaves = message["leaves"]
        if not all(isinstance(x, bytes) and len(x) == 32 for x in leaves):
            raise Refused("invalid")
        try:
            return {"note": self._rooms.signer.sign(message["size"], leaves)}
        except Behind:
            raise Refused("log-behind") from None

    async def _log(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        await self._rooms.decider.must(tag, "sign_checkpoint")
        return {"size": self._rooms.signer.size()}


def _id(value: Any) -> UUID | None:
    return None if value is None else UUID(bytes=value)


def frames_safe(vault: Vault) -> str:
    """The public keys file's text."""
    return vault.label_keys().dumps()
