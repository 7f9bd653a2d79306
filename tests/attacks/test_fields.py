"""P19: a client sets what the contract lets him set, and nothing else; a reply holds what the contract declares, and nothing else.

What it does not show: what stands within objects that the contract leaves open (losses, a part's own JSON).
"""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from service.demo.client import Person
from service.demo.run import Demo
from service.filings.road import ROAD
from tests.attacks import access_words as law
from tests.attacks.api import Operation, contract, json_operations
from tests.attacks.campaign import Campaign
from tests.attacks.fields_faults import BINDERS, EDITS, REPLIES
from tests.attacks.fields_injections import PLACES, Column, Sent, base, declared, injected, multipart
from tests.attacks.fields_world import Watch, remembering, reply_schema, shape, undeclared, watching
from tests.web.filed import designated, filed, in_review, paper

FULL = 10_000
WHO = {
    **dict.fromkeys(law.OF_APPLICANT, "sato"), **dict.fromkeys(law.OF_INTAKE, "kato"), **dict.fromkeys(law.OF_SCREENING, "suzuki"),
    **dict.fromkeys(law.OF_REVIEW, "tanaka"), **dict.fromkeys(law.OF_DECISION, "kobayashi"), **dict.fromkeys(law.OF_TIME, "worker"),
    "correct": "suzuki",
}  # fmt: skip
FORMS = (Operation("post", "/filings", "UploadedSaid"), Operation("post", "/filings/read-back", "ReadSaid"))
OF_FORMS = {"party", "happened_on", "date_reason", "request_review", "read_back", "application", "self_check", "files"}

OF_FACTS = {"issuer", "subject", "office", "role", "level", "name", "work", "documents", "purpose"}
"""What stands in a fact's `values`, by its kind (service/keyholder/granting.py holds them to it)."""


def judged() -> list[Operation]:
    """The operations whose body is judged at once; a draft takes what its writer notes down, for him alone (tests/forms)."""
    return [operation for operation in json_operations() if not operation.path.startswith("/drafts/")]


@dataclass(frozen=True)
class Injection:
    """One request: which operation, which column, said where."""

    operation: Operation
    column: Column
    place: str


@dataclass
class World:
    """The demo's people, one case in each of three states, and the watch."""

    people: dict[str, Person]
    watch: Watch
    cases: dict[str, str]

    def send(self, operation: Operation, sent: Sent) -> Any:
        """The request, by somebody who may do it, on a case where the road has it if there is one."""
        act = operation.path.rsplit("/", 1)[1].replace("-", "_")
        state = next((s for s in self.cases if any(x.name == act for x in ROAD.steps_from(s))), "PRIMARY_REVIEW")
        headers = {"idempotency-key": uuid4().hex, **sent.headers}
        path = operation.at(self.cases[state]) + (f"?{sent.query}" if sent.query else "")
        person = self.people[_who(operation, act)]
        headers["if-match"] = '"1"'
        if "{filing_id}" in operation.path and act in LOOPS:
            headers["if-match"] = person.ask("GET", f"/filings/{self.cases[state]}").headers.get("etag", '"1"')
        return person.ask(operation.method.upper(), path, headers=headers, content=sent.body)


def _who(operation: Operation, act: str) -> str:
    return (
        WHO.get(act, "yoshida")
        if operation.path.startswith("/filings/{")
        else "yoshida"
        if operation.path == "/facts"
        else "kato"
    )


def _body(operation: Operation, people: dict[str, Person]) -> dict[str, Any]:
    """What would be taken, or refused for the state of the case alone."""
    if operation.path == "/facts":
        return {"kind": "compartment", "person": str(people["yamada"].id), "values": {"name": "a"}}
    body = base(operation.model)
    if operation.path == "/filings/entered":
        return {**body, "party": str(people["yamada"].id)}
    return body


def _request(one: Injection, people: dict[str, Person], rng: random.Random) -> Sent:
    if one.operation in FORMS:
        return _form_request(one, people, rng)
    return injected(one.place, _body(one.operation, people), one.column, rng)


