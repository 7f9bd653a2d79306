"""Decisions: the only adapter to the policy engine (Cedar).

Promise: `allow` is true only where Cedar says Allow with the schema checked and without any error; unknown actions, missing, extra or
mistyped attributes deny. A batch decides each question as it would alone: nothing of one question is seen by another. The engine's error
texts hold attributes of persons and cases and go nowhere: `failed` is all that leaves.
Not promised: that attributes are true. Whoever asks made them of authenticated facts and rows of one snapshot.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import cedarpy
import orjson

from service.access.documents import Documents
from service.access.people import PersonFacts, Relation
from service.access.policy_set import PoliciesUnusable, PolicyText, by_role, by_type, check, follows, reach, read_files
from service.access.sections import Sections
from service.access.things import PROTECTED, Thing, compartments

__all__ = ["Ask", "Decision", "Policies", "PoliciesUnusable", "Question"]


@dataclass(frozen=True, slots=True)
class Ask:
    """May `person` do `action` on `thing` today? relation: his to the thing's case (NONE where it has none).

    relabel needs `to`: (label, compartment) that the part would get. attest_by_rule needs `step`: "file" or the step that assigns.
    """

    person: PersonFacts
    action: str
    thing: Thing
    relation: Relation
    today: date
    to: tuple[str, str | None] | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """An Ask in the schema's words. who: the person's pseudonym, for the snapshot alone; Cedar is not told it."""

    who: str
    person: Mapping[str, Any]
    action: str
    type: str
    thing: Mapping[str, Any]
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """policies: @ids of those that decided, sorted; none where nothing permits. failed: no decision was to be had (then denied).

    snapshot: SHA-256, hex, of every attribute the decision was taken upon, canonical JSON.
    """

    allow: bool
    policies: tuple[str, ...]
    failed: bool
    snapshot: str


class Policies:
    """One policy set: parsed once, immutable."""

    def __init__(self, text: PolicyText) -> None:
        """Raises PoliciesUnusable for tables that do not hold."""
        try:
            self.documents = Documents.parse(text.documents)
            self.sections = Sections.parse(text.sections)
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise PoliciesUnusable(str(wrong)) from None
        self.digest = text.digest.hex()
        """SHA-256 of the policy set, hex: records name it."""
        self.ids = frozenset(text.ids.values())
        self._ids = text.ids
        self._schema = cedarpy.Schema.from_str(text.schema)
        self._whole = cedarpy.PolicySet.from_json_str(text.whole)
        slices = {
            (action, kind): said for action, whole in text.slices.items() for kind, said in by_type(whole).items()
        }
        by = {(*asked, role): said for asked, whole in slices.items() for role, said in by_role(whole).items()}
        parsed = {said: cedarpy.PolicySet.from_json_str(said) for said in set(by.values())}
        self._slices = {asked: parsed[said] for asked, said in by.items()}
        self._schemas = {action: cedarpy.Schema.from_str(said) for action, said in text.schemas.items()}
        reached = reach(str(self._schema))
        self._tell = frozenset(
            (action, kind)
            for (action, kind), said in slices.items()
            if follows(slices["know", kind], reached["know"], said, reached[action])
        )

    @classmethod
    def load(cls, folder: Path) -> "Policies":
        """The policy set of a folder. Raises PoliciesUnusable, OSError."""
        return cls(check(read_files(folder)))

    def tells(self, ask: Ask) -> bool:
        """Whoever may do this may `know` of the thing, by the policies themselves: nobody needs to ask again."""
        return (ask.action, ask.thing.type) in self._tell

    def decide_batch(self, asks: Sequence[Ask]) -> list[Decision]:
        """A decision for each ask, in order. Never raises for what an ask says: what cannot be decided is denied, failed."""
        return self.decide_questions([self.question(ask) for ask in asks])

    def question(self, ask: Ask) -> Question:
        """The ask in the schema's words."""
        person = ask.person
        context: dict[str, Any] = {
            "today": ask.today.toordinal(),
            "work": sorted(ask.relation.work),
            "granted": sorted(ask.relation.granted),
        }
        if ask.to is not None:
            label, compartment = ask.to
            context |= {
                "to_label": label,
                "to_protected": label == PROTECTED,
                "to_compartments": compartments(compartment),
            }
        if ask.step is not None:
            context["step"] = ask.step
        attributes = {
            "offices": sorted(person.offices),
            "roles": sorted(person.roles),
            "cleared_until": person.cleared_until,
            "compartments": sorted(person.compartments),
        }
        return Question(
            str(person.id), attributes, ask.action, ask.thing.type, ask.thing.attributes(self.documents), context
        )

    def decide_questions(self, questions: Sequence[Question]) -> list[Decision]:
        """As `decide_batch`, of questions in the schema's words."""
        if not questions:
            return []
        try:
            return [self._decision(q, result) for q, result in zip(questions, self._ask_cedar(questions), strict=True)]
        except (ValueError, TypeError, KeyError):
            # One question that Cedar cannot even read spoils its batch: the others are asked alone, it is denied.
            if len(questions) == 1:
                return [_failed(questions[0])]
            return [decision for question in questions for decision in self.decide_questions([question])]

    def _ask_cedar(self, questions: Sequence[Question]) -> list[cedarpy.AuthzResult]:
        """A result for each question; questions of the batch that are equal in all that Cedar is told are one request."""
        entities = _Entities()
        requests: list[dict[str, Any]] = []
        numbers: dict[tuple[str, ...], int] = {}
        places: list[int] = []
        for q in questions:
            who, thing = entities.uid("Person", q.person), entities.uid(q.type, q.thing)
            context = orjson.dumps(q.context, option=orjson.OPT_SORT_KEYS).decode()
            number = numbers.setdefault((who["id"], q.action, q.type, thing["id"], context), len(requests))
            if number == len(requests):
                action = {"type": "Action", "id": q.action}
                requests.append({"principal": who, "action": action, "resource": thing, "context": context})
            places.append(number)
        actions = {q.action for q in questions}
        schema = self._schemas.get(actions.pop(), self._schema) if len(actions) == 1 else self._schema
        held = cedarpy.Entities.from_json_str(entities.dumps(), schema)
        results = cedarpy.is_authorized_batch(requests, self._policies(questions), held, schema)
        if len(results) != len(requests):
            raise ValueError("not an answer for each question")
        return [results[number] for number in places]

    def _policies(self, questions: Sequence[Question]) -> cedarpy.PolicySet:
        """The smallest slice that decides all of them as the whole does."""
        asked = {(q.action, q.type) for q in questions}
        if len(asked) > 1:
            return self._whole
        (action, kind), roles = asked.pop(), {_only_role(q) for q in questions}
        role = roles.pop() if len(roles) == 1 else None
        return self._slices.get((action, kind, role)) or self._slices.get((action, kind, None), self._whole)

    def _decision(self, question: Question, result: cedarpy.AuthzResult) -> Decision:
        said = result.diagnostics
        if said.errors or result.decision == cedarpy.Decision.NoDecision:
            return _failed(question)
        allow = result.decision == cedarpy.Decision.Allow
        return Decision(allow, tuple(sorted(self._ids[reason] for reason in said.reasons)), False, snapshot(question))


