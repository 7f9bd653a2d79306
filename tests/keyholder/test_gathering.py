"""A person is known by one authentic binding alone; a row that does not answer the question is not there."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from service import clock
from service.keyholder import gathering
from service.keyholder.facts import Fact, FactRow, open_fact, tag
from service.keyholder.gathering import Gatherer, Question
from service.keyholder.vaults import Vault
from tests.keyholder.world import ID, ISSUER, World


@pytest.fixture
def gatherer(world: World) -> Gatherer:
    return world.decider._gatherer


def of(world: World, name: str) -> bytes:
    return tag(world.vault, ISSUER, name)


async def test_each_question_gets_its_own_person_and_facts_in_order(world: World, gatherer: Gatherer) -> None:
    one, two = await world.lay({"tanaka": "review"}), await world.lay({"ito": "review", "tanaka": "applicant"})
    asked = [Question(of(world, n), c) for n in ("tanaka", "ito", "nobody", "tanaka") for c in (one.id, two.id, None)]
    found = await gatherer.gather(asked, clock.today())
    assert [g.person for g in found] == [ID["tanaka"]] * 3 + [ID["ito"]] * 3 + [None] * 3 + [ID["tanaka"]] * 3
    works = [sorted(str(f.values["work"]) for f in g.facts if f.kind == "assignment") for g in found]
    assert works == [["review"], ["applicant"], [], [], ["review"], [], [], [], [], ["review"], ["applicant"], []]


async def test_what_the_questions_of_one_request_share_is_opened_once_and_nothing_of_another_request(
    world: World, gatherer: Gatherer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [(await world.lay({"tanaka": "review"})).id for _ in range(3)]
    opened: list[UUID] = []

    def counted(vault: Vault, row: FactRow, epoch: int) -> Fact:
        opened.append(row.id)
        return open_fact(vault, row, epoch)

    monkeypatch.setattr("service.keyholder.gathering.open_fact", counted)
    alone = await gatherer.gather(
        [Question(of(world, "tanaka"), c, request=n) for n, c in enumerate(cases)], clock.today()
    )
    often = len(opened)
    assert len(set(opened)) < often
    opened.clear()
    together = await gatherer.gather([Question(of(world, "tanaka"), c) for c in cases], clock.today())
    assert [g.facts for g in together] == [g.facts for g in alone]
    assert len(opened) == len(set(opened)) < often


async def test_a_fact_put_under_another_case_stays_no_fact_beside_the_true_one(
    world: World, gatherer: Gatherer
) -> None:
    mine, other = await world.lay({"tanaka": "review"}), await world.lay({"ito": "review"})
    true = await world.admin.fetchrow("select * from facts where case_id = $1 and person = $2", mine.id, ID["tanaka"])
    await world.put_fact(FactRow(uuid4(), true["person"], other.id, None, true["body"]))
    found = await gatherer.gather([Question(of(world, "tanaka"), c) for c in (mine.id, other.id)], clock.today())
    works = [[f.case_id for f in g.facts if f.kind == "assignment"] for g in found]
    assert works == [[mine.id], []]


async def test_a_token_bound_to_two_persons_is_nobody_s(world: World, gatherer: Gatherer) -> None:
    await world.admin.execute("drop index uq_facts_tag")
    await world.give("ito", "subject", None, {"issuer": ISSUER, "subject": "tanaka"})
    (found,) = await gatherer.gather([Question(of(world, "tanaka"))], clock.today())
    assert found.person is None and not found.busy


async def test_a_binding_holds_only_on_its_days(world: World, gatherer: Gatherer) -> None:
    today = clock.today()
    await world.give("ito", "subject", None, {"issuer": ISSUER, "subject": "later"}, start=today + timedelta(days=1))
    await world.give(
        "ito",
        "subject",
        None,
        {"issuer": ISSUER, "subject": "over"},
        start=today - timedelta(days=2),
        until=today - timedelta(days=1),
    )
    for name, days, there in (("later", 0, False), ("later", 1, True), ("over", 0, False), ("over", -1, True)):
        (found,) = await gatherer.gather([Question(of(world, name))], today + timedelta(days=days))
        assert (found.person is not None) == there


@pytest.mark.parametrize("lie", ["another part", "a part of another case", "no case", "twice", "other order"])
async def test_a_database_that_answers_another_question_answers_nothing(
    world: World, gatherer: Gatherer, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    case, other = await world.lay({"tanaka": "review"}), await world.lay({"tanaka": "review"})
    asked, shown = case.parts["claims"], case.parts["title"]
    true = gathering.GATHER
    lies = {
        "another part": true.replace("p.id = q.part_id", f"p.id = '{shown}'"),
        "a part of another case": true.replace("p.id = q.part_id", f"p.id = '{other.parts['title']}'"),
        "no case": true.replace("c.id = coalesce(", f"c.id = coalesce('{other.id}', "),
        "twice": true.replace("p.id = q.part_id", f"p.id in ('{asked}', '{shown}')"),
        "other order": true.replace("order by q.n", "order by q.n desc"),
    }
    assert lies[lie] != true
    monkeypatch.setattr(gathering, "GATHER", lies[lie])
    questions = [
        Question(of(world, "tanaka"), None, asked, True),
        Question(of(world, "tanaka"), None, other.parts["claims"], True),
    ]
    found = await gatherer.gather(questions, clock.today())
    parts = [g.row["part"] for g in found]
    assert parts == ([q.part for q in questions] if lie == "other order" else parts)
    assert all(p is None or p == q.part for p, q in zip(parts, questions, strict=True))
    assert lie == "other order" or parts[0] is None


async def test_what_was_sealed_anew_while_one_asked_is_found(world: World, gatherer: Gatherer) -> None:
    """The statement saw the old rows, the epoch rose before they were opened: a second look finds the new ones."""
    given = await world.give("tanaka", "compartment", None, {"name": "b"})
    (fact,) = world.granting.authentic([(given.id, given.person, given.case_id, given.tag, given.body)])
    asking = [asyncio.create_task(gatherer.gather([Question(of(world, "tanaka"))], clock.today())) for _ in range(20)]
    await asyncio.sleep(0)
    await world.granting.revoke(fact)
    for (found,) in await asyncio.gather(*asking):
        assert found.person == ID["tanaka"] or found.busy
    (found,) = await gatherer.gather([Question(of(world, "tanaka"))], clock.today())
    assert found.person == ID["tanaka"] and given.id not in {f.id for f in found.facts}


async def test_an_old_row_put_back_makes_nobody_busy(world: World, gatherer: Gatherer) -> None:
    rows = await world.admin.fetch(
        "select id, person, case_id, tag, body from facts where person = $1 and tag is not null", ID["tanaka"]
    )
    (fact,) = world.granting.authentic(rows)
    await world.granting.revoke(fact)
    await world.put_fact(FactRow(*rows[0]))
    (found,) = await gatherer.gather([Question(of(world, "tanaka"))], clock.today())
    assert found.person is None and found.stale and not found.busy
