"""The keyholder's operations: who asks, what rests on which facts, what the policies say, the record, and only then the key.

What must hold: a data key leaves only after the decision `read_content` is Allow, and after the record of exactly that decision is durable.
Nothing is cached: tokens, facts, decisions, keys and plaintext live for one request. Every refusal of content, and of an act on what opens
content, is a record too. A request that is not of its shape is `invalid` and does nothing.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from service.access.identity import NotSignedIn, Tokens
from service.audit.leaf import Draft, is_token
from service.audit.writer import BatchedWriter
from service.keyholder import facts, frames
from service.keyholder.batch import Batcher
from service.keyholder.deciding import Asked, Decider, NotReleased, Reading, Wanted
from service.keyholder.refused import WORD, Refused, id_of, id_or_none, value_of, word_of
from service.keyholder.signing import Behind, LogSigner
from service.keyholder.vaults import Vault

Operation = Callable[[frames.Message, bytes, float], Awaitable[frames.Message]]
"""Takes the request, the tag of its subject and its deadline."""

MAX_ASKS = 200
"""Questions in one `decide`."""

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
    """Serves one request at a time of many. acts: the further operations by name; their refusals of strangers are recorded here."""

    def __init__(self, rooms: Rooms, acts: Mapping[str, Operation]) -> None:
        self._rooms = rooms
        self._asks: Batcher[Asked, frames.Message] = Batcher(rooms.decider.decide_all)
        self._reads: Batcher[Reading, frames.Message] = Batcher(rooms.decider.read_all)
        self._acts = acts
        own: dict[str, Operation] = {"who": self._who, "decide": self._decide, "read": self._read}
        self._operations: dict[str, Operation] = {**own, "sign": self._sign, "log": self._log, **acts}

    async def close(self) -> None:
        """End what is under way."""
        await self._asks.close()
        await self._reads.close()

    async def serve(self, message: frames.Message, deadline: float) -> frames.Message:
        """The answer. Raises Refused, and nothing else (but the caller's own cancellation)."""
        try:
            return await self._serve(message, deadline)
        except Refused:
            raise
        except (
            Exception
        ) as fault:  # whatever failed: its caller is told `unavailable`, its kind goes to the log, its text nowhere
            cause = type(fault.__cause__).__name__ if fault.__cause__ else "-"
            log.warning("unavailable: %s (%s) in %s", type(fault).__name__, cause, _named(message))
            raise Refused("unavailable") from None

    async def _serve(self, message: frames.Message, deadline: float) -> frames.Message:
        op = value_of(message, "op", str)
        if op == "keys":
            return {"keys": self._rooms.vault.label_keys().dumps()}
        if op == "health":
            return self._health()
        operation = self._operations.get(op)
        if operation is None:
            raise Refused("invalid")
        token = value_of(message, "token", str)
        try:
            tag = self._tag(token)
        except NotSignedIn:
            raise await self._stranger(op, message) from None
        return await operation(message, tag, deadline)

    def _health(self) -> frames.Message:
        key = self._rooms.signer.key().line()
        return {"sealed": False, "log_size": self._rooms.signer.size(), "root": self._rooms.vault.root, "key": key}

    def _tag(self, token: str) -> bytes:
        tokens = self._rooms.tokens
        subject = tokens.subject(token)
        try:
            return facts.tag(self._rooms.vault, tokens.issuer, subject)
        except UnicodeEncodeError:  # a lone surrogate names nobody
            raise NotSignedIn from None

    async def _stranger(self, op: str, message: frames.Message) -> Refused:
        """The refusal of a request without a valid token, recorded where it was about content or what opens it."""
        if op == "read":
            await self._rooms.decider.record_unknown(_reading(message, b""))
        elif op in self._acts:
            request = id_of(message, "request")
            draft = Draft(
                what="attest", action=op, request=request, outcome="refused", reason="sign-in-needed", status=401
            )
            await self._rooms.writer.record(draft)
        return Refused("sign-in-needed", recorded=op == "read")

    async def _who(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        return await self._asks.ask(Asked(tag, ()), deadline)

    async def _decide(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        asks = value_of(message, "asks", list)
        if not 0 < len(asks) <= MAX_ASKS:
            raise Refused("invalid")
        return await self._asks.ask(Asked(tag, tuple(_wanted(ask) for ask in asks), _kind(message)), deadline)

    async def _read(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        try:
            return await self._reads.ask(_reading(message, tag), deadline)
        except NotReleased as failed:
            await self._rooms.writer.record(failed.draft)
            raise Refused("unavailable", recorded=True) from None

    async def _sign(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        size, leaves = value_of(message, "size", int), value_of(message, "leaves", list)
        if not all(type(leaf) is bytes and len(leaf) == 32 for leaf in leaves):
            raise Refused("invalid")
        await self._rooms.decider.must(tag, "sign_checkpoint")
        try:
            return {"note": self._rooms.signer.sign(size, leaves)}
        except Behind:
            raise Refused("log-behind") from None

    async def _log(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        await self._rooms.decider.must(tag, "sign_checkpoint")
        return {"size": self._rooms.signer.size()}


def _wanted(ask: object) -> Wanted:
    if type(ask) is not dict:
        raise Refused("invalid")
    return word_of(ask, "action"), id_or_none(ask, "case"), id_or_none(ask, "part")


def _reading(message: frames.Message, tag: bytes) -> Reading:
    """A `read` request. Raises Refused invalid; also for a purpose that no record can hold."""
    purpose = value_of(message, "purpose", str)
    if not is_token(purpose):
        raise Refused("invalid")
    part, request, case = id_of(message, "part"), id_of(message, "request"), id_or_none(message, "case")
    return Reading(tag, part, request, purpose, case, _kind(message), message.get("beside") is True)


def _kind(message: frames.Message) -> str | None:
    """The kind of case that is meant, or None for any. Raises Refused invalid."""
    return None if message.get("kind") is None else word_of(message, "kind")


def _named(message: frames.Message) -> str:
    op = message.get("op")
    return op if type(op) is str and WORD.fullmatch(op) else "?"
