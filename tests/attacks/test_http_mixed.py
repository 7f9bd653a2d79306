"""Every request has one record and every record a request: a thousand mixed requests, counted both ways."""

import asyncio
import contextlib
import random
from collections import Counter
from uuid import uuid4

import httpx2
import pytest
from fastapi.routing import APIRoute

from service import app as web_app
from service.demo.client import Person
from service.demo.run import Demo
from tests.web.filed import filed
from tests.web.records import OF_REQUESTS, all_records

N = 1000
METHODS = ("GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


def _paths(case: str, part: str) -> list[str]:
    made = web_app.build(contextlib.nullcontext, demo=True)  # type: ignore[arg-type]
    known = sorted(made.openapi()["paths"])
    ids = [case, str(uuid4()), "no-id"]
    fill = [p.replace("{filing_id}", i).replace("{part_id}", part).replace("{fact_id}", i) for p in known for i in ids]
    return [*fill, "/", "/nowhere", "/filings/", "/openapi.json", "/docs"]


def _differences(sent: Counter[str], recorded: Counter[str]) -> tuple[int, int]:
    """Requests without their one record; records beyond a request's one."""
    return sum((sent - recorded).values()), sum((recorded - sent).values())


def test_a_thousand_mixed_requests_have_a_thousand_records(demo: Demo, people: dict[str, Person]) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}, n {N}")
    dice = random.Random(seed)
    case = filed(people)
    part = people["sato"].get(f"/filings/{case}")["parts"][0]["id"]
    paths, names = _paths(case, part), ["sato", "yamada", "suzuki", "nakamura", "yamamoto"]
    tokens = [people[n]._token() for n in names] + ["", "x.y.z"]
    before = {r["id"] for r in all_records(demo)}
    sent: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    with httpx2.Client(base_url=demo.address, timeout=60) as http:
        for _ in range(N):
            token = dice.choice(tokens)
            headers = {"if-match": dice.choice(['"1"', '"2"', "x"]), "idempotency-key": uuid4().hex}
            if token:
                headers["authorization"] = f"Bearer {token}"
            body = dice.choice([b"", b"{}", b'{"reason":"x"}', b"[", b'{"a":1,"a":2}'])
            headers["content-type"] = dice.choice(["application/json", "text/plain", "multipart/form-data; boundary=x"])
            answer = http.request(dice.choice(METHODS), dice.choice(paths), headers=headers, content=body)
            sent[answer.headers["request-id"]] += 1
            statuses[answer.status_code] += 1
    new = [r for r in all_records(demo) if r["id"] not in before and r["what"] in OF_REQUESTS]
    worker = {r["request"] for r in new if r["person"] == people["worker"].id.hex}
    recorded = Counter(r["request"] for r in new if r["request"] not in worker)
    print(statuses)
    assert _differences(sent, recorded) == (0, 0)
    assert not [s for s in statuses if s >= 500 and s != 503], statuses
    assert sum(sent.values()) == N


def test_a_request_without_its_record_and_a_record_without_its_request_are_noticed() -> None:
    sent = Counter({"a": 1, "b": 1})
    assert _differences(sent, Counter({"a": 1})) == (1, 0)
    assert _differences(sent, Counter({"a": 2, "b": 1})) == (0, 1)


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
