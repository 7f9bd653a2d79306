"""Reads the decisions expected (policies/access/cases) and makes questions of them through the service's own persons and things."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from service.access.decide import Ask, Policies
from service.access.people import person_from, relation_to
from service.access.policy_set import read_files
from service.access.things import SERVICE, CaseThing, FactThing, PartThing, Thing

FOLDER = Path(__file__).resolve().parents[2] / "policies" / "access"
CAST = tomllib.loads((FOLDER / "cases" / "cast.toml").read_text())
NAMES = UUID("4d6f9a52-8a0e-4f5e-9b3c-2f0f1f6f5a10")
CASE = uuid5(NAMES, "the case")
POLICIES = Policies.load(FOLDER)


@dataclass(frozen=True)
class AFact:
    """A fact as the keyholder opens it."""

    person: UUID
    kind: str
    values: Mapping[str, Any]
    case_id: UUID | None = None
    start: date = date(2020, 1, 1)
    until: date | None = None


@dataclass(frozen=True)
class Expected:
    """One decision expected: the question, and the policies that decide it."""

    name: str
    ask: Ask
    allow: bool
    policies: tuple[str, ...]
    said: Mapping[str, Any] = field(compare=False)


def facts_of(name: str, works: tuple[str, ...] = (), granted: tuple[str, ...] = ()) -> list[AFact]:
    """What the keyholder would have opened for this person of the cast."""
    said, who = CAST["persons"][name], uuid5(NAMES, name)
    posts = [dict(zip(("office", "role"), post.split("/"), strict=True)) for post in said["posts"]]
    facts = [AFact(who, "post", post) for post in posts]
    facts += [AFact(who, "compartment", {"name": c}) for c in said.get("compartments", ())]
    if "cleared" in said:
        facts.append(AFact(who, "clearance", {"level": 1}, until=said["cleared"]))
    facts += [AFact(who, "assignment", {"work": w}, CASE) for w in works]
    return facts + (
        [AFact(who, "grant", {"documents": " ".join(granted), "purpose": "expertise"}, CASE)] if granted else []
    )


def expected() -> Iterator[Expected]:
    """Every decision expected, in the order of the files."""
    for path in sorted((FOLDER / "cases").glob("*.toml")):
        if path.name != "cast.toml":
            for said in tomllib.loads(path.read_text())["decisions"]:
                yield _expected(path.stem, dict(said))


def _expected(file: str, said: dict[str, Any]) -> Expected:
    whole = dict(said)
    name, today, says = said.pop("person"), said.pop("today", CAST["today"]), said.pop("says")
    facts = facts_of(name, tuple(said.pop("work", ())), tuple(said.pop("granted", ())))
    to, step, action = said.pop("to", None), said.pop("step", None), said.pop("action")
    allow, policies = ("allow" in said), said.pop("allow") if "allow" in said else said.pop("deny")
    who = uuid5(NAMES, name)
    ask = Ask(
        person_from(who, facts, today),
        action,
        _thing(said),
        relation_to(who, facts, CASE, today),
        today,
        to=(to["label"], to.get("compartment")) if to else None,
        step=step,
    )
    assert not said, f"{file}: {says}: nothing reads {said}"
    return Expected(f"{file}: {says}", ask, allow, tuple(sorted(policies)), whole)


def _thing(said: dict[str, Any]) -> Thing:
    on = said.pop("on", "case")
    if on == "service":
        return SERVICE
    state, label, compartment = (
        said.pop("state", "PRIMARY_REVIEW"),
        said.pop("label", "application"),
        said.pop("compartment", None),
    )
    if on == "part":
        return PartThing(said.pop("document", "claims"), label, compartment, state)
    case = CaseThing("filing", state, label, compartment)
    if on == "case":
        return case
    kind, of_self = said.pop("kind"), said.pop("of_self", False)
    values: dict[str, Any] = {
        "work": said.pop("gives", None),
        **{k: said.pop(k) for k in ("role", "office", "name") if k in said},
    }
    return FactThing(kind, values, of_self, case if kind in ("assignment", "grant", "party") else None)


def without(policy: str) -> dict[str, bytes]:
    """The files of the policy set, this one policy taken out."""
    text = re.compile(rb'@id\("' + policy.encode() + rb'"\).*?;\n', re.DOTALL)
    files = {name: text.sub(b"", data) for name, data in read_files(FOLDER).items()}
    assert files != read_files(FOLDER), policy
    return files
