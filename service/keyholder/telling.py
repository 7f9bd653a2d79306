"""What records and answers say of a person, a part and a decision, as the keyholder gathered them. Pure."""

from dataclasses import replace
from datetime import date
from typing import Any

from service.access.decide import Decision
from service.access.people import PersonFacts
from service.access.things import SERVICE
from service.audit.leaf import Draft, Fields, NotARecord, check
from service.keyholder import frames
from service.keyholder.facts import Fact
from service.keyholder.gathering import Standing
from service.keyholder.keys import WrappedKey
from service.sealing.envelope import Place, part_place

NOT_THERE: frames.Message = {
    "policies": [], "snapshot": bytes(32), "work": [], "kind": None, "state": None, "label": None, "version": None
}  # fmt: skip
"""What is said of what is not there, or may not be known."""

STATUS = {"sign-in-needed": 401, "not-permitted": 403, "not-found": 404, "unavailable": 503}
"""HTTP statuses of the refusals, as records name them."""


def wrapped_of(row: Any) -> WrappedKey:
    """The wrapped key that a gathered row claims."""
    return WrappedKey(row["wrapped"], row["key_id"], row["part_label"], row["part_compartment"])


def place_of(root: bytes, row: Any) -> Place:
    """The place of a gathered row's part. Raises ValueError for a draft's."""
    return part_place(root, row["kind"], row["case_id"], row["part"], row["document"], row["part_version"])


def label_of(label: str | None, compartment: str | None) -> str | None:
    """A label as records name it."""
    return f"{label}/{compartment}" if label and compartment else label


def held_by(person: PersonFacts | None) -> dict[str, Any]:
    """What a record says of the person and what he held then."""
    if person is None:
        return {}
    until = date.fromordinal(person.cleared_until) if person.cleared_until else None
    return {
        "person": person.id,
        "office": _office(person),
        "roles": tuple(sorted(person.roles)),
        "cleared_until": until,
    }


def checked(draft: Draft) -> tuple[Draft, Fields] | None:
    """The draft with its fields as they will be stored, or None where no record can hold it."""
    try:
        return draft, check(draft)
    except NotARecord:
        return None


def failed(draft: Draft, why: str) -> Draft:
    """The record that nothing was released after all: an operation of the keyholder beside the request's own record."""
    return replace(draft, what="release", outcome="failed", reason=why, status=STATUS["unavailable"])


def _office(person: PersonFacts) -> str | None:
    """His office; where he holds posts in several, the first by name."""
    return min(person.offices, default=None)


def said_of(person: PersonFacts) -> frames.Message:
    """The person as an answer says him."""
    return {
        "person": person.id.bytes,
        "office": _office(person),
        "offices": sorted(person.offices),
        "roles": sorted(person.roles),
        "cleared_until": person.cleared_until,
    }


def one_answer(standing: Standing, know: bool, may: Decision | None) -> frames.Message:
    """What is said of one question; of what he may not know, nothing that differs from what is not there."""
    allow = may is not None and may.allow
    knows = allow if standing.thing is SERVICE else know
    if standing.thing is not SERVICE and not knows:
        return {"know": False, "allow": False, **NOT_THERE}
    return {
        "know": knows,
        "allow": allow,
        "policies": list(may.policies) if may else [],
        "snapshot": bytes.fromhex(may.snapshot) if may else bytes(32),
        "work": sorted(standing.relation.work),
        "kind": standing.row["kind"],
        "state": standing.row["state"],
        "label": standing.label(standing.row["label"], standing.row["compartment"])[0]
        if standing.row["case_id"]
        else None,
        "version": standing.row["version"],
    }


def mandate_said(fact: Fact) -> frames.Message:
    """A mandate as an answer says it."""
    return {
        "id": fact.id.bytes,
        **{name: str(fact.values.get(name, "")) for name in ("authority", "scope", "instrument")},
    }
