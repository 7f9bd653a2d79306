"""Mails go out over a real server with TLS: equal for all, once a day, to nobody else; and no server harms more than its mail."""

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from service import clock
from service.errors import Refusal
from service.mail.courier import AWAY, Courier, next_hour
from service.mail.sending import MailServer, NotTaken
from tests.keyholder.test_contacts import awaits, keeps
from tests.keyholder.world import World
from tests.mail.sink import Took, certificate, free_port, hostile, served
from tests.mail.test_message import SENDER, SHOWS, VARIES

AT = datetime(2026, 11, 24, 10, tzinfo=clock.JAPAN)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("sink"))


@pytest.fixture
def sink(papers: tuple[Path, Path]) -> Iterator[tuple[Took, int]]:
    took = Took()
    with served(took, *papers) as port:
        yield took, port


def courier(world: World, port: int, authority: Path | None, **how: Any) -> Courier:
    server = MailServer("127.0.0.1", port, how.pop("tls", "starttls"), "bounces@example.go.jp", authority, **how)
    return Courier(world.keyholder, lambda: world.token("courier"), server, SENDER, SHOWS)


async def awaited(world: World, *names: str) -> None:
    for name in names:
        await awaits(world, name)
        await keeps(world, name, f"{name}.{'x' * len(name)}@example.jp")


async def test_each_for_whom_something_awaits_is_mailed_once_a_day_and_all_mails_are_equal(
    world: World, sink: tuple[Took, int], papers: tuple[Path, Path]
) -> None:
    took, port = sink
    await awaited(world, "sato", "yamada", "takahashi")
    await awaits(world, "kato")
    await keeps(world, "suzuki", "suzuki@example.jp")
    one = courier(world, port, papers[0])
    assert [await one.round(AT), await one.round(AT + timedelta(hours=1))] == [3, 0]
    assert await courier(world, port, papers[0]).round(AT) == 0, "another courier knows it too"
    assert {to.split(".")[0] for _, to, _ in took.mails} == {"sato", "yamada", "takahashi"}
    assert {sender for sender, *_ in took.mails} == {"bounces@example.go.jp"}
    assert len({len(m) for *_, m in took.mails}) == 1 and len({VARIES.sub(b"", m) for *_, m in took.mails}) == 1


async def test_what_was_received_meanwhile_is_not_mailed(
    world: World, sink: tuple[Took, int], papers: tuple[Path, Path]
) -> None:
    await awaited(world, "sato")
    await world.admin.execute("update deliveries set received_at = now(), record = $1", uuid4())
    assert await courier(world, sink[1], papers[0]).round(AT) == 0
    assert sink[0].mails == []


async def test_a_server_that_is_away_delays_a_mail_and_loses_none(world: World, papers: tuple[Path, Path]) -> None:
    await awaited(world, "sato", "yamada")
    port, took = free_port(), Took()
    one = courier(world, port, papers[0])
    assert [await one.round(AT), await one.round(AT)] == [0, 0]
    with served(took, *papers, port):
        assert [await one.round(AT), await one.round(AT)] == [2, 0]
    assert len(took.mails) == 2


