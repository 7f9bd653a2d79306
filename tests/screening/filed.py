"""Applications of a test's own with the classification it wants, and what the screening desk keeps of them."""

from typing import Any
from uuid import uuid4

from service.demo.client import Person

People = dict[str, Person]
NONE, AGENCY_HIT, HIT, HIT_IF = "A44B 1/08", "B63G 8/28", "F41G 7/22", "B63B 3/13"
"""Symbols: of no item; of item 13, of the part without additional requirement; AND with another; with an additional requirement."""


def classified(people: People, *symbols: str, by: str = "sato", **said: Any) -> str:
    """A case of sato's with these symbols, in primary review; or, by the clerk, of the `party` he names."""
    form = {
        "title": "発明",
        "applicants": ["出願人"],
        "claims": ["請求項。"],
        "description": "説明。",
        "symbols": [{"text": s} for s in symbols],
    }
    told = people[by].ask("POST", "/filings/entered/read-back", json={"filing": form})
    assert told.status_code == 200, told.text
    body = {"filing": form, "read_back": told.json()["digest"], **said}
    filed = people[by].ask("POST", "/filings/entered", headers={"idempotency-key": uuid4().hex}, json=body)
    assert filed.status_code == 201, filed.text
    return str(filed.json()["case"])


def paper(people: People, case: str, act: str, name: str = "suzuki") -> dict[str, Any]:
    """The sealed paper of the case's last act of this name, as an officer reads it."""
    event = [e for e in people[name].get(f"/filings/{case}")["events"] if e["step"] == act][-1]
    found: dict[str, Any] = people[name].get(f"/filings/{case}/parts/{event['part']}")["content"]
    return found
