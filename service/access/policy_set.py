"""The text of the policies, checked before it decides anything.

What must hold: the schema accepts every policy; each has an @id of its own and a @basis; everyone.cedar is there and holds nothing but
forbids, the other files nothing but permits. The digest covers every file that changes a decision.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cedarpy

FORBIDS = "everyone.cedar"
SCHEMA = "schema.cedarschema"
DOCUMENTS = "documents.toml"
SECTIONS = "sections.toml"
TYPES = ("Case", "Part", "Fact", "Service")
"""The types of resource that can be asked about."""


Parsed = dict[str, dict[str, Any]]
"""Policies by Cedar's own names, as its JSON says them."""


class PoliciesUnusable(ValueError):
    """The policies do not hold together: nothing is decided with them."""


@dataclass(frozen=True)
class PolicyText:
    """Checked texts. ids: Cedar's own name of each policy (policy0, ...) -> @id; digest: SHA-256 of the set, 32 bytes.

    whole: all policies in Cedar's JSON. slices: for each action that can be asked, those that speak of it (`_slices`); schemas: what the
    schema says for it (`_schemas`).
    """

    whole: str
    slices: Mapping[str, str]
    schemas: Mapping[str, str]
    ids: Mapping[str, str]
    schema: str
    documents: str
    sections: str
    digest: bytes


def read_files(folder: Path) -> dict[str, bytes]:
    """The files that make the policy set, by name. Raises OSError."""
    return {
        p.name: p.read_bytes()
        for p in sorted(folder.iterdir())
        if p.suffix == ".cedar" or p.name in (SCHEMA, DOCUMENTS, SECTIONS)
    }


def check(files: Mapping[str, bytes]) -> PolicyText:
    """The checked texts of these files. Raises PoliciesUnusable."""
    if missing := {FORBIDS, SCHEMA, DOCUMENTS, SECTIONS} - set(files):
        raise PoliciesUnusable(f"missing: {', '.join(sorted(missing))}")
    try:
        texts = {name: data.decode() for name, data in files.items()}
        policies = {name: text for name, text in sorted(texts.items()) if name.endswith(".cedar")}
        for name, text in policies.items():
            _check_effects(name, text)
        text = "\n".join(policies.values())
        ids = _ids(text)
    except ValueError as wrong:
        raise PoliciesUnusable(str(wrong)) from None
    if not cedarpy.validate_policies(text, texts[SCHEMA]).validation_passed:
        raise PoliciesUnusable("the schema does not accept the policies")
    parsed = _policies(text)
    schema = str(cedarpy.Schema.from_str(texts[SCHEMA]))
    slices = _slices(parsed, schema)
    return PolicyText(
        _json(parsed),
        slices,
        _schemas(schema, slices),
        ids,
        texts[SCHEMA],
        texts[DOCUMENTS],
        texts[SECTIONS],
        _digest(files),
    )


def _policies(text: str) -> Parsed:
    """Cedar's own name -> policy, as Cedar's JSON says it."""
    said = json.loads(cedarpy.policies_to_json_str(text))
    if said["templates"]:
        raise PoliciesUnusable("a template decides nothing")
    policies: Parsed = said["staticPolicies"]
    return policies


def _parsed(said: str) -> Parsed:
    policies: Parsed = json.loads(said)["staticPolicies"]
    return policies


def _json(policies: Parsed) -> str:
    return json.dumps({"templates": {}, "staticPolicies": policies, "templateLinks": []})


def _slices(policies: Parsed, schema: str) -> dict[str, str]:
    """For each action that can be asked, the policies without those whose scope reaches only other actions.

    What must hold: a slice decides its action as the whole does. A scope that names everything, or that is not understood, stays in every
    slice. schema: in Cedar's own spelling.
    """
    asked = set(re.findall(r'action "(\w+)"(?: in \[[^\]]*\])? appliesTo', schema))
    scopes = {name: _scope(policy["action"]) for name, policy in policies.items()}
    return {
        action: _json({n: p for n, p in policies.items() if not scopes[n] or scopes[n] & names})
        for action, names in reach(schema).items()
        if action in asked
    }


def _schemas(schema: str, actions: Iterable[str]) -> dict[str, str]:
    """For each action the schema without the other actions, save the groups that it is in.

    Cedar makes an entity of every action that its schema names, at each question. All types and contexts stay, so that the same attributes
    are refused. schema: in Cedar's own spelling.
    """
    names = reach(schema)
    return {action: _only(schema, names[action]) for action in actions}


def _only(schema: str, names: frozenset[str]) -> str:
    return re.sub(
        r'^action "(\w+)"[^;]*;\n*', lambda said: said[0] if said[1] in names else "", schema, flags=re.MULTILINE
    )


def by_type(said: str) -> dict[str, str]:
    """A slice (JSON) for each type of resource, without the policies whose scope is another type: such a one decides nothing there."""
    policies = _parsed(said)
    of = {name: _type(policy["resource"]) for name, policy in policies.items()}
    return {kind: _json({n: p for n, p in policies.items() if of[n] in (None, kind)}) for kind in TYPES}


