"""How often the steps of the Act were taken in a span of days, as it stands after corrections. It counts; it names no case."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from service.desk.taking import entry_of
from service.desk.trail import Trail
from service.history import standing
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.statistics import quarter_of
from service.store import Store

NAMED = """
select * from events where case_id in (select case_id from events where kind || '/' || name = any($1)) order by case_id, version
"""


async def count(
    store: Store, keyholder: Keyholder, caller: Caller, steps: Collection[tuple[str, str]], first: date, last: date
) -> Mapping[tuple[str, str, int], int]:
    """(kind, step, quarter of the fiscal year) -> how often, with a legal date from `first` to `last`; that it was asked for is a record.

    A step that was taken back does not count, one whose date was corrected counts on that date. Raises Refusal unavailable, sign-in-needed.
    """
    trail = Trail(caller, "statistics")
    trail.person(await keyholder.who(caller))
    by_case: defaultdict[UUID, list[Any]] = defaultdict(list)
    kinds: dict[UUID, str] = {}
    async with store.snapshot() as connection:
        async for row in connection.cursor(NAMED, [f"{kind}/{name}" for kind, name in steps]):
            by_case[row["case_id"]].append(entry_of(dict(row)))
            kinds[row["case_id"]] = row["kind"]
    found: Counter[tuple[str, str, int]] = Counter()
    for case, entries in by_case.items():
        for entry in standing(entries):
            if (kinds[case], entry.name) in steps and first <= entry.happened_on <= last:
                found[kinds[case], entry.name, quarter_of(entry.happened_on)] += 1
    async with store.transaction() as work:
        await work.record(trail.listed())
    caller.recorded = True
    return found
