"""Reading weekly files of the USPTO, as `hozen read --json` does, against a bare lxml parse of the same records.

Elapsed time, not processor time: the command deals the records of a long file out to two processes, the bare parse has one.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from service.commands.read import Telling, answers
from service.intake.formats import split_records
from tests.bench.table import ROUNDS, Round, row
from tests.shared import shared

TIMES = 6


@row("read_weekly", goal=0.5, against="bare lxml parse of the same records, elapsed time per MB (ours: two processes)")
def read_weekly() -> Iterator[Round]:
    """The weekly files of the shared documents, as one long concatenation."""
    whole = b"\n".join(p.read_bytes() for p in sorted(shared("data/documents/us_weekly_concat").iterdir())) * TIMES
    megabytes = len(whole) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weekly.xml"
        path.write_bytes(whole)
        for _ in range(ROUNDS):
            bare = _elapsed(lambda: sum(1 for r in split_records([whole]) if _parsed(r)))
            ours = _elapsed(lambda: sum(1 for _ in answers([path], Telling(as_json=True, full=False))))
            yield Round(ours / megabytes * 1e6, bare / megabytes * 1e6)


def _elapsed(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


def _parsed(record: bytes) -> bool:
    try:
        return (
            etree.fromstring(record, etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True))
            is not None
        )
    except etree.XMLSyntaxError:
        return True
