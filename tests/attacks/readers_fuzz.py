"""Coverage-guided fuzzing of every reader (atheris): python -m tests.attacks.readers_fuzz SECONDS SEED. libFuzzer's own exit codes.

The first byte of an input chooses a real document, the rest are edits of it; so that a fuzzer gets behind the root in its first minute.
"""

import random
import sys

import atheris

with atheris.instrument_imports(include=["service.intake"]):
    from service.intake.formats import read_filing
    from service.intake.formats.refused import Refused
from tests.attacks.readers_mutants import READERS, documents, mutant

SEEDS = [parts for reader in READERS for parts in documents(reader)]


def one(data: bytes) -> None:
    """One input. Any exception but a refusal ends the run."""
    provider = atheris.FuzzedDataProvider(data)
    parts = dict(SEEDS[provider.ConsumeIntInRange(0, len(SEEDS) - 1)])
    name = sorted(parts)[provider.ConsumeIntInRange(0, len(parts) - 1)]
    whole = parts[name]
    if provider.ConsumeBool():
        parts = mutant((parts,), random.Random(provider.ConsumeInt(8)))
        whole = parts[name]
    for _ in range(provider.ConsumeIntInRange(0, 8)):
        at = provider.ConsumeIntInRange(0, len(whole))
        piece = provider.ConsumeBytes(provider.ConsumeIntInRange(0, 30))
        whole = whole[:at] + piece + whole[at + provider.ConsumeIntInRange(0, 300) :]
    parts[name] = whole
    try:
        read_filing(parts)
    except Refused:
        return


if __name__ == "__main__":
    seconds, seed = sys.argv[1:3]
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            "-max_len=400",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
        ],
        one,
    )
    atheris.Fuzz()
