"""What an act asks of the keyholder: each operation by who may, refused to the others, recorded either way, and stored by the act alone."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.keyholder.client import KeyholderRefused
from service.keyholder.state import LabelGiven
from tests.keyholder.world import ID, Laid, World

WORKS = {"sato": "applicant", "suzuki": "screening", "takahashi": "head", "kato": "intake"}
REVIEW = {"sato": "applicant", "tanaka": "review", "ito": "review", "kobayashi": "decision", "watanabe": "review_head"}


async def to_designate(world: World, papers: int = 5) -> Laid:
    return await world.lay(REVIEW, state="DOCS_FILED", papers=[f"source.{n}" for n in range(papers)], size=10)


def designate(case: Laid, compartment: str | None = "a") -> dict[str, Any]:
    return {"case": case.id.bytes, "action": "designate", "label": "designated", "compartment": compartment}


async def test_an_applicant_opens_a_case_and_its_hands_are_found(world: World) -> None:
    said = await world.ask("sato", "open_case", kind="filing", party=None)
    await world.store_facts(said["facts"])
    case = UUID(bytes=said["case"])
    works = {(p, w) for p, w in await world.granting.works_on(case)}
    assert works == {
        (ID["sato"], "applicant"),
        (ID["kato"], "intake"),
        (ID["suzuki"], "screening"),
        (ID["takahashi"], "head"),
    }
    (record,) = await world.records(what="attest")
    assert (record["action"], record["outcome"], record["case"], record["person"]) == (
        "open_case",
        "allowed",
        case.hex,
        ID["sato"].hex,
    )


async def test_a_clerk_opens_a_case_for_the_party_of_a_paper_filing(world: World) -> None:
    said = await world.ask("kato", "open_case", kind="filing", party=ID["yamada"].bytes)
    await world.store_facts(said["facts"])
    works = await world.granting.works_on(UUID(bytes=said["case"]))
    assert {(ID["kato"], "intake"), (ID["yamada"], "applicant")} < set(works)
    assert await world.refusal("kato", "open_case", kind="filing", party=ID["kato"].bytes) == "not-permitted"


@pytest.mark.parametrize("name", ["tanaka", "nakamura", "yamamoto", "yoshida", "worker"])
async def test_nobody_else_opens_a_case(world: World, name: str) -> None:
    assert await world.refusal(name, "open_case", kind="filing") == "not-permitted"
    (record,) = await world.records(what="attest")
    assert (record["outcome"], record["reason"], record["case"]) == ("refused", "not-permitted", None)


async def test_sending_finds_its_hands_once(world: World) -> None:
    case = await world.lay(WORKS, state="PRIMARY_REVIEW")
    asked: dict[str, Any] = {"case": case.id.bytes, "action": "send", "works": ["review", "decision", "review_head"]}
    said = await world.ask("suzuki", "assign", **asked)
    await world.store_facts(said["facts"])
    given = [(p, w) for p, w in await world.granting.works_on(case.id) if w in asked["works"]]
    assert sorted(w for _, w in given) == sorted(asked["works"]) and len({p for p, _ in given}) == 3
    assert (await world.ask("suzuki", "assign", **asked))["facts"] == [], "who is there stays"
    assert await world.refusal("kato", "assign", **asked) == "not-permitted"
    assert await world.refusal("yamada", "assign", **asked) == "not-found"
    assert await world.refusal("suzuki", "assign", **asked | {"works": ["screening"]}) == ""
    assert await world.refusal("suzuki", "assign", **asked | {"works": ["all"]}) == "invalid"
    assert await world.refusal("suzuki", "assign", **asked | {"action": "judge_not_to_send", "works": ["review"]}) == ""


@pytest.mark.parametrize(
    ("granter", "person", "kind", "on_case", "values", "refusal"),
    [
        ("yoshida", "ito", "clearance", False, {"level": 1}, ""),
        ("yoshida", "ito", "compartment", False, {"name": "a"}, ""),
        ("yoshida", "ito", "post", False, {"office": "cao", "role": "decider"}, ""),
        ("yoshida", "ito", "subject", False, {"issuer": "https://id.example", "subject": "ito-2"}, ""),
        ("watanabe", "endo", "assignment", True, {"work": "review"}, ""),
        ("watanabe", "mori", "grant", True, {"documents": "claims", "purpose": "opinion"}, ""),
        ("yoshida", "yoshida", "clearance", False, {"level": 1}, "not-permitted"),
        ("yoshida", "ito", "assignment", True, {"work": "review"}, "not-found"),
        ("watanabe", "watanabe", "assignment", True, {"work": "review"}, "not-permitted"),
        ("watanabe", "ito", "clearance", False, {"level": 1}, "not-permitted"),
        ("watanabe", "suzuki", "assignment", True, {"work": "screening"}, "not-permitted"),
        ("tanaka", "endo", "assignment", True, {"work": "review"}, "not-permitted"),
        ("yamada", "endo", "assignment", True, {"work": "review"}, "not-found"),
        (None, "ito", "clearance", False, {"level": 1}, "sign-in-needed"),
    ],
)
async def test_who_may_attest_what_to_whom(
    world: World, granter: str | None, person: str, kind: str, on_case: bool, values: dict[str, Any], refusal: str
) -> None:
    case = await world.lay(REVIEW)
    fact = {"kind": kind, "person": ID[person].bytes, "case": case.id.bytes if on_case else None, "values": values}
    assert await world.refusal(granter, "attest", fact=fact) == refusal
    (record,) = await world.records(what="attest")
    assert (record["outcome"], record["reason"]) == (("refused", refusal) if refusal else ("allowed", None))
    assert record["person"] == (ID[granter].hex if granter else None)


async def test_nobody_who_could_not_open_it_himself_discloses_a_designated_case(world: World) -> None:
    case = await world.lay({"shimizu": "review_head"}, state="DESIGNATED", label="designated", compartment="a")
    fact = {"kind": "grant", "person": ID["hayashi"].bytes, "case": case.id.bytes, "values": {"documents": "claims"}}
    assert await world.refusal("shimizu", "attest", fact=fact) == "not-permitted"


async def test_who_may_not_revoke_is_refused_and_recorded_and_the_fact_stays(world: World) -> None:
    case = await world.lay(REVIEW)
    fact = await world.give("endo", "assignment", case.id, {"work": "review"})
    for name, refusal in (
        ("endo", "not-permitted"),
        ("tanaka", "not-permitted"),
        ("yamada", "not-found"),
        (None, "sign-in-needed"),
    ):
        assert await world.refusal(name, "revoke", fact=fact.id.bytes) == refusal
    said = [(r["outcome"], r["reason"]) for r in await world.records() if r["what"] in ("revoke", "attest")]
    assert sorted(said) == sorted(
        ("refused", r) for r in ("not-permitted", "not-permitted", "not-found", "sign-in-needed")
    )
    assert await world.reading("endo", case.parts["claims"]) == ""


async def test_another_s_post_is_not_found_by_who_may_not_end_it_and_one_s_own_is_not_permitted(world: World) -> None:
    rows = await world.admin.fetch("select id, person, case_id, tag, body from facts where person = $1", ID["yoshida"])
    post = next(f for f in world.granting.authentic(rows) if f.kind == "post")
    assert await world.refusal("tanaka", "revoke", fact=post.id.bytes) == "not-found"
    assert await world.refusal("yoshida", "revoke", fact=post.id.bytes) == "not-permitted"
    assert await world.refusal("aoki", "revoke", fact=post.id.bytes) == ""


# Relabelling


async def test_designating_wraps_every_key_anew_and_nothing_else_leaves(world: World) -> None:
    case = await to_designate(world)
    said = await world.ask("kobayashi", "relabel", **designate(case))
    assert {UUID(bytes=p["id"]) for p in said["parts"]} == set(case.parts.values())
    assert all(p.keys() == {"id", "key_id", "wrapped"} and len(p["wrapped"]) == 1168 for p in said["parts"])
    await world.store_wraps(case.id, said["parts"], "designated", "a")
    for part in case.parts.values():
        assert world.opened(part, await world.read("tanaka", part)) == case.contents[part]
    (record,) = await world.records(what="relabel")
    assert (record["action"], record["label"], record["outcome"]) == ("designate", "designated/a", "allowed")


async def test_from_its_answer_on_the_new_label_holds_stored_or_not(world: World) -> None:
    case = await to_designate(world)
    part = next(iter(case.parts.values()))
    await world.admin.execute("update parts set document = document")
    assert await world.reading("ito", part) == ""
    await world.ask("kobayashi", "relabel", **designate(case))
    assert await world.reading("ito", part) == "not-permitted", "though the rows say application"
    said = await world.read("tanaka", part)
    assert (said["label"], said["compartment"]) == ("designated", "a")
    assert world.opened(part, said) == case.contents[part]


async def test_lifting_lets_the_label_go(world: World) -> None:
    case = await to_designate(world)
    said = await world.ask("kobayashi", "relabel", **designate(case))
    await world.store_wraps(case.id, said["parts"], "designated", "a")
    await world.admin.execute("update cases set state = 'DESIGNATED'")
    assert world.state.label_given(case.id) == LabelGiven("designated", "a")
    said = await world.ask(
        "kobayashi", "relabel", case=case.id.bytes, action="lift", label="application", compartment=None
    )
    await world.store_wraps(case.id, said["parts"], "application", None)
    assert world.state.label_given(case.id) is None
    assert await world.reading("ito", next(iter(case.parts.values()))) == ""


@pytest.mark.parametrize(
    ("name", "change", "refusal"),
    [
        ("tanaka", {}, "not-permitted"),
        ("watanabe", {}, "not-permitted"),
        ("sato", {}, "not-permitted"),
        ("yamada", {}, "not-found"),
        (None, {}, "sign-in-needed"),
        ("kobayashi", {"compartment": "b"}, "not-permitted"),
        ("kobayashi", {"label": "released", "compartment": None}, "not-permitted"),
        ("kobayashi", {"action": "extend"}, ""),
        ("kobayashi", {"action": "receive"}, "not-permitted"),
        ("kobayashi", {"label": "secret"}, "invalid"),
        ("kobayashi", {"compartment": "none-such"}, "invalid"),
        ("kobayashi", {"compartment": b"a"}, "invalid"),
    ],
)
async def test_who_may_relabel_to_what(world: World, name: str | None, change: dict[str, Any], refusal: str) -> None:
    case = await to_designate(world)
    assert await world.refusal(name, "relabel", **designate(case) | change) == refusal
    assert (world.state.label_given(case.id) is None) == bool(refusal)
    outcomes = [r["outcome"] for r in await world.records() if r["what"] in ("relabel", "attest")]
    assert outcomes == ([] if refusal == "invalid" else ["refused"] if refusal else ["allowed"])


async def test_one_part_that_does_not_open_refuses_all_and_is_told_in_the_record(world: World) -> None:
    case = await to_designate(world)
    await world.admin.execute("update parts set version = 2 where id = $1", case.parts["source.3"])
    assert await world.refusal("kobayashi", "relabel", **designate(case)) == "unavailable"
    assert [(r["outcome"], r["reason"]) for r in await world.records(what="relabel")] == [
        ("allowed", None),
        ("failed", "does-not-unwrap"),
    ]
    assert world.state.label_given(case.id) is None


async def test_two_hundred_parts_are_relabelled_in_one_answer_while_others_are_served(world: World) -> None:
    case = await to_designate(world, 200)
    relabel = asyncio.create_task(world.ask("kobayashi", "relabel", **designate(case)))
    answered = 0
    while not relabel.done():
        await world.ask("sato", "who")
        answered += 1
    assert len((await relabel)["parts"]) == 200 and answered > 1


async def test_what_is_not_recorded_is_not_done(world: World) -> None:
    """PROMISES P1 for every operation that makes or changes what opens content."""
    case = await to_designate(world)
    fact = await world.give("endo", "assignment", case.id, {"work": "review"})
    clearance = {"kind": "clearance", "person": ID["ito"].bytes, "values": {"level": 1}}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("kobayashi", "relabel", designate(case)),
        ("watanabe", "revoke", {"fact": fact.id.bytes}),
        ("yoshida", "attest", {"fact": clearance}),
        ("sato", "open_case", {"kind": "filing"}),
    ]
    async with world.locked("records", "exclusive"):
        tasks = [asyncio.create_task(world.ask(n, op, **f)) for n, op, f in asked]
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(e, Exception) for e in ended)
        assert {str(e) for e in ended if isinstance(e, KeyholderRefused)} <= {"unavailable"}
        assert world.state.label_given(case.id) is None and world.state.pending() == []
    assert await world.reading("endo", case.parts["source.0"]) == ""
    assert await world.refusal("watanabe", "revoke", fact=uuid4().bytes) == "not-found"
