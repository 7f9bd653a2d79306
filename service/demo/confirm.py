"""A second walk: a prior confirmation (ESPA 79), asked, referred, answered for the Prime Minister, passed on and read by its requester."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from service.demo.client import Person, Unexpected

FORM = {
    "requesters": [{"name": "株式会社架空製作所", "address": "東京都千代田区"}],
    "title": "船体の扉",
    "commissioned_by_state": False,
    "filed_in_japan": False,
    "fee": {"amount": 25000, "paid_by": "stamps", "stamps": [{"value": 5000, "count": 5}]},
    "description": {"language": "en", "title": "船体の扉", "detailed": "A door in a ship's hull that opens inwards."},
}
"""Form 3 of the CAO-METI Order, with its description in English (Order 5(5))."""

Held = Callable[[str, bool], None]
"""Notes a step that did not hold."""


def confirm(people: Mapping[str, Person], held: Held) -> str:
    """Take one confirmation along its road; its id. Raises Unexpected."""
    asked = people["sato"].ask("POST", "/confirmations", headers={"idempotency-key": uuid4().hex}, json={"form": FORM})
    if asked.status_code != 201:
        raise Unexpected(f"POST /confirmations: {asked.status_code}")
    case: str = asked.json()["case"]
    _act(people["suzuki"], case, "accept-request")
    _act(
        people["suzuki"],
        case,
        "refer",
        reason="号に該当する。An item is met.",
        inventions=[{"claim": 1, "item": 13, "left_out": True}],
    )
    told = people["sato"].get(f"/confirmations/{case}")["state"]
    held("the requester is not told that it was referred (79(3))", told == "SUBMITTED")
    _act(
        people["kobayashi"], case, "answer-referral", reason="既に広く知られた技術。Well known.", clearly_harmless=True
    )
    _act(people["suzuki"], case, "pass-on-answer")
    _read(people, case, held)
    return case


def _read(people: Mapping[str, Person], case: str, held: Held) -> None:
    seen = people["sato"].get(f"/confirmations/{case}")
    held("a confirmation ends in its answer (79(4))", seen["state"] == "ANSWERED")
    part = next(p["id"] for p in seen["parts"] if p["document"] == "ANS-79-4")
    answer = people["sato"].get(f"/confirmations/{case}/parts/{part}")["content"]
    held("the requester reads the Prime Minister's answer", answer["clearly_harmless"] is True)
    held(
        "clearly harmless lifts the ban (78(1))",
        not people["sato"].get(f"/confirmations/{case}/foreign-filing")["banned"],
    )
    held("a stranger finds no confirmation", people["yamada"].status(f"/confirmations/{case}") == 404)


def _act(person: Person, case: str, name: str, **said: Any) -> None:
    tag = person.ask("GET", f"/confirmations/{case}").headers.get("etag", "")
    answer = person.ask("POST", f"/confirmations/{case}/{name}", headers={"if-match": tag}, json=said)
    if answer.status_code != 200:
        raise Unexpected(f"POST {name}: {answer.status_code} {answer.json().get('name', '')}")
