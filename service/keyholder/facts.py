"""Facts that open content, and the authenticator that only the keyholder can make.

A fact says who a token's subject is, which office a person holds, his clearance, a compartment he may enter, the case
he is assigned to, a grant, or that he is a party to a case. Its body is sealed by AES-256-GCM under the vault's fact
key: secrecy and authenticator in one. The owner of the database reads the person's pseudonym, the case's id, and which
rows bind a subject (they have a tag).

Promise: `open_fact` gives a fact only for a body that the keyholder sealed for this row id, person, case and tag, in
exactly the epoch asked for. Forged, altered, moved, re-dated and replayed rows raise NotAFact.
Not promised: that no fact was deleted, and that, within one epoch, the newer of two bodies sealed for one row id is the
one found. So whatever takes something away (ends, shortens, narrows) must raise the person's epoch (`state`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Literal, get_args
from uuid import UUID

from service.keyholder import frames
from service.keyholder.vaults import NotSealedHere, Vault
from service.sealing.encoding import fields, optional, uuid_or_none

Kind = Literal[
    "subject", "post", "clearance", "compartment", "assignment", "grant", "party", "mandate", "link", "contact"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
OF_ONE_CASE = ("assignment", "party", "link")
Value = str | int | bool | None
_STEP = 256  # bodies are padded to its multiples, so that their lengths do not tell the kinds apart
_LENGTH = 4


class NotAFact(Exception):
    """A row that is no fact: not sealed by this keyholder for this person, case and row, or of another epoch."""


@dataclass(frozen=True)
class FactRow:
    """A fact as the database stores it."""

    id: UUID
    person: UUID
    case_id: UUID | None
    tag: bytes | None
    body: bytes


@dataclass(frozen=True)
class Fact:
    """A fact, opened. It holds from `start` to `until`, both days included; `until` None means without end.

    values: a subject has `issuer` and `subject`; the other kinds what the policies ask of them.
    Raises ValueError for a fact that cannot be: unknown kind, end before start, a case missing, a subject unnamed.
    """

    id: UUID
    person: UUID
    case_id: UUID | None
    kind: Kind
    epoch: int
    start: date
    until: date | None
    values: Mapping[str, Value]

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no kind of fact: {self.kind}")
        if self.kind in OF_ONE_CASE and self.case_id is None:
            raise ValueError("a fact of this kind is about one case")
        if self.until is not None and self.until < self.start:
            raise ValueError("a fact does not end before its start")
        if self.kind == "subject" and not all(isinstance(self.values.get(n), str) for n in ("issuer", "subject")):
            raise ValueError("a subject is an issuer and a subject")
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    def holds_on(self, day: date) -> bool:
        """It holds on this Japan date."""
        return self.start <= day and (self.until is None or day <= self.until)


def tag(vault: Vault, issuer: str, subject: str) -> bytes:
    """The 32 bytes by which a token's subject is looked up: HMAC-SHA256 over issuer and subject."""
    return vault.mac("subject-tag", fields(b"hozen subject", vault.root, issuer.encode(), subject.encode()))


def seal_fact(vault: Vault, fact: Fact) -> FactRow:
    """The row to store. No two sealings give the same bytes. Raises frames.BadFrame for a value of another type."""
    body = frames.pack(
        {
            "kind": fact.kind,
            "epoch": fact.epoch,
            "from": fact.start.toordinal(),
            "until": None if fact.until is None else fact.until.toordinal(),
            "values": dict(fact.values),
        }
    )
    padded = -(-(len(body) + _LENGTH) // _STEP) * _STEP
    plain = (len(body).to_bytes(_LENGTH, "big") + body).ljust(padded, b"\x00")
    named = tag(vault, str(fact.values["issuer"]), str(fact.values["subject"])) if fact.kind == "subject" else None
    row = FactRow(fact.id, fact.person, fact.case_id, named, b"")
    return replace(row, body=vault.seal("fact", plain, _context(vault, row)))


def open_fact(vault: Vault, row: FactRow, epoch: int) -> Fact:
    """The fact of a row, in the person's present epoch. Raises NotAFact, and nothing else."""
    fact = open_any_epoch(vault, row)
    if fact.epoch != epoch:
        raise NotAFact("of another epoch")
    return fact


def open_any_epoch(vault: Vault, row: FactRow) -> Fact:
    """As `open_fact`, whatever the epoch: only for re-sealing after a revocation. Raises NotAFact, and nothing else."""
    try:
        plain = vault.open("fact", row.body, _context(vault, row))
        said = frames.unpack(plain[_LENGTH : _LENGTH + int.from_bytes(plain[:_LENGTH], "big")])
        return _fact(row, said)
    except (NotSealedHere, frames.BadFrame, KeyError, TypeError, ValueError, OverflowError):
        raise NotAFact("not sealed here for this person, case and row") from None


def _fact(row: FactRow, said: dict[str, Any]) -> Fact:
    until = said["until"]
    return Fact(
        row.id,
        row.person,
        row.case_id,
        said["kind"],
        said["epoch"],
        date.fromordinal(said["from"]),
        None if until is None else date.fromordinal(until),
        said["values"],
    )


def _context(vault: Vault, row: FactRow) -> bytes:
    return fields(
        vault.root,
        b"fact",
        row.id.bytes,
        row.person.bytes,
        optional(uuid_or_none(row.case_id)),
        optional(row.tag),
    )