async def test_an_address_that_the_server_refuses_stops_no_other_and_is_tried_again(
    world: World, sink: tuple[Took, int], papers: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    took, port = sink
    names = ("sato", "yamada", "kato", "suzuki", "takahashi", "tanaka", "ito", "kobayashi")
    await awaited(world, *names)
    took.refuses = "@"
    one = courier(world, port, papers[0])
    assert await one.round(AT) == 0
    assert sum("SMTPRecipientsRefused 550" in r.getMessage() for r in caplog.records) == len(names)
    took.refuses = "yamada"
    assert await one.round(AT) == len(names) - 1
    took.refuses = ""
    assert await one.round(AT) == 1
    assert len(took.mails) == len(names)
    assert [r.getMessage() for r in caplog.records if "@" in r.getMessage() or "example" in r.getMessage()] == []


@pytest.mark.parametrize("says", ["554 no", "451 later", "552 5.3.4 sato.xxxx@example.jp is full"])
async def test_a_mail_that_the_server_does_not_take_goes_later_once(
    world: World, sink: tuple[Took, int], papers: tuple[Path, Path], says: str, caplog: pytest.LogCaptureFixture
) -> None:
    took, port = sink
    await awaited(world, "sato")
    took.says = says
    one = courier(world, port, papers[0])
    assert await one.round(AT) == 0
    took.says = ""
    assert [await one.round(AT), await one.round(AT)] == [1, 0]
    assert "@" not in caplog.text and "example" not in caplog.text


async def test_a_mail_whose_taking_could_not_be_told_is_told_later_and_not_sent_again(
    world: World, sink: tuple[Took, int], papers: tuple[Path, Path]
) -> None:
    await awaited(world, "sato")
    one = courier(world, sink[1], papers[0])
    async with world.locked("mailings", "exclusive"):
        with pytest.raises(Refusal):  # its address cannot be given: nothing of it is remembered
            await one.round(AT)
    assert sink[0].mails == []
    await world.admin.execute(
        "revoke update on mailings from hozen_keyholder; revoke update (sent) on mailings from hozen_keyholder"
    )
    assert [await one.round(AT), await one.round(AT)] == [1, 0]
    assert len(sink[0].mails) == 1
    await world.admin.execute("grant update (sent) on mailings to hozen_keyholder")
    assert await one.round(AT) == 0
    assert await world.admin.fetchval("select sent from mailings")
    assert len(sink[0].mails) == 1


GREETINGS = {
    "hangs up": b"",
    "is no mail server": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "refuses everybody": b"554 go away\r\n",
    "has no TLS": b"250 sink\r\n",
    "closes after a word": b"421 closing\r\n",
    "says endless things": b"250-" + b"x" * 60_000 + b"\r\n",
    "is silent": None,
}


@pytest.mark.parametrize("greets", sorted(GREETINGS))
async def test_a_hostile_server_costs_its_mails_alone(
    world: World, papers: tuple[Path, Path], greets: str, caplog: pytest.LogCaptureFixture
) -> None:
    await awaited(world, "sato", "yamada")
    with hostile(GREETINGS[greets]) as port:
        for tls in ("starttls", "implicit"):
            assert await courier(world, port, papers[0], tls=tls, within=0.3).round(AT) == 0
    assert await world.admin.fetchval("select count(*) from mailings where sent") == 0
    assert "@" not in caplog.text and "example" not in caplog.text and "go away" not in caplog.text
    assert await world.refusal("sato", "contact") == ""


async def test_nothing_is_said_to_a_server_whose_certificate_does_not_hold(
    world: World, sink: tuple[Took, int], tmp_path: Path
) -> None:
    await awaited(world, "sato")
    other, _ = certificate(tmp_path)
    for authority in (other, None):
        assert await courier(world, sink[1], authority).round(AT) == 0
    took = Took()
    elsewhere = certificate(tmp_path, "127.0.0.2")
    with served(took, *elsewhere) as port:
        assert await courier(world, port, elsewhere[0]).round(AT) == 0
    assert sink[0].mails == took.mails == []


async def test_nothing_is_said_to_a_server_that_speaks_in_clear(world: World, papers: tuple[Path, Path]) -> None:
    await awaited(world, "sato")
    took = Took()
    with served(took, None, None) as port:
        for tls in ("starttls", "implicit"):
            assert await courier(world, port, papers[0], tls=tls).round(AT) == 0
        assert took.mails == []
        assert await courier(world, port, None, tls="none").round(AT) == 1, "on loopback, where the operator says so"


async def test_a_round_ends_where_there_is_no_server_for_anybody(world: World, papers: tuple[Path, Path]) -> None:
    names = ("sato", "yamada", "kato", "suzuki", "takahashi", "tanaka", "ito", "kobayashi")
    await awaited(world, *names)
    assert await courier(world, free_port(), papers[0]).round(AT) == 0
    given = [
        r
        for row in await world.admin.fetch("select body from records")
        if (r := json.loads(row[0]))["action"] == "give_address"
    ]
    assert len([r for r in given if r["part"]]) <= AWAY + 1 < len(names), "no more addresses leave than are used"


async def test_a_run_waits_for_the_hour_and_outlives_a_keyholder_that_is_away(
    world: World, sink: tuple[Took, int], papers: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    await awaited(world, "sato")
    stop = asyncio.Event()
    running = asyncio.create_task(courier(world, sink[1], papers[0]).run(stop, range(24)))
    try:
        await asyncio.sleep(0)
        assert sink[0].mails == []
    finally:
        stop.set()
        await running
    assert sink[0].mails == []
    try:
        now = clock.now()
        clock.set_offset(next_hour(now, range(24)) - now - timedelta(seconds=0.2))
        stop.clear()
        running = asyncio.create_task(courier(world, sink[1], papers[0]).run(stop, range(24)))
        while not sink[0].mails:
            await asyncio.sleep(0.05)
        stop.set()
        await running
    finally:
        clock.set_offset(timedelta(0))
    assert len(sink[0].mails) == 1


async def test_a_server_says_no_more_of_a_fault_than_its_kind(papers: tuple[Path, Path]) -> None:
    with pytest.raises(NotTaken) as fault:
        await MailServer("127.0.0.1", free_port(), "none", "b@example.jp").take("secret@example.jp", b"x")
    assert str(fault.value) == "SMTPConnectError" and "password" not in repr(
        MailServer("h", 1, "none", "b", password="password")
    )
