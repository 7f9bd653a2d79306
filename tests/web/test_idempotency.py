"""What makes something makes it once: the same request under its own key again gives the same, and leaves a record of its own."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest

from service.demo.client import Person
from service.demo.run import Demo
from tests.attacks.api import contract
from tests.web.filed import in_review, look
from tests.web.records import query, records_of

People = dict[str, Person]
SAME_ADDS_NOTHING = {"/filings/{filing_id}/links"}
"""Said again they make nothing more, whatever the key: tests/links."""


def test_everything_that_makes_something_asks_for_a_key() -> None:
    makes = {
        path for path, methods in contract()["paths"].items() if "201" in methods.get("post", {}).get("responses", {})
    }
    for path in makes - SAME_ADDS_NOTHING:
        asked = {p["name"].lower(): p for p in contract()["paths"][path]["post"]["parameters"]}
        assert asked["idempotency-key"]["required"], path
    assert len(makes) >= 7


def assignment(people: People, case: str, until: str = "2099-01-01") -> tuple[str, str, dict[str, Any], dict[str, str]]:
    said = {
        "kind": "assignment",
        "person": str(people["tanaka"].id),
        "case": case,
        "values": {"work": "review"},
        "until": until,
    }
    return "watanabe", "/facts", said, {}


def mandate(people: People, case: str, until: str = "2099-01-01") -> tuple[str, str, dict[str, Any], dict[str, str]]:
    said = {
        "person": str(people["nakamura"].id),
        "authority": "prime_minister",
        "instrument": "専決規程",
        "until": until,
    }
    return "yoshida", "/mandates", said, {}


def entry(people: People, case: str, reason: str = "届出による。") -> tuple[str, str, dict[str, Any], dict[str, str]]:
    said = {
        "entry": "appoint_attorney",
        "person": str(people["yamada"].id),
        "represents": str(people["sato"].id),
        "reason": reason,
    }
    return "sato", f"/filings/{case}/parties", said, {"if-match": f'"{look(people, "sato", case)["version"]}"'}


MAKES = {
    "a fact": (assignment, "2098-01-01"),
    "a mandate": (mandate, "2098-01-01"),
    "an entry": (entry, "別の届出による。"),
}


@pytest.mark.parametrize("what", MAKES)
def test_the_same_again_makes_no_second_one(demo: Demo, people: People, what: str) -> None:
    made, other = MAKES[what]
    case, key = in_review(people), {"idempotency-key": uuid4().hex}
    name, path, said, seen = made(people, case)

    def ask(**changed: Any) -> httpx2.Response:
        return people[name].ask("POST", path, headers={**seen, **key}, json={**said, **changed})

    first, again = ask(), ask()
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert first.json() == again.json()
    for answer in (first, again):
        (record,) = [
            r
            for r in records_of(demo, answer.headers["request-id"])
            if r["what"] in ("act", "attest") and r["status"] == 201
        ]
        assert record["outcome"] == "allowed"
    differs = made(people, case, other)[2]
    refused = people[name].ask("POST", path, headers={**seen, **key}, json=differs)
    assert (refused.status_code, refused.json()["name"]) == (409, "idempotency-key-used")


def test_twelve_at_once_make_one(demo: Demo, people: People) -> None:
    case = in_review(people)
    name, path, said, _ = assignment(people, case)
    key = {"idempotency-key": uuid4().hex}
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: people[name].ask("POST", path, headers=key, json=said), range(12)))
    assert {a.status_code for a in answers} == {201}
    (made,) = {a.json()["id"] for a in answers}
    assert len(query(demo, "select 1 from facts where id = $1", made)) == 1


def test_the_key_of_one_person_is_nothing_to_another(people: People) -> None:
    case, key = in_review(people), {"idempotency-key": uuid4().hex}
    _, path, said, _ = assignment(people, case)
    ids = {
        people[name].ask("POST", path, headers=key, json={**said, "case": case}).json()["id"]
        for name in ("watanabe", "watanabe")
    }
    assert len(ids) == 1
    assert people["sato"].ask("POST", path, headers=key, json=said).status_code in (403, 404)


def test_what_is_kept_of_a_request_cannot_be_tried_without_its_key(demo: Demo, people: People) -> None:
    case = in_review(people)
    name, path, said, _ = assignment(people, case)
    made = people[name].ask("POST", path, json=said).json()["id"]
    ((kept,),) = [tuple(r) for r in query(demo, "select digest from idempotency_keys where made = $1", made)]
    for guess in (said, {**said, "from": None, "until": None}):
        assert kept != hashlib.sha256(orjson.dumps(guess, option=orjson.OPT_SORT_KEYS)).digest()
