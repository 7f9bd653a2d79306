"""P21: the running service keeps its contract against schemathesis, as everyone of the demo and as nobody.

No 5xx, no answer that is not told, no operation without a token, no mark of a hidden case in any body.

What it does not show: that what is well formed is accepted (the law refuses much of it), and what only a sequence of lawful acts reaches
(P8, the kill test and the walk go there).
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any

import httpx2
import pytest

from service.demo.client import Person
from service.demo.run import Demo
from tests.attacks.api import contract
from tests.attacks.campaign import Campaign
from tests.attacks.canaries import Marks
from tests.attacks.contract_run import Marked, Visitor, judged, visit
from tests.web.filed import TEXT

FULL = 50_000
INSIDERS = {"sato", "kato", "suzuki"}
VISITORS = (
    "sato", "yamada", "kato", "suzuki", "takahashi", "tanaka", "ito", "kobayashi", "watanabe", "nakamura", "yoshida", "yamamoto", "nobody",
)  # fmt: skip
WIDE = ("sato", "suzuki", "tanaka", "kobayashi", "yoshida", "nobody")
"""Those who also try every edge of every parameter."""


def marked(marks: Marks, people: dict[str, Person]) -> Marked:
    """A new case of sato's, a mark in each of its texts."""
    text = TEXT.replace("紙の留め具", marks.both()).replace("紙を留める留め具", marks.both())
    answer = people["sato"].file({"paper.txt": text.format(marks.latin()).encode()}, request_review=marks.both())
    assert answer.status_code == 201, answer.text
    case = str(answer.json()["case"])
    seen = people["sato"].ask("GET", f"/filings/{case}")
    part = next(p["id"] for p in seen.json()["parts"] if p["document"] == "title")
    assert marks.made and "QZKANARYXJ" in json.dumps(people["sato"].part(case, "title"))
    return Marked(case, part, seen.headers["etag"])


def plan(campaign: Campaign) -> Iterator[tuple[str, str, int]]:
    """Who visits in turn, in which mode, with how many examples of each operation."""
    names = list(VISITORS)
    campaign.rng("visitors").shuffle(names)
    examples = 20 if campaign.whole else 2
    yield from ((name, "fuzz", examples) for name in names)
    if campaign.whole:
        yield from ((name, "coverage", 1) for name in WIDE)
    yield from ((name, "fuzz", examples) for name in cycle(names))


@pytest.mark.attack("P21", full=FULL)
@pytest.mark.filterwarnings("ignore")
def test_the_contract_holds(campaign: Campaign, demo: Demo, people: dict[str, Person]) -> None:
    more, statuses, operations = campaign.rounds(), Counter[int](), set[str]()
    marks = Marks(campaign.seed)
    for n, (name, mode, examples) in enumerate(plan(campaign)):
        token = people[name]._token() if name in people else ""
        visitor = Visitor(name, token, name not in INSIDERS)
        seen = visit(
            demo.address, visitor, marked(marks, people), mode, examples, campaign.rng(n).randrange(2**32), more
        )
        statuses += seen.statuses
        operations |= seen.operations
        for what in dict.fromkeys(seen.broken):
            campaign.fail(what)
        if seen.over:
            break
    print(dict(sorted(statuses.items())), len(operations))
    assert statuses[200] + statuses[201] and statuses[401] and statuses[403] and statuses[404] and statuses[422], (
        statuses
    )
    assert not campaign.whole or len(operations) == sum(len(m) for m in contract()["paths"].values()), operations
    campaign.passed()


DONE = {
    "case": "5b0f3c1e-5d0e-4a55-9a55-0d6d6f1f7a10",
    "state": "SENT",
    "version": 2,
    "event": None,
    "approvals_missing": 0,
}
PROBLEM = {"type": "urn:x", "title": "x", "status": 404, "name": "not-found", "text": {"ja": "x", "en": "x"}}
ACT, LIST = "POST /filings/{filing_id}/send", "GET /filings"
PLAIN, REFUSED = "application/json", "application/problem+json"


