"""What the record of one act will say, gathered while the act goes on."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.audit.leaf import Draft
from service.errors import Refusal
from service.history import Entry
from service.keyholder.calls import Answer, Caller, Decision


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
