"""Who may read what: decided on one snapshot, recorded before the key leaves, and hidden exactly like absent."""

import asyncio
import random
import time
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.audit.lane import RecordUnavailable
from service.audit.writer import BatchedWriter
from service.errors import Refusal
from service.keyholder import frames
from service.keyholder.answers import Caller
from service.keyholder.batch import Flight
from service.keyholder.client import KeyholderRefused
from service.keyholder.deciding import Asked, Reading
from service.keyholder.facts import tag
from tests.keyholder.test_server import Raw, line
from tests.keyholder.world import CAST, ID, ISSUER, Laid, World

SEED = 20261123
WORKS = {
    "sato": "applicant",
    "kato": "intake",
    "suzuki": "screening",
    "tanaka": "review",
    "ito": "review",
    "kobayashi": "decision",
}


async def designated(world: World) -> Laid:
    return await world.lay(WORKS, state="DESIGNATED", label="designated", compartment="a")


async def test_the_cleared_reviewer_opens_what_was_sealed(world: World) -> None:
    case = await designated(world)
    for document, part in case.parts.items():
        said = await world.read("tanaka", part)
        assert world.opened(part, said) == case.contents[part]
        assert (said["document"], said["label"], said["compartment"]) == (document, "designated", "a")


@pytest.mark.parametrize(
    ("name", "document", "refusal"),
    [
        ("ito", "claims", "not-permitted"),
        ("suzuki", "claims", "not-permitted"),
        ("suzuki", "opinion", "not-found"),
        ("sato", "opinion", "not-found"),
        ("yamada", "claims", "not-found"),
        ("nakamura", "claims", "not-found"),
        ("yamamoto", "claims", "not-found"),
        ("nobody", "claims", "sign-in-needed"),
        (None, "claims", "sign-in-needed"),
    ],
)
async def test_each_refusal_of_a_designated_part_is_named_and_recorded_once(
    world: World, name: str | None, document: str, refusal: str
) -> None:
    case = await designated(world)
    request = uuid4()
    assert await world.reading(name, case.parts[document], request=request.bytes) == refusal
    (record,) = await world.records(request=request.hex)
    assert (record["what"], record["outcome"], record["reason"]) == ("refusal", "refused", refusal)
    assert record["part"] == case.parts[document].hex
    assert record["person"] == (ID[name].hex if name in ID else None)


async def test_a_read_s_record_says_who_he_was_what_he_held_and_which_policies_decided(world: World) -> None:
    case = await designated(world)
    request = uuid4()
    await world.read("tanaka", case.parts["claims"], request=request.bytes, purpose="examine")
    (record,) = await world.records(request=request.hex)
    assert (record["what"], record["office"], record["roles"], record["purpose"]) == (
        "read",
        "cao",
        ["reviewer"],
        "examine",
    )
    assert (record["label"], record["case"], record["policies"]) == (
        "designated/a",
        case.id.hex,
        ["reviewer-reads-assigned-case"],
    )
    assert record["cleared_until"] and record["snapshot"] and record["policy_set"]


async def bytes_of(raw: Raw, message: frames.Message) -> bytes:
    raw.send({**message, "id": 7})
    return frames.encode(await raw.answer())


async def test_hidden_and_absent_are_the_same_bytes_in_every_operation(world: World) -> None:
    case, absent = await designated(world), uuid4()
    part, no_part = case.parts["claims"], uuid4()
    held = (await world.give("goto", "assignment", case.id, {"work": "review"})).id
    fact = {"kind": "assignment", "person": ID["ito"].bytes, "values": {"work": "review"}}
    hidden, gone = {"case": case.id.bytes}, {"case": absent.bytes}
    assign, lift = {"action": "send", "works": ["review"]}, {"action": "lift", "label": "application"}
    pairs: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("read", {"part": part.bytes, "purpose": "work"}, {"part": no_part.bytes, "purpose": "work"}),
        ("assign", assign | hidden, assign | gone),
        ("relabel", lift | hidden, lift | gone),
        ("attest", {"fact": fact | hidden}, {"fact": fact | gone}),
        ("revoke", {"fact": held.bytes}, {"fact": uuid4().bytes}),
    ]
    for action in ("know", "read_case", "designate", "no_such_act"):
        pairs.append(("decide", {"asks": [{"action": action} | hidden]}, {"asks": [{"action": action} | gone]}))
    for action in ("know", "read_content"):
        asks = [[{"action": action, "part": p.bytes}] for p in (part, no_part)]
        pairs.append(("decide", {"asks": asks[0]}, {"asks": asks[1]}))
    async with line(world) as raw:
        for name in ("yamada", "nakamura", "yamamoto", "hayashi"):
            for op, hidden, gone in pairs:
                common = {"op": op, "token": world.token(name), "request": uuid4().bytes}
                assert await bytes_of(raw, common | hidden) == await bytes_of(raw, common | gone), (name, op)