def _form_request(one: Injection, people: dict[str, Person], rng: random.Random) -> Sent:
    """A form takes a column as a field of its own; what a form cannot nest is said as JSON in one."""
    party = {"party": str(people["yamada"].id)} if one.operation.path == "/filings" else {}
    said = injected(one.place, {}, one.column, rng)
    if one.place in ("query", "header"):
        form = multipart(party, paper())
        return Sent(form.body, {**said.headers, **form.headers}, said.query)
    if one.place in ("twice", "form"):
        fields = {**party, one.column.name: str(one.column.value)}
        form = multipart(fields, paper())
        again = form.body.replace(
            b"--x19--", b'--x19\r\ncontent-disposition: form-data; name="party"\r\n\r\nx\r\n--x19--'
        )
        return Sent(again if one.place == "twice" else form.body, form.headers)
    told = json.loads(said.body)
    fields = {
        str(n): v if isinstance(v, str) else json.dumps(v)
        for n, v in (told if isinstance(told, dict) else {"data": told}).items()
    }
    return multipart({**party, **fields}, paper())


def injections(columns: list[Column], rng: random.Random) -> Iterator[Injection]:
    """Every schema with every column in every place, then the other operations of the same schemas, drawn."""
    operations = [*judged(), *FORMS]
    first = {o.model: o for o in operations}
    pairs = [(o, c) for o in first.values() for c in columns if c.name not in _known(o)]
    every = [Injection(o, c, place) for o, c in pairs for place in PLACES]
    rng.shuffle(every)
    yield from every
    while True:
        operation, column = rng.choice(operations), rng.choice(columns)
        if column.name not in _known(operation):
            yield Injection(operation, column, rng.choice(PLACES))


def _known(operation: Operation) -> set[str]:
    if operation in FORMS:
        return OF_FORMS
    return declared(operation.model) | (OF_FACTS if operation.model == "FactBody" else set())


@pytest.fixture
def world(demo: Demo, people: dict[str, Person]) -> Iterator[World]:
    with watching(demo) as watch:
        cases = {"PRIMARY_REVIEW": filed(people), "UNDER_REVIEW": in_review(people), "DESIGNATED": designated(people)}
        yield World(remembering(people), watch, cases)


ONCE = {"transfer_right", "correct_classification"}
"""A right that has moved does not move again from the same person; another screening is another paper."""
LOOPS = {s.name for s in ROAD.steps_from("PRIMARY_REVIEW") if s.target == "PRIMARY_REVIEW" and not s.guards} - ONCE
"""Acts that may be done again and again with the same words."""


AGAIN = {"/filings", "/filings/read-back", "/filings/entered", "/filings/entered/read-back", "/facts"}
"""What is on no case and is taken with the words that are drawn for it."""


def _goes_through(one: Injection) -> bool:
    """A request that is taken as it would be without the injection, again and again. Others change where the case stands."""
    act = one.operation.path.rsplit("/", 1)[1].replace("-", "_")
    on_filing = one.operation.path.startswith("/filings/{filing_id}/")
    return one.place in ("query", "header") and (one.operation.path in AGAIN or (on_filing and act in LOOPS))


@pytest.mark.attack("P19", full=FULL)
def test_nothing_undeclared_has_an_effect(campaign: Campaign, world: World) -> None:
    rng = campaign.rng("injections")
    clean: dict[str, dict[str, list[str]]] = {}
    drawn = (i for i in injections(world.watch.columns, rng) if i.place not in ("query", "header") or _goes_through(i))
    for operation in [*judged(), *FORMS]:
        one = Injection(operation, world.watch.columns[0], "query")
        if _goes_through(one):
            clean[operation.path] = _left(world, operation, _clean(one, world.people))
    for _, one in zip(campaign.rounds(), drawn, strict=False):
        for wrong in _judge(world, one, rng, clean):
            campaign.fail(f"{one.place} {one.column} in {one.operation.path}: {wrong}")
    campaign.passed()


def _clean(one: Injection, people: dict[str, Person]) -> Sent:
    """The same request without an injection."""
    sent = _request(Injection(one.operation, one.column, "query"), people, random.Random(0))
    return Sent(sent.body, sent.headers)


