"""What one record of the access log says, and its one exact encoding (RFC 8785 canonical JSON, ASCII).

Promise: a record holds no content. Every field is an id, a date, a number, a hash, one of a few words, or a short token of a strict
grammar, so that neither text of a filing nor an official number fits in; anything else is NotARecord before it is stored. One record
has one encoding: `decode` refuses bytes that `encode` would not make. Not promised: that what a record says is true.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson

VERSION = 1
REQUESTS = frozenset({"act", "read", "list", "export", "refusal", "request"})
OPERATIONS = frozenset({"release", "relabel", "attest", "revoke", "sign", "start"})
OUTCOMES = frozenset({"allowed", "refused", "failed"})
Fields: TypeAlias = dict[str, Any]
"""The fields of a record as JSON has them."""

NUMBER_LIMIT = 10**15  # below 2**53: every JSON reader holds it exactly

TOKEN = r"(?!.*[0-9]{5})[A-Za-z][A-Za-z0-9]*(?:[_.:-][A-Za-z0-9]+)*"
LABEL = r"(?:application|designated|released)(?:/[A-Za-z0-9][A-Za-z0-9_-]{0,15})?"


class NotARecord(ValueError):
    """A field (named in the message, its value never) breaks the grammar, or bytes are not the canonical encoding of a record."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What the room that acts knows of a record; writer, number, id and time are added when it is written.

    what: one of REQUESTS (exactly one per HTTP request) or OPERATIONS (of the keyholder, under the same request id).
    policy_set, snapshot, digest: SHA-256 as lower-case hex. step: {"from", "to", "name", "happened_on"}; `from` is "" at the opening.
    label: the label, or "label/compartment". Order and repetition in roles and policies say nothing: they are stored sorted, once.
    """

    what: str
    action: str
    outcome: str
    request: UUID | None = None
    person: UUID | None = None
    office: str | None = None
    roles: tuple[str, ...] = ()
    cleared_until: date | None = None
    kind: str | None = None
    case: UUID | None = None
    part: UUID | None = None
    label: str | None = None
    purpose: str | None = None
    reason: str | None = None
    status: int | None = None
    policies: tuple[str, ...] = ()
    policy_set: str | None = None
    snapshot: str | None = None
    step: Mapping[str, str] | None = None
    digest: str | None = None


@dataclass(frozen=True, kw_only=True)
class Record(Draft):
    """A draft with its place: the `number`-th record of `writer`, made at `at` (UTC, microseconds)."""

    id: UUID
    writer: UUID
    number: int
    at: datetime


class Position(NamedTuple):
    """What makes a record of a draft: its id, and that it is the `number`-th of `writer`, made at `at` (UTC, microseconds)."""

    id: UUID
    writer: UUID
    number: int
    at: datetime


def check(draft: Draft) -> Fields:
    """The draft's fields as they will be stored. Raises NotARecord, so that a bad draft hurts only the request that made it."""
    said = _draft_said(draft)
    try:
        broken = _broken(*(said[name] for name in WORDS), tuple(said["roles"]), tuple(said["policies"]))
    except TypeError:  # a value that nothing can be looked up by is none of the words
        broken = next(name for name in WORDS if not GRAMMAR[name](said[name]))
    if broken is not None:
        raise NotARecord(broken)
    _hold(said, VARYING)
    return said


def is_token(word: str) -> bool:
    """Whether a record can hold this word as its purpose, reason or action."""
    return _token(word)


def encode(record: Record) -> bytes:
    """The canonical bytes. Raises NotARecord."""
    return placed(check(record), Position(record.id, record.writer, record.number, record.at))


def placed(checked: Fields, place: Position) -> bytes:
    """The canonical bytes of the record at this place. checked: what `check` gave for its draft. Raises NotARecord."""
    at = {
        "v": VERSION,
        "id": _hex(place.id),
        "writer": _hex(place.writer),
        "number": place.number,
        "at": _instant(place.at),
    }
    _hold(at, PLACED)
    return orjson.dumps(checked | at, option=orjson.OPT_SORT_KEYS)


def decode(data: bytes) -> Record:
    """The record of its canonical bytes. Raises NotARecord for any others."""
    try:
        said = json.loads(data.decode("ascii"))
    except (ValueError, RecursionError):
        raise NotARecord("not JSON in ASCII") from None
    if not isinstance(said, dict) or said.keys() != GRAMMAR.keys():
        raise NotARecord("not the fields of a record")
    _hold(said, GRAMMAR)
    record = _record(said)
    if encode(record) != data:
        raise NotARecord("not the canonical encoding")
    return record


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962 2.1: the leaf hash of a record's bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def _draft_said(draft: Draft) -> dict[str, Any]:
    return {
        "what": draft.what,
        "request": _hex(draft.request),
        "person": _hex(draft.person),
        "office": draft.office,
        "roles": sorted(set(draft.roles)),
        "cleared_until": _day(draft.cleared_until),
        "action": draft.action,
        "kind": draft.kind,
        "case": _hex(draft.case),
        "part": _hex(draft.part),
        "label": draft.label,
        "purpose": draft.purpose,
        "outcome": draft.outcome,
        "reason": draft.reason,
        "status": draft.status,
        "policies": sorted(set(draft.policies)),
        "policy_set": draft.policy_set,
        "snapshot": draft.snapshot,
        "step": dict(draft.step) if draft.step is not None else None,
        "digest": draft.digest,
    }


