"""The judge of P1: what a client may be told and what may have changed where a record could not be made.

Nothing of the service is imported.

What must hold: an answer other than the one fixed 503 begins only when its record is durable; the 503 says nothing; a row or the
keyholder's store changes only beside the record that says so, and a record that says "done" stands only beside the change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FIXED = (
    '{"type":"urn:hozen:refusal:unavailable","title":"現在処理できません。何も変更されていません。","status":503,"name":"unavailable",'
    '"text":{"ja":"現在処理できません。何も変更されていません。","en":"Not available now. Nothing was changed."},'
    '"next_step":{"ja":"しばらくしてからもう一度お試しください。","en":"Try again in a moment."}}'
).encode()
"""The one body of 503."""
TELLING = frozenset({"etag", "location", "marking", "content-disposition"})
"""Headers that tell of a case."""
OF_REQUESTS = frozenset({"act", "read", "list", "export", "refusal", "request"})
CHANGES = frozenset({"act", "revoke"})
"""What a record is that stands for changed rows."""
SAVES = frozenset({"put-save-draft", "delete-drop-draft"})
"""What a record of a request is called that stands for a draft changed."""
CHANGES_KEYS = frozenset({"relabel", "revoke"})
"""What a record is that stands for a change of the keyholder's own store."""
Record = Mapping[str, Any]


@dataclass(frozen=True)
class State:
    """What there is: each table's rows (its count and digest), and the keyholder's store."""

    tables: Mapping[str, tuple[int, str]]
    keyholder: bytes


@dataclass
class Seen:
    """One request as its client saw it. durable: the records of it that were durable when its answer began. reads: how many of them must
    be readings of parts for what it asks for to leave."""

    what: str
    request: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    durable: Sequence[Record] = ()
    reads: int = 0


@dataclass(frozen=True)
class Trial:
    """One fault, the requests under it, and what stood before and after. in_doubt: the fault leaves open whether the record is durable.

    cancelled: it ends requests without an answer.
    """

    answers: Sequence[Seen]
    before: State
    after: State
    records: Sequence[Record]
    marks: Sequence[bytes]
    in_doubt: bool = False
    cancelled: bool = False


def judge(trial: Trial) -> list[str]:
    """Everything that is wrong, one sentence each."""
    found = [f"{seen.what} {seen.status}: {wrong}" for seen in trial.answers for wrong in _answer(seen, trial)]
    return found + list(_changes(trial))


def _answer(seen: Seen, trial: Trial) -> Iterable[str]:
    """What is wrong with one answer."""
    if seen.status == 0:
        if seen.body:
            yield "bytes without a beginning"
        if not trial.cancelled:
            yield "no answer"
    elif seen.status == 503:
        if seen.body != FIXED and not (trial.cancelled and not seen.body):
            yield f"another body than the fixed one: {seen.body[:80]!r}"
        if told := TELLING & seen.headers.keys():
            yield f"headers that tell: {sorted(told)}"
    else:
        yield from _told(seen, trial.marks)


def _told(seen: Seen, marks: Sequence[bytes]) -> Iterable[str]:
    """What is wrong with an answer that says something."""
    if seen.status >= 500:
        yield "a fault"
    own = [r for r in seen.durable if r["request"] == seen.request and r["what"] in OF_REQUESTS]
    right = [r for r in own if r["status"] == seen.status and (r["outcome"] == "allowed") == (seen.status < 400)]
    if not right:
        yield "it began without its record"
    marked = any(mark in seen.body for mark in marks)
    if marked and (seen.status >= 300 or len(right) < seen.reads):
        yield f"content left with {len(right)} records of {seen.reads}"


def _changes(trial: Trial) -> Iterable[str]:
    """What is wrong between what changed and what is recorded."""
    requests = {seen.request for seen in trial.answers if seen.request}
    known = [r for r in trial.records if r["outcome"] == "allowed" and (trial.cancelled or r["request"] in requests)]
    moved = sorted(t for t in trial.after.tables if trial.after.tables[t] != trial.before.tables.get(t))
    said = [r for r in known if r["what"] in CHANGES or (moved == ["drafts"] and r["action"] in SAVES)]
    if moved and not said:
        yield f"{moved} changed and no record says so"
    if not moved and any(r["what"] == "act" for r in said):
        yield "an act is recorded as done, and nothing changed"
    if len([r for r in said if r["what"] == "act"]) > 1:
        yield "one act has two records"
    if trial.before.keyholder != trial.after.keyholder and not any(r["what"] in CHANGES_KEYS for r in known):
        yield "the keyholder's store changed and no record says so"
    told = {seen.request for seen in trial.answers if seen.status not in (0, 503)}
    done = [r for r in said if r["what"] == "revoke" or r["request"] in told]
    if moved and not done and not (trial.in_doubt or trial.cancelled):
        yield f"{moved} changed, and 503 was told"
    if not moved and any(s.status < 300 and s.what.startswith("act") and s.status for s in trial.answers):
        yield "an act was told as done, and nothing changed"