async def test_a_part_asked_for_within_another_case_is_not_found(world: World) -> None:
    one, two = await designated(world), await designated(world)
    part = one.parts["claims"]
    assert await world.reading("tanaka", part, case=one.id.bytes) == ""
    assert await world.reading("tanaka", part, case=two.id.bytes) == "not-found"
    (answer,) = (
        await world.ask("tanaka", "decide", asks=[{"action": "know", "case": two.id.bytes, "part": part.bytes}])
    )["answers"]
    assert answer["know"] is False


async def test_of_a_part_above_64_kib_the_key_comes_alone(world: World) -> None:
    case = await world.lay({"tanaka": "review"}, papers=["claims"], size=70_000)
    said = await world.read("tanaka", case.parts["claims"])
    assert said["sealed"] is None and len(said["key"]) == 32
    sealed = await world.admin.fetchval("select sealed from parts where id = $1", case.parts["claims"])
    assert world.opened(case.parts["claims"], said | {"sealed": sealed}) == case.contents[case.parts["claims"]]


async def test_two_hundred_questions_in_one_frame_are_answered_in_order(world: World) -> None:
    case = await designated(world)
    asks = [{"action": a, "case": case.id.bytes} for a in ("know", "designate", "withdraw", "no_such_act")] * 50
    answers = (await world.ask("kobayashi", "decide", asks=asks))["answers"]
    assert [(a["know"], a["allow"]) for a in answers] == [(True, True), (True, True), (True, False), (True, False)] * 50
    assert await world.refusal("kobayashi", "decide", asks=[*asks, asks[0]]) == "invalid"
    assert await world.refusal("kobayashi", "decide", asks=[]) == "invalid"


async def test_of_the_service_know_is_allow(world: World) -> None:
    said = await world.ask("nakamura", "decide", asks=[{"action": a, "case": None} for a in ("read_records", "file")])
    assert [(a["know"], a["allow"]) for a in said["answers"]] == [(True, True), (False, False)]


# Batches


def plain(said: frames.Message | Exception) -> Any:
    """An answer without what is random in it: nothing but the data key of one part is, and that is the part's."""
    return (type(said), str(said)) if isinstance(said, Exception) else said


async def test_a_batch_decides_as_each_alone(world: World) -> None:
    """Random mixtures of persons, parts and cases, as batches and one by one: the same answers, and one record for each read."""
    rng = random.Random(SEED)
    early = {"yamada": "applicant", "ito": "review"}
    cases = [await designated(world), await world.lay(WORKS), await world.lay(early, state="PRIMARY_REVIEW")]
    parts = [p for c in cases for p in c.parts.values()] + [uuid4()]
    tags = [tag(world.vault, ISSUER, name) for name in (*CAST, "nobody")]
    actions = ("know", "read_case", "read_content", "designate", "withdraw", "no_such_act", "file", "read_records")
    within = [None, None, *(c.id for c in cases)]

    def a_reading() -> Reading:
        return Reading(rng.choice(tags), rng.choice(parts), uuid4(), "work", rng.choice(within))

    def an_ask() -> Asked:
        wanted = [
            (rng.choice(actions), rng.choice([*within, uuid4()]), rng.choice([None, None, *parts])) for _ in range(40)
        ]
        return Asked(rng.choice(tags), tuple(wanted[: rng.randint(0, 40)]))

    reads = 0
    for _ in range(12):
        batch = [a_reading() for _ in range(32)]
        together = await world.decider.read_all(batch, Flight())
        alone = [(await world.decider.read_all([one], Flight()))[0] for one in batch]
        assert list(map(plain, together)) == list(map(plain, alone))
        reads += 2 * len(batch)
        asked = [an_ask() for _ in range(20)]
        said = await world.decider.decide_all(asked, Flight())
        assert list(map(plain, said)) == [plain((await world.decider.decide_all([one], Flight()))[0]) for one in asked]
    assert len(await world.records()) == reads
    print(f"\nbatches: seed {SEED}, {reads // 2} reads and 240 decide requests, together as alone")


