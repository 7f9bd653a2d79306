"""Mixed requests, as everybody and nobody sends them, and the judge who holds them against the records one by one.

The judge knows of the service only what a client is told and what a record says; it imports nothing of it.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.attacks import api

METHODS = (
    "GET",
    "GET",
    "GET",
    "POST",
    "POST",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "PROPFIND",
)
NAMES = ("sato", "yamada", "kato", "suzuki", "tanaka", "nakamura", "watanabe", "yamamoto")
UNAUDITED = ("/livez", "/readyz")
STREAMED = "/audit/bundle"
"""What is read from the database while it is sent."""
EVERYBODYS = ("/openapi.json", "/")
"""What is told to everybody: nobody is asked who he is."""
UNKNOWN = 503
"""The status that promises nothing; its request may have no record, where none could be made."""
BULK, OF_EACH = "/screening/judge-not-to-send", "judge_not_to_send"
NAMED = {"links": "link_cases", "parties": "change_parties"}
"""Acts whose address is not their name."""
EARLY, LATE = "early", "late"
"""When a client leaves: before its answer begins, or when it has begun."""
FORM = (
    b'--x\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\n%s\r\n'
    b'--x\r\ncontent-disposition: form-data; name="read_back"\r\n\r\n%s\r\n--x--\r\n'
)
OTHER = FORM[:-7] + b'--x\r\ncontent-disposition: form-data; name="request_review"\r\n\r\nx\r\n--x--\r\n'
"""The same filing with something else said."""


@dataclass(frozen=True)
class Ask:
    """One request. name: whose token, "" for none, "?" for one that does not hold."""

    method: str
    path: str
    name: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    leave: str | None = None
    announced: int | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.name or '-'} {self.leave or ''}"


@dataclass(frozen=True)
class Got:
    """What came of it: the id and the status of the answer; none where the client left early. cut: the answer's body did not come whole."""

    ask: Ask
    request: str | None
    status: int
    cut: bool = False


@dataclass
class Mix:
    """Draws requests. cases: case -> its parts; paper: a document to be filed, and the digest of its reading back."""

    rng: random.Random
    cases: Mapping[str, Sequence[str]]
    paper: tuple[bytes, str]
    keys: list[str] = field(default_factory=lambda: [uuid4().hex for _ in range(40)])

    def draw(self) -> Ask:
        """The next one: one in twenty files under a key that was used, one in ten leaves."""
        rng, said = self.rng, self.rng.random()
        leave = rng.choice((EARLY, LATE)) if rng.random() < 0.1 else None
        if said < 0.05:
            return self._filing(leave)
        if said < 0.06:
            return Ask("POST", self._path(rng.choice(_PATHS)), rng.choice(NAMES), announced=17 * 2**20)
        return self._any(leave)

    def _filing(self, leave: str | None) -> Ask:
        body = (OTHER if self.rng.random() < 0.1 else FORM) % (self.paper[0], self.paper[1].encode())
        headers = ("idempotency-key", self.rng.choice(self.keys)), ("content-type", "multipart/form-data; boundary=x")
        return Ask("POST", "/filings", "sato", headers, body, leave)

    def _any(self, leave: str | None) -> Ask:
        rng = self.rng
        template = rng.choice(_OF_A_FILING if rng.random() < 0.6 else _PATHS)
        method = rng.choice(METHODS)
        if rng.random() < 0.5:
            method = rng.choice(sorted(api.contract()["paths"].get(template, {"get": 0}))).upper()
        headers = [("if-match", rng.choice(('"1"', '"2"', '"3"', "x")))] if rng.random() < 0.8 else []
        headers.append(("content-type", rng.choice(("application/json",) * 4 + ("text/plain", "multipart/form-data"))))
        headers.append(("idempotency-key", uuid4().hex))
        name = rng.choice((*NAMES, *NAMES, "", "?"))
        return Ask(method, self._path(template), name, tuple(headers), self._body(template), leave)

    def _body(self, template: str) -> bytes:
        model = _MODELS.get(template)
        right = json.dumps(api.body_of(model)).encode() if model else b"{}"
        return self.rng.choice((right, right, b"", b"{}", b'{"reason":"x"}', b"[", b'{"a":1,"a":2}'))

    def _path(self, template: str) -> str:
        rng = self.rng
        case = rng.choice(sorted(self.cases))
        part = rng.choice(list(self.cases[case]) or [str(uuid4())])
        case = rng.choice((case, case, case, str(uuid4()), "no-id"))
        path = template.replace("{filing_id}", case).replace("{part_id}", part).replace("{fact_id}", str(uuid4()))
        if path == "/audit/bundle":
            first = rng.randrange(100)
            return f"{path}?from={first}&to={first + 100}&format={rng.choice(('bundle', 'csv', 'jsonl'))}"
        return f"{path}?limit={rng.choice(('1', '20', '100', '0', 'x'))}" if rng.random() < 0.2 else path


_PATHS = (
    *sorted(api.contract()["paths"]),
    "/",
    "/nowhere",
    "/filings/",
    "/openapi.json",
    "/docs",
    "/audit",
    "//",
    "/livez/",
)
_OF_A_FILING = [path for path in _PATHS if path.startswith("/filings/{filing_id}/")]
_MODELS = {operation.path: operation.model for operation in api.json_operations()}


