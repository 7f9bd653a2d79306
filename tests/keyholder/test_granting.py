"""Facts are ended at once and for everyone, whatever is interrupted; what remains is sealed anew and nothing else comes back."""

import asyncio
import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from service import clock
from service.keyholder.facts import FactRow
from service.keyholder.granting import check
from tests.keyholder.world import ID, Laid, World

SEED = 20261123
WORKS = {"tanaka": "review", "watanabe": "review_head", "kobayashi": "decision"}


async def designated(world: World) -> tuple[Laid, FactRow]:
    """A designated case, and goto's assignment on it (endo to okuda are cleared reviewers without one)."""
    case = await world.lay(WORKS, state="DESIGNATED", label="designated", compartment="a")
    return case, await world.give("goto", "assignment", case.id, {"work": "review"})


async def rows(world: World, name: str) -> list[Any]:
    found: list[Any] = await world.admin.fetch(
        "select id, person, case_id, tag, body from facts where person = $1", ID[name]
    )
    return found


async def test_what_is_revoked_is_over_when_the_answer_comes_and_the_rest_stays(world: World) -> None:
    case, fact = await designated(world)
    part = case.parts["claims"]
    assert await world.reading("goto", part) == ""
    said = await world.ask("watanabe", "revoke", fact=fact.id.bytes)
    assert said["done"] is True
    assert await world.reading("goto", part) == "not-found"
    held = await world.ask("goto", "who")
    assert held["roles"] == ["reviewer"] and held["cleared_until"] > clock.today().toordinal()
    assert fact.id not in {r["id"] for r in await rows(world, "goto")}
    (record,) = await world.records(what="revoke")
    assert (record["action"], record["outcome"], record["case"]) == ("revoke-assignment", "allowed", case.id.hex)


async def test_an_old_row_put_back_is_no_fact_and_no_later_revocation_makes_it_one(world: World) -> None:
    case, fact = await designated(world)
    old = await rows(world, "goto")
    await world.ask("watanabe", "revoke", fact=fact.id.bytes)
    for row in old:
        await world.admin.execute("delete from facts where id = $1", row["id"])
        await world.put_fact(FactRow(*row))
    assert await world.reading("goto", case.parts["claims"]) == "sign-in-needed"
    await world.admin.execute("delete from facts where person = $1", ID["goto"])
    for row in old:
        await world.put_fact(FactRow(*row))
    other = await world.give("goto", "compartment", None, {"name": "b"})
    await world.ask("yoshida", "revoke", fact=other.id.bytes)
    assert await rows(world, "goto") == [], "nothing of an older epoch was sealed anew"


async def test_a_revoked_binding_signs_nobody_in(world: World) -> None:
    subject = next(r for r in await rows(world, "goto") if r["tag"])
    assert await world.refusal("goto", "who") == ""
    await world.ask("yoshida", "revoke", fact=subject["id"].bytes)
    assert await world.refusal("goto", "who") == "sign-in-needed"


async def test_two_revocations_of_one_person_at_once_both_end(world: World) -> None:
    case, fact = await designated(world)
    for _ in range(5):
        second = await world.give("goto", "compartment", None, {"name": "b"})
        third = await world.give("goto", "assignment", case.id, {"work": "review"})
        asked = (("yoshida", second), ("watanabe", third), ("aoki", second))
        outcomes = await asyncio.gather(*(world.refusal(by, "revoke", fact=f.id.bytes) for by, f in asked))
        assert outcomes[1] == "" and set(outcomes) <= {"", "not-found"}
        left = {r["id"] for r in await rows(world, "goto")}
        assert not {second.id, third.id} & left and fact.id in left
        assert await world.reading("goto", case.parts["claims"]) == ""
    assert world.state.pending() == []


