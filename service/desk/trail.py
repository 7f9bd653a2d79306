"""What the record of one act will say, gathered while the act goes on."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.audit.leaf import Draft
from service.errors import Refusal
from service.history import Entry
from service.keyholder.answers import Answer, Caller, Decision


def of_request(caller: Caller, action: str, status: int) -> Draft:
    """The record of a request that is no act: method and route, and who was decided on."""
    decision, answer = caller.decision, caller.answer
    return Draft(
        what="request",
        request=caller.request,
        person=decision.person if decision else None,
        office=decision.office if decision else None,
        roles=decision.roles if decision else (),
        cleared_until=decision.cleared_until if decision else None,
        action=action,
        case=caller.case,
        outcome="allowed" if status < 400 else "failed" if status >= 500 else "refused",
        status=status,
        policies=answer.policies if answer else (),
        policy_set=decision.policy_set if decision else None,
        snapshot=answer.snapshot if answer else None,
    )


class Trail:
    """Grows as the desk learns who acts on what; `allowed` or `refused` makes the draft of the one record."""

    def __init__(self, caller: Caller, action: str, case: UUID | None = None, kind: str | None = None) -> None:
        self._said: dict[str, Any] = {
            "request": caller.request,
            "action": action,
            "case": case,
            "kind": kind,
        }

    def person(self, decision: Decision) -> None:
        """The person, and what he held then."""
        self._said |= {
            "person": decision.person,
            "office": decision.office,
            "roles": decision.roles,
            "cleared_until": decision.cleared_until,
            "policy_set": decision.policy_set,
        }

    def decided(self, decision: Decision, answer: Answer) -> None:
        """The person, what he held then, and what decided."""
        self.person(decision)
        self._said |= {"policies": answer.policies, "snapshot": answer.snapshot}

    def on(self, **said: Any) -> None:
        """Further fields of the record: case, kind, label, step, digest."""
        self._said |= said

    def allowed(self, status: int, step: Mapping[str, Any] | None = None) -> Draft:
        return Draft(what="act", outcome="allowed", status=status, step=step, **self._said)

    def listed(self, *, failed: bool = False) -> Draft:
        """Something was looked through; failed: and found to be wrong."""
        outcome, status = ("failed", 500) if failed else ("allowed", 200)
        return Draft(what="list", outcome=outcome, status=status, **self._said)

    def refused(self, refusal: Refusal) -> Draft:
        outcome = "failed" if refusal.status >= 500 else "refused"
        return Draft(what="refusal", outcome=outcome, reason=refusal.name, status=refusal.status, **self._said)


def said_of(entry: Entry) -> dict[str, str]:
    """One event, as a record names it."""
    return {"from": entry.source, "name": entry.name, "to": entry.target, "happened_on": entry.happened_on.isoformat()}