def by_role(said: str) -> dict[str | None, str]:
    """A slice (JSON) for each role that its policies speak of, for persons who hold that role alone; None: for everybody else.

    Left out is a policy that begins with another role: where its first condition is false nothing more of it is looked at.
    """
    policies = _parsed(said)
    begins = {name: _role(policy["conditions"]) for name, policy in policies.items()}
    roles = {role for role in begins.values() if role is not None}
    return {None: said} | {
        role: _json({n: p for n, p in policies.items() if begins[n] in (None, role)}) for role in sorted(roles)
    }


def _role(conditions: Sequence[Mapping[str, Any]]) -> str | None:
    """The role R of a policy that begins `when { principal.roles.contains("R")`, alone or before the first `&&`; None for any other."""
    if not conditions or conditions[0]["kind"] != "when":
        return None
    first = conditions[0]["body"]
    while "&&" in first:
        first = first["&&"]["left"]
    match first:
        case {
            "contains": {"left": {".": {"left": {"Var": "principal"}, "attr": "roles"}}, "right": {"Value": str(role)}}
        }:
            return role
    return None


def follows(weaker: str, weak: frozenset[str], stronger: str, strong: frozenset[str]) -> bool:
    """Whether whoever may do the action `strong`, by its slice `stronger`, may do `weak`, by its slice `weaker`, too.

    So it is where each permit there permits here, and each forbid here forbids there: the same policies, whose scopes reach both. One
    whose condition looks at the action may say two things, save a forbid that excepts exactly the weak action: it says nothing here.
    weak, strong: the actions, each with its groups, as `reach` gives them.
    """
    here = {n: p for n, p in _parsed(weaker).items() if _reaches(p, weak)}
    there = {n: p for n, p in _parsed(stronger).items() if _reaches(p, strong)}
    permits = {n: p for n, p in there.items() if p["effect"] == "permit"}
    forbids = {n: p for n, p in here.items() if p["effect"] == "forbid" and not _excepts(p, weak)}
    looks = any('"Var": "action"' in json.dumps(p["conditions"]) for p in (permits | forbids).values())
    return not looks and permits.keys() <= here.keys() and forbids.keys() <= there.keys()


def reach(schema: str) -> dict[str, frozenset[str]]:
    """Each action or group of a schema (in Cedar's own spelling) with all groups that it is in: what a scope may name to mean it."""
    within = {
        name: set(re.findall(r'Action::"(\w+)"', groups or ""))
        for name, groups in re.findall(r'action "(\w+)"(?: in \[([^\]]*)\])?', schema)
    }
    found = {name: {name} | groups for name, groups in within.items()}
    for _ in found:
        found = {name: names.union(*(within.get(n, set()) for n in names)) for name, names in found.items()}
    return {name: frozenset(names) for name, names in found.items()}


def _reaches(policy: Mapping[str, Any], names: frozenset[str]) -> bool:
    return policy["action"]["op"] == "All" or not names.isdisjoint(_scope(policy["action"]))


def _excepts(policy: Mapping[str, Any], names: frozenset[str]) -> bool:
    """A condition of the policy is exactly `unless { action == one of these }`, and the action is in no group."""
    (name, *more) = names
    entity = {"Value": {"__entity": {"type": "Action", "id": name}}}
    unless = {"kind": "unless", "body": {"==": {"left": {"Var": "action"}, "right": entity}}}
    return not more and unless in policy["conditions"]


def _type(resource: Mapping[str, Any]) -> str | None:
    """The one type that a scope of exactly `resource is T` names; None for any other scope, which stays in every slice."""
    return str(resource["entity_type"]) if resource.keys() == {"op", "entity_type"} and resource["op"] == "is" else None


def _scope(action: Mapping[str, Any]) -> set[str]:
    """The actions that a policy's scope names; none where it names none."""
    entities = action.get("entities") or [e for e in [action.get("entity")] if e]
    return {entity["id"] for entity in entities}


def _check_effects(name: str, text: str) -> None:
    wanted = "forbid" if name == FORBIDS else "permit"
    if any(policy["effect"] != wanted for policy in _policies(text).values()):
        raise PoliciesUnusable(f"{name} holds more than its {wanted}s")


def _ids(text: str) -> dict[str, str]:
    notes = {name: policy.get("annotations", {}) for name, policy in _policies(text).items()}
    ids = {name: said.get("id") or "" for name, said in notes.items()}
    if (
        not all(ids.values())
        or len(set(ids.values())) != len(ids)
        or not all(said.get("basis") for said in notes.values())
    ):
        raise PoliciesUnusable("every policy has an @id of its own and a @basis")
    return ids


def _digest(files: Mapping[str, bytes]) -> bytes:
    digest = hashlib.sha256(b"hozen policy set\0")
    for name, data in sorted(files.items()):
        digest.update(name.encode() + b"\0" + len(data).to_bytes(8, "big") + data)
    return digest.digest()
