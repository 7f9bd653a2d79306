"""The keyholder with a switch that no real one has: SIGUSR1 leaves the records of reads out, SIGUSR2 writes them again."""

import os
import signal
from collections.abc import Sequence
from typing import Any

import uvloop

from service import settings as s
from service.audit.writer import BatchedWriter
from service.opening_keyholder import run_keyholder

LEFT_OUT = signal.SIGUSR1
WRITTEN = signal.SIGUSR2


def main() -> None:
    """Serve until told to stop."""
    true = BatchedWriter.record_all
    left_out = [False]

    async def record_all(self: BatchedWriter, drafts: Sequence[Any]) -> Any:
        return [None] * len(drafts) if left_out[0] else await true(self, drafts)

    signal.signal(LEFT_OUT, lambda *_: left_out.__setitem__(0, True))
    signal.signal(WRITTEN, lambda *_: left_out.__setitem__(0, False))
    BatchedWriter.record_all = record_all  # type: ignore[method-assign]
    os.umask(0o077)
    uvloop.run(run_keyholder(s.load(s.KeyholderSettings)))


if __name__ == "__main__":
    main()
