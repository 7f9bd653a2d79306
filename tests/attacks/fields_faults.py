"""Faults that P19 must notice: what careless code would write, take and tell."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from tests.attacks.fields_injections import Sent

EDITS = {
    "a state set": "update cases set state = 'RELEASED' where id = $case",
    "a label set": "update cases set label = 'released' where id = $case",
    "a version set": "update cases set version = version + 1 where id = $case",
    "a compartment set": "update cases set compartment = 'b' where id = $case",
    "a kind set": "update cases set kind = 'party' where id = $case",
    "a time of recording set": "update cases set recorded_at = '1999-12-31' where id = $case",
    "a legal date set": "update events set happened_on = '1999-12-31' where case_id = $case",
    "an end set": "update events set until = '2099-12-31' where case_id = $case",
    "a person set": "update events set person = gen_random_uuid() where case_id = $case",
    "a paper set": "update events set document = 'NTC-71' where case_id = $case",
    "an event taken out": "delete from events where id = (select id from events where case_id = $case limit 1)",
    "a part relabelled": "update parts set label = 'released' where case_id = $case",
    "a part renamed": "update parts set document = 'claims' where case_id = $case",
    "a wrap exchanged": "update parts set wrapped = 'x' where case_id = $case",
    "a content exchanged": "update parts set sealed = 'x' where case_id = $case",
    "a part added": "insert into parts select gen_random_uuid(), case_id, document, version, label, compartment, key_id, size_class,"
    " wrapped, sealed, recorded_at from parts where case_id = $case limit 1",
    "a fact added": "insert into facts values (gen_random_uuid(), gen_random_uuid(), $case, null, 'x')",
    "a fact moved": "update facts set case_id = gen_random_uuid() where case_id = $case",
    "a fact taken out": "delete from facts where case_id = $case",
    "a clock stopped": "update clocks set state = 'stopped' where case_id = $case",
    "a clock moved": "update clocks set due = due + 1 where case_id = $case",
    "a step laid": "insert into road_steps values ('filing', 'DESIGNATED', 'withdraw', 'WITHDRAWN')",
    "an approval added": "insert into approvals select gen_random_uuid(), $case, 1, 'correct', 'x', gen_random_uuid(), id, now()"
    " from parts where case_id = $case limit 1",
}  # fmt: skip

Binder = Callable[[Sent], dict[str, Any]]


def _whole(sent: Sent) -> Any:
    return json.loads(sent.body)


def _flat(value: Any) -> dict[str, Any]:
    """Every name within, wherever it stands."""
    found: dict[str, Any] = {}
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        found |= _flat(inner)
    return found | (value if isinstance(value, dict) else {})


def _spelled(name: str) -> str:
    """The column that a kind binder takes a name for."""
    return re.sub(r"[^a-z]|__set$", "", name.lower().rpartition("[")[2] or name.lower()).removeprefix("cases")


BINDERS: dict[str, Binder] = {
    "top": _whole,
    "nested": lambda sent: _flat(_whole(sent)),
    "list": lambda sent: _flat(_whole(sent)),
    "alias": lambda sent: {_spelled(n): v for n, v in _whole(sent).items()},
    "query": lambda sent: {_spelled(n): v for n, v in parse_qsl(sent.query)},
    "header": lambda sent: {n.removeprefix("x-").removeprefix("hozen-"): v for n, v in sent.headers.items()},
    "form": lambda sent: dict(parse_qsl(sent.body.decode())),
    "twice": _whole,
    "case": lambda sent: {n.lower(): v for n, v in _whole(sent).items()},
}
"""place -> a binder that takes what is said there."""

_DONE = {"case": "c", "state": "s", "version": 1, "event": None, "approvals_missing": 0}
_ROW = {"id": "i", "state": "s", "version": 1, "label": "l", "due": None, "recorded_at": "t"}
REPLIES: dict[str, tuple[str, Any]] = {
    "more in an answer": ("DoneShape", {**_DONE, "compartment": "a"}),
    "less in an answer": ("DoneShape", {k: v for k, v in _DONE.items() if k != "state"}),
    "more in a row of a list": ("CaseList", {"filings": [{**_ROW, "person": "p"}], "next": None}),
    "more beside a list": ("CaseList", {"filings": [_ROW], "next": None, "total": 7}),
    "more in a problem": (
        "Problem",
        {"type": "", "title": "", "status": 4, "name": "", "text": {"ja": "", "en": ""}, "detail": "x"},
    ),
    "more in its words": (
        "Problem",
        {"type": "", "title": "", "status": 4, "name": "", "text": {"ja": "", "en": "", "de": ""}},
    ),
}
