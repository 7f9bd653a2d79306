"""P23: a byte string has one meaning or none. JSONTestSuite through every operation that takes JSON, naughty strings through every text.

What it does not show: what a person takes two look-alike names for; both are kept as they were sent, and told apart by their bytes.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from service import strict_json as strict
from service.demo.client import Person
from service.demo.run import Demo
from service.law.symbols import Symbol, normalise
from tests.attacks.api import Operation, body_of, json_operations, objects, put, texts
from tests.attacks.campaign import Campaign
from tests.attacks.meaning_faults import KEEPERS, READERS
from tests.attacks.meaning_strings import ALIKE, COMPOSED, OURS, SPELLINGS, kept
from tests.shared import shared
from tests.web.filed import filed

READ = {
    "i_number_double_huge_neg_exp.json", "i_number_real_underflow.json", "i_number_too_big_neg_int.json", "i_number_too_big_pos_int.json",
}  # fmt: skip
"""Those that the suite leaves open and that have one meaning here."""
REVIEWED = {
    "y_object_duplicated_key.json": "a name stands twice (RFC 7493 2.3)",
    "y_object_duplicated_key_and_value.json": "a name stands twice (RFC 7493 2.3)",
    "y_number_double_close_to_zero.json": "a number of 78 characters; no field takes one",
}
BAD = ("a\0b", "\ud800", "b\udfff", "\x1b[31m", "\x7f", "a\x08")
"""Texts that are none: each is sent with JSON's own escapes."""


@cache
def suite() -> dict[str, bytes]:
    folder = shared("vectors/jsontestsuite/test_parsing")
    found = {p.name: p.read_bytes() for p in sorted(folder.iterdir())}
    assert len(found) == 318
    return found


@cache
def naughty() -> list[str]:
    found: list[str] = json.loads(shared("vectors/blns/blns.json").read_text())
    assert len(found) == 515
    return found


def holds(name: str) -> bool:
    """Whether a document of the suite has one meaning."""
    return name in READ or (name.startswith("y_") and name not in REVIEWED)


@dataclass
class Hands:
    """Who asks: nobody, and sato with a case of his."""

    http: httpx2.Client
    people: dict[str, Person]
    case: str = ""
    acts: int = 0

    def raw(self, operation: Operation, body: bytes) -> httpx2.Response:
        """A body as it is, without a token: what is not read is refused before anyone is asked who he is."""
        headers = {"content-type": "application/json", "idempotency-key": uuid4().hex, "if-match": '"1"'}
        return self.http.request(operation.method, operation.at(str(uuid4())), content=body, headers=headers)

    def read_back(self, **filing: Any) -> httpx2.Response:
        said = {"title": "題", "applicants": ["出願人"], **filing}
        return self.people["sato"].ask("POST", "/filings/entered/read-back", json={"filing": said})

    def sealed(self, text: str) -> str | None:
        """The text as a reason, sealed and opened again; None: refused."""
        sato = self.people["sato"]
        if self.acts % 50 == 0:
            self.case = filed(self.people)
        self.acts += 1
        tag = sato.ask("GET", f"/filings/{self.case}").headers["etag"]
        path = f"/filings/{self.case}/answer-demand"
        answer = sato.ask("POST", path, headers={"if-match": tag}, json={"reason": text})
        if answer.status_code == 422:
            return None
        assert answer.status_code == 200, answer.text
        event = next(e for e in sato.get(f"/filings/{self.case}")["events"] if e["id"] == answer.json()["event"])
        content = sato.get(f"/filings/{self.case}/parts/{event['part']}")["content"]
        found: str = content["reason"]
        return found


Trial = Callable[[Hands], str | None]
"""None, or what went wrong."""


def _document(operation: Operation, name: str) -> Trial:
    def trial(hands: Hands) -> str | None:
        status = hands.raw(operation, suite()[name]).status_code
        right = 400 <= status < 500 if holds(name) else status == 422
        return None if right else f"{operation.path} {name}: {status}"

    return trial


def _no_text(operation: Operation, at: Any, text: str) -> Trial:
    def trial(hands: Hands) -> str | None:
        answer = hands.raw(operation, json.dumps(put(body_of(operation.model), at, text)).encode())
        right = answer.status_code == 422 and "\\u" not in answer.text and "\x7f" not in answer.text
        return None if right else f"{operation.path} {at} {text!r}: {answer.status_code}"

    return trial


def _twice(operation: Operation, at: Any, name: str, escaped: bool) -> Trial:
    """A name of an object a second time, plainly or spelled with an escape."""

    def trial(hands: Hands) -> str | None:
        body = body_of(operation.model)
        inner = next(found for place, found in objects(body) if place == at)
        again = f"\\u{ord(name[0]):04x}{name[1:]}" if escaped else name
        marked = {**inner, "*": 0}
        whole = json.dumps(put(body, at, marked) if at else marked)
        answer = hands.raw(operation, whole.replace('"*": 0', f'"{again}": {json.dumps(inner[name])}').encode())
        told = answer.status_code == 422 and answer.json()["faults"][0]["fault"] == "json_invalid"
        return None if told else f"{operation.path} {at} {name} twice: {answer.status_code}"

    return trial


