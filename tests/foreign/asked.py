"""A request of a test's own, as small as one can be, and its way along the road."""

from typing import Any
from uuid import uuid4

import httpx2

from service.demo.client import Person

People = dict[str, Person]
WHY = "理由。Reason."


def form(**other: Any) -> dict[str, Any]:
    """Form 3, its description within it, the fee paid."""
    return {
        "requesters": [{"name": "株式会社例", "address": "東京都千代田区"}],
        "title": "紙の留め具",
        "commissioned_by_state": False,
        "filed_in_japan": False,
        "fee": {
            "amount": 25000,
            "paid_by": "stamps",
            "stamps": [{"value": 10000, "count": 2}, {"value": 5000, "count": 1}],
        },
        "description": {"language": "ja", "title": "紙の留め具", "detailed": "紙を留める留め具。"},
        **other,
    }


def requested(people: People, name: str = "sato", key: str | None = None, **said: Any) -> httpx2.Response:
    """A request, whatever comes of it."""
    headers = {"idempotency-key": key or uuid4().hex}
    return people[name].ask("POST", "/confirmations", headers=headers, json={"form": form(), **said})


def submitted(people: People, **said: Any) -> str:
    """A confirmation that sato asked for."""
    answer = requested(people, **said)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case"])


def look(people: People, name: str, case: str) -> Any:
    """The confirmation as a person sees it."""
    return people[name].get(f"/confirmations/{case}")


def tried(people: People, name: str, case: str, act: str, version: int | None, **said: Any) -> httpx2.Response:
    """An act on the version named, whatever comes of it."""
    headers = {} if version is None else {"if-match": f'"{version}"'}
    return people[name].ask("POST", f"/confirmations/{case}/{act.replace('_', '-')}", headers=headers, json=said)


def act(people: People, name: str, case: str, act: str, **said: Any) -> Any:
    """An act on the confirmation as it stands."""
    answer = tried(people, name, case, act, look(people, name, case)["version"], **said)
    assert answer.status_code == 200, answer.text
    return answer.json()


def checked(people: People, **said: Any) -> str:
    """A confirmation whose field is being checked."""
    case = submitted(people, **said)
    act(people, "suzuki", case, "accept_request")
    return case


INVENTIONS = [{"claim": 1, "passage": "0001", "item": 13, "left_out": True}]


def referred(people: People) -> str:
    """A confirmation that was referred to the Prime Minister."""
    case = checked(people)
    act(people, "suzuki", case, "refer", reason=WHY, inventions=INVENTIONS)
    return case


def answered(people: People, *, harmless: bool = True) -> str:
    """A confirmation that the Prime Minister has answered."""
    case = referred(people)
    act(people, "kobayashi", case, "answer_referral", reason=WHY, clearly_harmless=harmless)
    return case


def passed_on(people: People, *, harmless: bool = True) -> str:
    """A confirmation whose answer the requester has."""
    case = answered(people, harmless=harmless)
    act(people, "suzuki", case, "pass_on_answer")
    return case


def part(people: People, name: str, case: str, document: str) -> httpx2.Response:
    """A part of the confirmation, by its document; the last of that name that he sees."""
    found = [p["id"] for p in look(people, name, case)["parts"] if p["document"] == document]
    return people[name].ask(
        "GET", f"/confirmations/{case}/parts/{found[-1]}" if found else f"/confirmations/{case}/parts/{uuid4()}"
    )