def answer(label: str, status: int, body: Any, kind: str = PLAIN, **headers: str) -> httpx2.Response:
    """An answer as somebody made it up."""
    method, _, path = label.partition(" ")
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = httpx2.Request(method, f"http://127.0.0.1{path}")
    told = httpx2.Response(status, content=content, headers={"content-type": kind, **headers}, request=request)
    told.elapsed = timedelta(milliseconds=1)
    return told


MADE_UP: dict[str, tuple[str, int, Any, str]] = {
    "a fault": (ACT, 500, PROBLEM, REFUSED),
    "a gateway's fault": (ACT, 502, b"", "text/html"),
    "a status that is not told": (ACT, 418, PROBLEM, REFUSED),
    "a creation that is not told": (ACT, 201, DONE, PLAIN),
    "a redirect": (ACT, 307, b"", PLAIN),
    "a refusal of another media type": (ACT, 404, PROBLEM, PLAIN),
    "an answer of another media type": (ACT, 200, DONE, "text/html"),
    "no media type": (ACT, 200, DONE, ""),
    "no JSON": (ACT, 200, b"{", PLAIN),
    "nothing": (ACT, 200, b"", PLAIN),
    "a list for an object": (ACT, 200, [DONE], PLAIN),
    "a field missing": (ACT, 200, {k: v for k, v in DONE.items() if k != "version"}, PLAIN),
    "a number as text": (ACT, 200, {**DONE, "version": "2"}, PLAIN),
    "null for a text": (ACT, 200, {**DONE, "state": None}, PLAIN),
    "an id that is none": (ACT, 200, {**DONE, "case": "x"}, PLAIN),
    "a fraction for a number": (ACT, 200, {**DONE, "approvals_missing": 0.5}, PLAIN),
    "a problem without its name": (ACT, 404, {k: v for k, v in PROBLEM.items() if k != "name"}, REFUSED),
    "a problem in one language": (ACT, 404, {**PROBLEM, "text": {"ja": "x"}}, REFUSED),
    "a problem of the framework's": (ACT, 422, {"detail": [{"loc": ["body"], "msg": "x"}]}, REFUSED),
    "a list that is none": (LIST, 200, {"filings": {}, "next": None}, PLAIN),
    "a row without its state": (LIST, 200, {"filings": [{"id": DONE["case"]}], "next": None}, PLAIN),
    "a date that is none": (LIST, 200, {"filings": [{**dict.fromkeys(("id",), DONE["case"]), "state": "S", "version": 1, "label": "l",
        "due": "soon", "recorded_at": "2026-11-20T00:00:00Z"}], "next": None}, PLAIN),
    "a mark in a body": (LIST, 200, {"filings": [], "next": "QZKANARYXJABCDEFGH"}, PLAIN),
    "a mark in a problem": (ACT, 404, {**PROBLEM, "title": "鱶鸞彁龕驫亜唖"}, REFUSED),
    "a mark in hex": (LIST, 200, {"filings": [], "next": b"QZKANARYXJ".hex()}, PLAIN),
}  # fmt: skip


@pytest.mark.attack("P21")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MADE_UP)
def test_an_answer_that_breaks_the_contract_is_found(campaign: Campaign, name: str) -> None:
    label, status, body, kind = MADE_UP[name]
    campaign.plant(name, not judged(label, answer(label, status, body, kind), outsider="mark" in name))


@pytest.mark.filterwarnings("ignore")
def test_answers_that_keep_the_contract_are_found_right() -> None:
    assert judged(ACT, answer(ACT, 200, DONE), outsider=True)
    assert judged(ACT, answer(ACT, 404, PROBLEM, REFUSED))
    assert judged(LIST, answer(LIST, 200, {"filings": [], "next": None}))


def test_a_refused_method_names_all_that_the_path_takes(demo: Demo) -> None:
    with httpx2.Client(base_url=demo.address) as http:
        for path, allowed in (
            ("/filings", "GET, POST"),
            ("/facts", "GET, POST"),
            ("/filings/entered", "POST"),
            ("/audit/log", "GET"),
        ):
            told = http.request("DELETE" if path != "/facts" else "PUT", path)
            assert (told.status_code, told.headers["allow"]) == (405, allowed), path
        assert http.get("/filings/entered").status_code == 405