def _only_role(question: Question) -> str | None:
    """The one role that the person holds; None where he holds none or several, or where what is said of him is no list of roles."""
    match question.person.get("roles"):
        case [str(role)]:
            return role
    return None


class _Entities:
    """The entities of one batch: equal attributes share one, different attributes never do (whoever's they are)."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, bytes], dict[str, str]] = {}

    def uid(self, kind: str, attributes: Mapping[str, Any]) -> dict[str, str]:
        key = kind, orjson.dumps(attributes, option=orjson.OPT_SORT_KEYS)
        return self._ids.setdefault(key, {"type": kind, "id": str(len(self._ids))})

    def dumps(self) -> str:
        said = (
            b'{"uid":' + orjson.dumps(uid) + b',"attrs":' + attributes + b',"parents":[]}'
            for (_, attributes), uid in self._ids.items()
        )
        return (b"[" + b",".join(said) + b"]").decode()


def snapshot(question: Question) -> str:
    """SHA-256, hex, of all that the question says."""
    try:
        return hashlib.sha256(orjson.dumps(question, option=orjson.OPT_SORT_KEYS)).hexdigest()
    except (ValueError, TypeError):
        return hashlib.sha256(repr(question).encode("utf-8", "surrogatepass")).hexdigest()


def _failed(question: Question) -> Decision:
    return Decision(False, (), True, snapshot(question))