async def test_after_a_revocation_s_answer_no_key_leaves(world: World) -> None:
    """PROMISES P17: reads run all the time; from the moment the revoke's answer is there, none that ends brings a key."""
    rng = random.Random(SEED)
    races = 40
    case = await world.lay(WORKS, state="DESIGNATED", label="designated", compartment="a")
    part, late, before = case.parts["claims"], 0, 0
    for _ in range(races):
        fact = await world.give("goto", "assignment", case.id, {"work": "review"})
        race = Race()
        readers = [asyncio.create_task(race.read(world, part)) for _ in range(6)]
        while not race.before:
            await asyncio.sleep(0)
        for _ in range(rng.randrange(4)):
            await world.reading("tanaka", part)
        await world.ask("watanabe", "revoke", fact=fact.id.bytes)
        race.over = True
        await asyncio.gather(*readers)
        late, before = late + race.after, before + race.before
    assert late == 0
    print(f"\nrevocation: seed {SEED}, {races} races against 6 readers: {before} keys before the answer, 0 after it")


class Race:
    """goto reads and reads; counts the keys that come before and after the revocation's answer."""

    def __init__(self) -> None:
        self.over, self.before, self.after = False, 0, 0

    async def read(self, world: World, part: UUID) -> None:
        while not self.over:
            came = await world.reading("goto", part) == ""
            if self.over:
                self.after += came
            else:
                self.before += came


async def test_a_read_that_was_decided_before_a_revocation_releases_nothing_after_it(world: World) -> None:
    """The read waits for its record while the person's clearance is revoked: the record says allowed, the next that no key left."""
    case, _ = await designated(world)
    clearance = await world.admin.fetch(
        "select id, person, case_id, tag, body from facts where person = $1", ID["goto"]
    )
    fact = next(f for f in world.granting.authentic(clearance) if f.kind == "clearance")
    async with world.locked("records", "exclusive"):
        reading = asyncio.create_task(world.reading("goto", case.parts["claims"]))
        while not await world.waits_for("records"):
            pass
        await world.granting.revoke(fact)
    assert await reading == "unavailable"
    assert [(r["what"], r["outcome"], r["reason"]) for r in await world.records(part=case.parts["claims"].hex)] == [
        ("read", "allowed", None),
        ("release", "failed", "revoked-meanwhile"),
    ]
    assert await world.reading("goto", case.parts["claims"]) == "not-permitted"


async def test_a_grant_by_one_whose_own_right_was_revoked_meanwhile_is_not_made(world: World) -> None:
    post = next(f for f in world.granting.authentic(await rows(world, "yoshida")) if f.kind == "post")
    fact = {"kind": "clearance", "person": ID["ito"].bytes, "values": {"level": 1}}
    async with world.locked("records", "exclusive"):
        attesting = asyncio.create_task(world.refusal("yoshida", "attest", fact=fact))
        while not await world.waits_for("records"):
            pass
        await world.granting.revoke(post)
    assert await attesting == "unavailable"


# Interrupted


async def interrupted(world: World, fact: FactRow) -> None:
    """Between the raised epoch and the sealing anew, the keyholder's process ends."""
    world.state.raise_epoch(fact.person, frozenset({fact.id}))
    await world.restart()


async def test_a_revocation_interrupted_after_the_epoch_is_finished_at_the_start(world: World) -> None:
    case, fact = await designated(world)
    before = len(await rows(world, "goto"))
    await interrupted(world, fact)
    assert world.state.pending() == []
    assert len(await rows(world, "goto")) == before - 1
    assert await world.reading("goto", case.parts["claims"]) == "not-found"
    assert (await world.ask("goto", "who"))["roles"] == ["reviewer"]


async def test_until_it_is_finished_the_person_has_no_facts_and_is_told_to_try_again(world: World) -> None:
    """Fail closed: not a sign-in that he cannot mend, but unavailable."""
    case, fact = await designated(world)
    world.state.raise_epoch(fact.person, frozenset({fact.id}))
    assert await world.refusal("goto", "who") == "unavailable"
    assert await world.reading("goto", case.parts["claims"]) == "unavailable"
    assert await world.reading("tanaka", case.parts["claims"]) == ""
    await world.granting.finish_pending()
    assert await world.refusal("goto", "who") == ""


