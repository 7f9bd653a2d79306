"""Every request has exactly one record, every record a request (PROMISES P2): mixed requests over HTTP, counted both ways."""

import asyncio
import contextlib
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from service import app as web_app
from service import embedded
from service.demo.client import Person
from service.demo.issuer import Issuer
from service.demo.run import DATABASE, Demo
from service.embedded import Server
from tests.attacks.campaign import Campaign
from tests.attacks.inside import Service, a_service
from tests.attacks.mixed import EARLY, LATE, UNAUDITED, Ask, Got, Mix, judge
from tests.attacks.mixed_faults import FAULTS, Fault, fault_scene, sent
from tests.attacks.mixed_http import Connection, send_all
from tests.keyholder.world import ID
from tests.shared import ROOT
from tests.web.filed import TEXT, designated, filed, in_review
from tests.web.records import OF_REQUESTS, query

CONNECTIONS = 16
DUE = frozenset({200, 201, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 503})
"""Statuses that a campaign must have met."""
RARE = frozenset({415, 428, 503})
"""Those that a hundredth of it may miss: one needs the right person with the right version, or ends of connections."""
ENDED_EVERY = 500
"""Requests between two ends of all connections of web and keyholder to PostgreSQL, in the full number; in `make test` they stay."""


def _tokens(demo: Demo) -> Callable[[str], str]:
    """Tokens by name, each used for a while."""
    issuer, kept = Issuer.open(demo.folder, demo.issuer), dict[str, tuple[str, float]]()

    def token(name: str) -> str:
        if name == "?":
            return "x.y.z"
        if name not in kept or time.monotonic() - kept[name][1] > 60:
            kept[name] = issuer.token(name), time.monotonic()
        return kept[name][0]

    return token


async def _end_connections(demo: Demo) -> None:
    """As a restart of the database would."""
    admin = await asyncpg.connect(**demo.server.dsn(embedded.SUPERUSER, DATABASE))
    await admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename in ('hozen_web', 'hozen_keyholder')"
    )
    await admin.close()


@pytest.mark.attack("P2", full=100_000)
def test_every_request_has_one_record_and_every_record_a_request(
    demo: Demo, people: dict[str, Person], campaign: Campaign
) -> None:
    cases = [filed(people), filed(people), in_review(people), designated(people)]
    parts = {c: [p["id"] for p in people["sato"].get(f"/filings/{c}")["parts"]] for c in cases}
    paper = TEXT.format("M1").encode()
    told = people["sato"].ask("POST", "/filings/read-back", files=[("files", ("a.txt", paper))]).json()["digest"]
    mix = Mix(campaign.rng("mix"), parts, (paper, told))
    before = query(demo, "select id from records")
    host, _, port = demo.address.removeprefix("http://").partition(":")
    token = _tokens(demo)
    loop = asyncio.new_event_loop()

    async def drawn() -> list[Got]:
        ending: set[asyncio.Task[None]] = set()

        def asks() -> Iterator[Ask]:
            for number in campaign.rounds():
                if campaign.whole and number % ENDED_EVERY == ENDED_EVERY // 2:
                    ending.add(loop.create_task(_end_connections(demo)))
                yield mix.draw()

        got = await send_all(asks(), [Connection(host, int(port), token) for _ in range(CONNECTIONS)])
        await asyncio.gather(*ending)
        return got

    got = loop.run_until_complete(drawn())
    loop.close()
    old, worker = {r["id"].hex for r in before}, people["worker"].id.hex
    records = [r for r in _records(demo) if r["id"] not in old and r["what"] in OF_REQUESTS and r["person"] != worker]
    doubts = campaign.trials // ENDED_EVERY if campaign.whole else 0
    for what in judge(got, records, {n: p.id.hex for n, p in people.items()}, doubts=doubts):
        campaign.fail(what)
    statuses = Counter(one.status for one in got)
    assert len(got) == campaign.trials
    due = DUE if campaign.whole else DUE - RARE
    assert statuses.keys() >= due, sorted(due - statuses.keys())
    assert 500 not in statuses, statuses
    campaign.passed()


