"""What the keyholder signs as a receipt: a record of a done act that stands in the store, of the case asked for, for who may read it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from service import clock
from service.audit import receipt
from service.audit.checkpoint import NotACheckpoint, claimed
from service.audit.leaf import Draft, encode, leaf_hash
from service.keyholder.signing import LogSigner
from tests.audit.logs import complete
from tests.keyholder.world import Laid, World

STEP = {"from": "", "to": "RECEIVED", "name": "file", "happened_on": "2026-11-20"}


async def filed(world: World, of: UUID, body: bytes | None = None, **other: Any) -> UUID:
    """A record of a filing, put into the store as its owner would."""
    said = {
        "what": "act",
        "action": "file",
        "outcome": "allowed",
        "case": of,
        "digest": "0" * 64,
        "step": STEP,
        **other,
    }
    record = complete(Draft(**said), id=uuid4(), writer=uuid4(), number=1, at=clock.now())
    data = encode(record) if body is None else body
    await world.admin.execute(
        "insert into records (id, writer, number, body) values ($1, $2, 1, $3)", record.id, record.writer, data
    )
    return record.id


@pytest.fixture
async def case(world: World) -> Laid:
    return await world.lay({"sato": "applicant", "suzuki": "screening"}, state="PRIMARY_REVIEW")


async def test_the_record_of_a_filing_is_signed_for_its_applicant(world: World, case: Laid) -> None:
    record = await filed(world, case.id)
    data, note = await world.keyholder.receipt(world.caller("sato"), case.id, record)
    key = LogSigner(world.vault, world.state).key()
    whole = {"number": receipt.number_of(case.id.bytes), "record": "", "manifest": {}, "note": note}
    text = receipt.text(key.name, case.id.hex, leaf_hash(data))
    assert note.startswith(text)
    receipt._signature(note, text, key)
    with pytest.raises(receipt.NotAReceipt):
        receipt.verify(whole, key)
    with pytest.raises(NotACheckpoint):
        claimed(note)


@pytest.mark.parametrize(
    "other",
    [
        {"case": UUID(int=7)}, {"case": None}, {"outcome": "refused"}, {"outcome": "failed"}, {"what": "read"}, {"what": "refusal"},
    ],
)  # fmt: skip
async def test_no_other_record_is_signed(world: World, case: Laid, other: dict[str, Any]) -> None:
    record = await filed(world, case.id, **other)
    assert await ask(world, "sato", case.id, record) == "invalid"


async def test_bytes_that_are_no_record_of_this_id_are_not_signed(world: World, case: Laid) -> None:
    genuine = await filed(world, case.id)
    body = bytes(await world.admin.fetchval("select body from records where id = $1", genuine))
    assert await ask(world, "sato", case.id, genuine) == ""
    assert await ask(world, "sato", case.id, await filed(world, case.id, body)) == "invalid", "another's bytes"
    assert await ask(world, "sato", case.id, await filed(world, case.id, body + b" ")) == "invalid"
    assert await ask(world, "sato", case.id, uuid4()) == "invalid", "absent"


async def test_a_receipt_is_for_who_may_read_the_case(world: World, case: Laid) -> None:
    record = await filed(world, case.id)
    assert await ask(world, "suzuki", case.id, record) == ""
    for name in ("yamada", "tanaka", "nakamura", "yamamoto"):
        assert await ask(world, name, case.id, record) == "not-found", name
    assert await ask(world, "worker", case.id, record) == "not-permitted", "it knows cases and reads none"
    assert await ask(world, None, case.id, record) == "sign-in-needed"
    assert await ask(world, "sato", uuid4(), record) == "not-found"


async def ask(world: World, name: str | None, case: UUID, record: UUID) -> str:
    return await world.refusal(name, "receipt", case=case.bytes, record=record.bytes)


def test_numbers_tell_cases_apart_and_hold_no_letter_that_reads_like_a_digit() -> None:
    numbers = {receipt.number_of(uuid4().bytes) for _ in range(10_000)}
    assert len(numbers) == 10_000
    assert not set("".join(numbers)) & set("ILOU")
    assert {len(n) for n in numbers} == {14}