async def test_a_fact_of_one_whose_revocation_is_not_finished_can_be_ended_all_the_same(world: World) -> None:
    case, fact = await designated(world)
    second = await world.give("goto", "assignment", case.id, {"work": "review"})
    world.state.raise_epoch(fact.person, frozenset({fact.id}))
    assert await world.refusal("watanabe", "revoke", fact=second.id.bytes) == ""
    assert not {fact.id, second.id} & {r["id"] for r in await rows(world, "goto")}
    assert world.state.pending() == []


async def test_with_the_database_away_the_fact_is_over_and_the_rest_is_sealed_when_it_is_back(world: World) -> None:
    case, fact = await designated(world)
    async with world.locked("facts", "share row exclusive"):  # read, not written
        assert await world.refusal("watanabe", "revoke", fact=fact.id.bytes) == "unavailable"
        assert await world.reading("goto", case.parts["claims"]) == "unavailable"
    assert world.granting._mending is not None, "nobody need ask again"
    await world.granting._mending
    assert world.state.pending() == []
    assert await world.reading("goto", case.parts["claims"]) == "not-found"
    assert (await world.ask("goto", "who"))["roles"] == ["reviewer"]


async def test_a_restart_keeps_epochs_and_given_labels(world: World) -> None:
    case = await world.lay(WORKS, state="DOCS_FILED")
    old = await world.admin.fetch(
        "select id, label, compartment, key_id, wrapped from parts where case_id = $1", case.id
    )
    said = await world.ask(
        "kobayashi", "relabel", case=case.id.bytes, action="designate", label="designated", compartment="a"
    )
    await world.store_wraps(case.id, said["parts"], "designated", "a")
    await world.give("ito", "assignment", case.id, {"work": "review"})
    await world.restart()
    for row in old:
        await world.admin.execute(
            "update parts set label = $2, compartment = $3, key_id = $4, wrapped = $5 where id = $1", *row
        )
    await world.admin.execute("update cases set label = 'application', compartment = null")
    assert await world.reading("ito", case.parts["claims"]) == "not-permitted"
    assert await world.reading("tanaka", case.parts["claims"]) == ""


# Shapes


@pytest.mark.parametrize(
    ("kind", "on_case", "values"),
    [
        ("post", False, {"office": "cao", "role": "screening_examiner"}),
        ("post", False, {"office": "cao"}),
        ("post", False, {"office": "cao", "role": "reviewer", "more": 1}),
        ("post", True, {"office": "cao", "role": "reviewer"}),
        ("clearance", False, {"level": 0}),
        ("clearance", False, {"level": True}),
        ("clearance", False, {"level": "1"}),
        ("compartment", False, {"name": ""}),
        ("compartment", False, {"name": "a" * 256}),
        ("assignment", False, {"work": "review"}),
        ("assignment", True, {"work": "everything"}),
        ("grant", True, {"documents": ["claims"]}),
        ("grant", True, {"purpose": "opinion"}),
        ("party", True, {}),
        ("subject", False, {"issuer": "x", "subject": ""}),
        ("no-kind", False, {}),
    ],
)
def test_a_fact_of_another_shape_than_its_kind_has_is_not_made(
    kind: str, on_case: bool, values: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        check(kind, uuid4() if on_case else None, values)


async def test_who_may_attest_is_still_told_when_it_does_not_hold(world: World) -> None:
    today = clock.today()
    fact = {"kind": "clearance", "person": ID["ito"].bytes, "values": {"level": 1}}
    for wrong in (
        {"values": {"level": 0}},
        {"values": {}},
        {"until": (today - timedelta(days=1)).isoformat()},
        {"from": "today"},
    ):
        assert await world.refusal("yoshida", "attest", fact=fact | wrong) == "invalid"
    assert await world.refusal("ito", "attest", fact=fact | {"values": {"level": 0}}) == "not-permitted"