async def test_one_request_that_no_record_can_hold_hurts_no_other(world: World) -> None:
    case = await designated(world)
    part = case.parts["claims"]
    names = ["tanaka", "tanaka", "sato"]
    purposes = ("work", "出願の本文", "work")
    asked = [world.reading(n, part, purpose=p) for n, p in zip(names, purposes, strict=True)]
    assert await asyncio.gather(*asked) == ["", "invalid", ""]


async def test_a_row_whose_words_no_record_can_hold_is_refused_and_recorded_alone(world: World) -> None:
    case, other = await designated(world), await designated(world)
    await world.admin.execute("update cases set kind = '特許出願' where id = $1", other.id)
    outcomes = await asyncio.gather(*(world.reading("tanaka", c.parts["claims"]) for c in (case, other, case)))
    assert outcomes == ["", "unavailable", ""]
    (record,) = await world.records(reason="unavailable")
    assert (record["what"], record["part"], record["kind"]) == ("refusal", other.parts["claims"].hex, None)


async def test_a_key_that_does_not_open_is_told_in_the_record_and_hurts_no_other(world: World) -> None:
    case, other = await designated(world), await designated(world)
    await world.admin.execute("update parts set wrapped = $2 where case_id = $1", other.id, bytes(1168))
    outcomes = await asyncio.gather(*(world.reading("tanaka", c.parts["claims"]) for c in (case, other, case)))
    assert outcomes == ["", "unavailable", ""]
    (record,) = await world.records(what="release")
    assert (record["outcome"], record["reason"], record["part"]) == (
        "failed",
        "does-not-unwrap",
        other.parts["claims"].hex,
    )


async def test_thirty_two_parts_at_once_cost_little_more_than_one_batch(world: World) -> None:
    """Told, not judged: how long 32 reads take together and one after the other."""
    case = await world.lay({"tanaka": "review"}, papers=[f"source.{n}" for n in range(32)], size=4000)
    parts = list(case.parts.values())
    await asyncio.gather(*(world.reading("tanaka", p) for p in parts))
    spans = []
    for _ in range(5):
        start = time.perf_counter()
        await asyncio.gather(*(world.reading("tanaka", p) for p in parts))
        middle = time.perf_counter()
        for p in parts:
            await world.reading("tanaka", p)
        end = time.perf_counter()
        await world.reading("tanaka", parts[0])
        spans.append((middle - start, end - middle, time.perf_counter() - end))
    together, alone, one = (sorted(s)[2] * 1000 for s in zip(*spans, strict=True))
    print(
        f"\n32 reads: together {together:.0f} ms, one by one {alone:.0f} ms (ratio {alone / together:.1f}); one {one:.1f} ms"
    )


# When the database hangs, or is away


async def test_while_the_facts_are_locked_reads_are_refused_and_soon_after_they_are_answered(world: World) -> None:
    case = await designated(world)
    async with world.locked("facts"):
        said = await asyncio.gather(*(world.reading("tanaka", case.parts["claims"]) for _ in range(40)))
        assert set(said) == {"unavailable"}
        assert await world.refusal("tanaka", "who") == "unavailable"
    assert await world.records() == [], "nothing was decided"
    assert await world.reading("tanaka", case.parts["claims"]) == ""


async def test_who_hangs_hurts_nobody_else(world: World) -> None:
    """A statement that touches one person's rows hangs: his requests end as unavailable, everybody else's are answered."""
    case = await designated(world)
    part = case.parts["claims"]
    await world.admin.execute("alter table facts enable row level security")
    slow = f"case when person = '{ID['ito']}' then pg_sleep(20) is not null else true end"
    await world.admin.execute(f"create policy hang on facts for select using ({slow})")
    hung = [asyncio.create_task(world.reading("ito", part)) for _ in range(8)]
    others: list[str] = []
    while not all(task.done() for task in hung):
        others += await asyncio.gather(*(world.reading(n, part) for n in ("tanaka", "sato", "kobayashi")))
    assert {task.result() for task in hung} == {"unavailable"}
    assert set(others) == {""} and len(others) > 9, "round after round, however slow the machine"
    assert len(await world.records(what="read")) == len(others), "and none of them was recorded twice"


