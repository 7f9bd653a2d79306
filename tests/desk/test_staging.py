"""Parts on their way in: sealed one by one, opened by nobody, dropped when the filing does not come, swept after a crash."""

import http.client
import os
import struct
import zlib
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from service.demo.client import Person, Unexpected
from service.demo.run import Demo
from service.desk import staging
from service.store import Store
from tests.shared import ROOT
from tests.store.databases import Database
from tests.web.records import query

People = dict[str, Person]
TEXT = (ROOT / "service" / "demo" / "samples" / "divisional-gansho.txt").read_bytes()
MIB = 2**20
LEFT: set[UUID] = set()
"""What earlier tests left waiting for the sweep."""


@pytest.fixture(autouse=True)
def left(request: pytest.FixtureRequest) -> None:
    if "demo" in request.fixturenames:
        LEFT.update(r["id"] for r in query(request.getfixturevalue("demo"), "select id from staged_parts"))


def staged(demo: Demo) -> list[Any]:
    """What waits since the test began."""
    return [r for r in query(demo, "select * from staged_parts") if r["id"] not in LEFT]


def half_an_upload(demo: Demo, person: Person) -> http.client.HTTPConnection:
    """A request that has sent one whole document and the beginning of a second."""
    line = http.client.HTTPConnection(demo.address.removeprefix("http://"), timeout=60)
    line.putrequest("POST", "/filings")
    line.putheader("authorization", f"Bearer {person._token()}")
    line.putheader("idempotency-key", uuid4().hex)
    line.putheader("content-type", "multipart/form-data; boundary=x")
    line.putheader("content-length", str(10 * MIB))
    line.endheaders()
    for name, data in (("a.txt", TEXT), ("b.txt", TEXT[:100])):
        head = f'--x\r\ncontent-disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        line.send(head.encode() + data + (b"\r\n" if data is TEXT else b""))
    return line


def wait_for(demo: Demo, count: int) -> list[Any]:
    """Until so many parts wait; ends with the test run if that never comes."""
    while len(rows := staged(demo)) != count:
        pass
    return rows


def test_what_waits_is_sealed_and_opens_for_nobody(demo: Demo, people: People) -> None:
    line = half_an_upload(demo, people["sato"])
    (row,) = wait_for(demo, 1)
    assert TEXT[:40] not in row["sealed"] and row["document"] == "source.1"
    assert query(demo, "select count(*) from cases where id = $1", row["case_id"])[0][0] == 0
    for person in ("sato", "suzuki", "tanaka", "nakamura"):
        assert people[person].status(f"/filings/{row['case_id']}") == 404
        assert people[person].status(f"/filings/{row['case_id']}/parts/{row['id']}") == 404
    line.close()
    wait_for(demo, 0)


def test_a_crash_leaves_sealed_parts_that_the_worker_sweeps_after_a_day(demo: Demo, people: People) -> None:
    line = half_an_upload(demo, people["sato"])
    wait_for(demo, 1)
    demo.processes["web"].kill()
    assert len(staged(demo)) == 1
    demo.processes["web"].start()
    line.close()
    while True:
        try:
            people["sato"].get("/filings", limit=1)
            break
        except (httpx2.TransportError, Unexpected):  # it starts
            continue
    query(demo, "update staged_parts set recorded_at = recorded_at - interval '2 days'")
    demo.processes["worker"].kill()
    demo.processes["worker"].start()
    wait_for(demo, 0)


async def test_a_sweep_takes_what_is_a_day_old_and_nothing_else(database: Database) -> None:
    owner = await database.connect()
    row = "insert into staged_parts values ($1, $2, 'source.1', $1, 1, '', '', now() - $3::text::interval)"
    old, young = uuid4(), uuid4()
    await owner.execute(row, old, uuid4(), "25 hours")
    await owner.execute(row, young, uuid4(), "23 hours")
    store = await Store.open(database.dsn("hozen_worker"), size=1)
    await staging.sweep(store)
    await store.close()
    assert [r["id"] for r in await owner.fetch("select id from staged_parts")] == [young]


async def test_a_missing_part_stops_the_filing(database: Database) -> None:
    """What was taken in and is not there any more is never filed in silence."""
    store = await Store.open(database.dsn("hozen_web"), size=1)
    stage = staging.Stage(store, None, None, None, None, case=UUID(int=1), count=1)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        async with store.transaction() as work:
            await stage.move(work)
    await store.close()


def picture(size: int) -> bytes:
    """A PNG of about so many bytes that does not compress."""
    width = 2048
    height = size // width
    rows = b"".join(b"\0" + os.urandom(width) for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")


def peak(demo: Demo) -> int:
    """The most memory that the web process has had, bytes."""
    with Path(f"/proc/{demo.processes['web'].pid}/status").open() as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def reset_peak(demo: Demo) -> int:
    """Forget the peak; what the process has now."""
    Path(f"/proc/{demo.processes['web'].pid}/clear_refs").write_text("5")
    return peak(demo)


def test_a_long_upload_takes_the_memory_of_its_largest_part(demo: Demo, people: People) -> None:
    """P22: growth at most 64 MiB beyond the largest part, whatever the whole is."""
    files = {"a.txt": TEXT, **{f"{n}.png": picture(10 * MIB) for n in range(10)}}
    told = people["sato"].read_back(files)
    assert told.status_code == 200, told.text
    before = reset_peak(demo)
    filed = people["sato"].file(files)
    assert filed.status_code == 201, filed.text
    assert len(filed.json()["receipt"]["manifest"]["documents"]) == 11
    assert peak(demo) - before < (10 + 64) * MIB
    assert staged(demo) == []