def judge(
    got: Iterable[Got],
    records: Iterable[Mapping[str, Any]],
    persons: Mapping[str, str],
    *,
    all_came: bool = False,
    doubts: int = 0,
) -> list[str]:
    """Everything that is wrong between requests and records, one sentence each. persons: name -> pseudonym, 32 hex digits.

    all_came: the service has seen every request, also of those who left early; else they have at most one record each.
    doubts: how often connections to the database were ended while requests were under way: a COMMIT may then have gone through without
    its answer, so that a 503 stands beside the record of what was decided; and what is read while it is sent may end in its middle.
    """
    found: list[str] = []
    by_request: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for record in records:
        by_request[record["request"]].append(record)
    early, known, doubted = 0, set[str](), list[str]()
    for one in got:
        if one.request is None and one.ask.leave == EARLY:
            early += 1
            continue
        if one.request is None:
            if _route(one.ask) not in UNAUDITED:
                found.append(f"{one.ask}: an answer without an id")
            continue
        if one.request in known:
            found.append(f"{one.ask}: the id of another request")
        known.add(one.request)
        own = _as_one(one.ask, by_request.get(one.request, []))
        if one.cut:
            (doubted if _route(one.ask) == STREAMED else found).append(f"{one.ask} {one.status}: half an answer")
        if _in_doubt(one, own):
            doubted.append(f"{one.ask} {one.status}: {_said(own)}")
        else:
            found += _own(one, own, persons)
    found += doubted if len(doubted) > doubts else []
    rest = {i: _but_its_cases(own) for i, own in by_request.items() if i not in known}
    if len(rest) > early or (all_came and len(rest) < early):
        found.append(f"{len(rest)} requests are recorded that nobody made, {early} clients left before their answer")
    return found + [f"request {i}: {_said(own)}" for i, own in rest.items() if _more_than_one(own)]


def _said(own: Sequence[Mapping[str, Any]]) -> str:
    return "recorded as " + ", ".join(f"{r['what']} {r['status']}" for r in own)


def _more_than_one(own: Sequence[Mapping[str, Any]]) -> bool:
    """More than one request can leave: who left before the answer may have asked for an export, which reads each part once, and may
    have been refused the last."""
    parts = [r["part"] for r in own if r["what"] == "read" and r["status"] == 200]
    return len(set(parts)) < len(parts) or len(own) - len(parts) > 1


def _in_doubt(one: Got, own: Sequence[Mapping[str, Any]]) -> bool:
    """The answer promises nothing, and one record says what was decided before its COMMIT was in doubt (a second one, that it failed)."""
    decided = [r for r in own if r["status"] != UNKNOWN]
    return one.status == UNKNOWN and len(decided) == 1 and len(own) <= 2


def _as_one(ask: Ask, own: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """A filing that leaves whole is one reading of each part: these stand as one, if each is of another part."""
    if _route(ask) == BULK:
        return _but_its_cases(own)
    reads = [r for r in own if r["what"] == "read" and r["status"] == 200]
    if not _route(ask).endswith("/export") or len({r["part"] for r in reads}) < len(reads):
        return own
    return [r for r in own if r not in reads] or reads[:1]


def _but_its_cases(own: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """What is done to many cases at once has a record for each case, beside the request's own."""
    return [r for r in own if r["action"] != OF_EACH] or own


def _own(one: Got, own: Sequence[Mapping[str, Any]], persons: Mapping[str, str]) -> Iterable[str]:
    """What is wrong with the records of one answered request."""
    if len(own) != 1:
        if one.status != UNKNOWN or len(own) > 1:
            yield f"{one.ask} {one.status}: {len(own)} records"
        return
    record = own[0]
    if record["status"] != one.status:
        yield f"{one.ask} {one.status}: recorded as {record['status']}"
    outcome = "allowed" if one.status < 400 else "failed" if one.status >= 500 else "refused"
    if record["outcome"] != outcome:
        yield f"{one.ask} {one.status}: recorded as {record['outcome']}"
    if record["person"] not in (None, persons.get(one.ask.name)):
        yield f"{one.ask}: recorded as another person's"
    if one.status < 400 and record["person"] is None and _route(one.ask) not in EVERYBODYS:
        yield f"{one.ask} {one.status}: recorded as nobody's"
    if not _names(record, one):
        yield f"{one.ask}: recorded as {record['what']} {record['action']}"
    case = _case(one.ask)
    if one.status < 300 and case and record["case"] != case:
        yield f"{one.ask}: recorded for another case"


def _names(record: Mapping[str, Any], one: Got) -> bool:
    """Whether the record's words are those of the request: its method, or the act or the reading that its path names."""
    what, action = record["what"], record["action"]
    if what in ("request", "list", "export"):
        known = one.ask.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
        if action.startswith((one.ask.method.lower() if known else "other") + "-"):
            return True
    if what == "read" or action == "read_content":
        return one.ask.method == "GET" and (
            "/parts/" in one.ask.path or _route(one.ask).endswith(("/receipt", "/export"))
        )
    return what in ("act", "refusal") and one.ask.method in ("POST", "DELETE") and action in _acts(one.ask)


def _acts(ask: Ask) -> set[str]:
    """The act that the path of a POST names, as records say it."""
    last = _route(ask).rsplit("/", 1)[1].replace("-", "_")
    if ask.path.startswith("/facts"):
        return {f"attest-{k}" for k in ("assignment", "grant", "post", "clearance", "compartment", "subject")} | {
            "revoke"
        }
    if last in NAMED:
        return {NAMED[last]}
    if "/notices/" in ask.path:
        return {"receive_notice"}
    if last in ("confirmations", "uploaded"):
        return {"request_confirmation"}
    return (
        {"file", "read_back", "read-back"} if ask.path.startswith("/filings/entered") or last == "filings" else {last}
    )


def _route(ask: Ask) -> str:
    """Its path without the query."""
    return ask.path.partition("?")[0]


def _case(ask: Ask) -> str | None:
    """The case that the path names, 32 hex digits."""
    parts = _route(ask).split("/")
    said = parts[2].replace("-", "") if len(parts) > 2 and parts[1] == "filings" else ""
    return said if len(said) == 32 else None