def _records(demo: Demo) -> Iterator[dict[str, object]]:
    return (json.loads(r["body"]) for r in query(demo, "select body from records"))


@pytest.fixture(scope="module")
async def inside(postgres: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with a_service(postgres, tmp_path_factory.mktemp("kh"), template) as service:
        yield service


async def _judged(service: Service, asks: list[Ask]) -> tuple[list[Got], list[str]]:
    """What comes of the requests, and what the judge finds."""
    await service.world.admin.execute("delete from records")
    got = await sent(service, asks)
    return got, judge(got, await service.records(), PERSONS, all_came=True)


PERSONS = {name: person.hex for name, person in ID.items()}


async def test_in_one_process_every_request_has_its_record_also_where_the_client_left_early(inside: Service) -> None:
    async with fault_scene(inside) as asks:
        got, found = await _judged(inside, asks)
    assert found == []
    assert {one.ask.leave for one in got} == {None, EARLY, LATE}


@pytest.mark.attack("P2", full=100_000)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_a_planted_fault_is_found(
    fault: Fault, inside: Service, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fault_scene(inside) as asks:
        fault(monkeypatch)
        _, found = await _judged(inside, asks)
    campaign.plant(fault.__name__, bool(found))


def test_the_routes_without_a_record_are_the_two_that_tell_a_constant(demo: Demo) -> None:
    """The list of all routes is read off the application and from the roads' page; each is asked once."""
    made = web_app.build(contextlib.nullcontext, demo=True)  # type: ignore[arg-type]
    paths = set(_paths(made.routes))
    page = (ROOT / "docs" / "roads.md").read_text()
    filing, confirmation = (
        {name.replace("_", "-") for name in re.findall(r"^\| `([a-z_]+)`", road, re.M)} | {"correct"}
        for road in page.split("\n## confirmation\n")
    )
    acts = {f"/filings/{{filing_id}}/{act}" for act in filing}
    acts |= {f"/confirmations/{{confirmation_id}}/{act}" for act in confirmation}
    assert paths == OTHER_ROUTES | acts
    with httpx2.Client(base_url=demo.address, timeout=60) as http:
        answers = {p: http.get(re.sub(r"{[a-z_]+}", str(uuid4()), p)) for p in sorted(paths)}
        again = {p: http.get(p).content for p in UNAUDITED}
    silent = {p for p, a in answers.items() if "request-id" not in a.headers}
    assert silent == set(UNAUDITED)
    assert {p: answers[p].content for p in UNAUDITED} == again
    asked = {answers[p].headers["request-id"] for p in paths - silent}
    assert asked <= {r["request"] for r in _records(demo)}


OTHER_ROUTES = {
    "/", "/{lang:lang}", "/{lang:lang}/cases", "/{lang:lang}/enter", "/{lang:lang}/leave", "/{lang:lang}/self-check",
    "/{lang:lang}/new/{code}", "/{lang:lang}/{kind:kind}/{case}", "/{lang:lang}/{kind:kind}/{case}/parts/{part}",
    "/{lang:lang}/{kind:kind}/{case}/notices/{notice}", "/{lang:lang}/{kind:kind}/{case}/notices/{notice}/receive",
    "/{lang:lang}/{kind:kind}/{case}/do/{act}", "/static/{name}",
    "/livez", "/readyz", "/openapi.json",
    "/filings", "/filings/read-back", "/filings/entered", "/filings/entered/read-back",
    "/filings/{filing_id}", "/filings/{filing_id}/workbench", "/filings/{filing_id}/receipt", "/filings/{filing_id}/export",
    "/filings/{filing_id}/parts/{part_id}",
    "/filings/{filing_id}/foreign-filing", "/filings/{filing_id}/parties", "/filings/{filing_id}/links", "/filings/{filing_id}/stay",
    "/filings/{filing_id}/earlier-notices",
    "/confirmations", "/confirmations/uploaded", "/confirmations/{confirmation_id}", "/confirmations/{confirmation_id}/workbench",
    "/confirmations/{confirmation_id}/receipt", "/confirmations/{confirmation_id}/parts/{part_id}",
    "/confirmations/{confirmation_id}/foreign-filing", "/confirmations/{confirmation_id}/later-filing",
    "/filings/{filing_id}/notices/{notice_id}/receive", "/filings/{filing_id}/notices/{notice_id}/service",
    "/confirmations/{confirmation_id}/notices/{notice_id}/receive", "/confirmations/{confirmation_id}/notices/{notice_id}/service",
    "/filings/{filing_id}/notices", "/filings/{filing_id}/notices/{notice_id}", "/filings/{filing_id}/notices/{notice_id}/receipt",
    "/confirmations/{confirmation_id}/notices", "/confirmations/{confirmation_id}/notices/{notice_id}",
    "/confirmations/{confirmation_id}/notices/{notice_id}/receipt",
    "/forms", "/forms/{code}", "/forms/{code}/check", "/drafts", "/drafts/{draft_id}", "/drafts/{draft_id}/submit",
    "/screening/judge-not-to-send", "/screening/open", "/screening/quality", "/stays/events", "/stays/events/{number}/receipt",
    "/facts", "/facts/{fact_id}", "/mandates", "/me/contact", "/audit/log", "/audit/records", "/audit/bundle",
}  # fmt: skip
"""Every route but the acts of the road; written by hand."""


def _paths(routes: list[BaseRoute]) -> Iterator[str]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _paths(inner.routes)
        else:
            yield str(getattr(route, "path", type(route).__name__))


HIDDEN = ["/filings/{}", "/filings/{}/workbench", "/filings/{}/parts/{p}"]


@pytest.mark.parametrize("name", ["yamada", "nakamura", "yamamoto", "ito"])
def test_what_is_hidden_answers_byte_for_byte_like_what_is_not_there(people: dict[str, Person], name: str) -> None:
    case = filed(people)
    part = people["sato"].get(f"/filings/{case}")["parts"][0]["id"]
    asked = [("GET", path) for path in HIDDEN] + [
        ("POST", f"/filings/{{}}/{a}") for a in ("withdraw", "start", "lapse")
    ]
    for method, path in asked:
        told = []
        for c, p in ((case, part), (str(uuid4()), str(uuid4())), (str(uuid4()), part), (case, str(uuid4()))):
            more = {"json": {}} if method == "POST" else {}
            answer = people[name].ask(method, path.format(c, p=p), headers={"if-match": '"1"'}, **more)
            kept = [(k, v) for k, v in answer.headers.multi_items() if k not in ("request-id", "date")]
            told.append((answer.status_code, kept, answer.content))
        assert told[0][0] == 404
        assert all(t == told[0] for t in told), path


def test_a_part_is_not_read_through_another_case(people: dict[str, Person]) -> None:
    one, other = filed(people), filed(people)
    part = people["sato"].get(f"/filings/{one}")["parts"][0]["id"]
    assert people["sato"].status(f"/filings/{other}/parts/{part}") == 404
    assert people["sato"].status(f"/filings/{one}/parts/{part}") == 200


def test_no_route_and_no_dependency_runs_in_a_thread() -> None:
    from service.access.routes import router as facts
    from service.audit.routes import router as audit
    from service.filings.routes import router as filings

    routes = [r for router in (facts, audit, filings) for r in router.routes if isinstance(r, APIRoute)]
    assert len(routes) > 30
    for route in routes:
        waiting = [route.dependant]
        while waiting:
            one = waiting.pop()
            assert one.call is None or asyncio.iscoroutinefunction(one.call), route.path
            waiting += one.dependencies