async def test_without_a_record_no_key_leaves_and_afterwards_all_is_well(world: World) -> None:
    """PROMISES P1: the records' table is locked; no read is answered; when the lock is gone, the next is."""
    case = await designated(world)
    async with world.locked("records", "exclusive"):
        requests = [uuid4() for _ in range(40)]
        asked = [
            asyncio.create_task(world.reading("tanaka", case.parts["claims"], request=r.bytes, deadline=0.7))
            for r in requests
        ]
        assert set(await asyncio.gather(*asked, return_exceptions=True)) <= {"unavailable", "late"}
    assert await world.reading("tanaka", case.parts["claims"]) == ""
    late = [r for r in await world.records() if r["request"] in {q.hex for q in requests}]
    assert len({r["request"] for r in late}) == len(late), "at most one record for each"


async def test_when_the_writer_s_connection_is_cut_no_key_leaves_without_its_record(world: World) -> None:
    case = await designated(world)
    released: list[UUID] = []

    async def read(request: UUID) -> None:
        if await world.reading("tanaka", case.parts["claims"], request=request.bytes) == "":
            released.append(request)

    requests = [uuid4() for _ in range(200)]
    for start in range(0, len(requests), 20):
        some = asyncio.gather(*(read(r) for r in requests[start : start + 20]))
        await world.admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'hozen_keyholder'"
        )
        await some
    recorded = {r["request"] for r in await world.records(what="read")}
    assert {r.hex for r in released} <= recorded
    assert await world.reading("tanaka", case.parts["claims"]) == ""


async def test_the_caller_is_told_whether_the_keyholder_recorded_it(world: World) -> None:
    """So that the web writes the request's record exactly where the keyholder did not."""
    case = await designated(world)
    told: list[bool] = []
    for name, broken in (("tanaka", False), ("yamada", False), ("nobody", False), ("tanaka", True)):
        if broken:
            await world.admin.execute("update parts set wrapped = $2 where case_id = $1", case.id, bytes(1168))
        caller = Caller(world.token(name), uuid4())
        with suppress(Refusal):
            await world.keyholder.read(caller, case.parts["claims"], "work")
        told.append(caller.recorded)
        assert (
            len([r for r in await world.records(request=caller.request.hex) if r["what"] in ("read", "refusal")]) == 1
        )
    assert told == [True] * 4
    caller = Caller(world.token("tanaka"), uuid4())
    async with world.locked("facts"):
        with pytest.raises(Exception, match="unavailable"):
            await world.keyholder.read(caller, case.parts["claims"], "work")
    assert caller.recorded is False and await world.records(request=caller.request.hex) == []


async def test_a_record_that_fails_refuses_its_read_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the writer takes some of a batch's records and not others, those alone are released."""
    case = await designated(world)
    true, unlucky = BatchedWriter.record_all, uuid4()

    async def record_all(self: BatchedWriter, drafts: Any) -> Any:
        kept = iter(await true(self, [d for d in drafts if d[0].request != unlucky]))
        return [RecordUnavailable("not this one") if d[0].request == unlucky else next(kept) for d in drafts]

    monkeypatch.setattr(BatchedWriter, "record_all", record_all)
    outcomes = await asyncio.gather(
        *(world.reading("tanaka", case.parts["claims"], request=r.bytes) for r in (uuid4(), unlucky, uuid4()))
    )
    assert outcomes == ["", "unavailable", ""]


async def test_a_batch_of_reads_is_past_the_point_of_no_return_before_its_first_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a batch that fails from there on is never run again: no read has two records."""
    case, flight, passed = await designated(world), Flight(), list[bool]()
    true = BatchedWriter.record_all

    async def record_all(self: BatchedWriter, drafts: Any) -> Any:
        passed.append(flight.passed)
        return await true(self, drafts)

    monkeypatch.setattr(BatchedWriter, "record_all", record_all)
    reading = Reading(tag(world.vault, ISSUER, "tanaka"), case.parts["claims"], uuid4(), "work")
    await world.decider.read_all([reading], flight)
    assert passed == [True]


async def test_a_wrong_token_is_nobody(world: World) -> None:
    now = 1_700_000_000
    for claims in (
        {"aud": "other"},
        {"iss": "https://other.example"},
        {"exp": now},
        {"sub": ""},
        {"exp": 2**40},
    ):
        with pytest.raises(KeyholderRefused, match="sign-in-needed"):
            await world.client.call("who", token=world.token("tanaka", **claims))
