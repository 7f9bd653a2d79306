"""What stands round every request, without what it asks for; and one decision."""

import time
from datetime import date, timedelta
from uuid import uuid4

from service import clock
from service.access.decide import Ask, Policies
from service.access.people import person_from, relation_to
from service.access.things import PartThing
from service.keyholder.facts import Fact
from service.opening_keyholder import ACCESS
from tests.bench.scale import scale
from tests.bench.scene import scene
from tests.bench.table import Round, row

MOST = 200.0
"""Microseconds that a decision may take."""


@row("stack", goal=0.66, against="bare FastAPI hello, 32 connections; CPU us")
def stack() -> list[Round]:
    """Our application with its routes, edge, limits and headers, on a route that says hello and whose record was made before."""
    at = scene()
    mine, bare = at.beside("stacked"), at.beside("hello")
    return list(at.rounds(at.alone(mine), at.alone(bare), ["/hello"], 32))


@row("decision", goal=1.0, against="200 us; CPU us")
def decision() -> list[Round]:
    """One read of a designated part by a cleared reviewer: facts made into attributes, Cedar with the schema, snapshot. Nothing is kept."""
    policies = Policies.load(ACCESS)
    return [Round(_decided(policies), MOST) for _ in range(scale().rounds)]


def _decided(policies: Policies) -> float:
    """Microseconds for each decision, one by one."""
    today, person, case = clock.today(), uuid4(), uuid4()
    facts = _facts(person, case, today)
    began = time.process_time()
    for _ in range(scale().decisions):
        thing = PartThing("claims", "designated", "a", "DESIGNATED")
        relation = relation_to(person, facts, case, today)
        ask = Ask(person_from(person, facts, today), "read_content", thing, relation=relation, today=today)
        assert policies.decide_batch([ask])[0].allow
    return (time.process_time() - began) * 1e6 / scale().decisions


def _facts(person: object, case: object, today: date) -> list[Fact]:
    until = today + timedelta(days=365)
    said = [
        ("subject", None, {"issuer": "i", "subject": "s"}),
        ("post", None, {"office": "cao", "role": "reviewer"}),
        ("clearance", None, {"level": 1}),
        ("compartment", None, {"name": "a"}),
        ("assignment", case, {"work": "review"}),
    ]
    return [Fact(uuid4(), person, about, kind, 1, today, until, values) for kind, about, values in said]  # type: ignore[arg-type]
