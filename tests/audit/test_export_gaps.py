"""Whatever was done to the tables of the log, a bundle can be made, and the verifier names the place."""

import io
from pathlib import Path
from typing import Any

import pytest

from service.audit import export, verify
from service.audit.lane import Lane
from tests.attacks.history_log import exported
from tests.audit.test_sequencer import Keyholder, keyholder, once, tampering, write  # noqa: F401  (a fixture)
from tests.store.databases import Connection, Database

RECORDS = 12


@pytest.fixture
async def owner(database: Database, keyholder: Keyholder, tmp_path: Path) -> Connection:  # noqa: F811
    """A log of twelve records, in the hands of its owner: a place may stand twice now."""
    web, worker = await database.connect("hozen_web"), await database.connect("hozen_worker")
    await write(web, Lane(), RECORDS)
    await once(worker, keyholder)
    (tmp_path / "key").write_text(keyholder.signer.key().line())
    connection: Any = await tampering(database)
    await connection.execute("alter table leaves drop constraint pk_leaves")
    return connection


def finding(bundle: bytes, folder: Path) -> str:
    (folder / "bundle").write_bytes(bundle)
    try:
        verify.check_bundle(str(folder / "bundle"), verify.read_key(str(folder / "key")), {})
    except verify.Tampered as found:
        return str(found)
    return "sound"


@pytest.mark.parametrize(
    ("done", "bad"),
    [
        ("delete from leaves where idx = 5", 5),
        ("delete from leaves where idx >= 5", 5),
        ("delete from leaves", 0),
        ("update leaves set hash = '\\x00' where idx = 7", 7),
        ("update leaves set hash = convert_to(repeat('x', 70000), 'UTF8') where idx = 0", 0),
        ("update leaves set idx = 4 where idx = 9", 4),
        ("delete from records where id = (select record from leaves where idx = 11)", 11),
    ],
)
async def test_what_is_missing_from_the_log_goes_out_as_missing(
    owner: Connection, tmp_path: Path, done: str, bad: int
) -> None:
    assert finding(await exported(owner), tmp_path) == "sound"
    await owner.execute(done)
    found = finding(await exported(owner), tmp_path)
    named = found.removeprefix("first bad record: ").split(":")[0]
    low, _, high = named.removeprefix("in ").partition("..")
    assert int(low) <= bad <= int(high or low), found


async def test_a_range_beside_a_missing_leaf_can_be_made_and_does_not_verify(owner: Connection, tmp_path: Path) -> None:
    assert finding(await exported(owner, 4, 4), tmp_path) == "sound"
    await owner.execute("delete from leaves where idx = 10")
    assert "do not give the signed root" in finding(await exported(owner, 4, 4), tmp_path)


async def test_pieces_are_given_as_they_come(owner: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await exported(owner)
    monkeypatch.setattr(export, "CHUNK", 5)
    assert await exported(owner) == whole
    assert io.BytesIO(whole).readline().startswith(b'{"count":12')