def _naughty(text: str) -> Trial:
    def trial(hands: Hands) -> str | None:
        line = kept(text, 1000)
        answer = hands.read_back(
            title=text, applicants=[text], inventors=[text], agents=[text], drawings=[text], reference=text
        )
        if line is None:
            return None if answer.status_code == 422 else f"{text!r} taken: {answer.status_code}"
        if answer.status_code != 200:
            return f"{text!r} refused: {answer.status_code}"
        said = answer.json()
        found = [
            said["titles"]["ja"],
            *said["applicants"],
            *said["inventors"],
            *said["agents"],
            said["number"],
            said["drawings"][0]["figure"],
        ]
        return None if found == [line] * 6 else f"{text!r} became {found}"

    return trial


def _sealed(text: str) -> Trial:
    def trial(hands: Hands) -> str | None:
        found = hands.sealed(text)
        return None if found == kept(text, 4000) else f"sealed {text!r} became {found!r}"

    return trial


def _alike(one: str, other: str) -> Trial:
    def trial(hands: Hands) -> str | None:
        names = [f"株式会社{one}", f"株式会社{other}"]
        found = hands.read_back(applicants=names).json()["applicants"]
        return None if found == names and len(set(found)) == 2 else f"{names} became {found}"

    return trial


def _spelling(text: str) -> Trial:
    def trial(hands: Hands) -> str | None:
        found = hands.read_back(symbols=[{"text": text}]).json()["symbols"]
        right = [(s["normal"], s["source"]) for s in found] == [("B63G8/00", text.strip())]
        return None if right else f"{text!r} is {found}"

    return trial


def trials() -> Iterator[Trial]:
    """All of them."""
    for operation in json_operations():
        yield from (_document(operation, name) for name in suite())
        yield from (_no_text(operation, at, text) for at in texts(operation.model) for text in BAD)
        for at, inner in objects(body_of(operation.model)):
            yield from (_twice(operation, at, name, escaped) for name in inner for escaped in (False, True))
    yield from (_naughty(text) for text in [*naughty(), *OURS])
    yield from (_sealed(text) for text in [*naughty(), *OURS])
    yield from (_alike(*pair) for pair in [*ALIKE, *COMPOSED])
    yield from (_spelling(text) for text in SPELLINGS)


FULL = 318 * len(json_operations()) + 4000


@pytest.mark.attack("P23", full=FULL)
def test_a_byte_string_has_one_meaning_or_none(campaign: Campaign, demo: Demo, people: dict[str, Person]) -> None:
    waiting = list(trials())
    campaign.full = len(waiting)
    campaign.rng("order").shuffle(waiting)
    with httpx2.Client(base_url=demo.address, timeout=60) as http:
        hands = Hands(http, people)
        for number in campaign.rounds():
            if wrong := waiting[number](hands):
                campaign.fail(wrong)
    campaign.passed()


def _misread(read: Callable[[bytes], Any]) -> list[str]:
    """Where a reader differs from what the suite and our own rules say."""
    twice = {"twice.json": b'{"a":{"b":1,"b":1}}', "escaped.json": b'{"a":1,"\\u0061":1}'}
    wrong = []
    for name, body in {**suite(), **twice}.items():
        try:
            said = read(body)
        except (ValueError, RecursionError):
            found = False
        else:
            found = True
            if holds(name) and said != json.loads(body):
                wrong.append(name)
        if found != holds(name):
            wrong.append(name)
    return wrong


def test_the_strict_reader_reads_what_has_one_meaning() -> None:
    assert _misread(strict.loads) == []


@pytest.mark.parametrize("depth", [strict.MAX_DEPTH, strict.MAX_DEPTH + 1])
def test_nesting_is_read_to_the_depth_that_is_written(depth: int) -> None:
    for body in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
        if depth > strict.MAX_DEPTH:
            with pytest.raises(json.JSONDecodeError):
                strict.loads(body)
        else:
            strict.loads(body)
    strict.loads(b"[" + b"[[]]," * 50 + b"[]]")


@pytest.mark.attack("P23")
@pytest.mark.parametrize("name", READERS)
def test_a_reader_that_is_too_kind_is_found(campaign: Campaign, name: str) -> None:
    campaign.plant(name, bool(_misread(READERS[name])))


@pytest.mark.attack("P23")
@pytest.mark.parametrize("name", KEEPERS)
def test_a_keeper_that_mends_texts_is_found(campaign: Campaign, name: str) -> None:
    keep = KEEPERS[name]
    said = [*naughty(), *OURS, *"".join(ALIKE), *(c for pair in COMPOSED for c in pair)]
    campaign.plant(name, any(_given(keep, text) != kept(text, 1000) for text in said))


def _given(keep: Callable[[str], str | None], text: str) -> str | None:
    """What a service would give back that keeps texts so."""
    mended = keep(text.strip())
    return None if mended is None else kept(mended, 1000)


def test_twelve_spellings_are_one_symbol() -> None:
    assert len(set(SPELLINGS)) == 12
    found = {normalise(s, "ipc") for s in SPELLINGS}
    assert len(found) == 1 and all(isinstance(f, Symbol) for f in found)
