"""What a question can be about: a case, a part of one, a fact to be made or ended, the service. Pure; the policies' words for each.

What must hold: every attribute that the schema names is always given; a thing that cannot be described is not asked about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from service.access.documents import Documents

PROTECTED = "designated"
"""The label under which content is protected by clearance and compartments."""


class Thing(Protocol):
    """Its type in the schema, and its attributes there."""

    @property
    def type(self) -> str: ...
    def attributes(self, documents: Documents) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class CaseThing:
    """A case of any kind, as its row says."""

    kind: str
    state: str
    label: str
    compartment: str | None = None
    type: str = "Case"

    def attributes(self, documents: Documents) -> dict[str, Any]:
        """Attributes of a Case."""
        return {"kind": self.kind, "state": self.state, "label": self.label, **_guard(self.label, self.compartment)}


@dataclass(frozen=True, slots=True)
class PartThing:
    """One part. label, compartment: the part's own; state: that of its case."""

    document: str
    label: str
    compartment: str | None
    state: str
    type: str = "Part"

    def attributes(self, documents: Documents) -> dict[str, Any]:
        """Attributes of a Part; the code of its document without number or phase."""
        code = documents.code(self.document)
        return {
            "document": code,
            "audience": documents.audience(self.document),
            "label": self.label,
            "state": self.state,
            **_guard(self.label, self.compartment),
        }


@dataclass(frozen=True, slots=True)
class FactThing:
    """A fact that somebody wants to make or end. of_self: it is about the person who asks; case: the fact's case, if it has one."""

    kind: str
    values: Mapping[str, Any]
    of_self: bool
    case: CaseThing | None = None
    type: str = "Fact"

    def attributes(self, documents: Documents) -> dict[str, Any]:
        """Attributes of a Fact; "" for a value that its kind does not have."""
        guard = _guard(self.case.label, self.case.compartment) if self.case else _guard("", None)
        named = {"office": "office", "role": "role", "work": "work", "compartment": "name"}
        said = {attribute: str(self.values.get(value) or "") for attribute, value in named.items()}
        return {"kind": self.kind, "of_self": self.of_self, **said, **guard}


@dataclass(frozen=True, slots=True)
class ServiceThing:
    """The service as a whole."""

    type: str = "Service"

    def attributes(self, documents: Documents) -> dict[str, Any]:
        """None."""
        return {}


SERVICE = ServiceThing()


def compartments(compartment: str | None) -> list[str]:
    """A label's compartment as the set that the policies compare."""
    return [compartment] if compartment else []


def _guard(label: str, compartment: str | None) -> dict[str, Any]:
    return {"protected": label == PROTECTED, "compartments": compartments(compartment)}
