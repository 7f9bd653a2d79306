"""Signing the log: the keyholder keeps the tree's right edge itself and signs nothing that does not extend what it last signed.

What must hold: the head is durable before its signature leaves, so that no two checkpoints of one size differ, whatever is killed when.
"""

from service.audit.checkpoint import Checkpoint, LogKey, signed
from service.audit.tree import Frontier
from service.keyholder.state import LogHead, State
from service.keyholder.vaults import Vault

MAX_LEAVES = 50_000
"""Leaf hashes in one request."""


class Behind(Exception):
    """The leaves offered do not continue the log where it was last signed."""


class LogSigner:
    """Signs the checkpoints of one root's log."""

    def __init__(self, vault: Vault, state: State) -> None:
        self._vault, self._state = vault, state
        self.origin = f"hozen/{vault.root.decode()}"

    def key(self) -> LogKey:
        """The log's public key under its origin."""
        return LogKey(self.origin, self._vault.log_public_key())

    def size(self) -> int:
        """The size last signed."""
        head = self._state.log_head()
        return head.size if head else 0

    def sign(self, size: int, leaves: list[bytes]) -> str:
        """The signed note over the log grown by `leaves` (32 bytes each) from `size`. Raises Behind, ValueError."""
        head = self._state.log_head()
        frontier = Frontier.from_bytes(head.frontier) if head else Frontier()
        if size != frontier.size or len(leaves) > MAX_LEAVES:
            raise Behind
        for leaf in leaves:
            frontier.append(leaf)
        checkpoint = Checkpoint(self.origin, frontier.size, frontier.root())
        note = signed(checkpoint, self._vault.log_public_key(), self._vault.sign)
        self._state.set_log_head(LogHead(frontier.size, frontier.to_bytes(), note.encode()))
        return note