def _record(said: dict[str, Any]) -> Record:
    """Of fields that hold the grammar."""
    places = {name: UUID(said[name]) if said[name] else None for name in ("request", "person", "case", "part")}
    fields = said | places | {"roles": tuple(said["roles"]), "policies": tuple(said["policies"])}
    fields["cleared_until"] = date.fromisoformat(said["cleared_until"]) if said["cleared_until"] else None
    fields["at"] = datetime.fromisoformat(said["at"])
    fields |= {"id": UUID(said["id"]), "writer": UUID(said["writer"])}
    del fields["v"]
    return Record(**fields)


def _hex(id: UUID | None) -> str | None:
    """32 hex digits: of a UUID they cannot be anything else, so that nobody looks again. Raises NotARecord for anything else."""
    if id is None:
        return None
    if not isinstance(id, UUID):
        raise NotARecord("id")
    return id.hex


def _day(day: date | None) -> str | None:
    """An ISO date: of a date it cannot be anything else. Raises NotARecord for anything else, a moment too."""
    if day is None:
        return None
    if type(day) is not date:
        raise NotARecord("cleared_until")
    return day.isoformat()


def _instant(at: datetime) -> str:
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise NotARecord("at")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


Holds = Callable[[Any], bool]


def _text(pattern: str, most: int = 64) -> Holds:
    whole = re.compile(pattern)
    return lambda value: isinstance(value, str) and len(value) <= most and whole.fullmatch(value) is not None


def _whole(low: int, end: int) -> Holds:
    return lambda value: type(value) is int and low <= value < end


def _one_of(words: frozenset[str]) -> Holds:
    return lambda value: isinstance(value, str) and value in words


def _maybe(holds: Holds) -> Holds:
    return lambda value: value is None or holds(value)


def _ascending(holds: Holds, most: int) -> Holds:
    def all_hold(values: Any) -> bool:
        if not isinstance(values, list) or len(values) > most or not all(holds(v) for v in values):
            return False
        return all(a < b for a, b in pairwise(values))

    return all_hold


def _calendar(pattern: str, parse: Callable[[str], object]) -> Holds:
    shape = _text(pattern)

    def is_real(value: Any) -> bool:
        try:
            return shape(value) and parse(value) is not None
        except ValueError:
            return False

    return is_real


_word = lru_cache(maxsize=1024)(_text(TOKEN))
"""The same few of the road and the policies stand in every record."""
_known_day = lru_cache(maxsize=1024)(_calendar(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", date.fromisoformat))
"""As do the same few days."""


def _date(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 10 and _known_day(value)


def _token(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 64 and _word(value)


_id = _text(r"[0-9a-f]{32}")
_sha256 = _text(r"[0-9a-f]{64}")
_moment = _calendar(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z", datetime.fromisoformat)
_state = _text(r"[A-Z][A-Z_]*")

STEP: dict[str, Holds] = {"from": _text(r"|[A-Z][A-Z_]*"), "to": _state, "name": _token, "happened_on": _date}


def _step(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == STEP.keys() and all(STEP[k](v) for k, v in value.items())


GRAMMAR: dict[str, Holds] = {
    "v": lambda value: type(value) is int and value == VERSION,
    "id": _id,
    "writer": _id,
    "number": _whole(1, NUMBER_LIMIT),
    "at": _moment,
    "what": _one_of(REQUESTS | OPERATIONS),
    "request": _maybe(_id),
    "person": _maybe(_id),
    "office": _maybe(_text(rf"{TOKEN}|[0-9a-f]{{32}}")),
    "roles": _ascending(_token, 16),
    "cleared_until": _maybe(_date),
    "action": _token,
    "kind": _maybe(_token),
    "case": _maybe(_id),
    "part": _maybe(_id),
    "label": _maybe(_text(LABEL)),
    "purpose": _maybe(_token),
    "outcome": _one_of(OUTCOMES),
    "reason": _maybe(_token),
    "status": _maybe(_whole(100, 600)),
    "policies": _ascending(_token, 64),
    "policy_set": _maybe(_sha256),
    "snapshot": _maybe(_sha256),
    "step": _maybe(_step),
    "digest": _maybe(_sha256),
}


WORDS = ("what", "office", "action", "kind", "label", "purpose", "outcome", "reason", "status", "policy_set")
"""With roles and policies: what stands alike in record after record."""
VARYING = ("snapshot", "step", "digest")
"""The other fields of a draft that are looked at; those left are made of a UUID or a date here, and can be nothing else."""
PLACED = ("number",)


@lru_cache(maxsize=4096, typed=True)
def _broken(*words: Any) -> str | None:
    """The first of WORDS, roles and policies that breaks its grammar; None where all hold."""
    *plain, roles, policies = words
    said = dict(zip(WORDS, plain, strict=True)) | {"roles": list(roles), "policies": list(policies)}
    return next((name for name, value in said.items() if not GRAMMAR[name](value)), None)


def _hold(said: Mapping[str, Any], fields: Iterable[str]) -> None:
    for name in fields:
        if not GRAMMAR[name](said[name]):
            raise NotARecord(name)
