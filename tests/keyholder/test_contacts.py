"""What the keyholder gives the courier: one address at a time, recorded first, once a day; and what nobody else gets by it."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from service import clock
from tests.keyholder.world import World


async def awaits(world: World, name: str, received: bool = False) -> UUID:
    """Something lies there for him; its notice."""
    notice = uuid4()
    record = uuid4() if received else None
    await world.admin.execute(
        "insert into deliveries (event_id, person, received_at, record) values ($1, $2, case when $3 then now() end, $4)",
        notice, world.people[name], received, record,
    )  # fmt: skip
    return notice


async def keeps(world: World, name: str, address: str | None) -> None:
    said = await world.ask(name, "change_contact", address=address)
    await world.store_facts(said["facts"])


async def given(world: World) -> list[tuple[bytes, str]]:
    """All that the courier is given in one round."""
    found: list[tuple[bytes, str]] = []
    after = None
    while (said := await world.ask("courier", "next_mail", after=after))["mail"]:
        assert said.keys() == {"id", "mail", "address"} or said.keys() == {"mail", "address"}
        found.append((said["mail"], said["address"]))
        after = said["mail"]
    return found


async def sent(world: World, mail: bytes) -> None:
    await world.ask("courier", "mail_sent", mail=mail)


async def records(world: World, action: str) -> list[dict[str, Any]]:
    return [
        r
        for row in await world.admin.fetch("select body from records")
        if (r := json.loads(row[0]))["action"] == action
    ]


async def test_an_address_is_given_for_whom_something_awaits_and_who_has_one(world: World) -> None:
    for name in ("sato", "yamada", "kato"):
        await awaits(world, name, received=name == "kato")
    await keeps(world, "sato", "sato@example.jp")
    await keeps(world, "kato", "kato@example.jp")
    await keeps(world, "suzuki", "suzuki@example.jp")
    await awaits(world, "sato")
    assert [address for _, address in await given(world)] == ["sato@example.jp"]


async def test_an_address_is_recorded_before_it_leaves_and_the_record_names_nobody_but_the_courier(
    world: World,
) -> None:
    notice = await awaits(world, "sato")
    await keeps(world, "sato", "sato@example.jp")
    ((mail, _),) = await given(world)
    (record,) = [r for r in await records(world, "give_address") if r["part"]]
    assert (record["what"], record["outcome"], record["person"]) == ("release", "allowed", world.people["courier"].hex)
    assert UUID(record["part"]).bytes == mail and record["case"] is None
    row = await world.admin.fetchrow("select * from mailings")
    assert row is not None and (row["person"], row["day"], row["sent"]) == (world.people["sato"], clock.today(), False)
    assert mail not in (notice.bytes, world.people["sato"].bytes)


async def test_no_address_leaves_where_its_record_is_not_durable(world: World) -> None:
    await awaits(world, "sato")
    await keeps(world, "sato", "sato@example.jp")
    await world.admin.execute(
        "alter table records add constraint none check (position('give_address' in encode(body, 'escape')) = 0) not valid"
    )
    assert await world.refusal("courier", "next_mail") == "unavailable"


async def test_what_was_not_sent_is_given_again_as_the_same_mail_and_what_was_is_not_until_tomorrow(
    world: World,
) -> None:
    await awaits(world, "sato")
    await keeps(world, "sato", "sato@example.jp")
    ((mail, _),) = await given(world)
    assert await given(world) == [(mail, "sato@example.jp")]
    await sent(world, mail)
    assert await given(world) == []
    await world.admin.execute("update mailings set day = $1", clock.today() - timedelta(days=1))
    ((next_day, _),) = await given(world)
    assert next_day != mail


async def test_a_round_comes_to_everybody_once(world: World) -> None:
    names = ("sato", "yamada", "kato", "suzuki", "takahashi")
    for name in names:
        await awaits(world, name)
        await keeps(world, name, f"{name}@example.jp")
    found = await given(world)
    assert sorted(address for _, address in found) == sorted(f"{name}@example.jp" for name in names)
    assert len({mail for mail, _ in found}) == len(names)


async def test_a_new_address_is_the_only_one_and_an_ended_one_is_none_also_when_its_row_is_put_back(
    world: World,
) -> None:
    await awaits(world, "sato")
    await keeps(world, "sato", "one@example.jp")
    old = await world.admin.fetch("select * from facts where person = $1", world.people["sato"])
    await keeps(world, "sato", "two@example.jp")
    assert [a for _, a in await given(world)] == ["two@example.jp"]
    await keeps(world, "sato", None)
    assert await given(world) == []
    await world.admin.execute("delete from facts where person = $1", world.people["sato"])
    await world.admin.executemany("insert into facts values ($1, $2, $3, $4, $5)", [tuple(r) for r in old])
    assert await given(world) == []


async def test_an_address_moved_to_another_person_is_nobodys(world: World) -> None:
    await awaits(world, "yamada")
    await keeps(world, "sato", "sato@example.jp")
    rows = await world.admin.fetch("select id from facts where person = $1 and tag is null", world.people["sato"])
    await world.admin.execute(
        "update facts set person = $1 where id = any($2)", world.people["yamada"], [r["id"] for r in rows]
    )
    assert await given(world) == []


@pytest.mark.parametrize("name", ["sato", "suzuki", "tanaka", "yoshida", "yamamoto", "nakamura", "worker", None])
async def test_nobody_else_is_given_an_address_and_the_refusal_is_recorded(world: World, name: str | None) -> None:
    await awaits(world, "sato")
    await keeps(world, "sato", "sato@example.jp")
    told = "sign-in-needed" if name is None else "not-permitted"
    assert await world.refusal(name, "next_mail") == told
    assert await world.refusal(name, "mail_sent", mail=uuid4().bytes) == told
    actions = ("next_mail", "mail_sent") if name is None else ("give_address", "mail_sent")
    assert [r["outcome"] for a in actions for r in await records(world, a)] == ["refused", "refused"]
    assert await world.admin.fetchval("select count(*) from mailings") == 0


async def test_the_courier_can_nothing_else(world: World) -> None:
    laid = await world.lay({"sato": "applicant"})
    for part in laid.parts.values():
        assert await world.reading("courier", part) == "not-found"
    assert await world.refusal("courier", "contact") == "not-permitted"
    assert await world.refusal("courier", "parties", case=laid.id.bytes) == "not-found"
    assert await world.refusal("courier", "sign", size=0, leaves=[]) == "not-permitted"


@pytest.mark.parametrize("said", ["", "taro", "taro@example.jp\r\nBcc: x@y.jp", "x" * 200 + "@e.jp", 1, b"a@e.jp"])
async def test_the_keyholder_itself_takes_no_wrong_address(world: World, said: Any) -> None:
    assert await world.refusal("sato", "change_contact", address=said) == "invalid"


async def test_a_mail_that_there_is_not_was_not_sent(world: World) -> None:
    assert await world.refusal("courier", "mail_sent", mail=uuid4().bytes) == "not-found"


async def risen(world: World, days: int, works: dict[str, str], limit: str = "sending") -> UUID:
    """A case whose limit ends in so many days, in the queue of all who work on it."""
    laid = await world.lay(works, papers=())
    due = clock.today() + timedelta(days=days)
    await world.admin.execute(
        "insert into clocks (id, case_id, limit_name, start_event, start, due, state) values ($1, $2, $3, $4, $5, $6, 'running')",
        uuid4(), laid.id, limit, uuid4(), clock.today(), due,
    )  # fmt: skip
    for name in works:
        await world.admin.execute("insert into queue values ($1, $2, $3, $3, 0)", world.people[name], laid.id, due)
    return laid.id


HANDS = {"sato": "applicant", "kato": "intake", "suzuki": "screening", "takahashi": "head"}


@pytest.mark.parametrize(
    ("days", "told"),
    [(31, []), (30, ["suzuki"]), (24, ["suzuki"]), (23, []), (14, ["takahashi"]), (8, ["takahashi"]), (7, [])],
)
async def test_who_holds_the_post_to_which_a_clock_rose_this_week_is_mailed(
    world: World, days: int, told: list[str]
) -> None:
    for name in HANDS:
        await keeps(world, name, f"{name}@example.jp")
    await risen(world, days, HANDS)
    assert [a for _, a in await given(world)] == [f"{name}@example.jp" for name in told]


async def test_one_mail_tells_of_a_rise_whatever_else_awaits(world: World) -> None:
    await keeps(world, "takahashi", "takahashi@example.jp")
    await risen(world, 14, HANDS)
    await risen(world, 13, HANDS)
    ((mail, _),) = await given(world)
    await sent(world, mail)
    assert await given(world) == []
    await world.admin.execute("update clocks set due = due - 1")
    await world.admin.execute("update mailings set day = day - 1")
    assert await given(world) == [], "the day after: it was told"
    await risen(world, 14, HANDS)
    assert len(await given(world)) == 1, "another has risen"


async def test_a_clock_that_ended_and_a_case_that_was_handed_on_tell_nobody(world: World) -> None:
    await keeps(world, "takahashi", "takahashi@example.jp")
    await risen(world, 14, HANDS)
    await world.admin.execute("update clocks set state = 'met'")
    assert await given(world) == []
    case = await risen(world, 14, {"suzuki": "screening"})
    await world.admin.execute(
        "insert into queue values ($1, $2, current_date, current_date, 0)", world.people["takahashi"], case
    )
    assert await given(world) == []


async def test_a_round_comes_to_everybody_once_whatever_awaits_him(world: World) -> None:
    names = ("sato", "yamada", "suzuki", "takahashi")
    for name in names:
        await keeps(world, name, f"{name}@example.jp")
        await awaits(world, name)
    await risen(world, 14, HANDS)
    await risen(world, 30, HANDS)
    assert sorted(a for _, a in await given(world)) == sorted(f"{name}@example.jp" for name in names)
