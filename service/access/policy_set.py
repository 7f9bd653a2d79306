"""The text of the policies, checked before it decides anything.

What must hold: the schema accepts every policy; each has an @id of its own and a @basis; everyone.cedar is there and holds nothing but
forbids, the other files nothing but permits. The digest covers every file that changes a decision.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cedarpy

FORBIDS = "everyone.cedar"
SCHEMA = "schema.cedarschema"
DOCUMENTS = "documents.toml"
SECTIONS = "sections.toml"


class PoliciesUnusable(ValueError):
    """The policies do not hold together: nothing is decided with them."""


@dataclass(frozen=True)
class PolicyText:
    """Checked texts. text: all policies; ids: Cedar's own name of each (policy0, ...) -> @id; digest: SHA-256 of the set, 32 bytes."""

    text: str
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
    return PolicyText(text, ids, texts[SCHEMA], texts[DOCUMENTS], texts[SECTIONS], _digest(files))


def _policies(text: str) -> dict[str, dict[str, object]]:
    """Cedar's own name -> policy, as Cedar's JSON says it."""
    said = json.loads(cedarpy.policies_to_json_str(text))
    if said["templates"]:
        raise PoliciesUnusable("a template decides nothing")
    policies: dict[str, dict[str, object]] = said["staticPolicies"]
    return policies


def _check_effects(name: str, text: str) -> None:
    wanted = "forbid" if name == FORBIDS else "permit"
    if any(policy["effect"] != wanted for policy in _policies(text).values()):
        raise PoliciesUnusable(f"{name} holds more than its {wanted}s")


def _ids(text: str) -> dict[str, str]:
    notes: dict[str, dict[str, str]] = {name: policy.get("annotations", {}) for name, policy in _policies(text).items()}  # type: ignore[misc]
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
