"""What the database cannot do now is one refusal, unavailable, and nothing is left of what was begun."""

from uuid import uuid4

import pytest

from service import clock
from service.audit.leaf import Draft
from service.embedded import SUPERUSER
from service.errors import Refusal
from service.filings.road import ROAD
from service.store import Store
from service.tables import Case
from tests.store.databases import Database

CODES = {
    "disk full": "53100",
    "out of memory": "53200",
    "too many connections": "53300",
    "a disk that does not read": "58030",
    "a lock that is not had": "55P03",
    "a statement ended": "57014",
}
FAILS = """create function fails() returns trigger language plpgsql as $$ begin {} end $$;
create trigger fails before insert on records for each row execute function fails()"""


@pytest.mark.parametrize(
    "does", [f"raise exception sqlstate '{c}';" for c in CODES.values()] + ["return null;"], ids=[*CODES, "no row kept"]
)
async def test_an_act_whose_record_fails_is_unavailable_and_undone(database: Database, does: str) -> None:
    admin = await database.connect(SUPERUSER)
    await admin.execute(FAILS.format(does))
    store = await Store.open(database.dsn("hozen_web"), size=1)
    try:
        with pytest.raises(Refusal) as refused:
            await _act(store, begins=True)
        assert (refused.value.name, refused.value.status) == ("unavailable", 503)
        assert await admin.fetchval("select count(*) from records") == 0
        assert await admin.fetchval("select count(*) from cases") == 0
        await admin.execute("drop trigger fails on records")
        await _act(store, begins=False)
        assert await admin.fetchval("select count(*) from records") == 1
    finally:
        await store.close()


async def _act(store: Store, *, begins: bool) -> None:
    """A transaction with its record; begins: and with a new case before it."""
    async with store.transaction() as work:
        if begins:
            row = Case(
                id=uuid4(), kind="file", state=ROAD.initial, version=1, label="application", recorded_at=clock.now()
            )
            await work.insert(row)
        await work.record(Draft(what="act", action="designate", outcome="allowed", request=uuid4()))