def _left(world: World, operation: Operation, sent: Sent) -> dict[str, list[str]]:
    world.watch.mark()
    answer = world.send(operation, sent)
    assert answer.status_code < 300, (operation, answer.text)
    return shape(world.watch.since())


def _judge(world: World, one: Injection, rng: random.Random, clean: dict[str, dict[str, list[str]]]) -> Iterator[str]:
    """What is wrong with the answer, or with what it left."""
    world.watch.mark()
    answer = world.send(one.operation, _request(one, world.people, rng))
    left = shape(world.watch.since())
    if _goes_through(one):
        if answer.status_code >= 300:
            yield f"refused: {answer.status_code} {answer.text}"
        elif not same(left, clean, one.operation.path):
            yield f"left {left}, not {clean[one.operation.path]}"
    elif not 400 <= answer.status_code < 500:
        yield f"answered {answer.status_code}"
    elif left:
        yield f"refused, and left {left}"
    schema = reply_schema(one.operation.method, one.operation.path, answer.status_code)
    if schema is None:
        yield f"a status that is not told: {answer.status_code}"
    else:
        yield from (f"undeclared in the reply: {at}" for at in undeclared(answer.json(), schema))


def same(left: dict[str, list[str]], clean: dict[str, dict[str, list[str]]], path: str) -> bool:
    """Whether it left what the clean request left; clocks hang on what came before, and must be those of some clean request."""
    clocks = {c for rows in clean.values() for c in rows.get("clocks", ())}
    rest = [{t: rows for t, rows in found.items() if t != "clocks"} for found in (left, clean[path])]
    return rest[0] == rest[1] and set(left.get("clocks", ())) <= clocks


READS = (
    "/filings",
    "/filings/{}",
    "/filings/{}/workbench",
    "/filings/{}/receipt",
    "/facts?case={}",
    "/audit/log",
    "/audit/records",
)


@pytest.mark.attack("P19")
def test_no_reply_holds_what_is_not_declared(campaign: Campaign, world: World) -> None:
    wrong = []
    for person, path, case in itertools.product(world.people.values(), READS, world.cases.values()):
        answer = person.ask("GET", path.format(case))
        template = path.partition("?")[0].replace("{}", "{filing_id}")
        schema = reply_schema("get", template, answer.status_code)
        found = [f"status {answer.status_code}"] if schema is None else [*undeclared(answer.json(), schema)]
        wrong += [f"{person.name} {path}: {what}" for what in found]
    for what in wrong:
        campaign.fail(what)
    assert not wrong


@pytest.mark.attack("P19")
def test_what_an_effect_would_leave_is_seen(campaign: Campaign, world: World) -> None:
    """Each edit is what one careless line of code would do; made by the superuser, seen by the watch, and rolled back."""
    watch = world.watch
    for name, statement in EDITS.items():
        watch.mark()
        watch.fetch("begin")
        watch.fetch("set local session_replication_role = replica")
        watch.fetch(statement.replace("$case", f"'{world.cases['PRIMARY_REVIEW']}'"))
        seen = shape(watch.since())
        watch.fetch("rollback")
        campaign.plant(name, bool(seen))


@pytest.mark.attack("P19")
@pytest.mark.parametrize("place", PLACES)
def test_a_binder_that_is_too_kind_is_reached(campaign: Campaign, place: str) -> None:
    """What each place says does reach code that would take it: the injections are no empty words."""
    column, body, rng = (
        Column("cases", "state", "text"),
        {"reason": "x", "inventions": [{"claim": 1}]},
        campaign.rng(place),
    )
    taken = [BINDERS[place](injected(place, body, column, rng)) for _ in range(40)]
    campaign.plant(f"binder of {place}", any(t.get("state") == "RELEASED" for t in taken))


@pytest.mark.attack("P19")
@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_with_more_than_is_declared_is_seen(campaign: Campaign, name: str) -> None:
    model, reply = REPLIES[name]
    schema = contract()["components"]["schemas"][model]
    campaign.plant(name, bool([*undeclared(reply, schema)]))
