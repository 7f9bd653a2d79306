"""Every request leaves one record before its answer, whatever it is; every answer has the same headers and one shape of refusal."""

import socket
from uuid import UUID, uuid4

import httpx2
import pytest

from service.demo.client import Person
from service.demo.run import Demo
from service.web.edge import EXEMPT, HEADERS
from tests.web.records import records_of


@pytest.fixture
def http(demo: Demo):
    with httpx2.Client(base_url=demo.address, timeout=60) as client:
        yield client


def _sure(answer: httpx2.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    for name, value in HEADERS:
        assert answer.headers.get_list(name.decode()) == [value.decode()], name
    return answer.headers["request-id"]


NONE = UUID("6f6b7c0a-3f4e-4d2a-9b57-8d1f6a2e0c41")
"""No case has this id; every process of a session names its tests alike."""
REFUSED = [
    ("GET", "/nowhere", {}, 404),
    ("GET", "/filings/", {}, 404),
    ("PUT", "/filings", {}, 405),
    ("HEAD", "/filings", {}, 405),
    ("OPTIONS", "/filings", {}, 405),
    ("TRACE", "/filings", {}, 405),
    ("PROPFIND", "/filings", {}, 405),
    ("GET", "/filings", {}, 401),
    ("GET", "/filings/no-id", {}, 422),
    ("GET", f"/filings/{NONE}", {"headers": {"authorization": "Bearer x"}}, 401),
    ("GET", f"/filings/{NONE}/parts/{NONE}", {}, 401),
    ("POST", "/filings", {"content": b"x"}, 422),
    ("POST", f"/filings/{NONE}/send", {"json": {}}, 422),
    ("POST", f"/filings/{NONE}/start", {"json": {}}, 401),
    ("POST", f"/filings/{NONE}/start", {"json": {}, "headers": {"if-match": "W/1"}}, 400),
    ("GET", "/audit/log", {}, 401),
]


@pytest.mark.parametrize(("method", "path", "more", "status"), REFUSED)
def test_a_refused_request_is_one_record_and_one_problem(
    demo: Demo, http: httpx2.Client, method: str, path: str, more: dict, status: int
) -> None:
    answer = http.request(method, path, **more)
    request = _sure(answer, status)
    found = [
        r for r in records_of(demo, request) if r["what"] in ("act", "read", "list", "export", "refusal", "request")
    ]
    assert [r["status"] for r in found] == [status]
    if method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json"
        said = answer.json()
        assert said["status"] == status and said["type"] == f"urn:hozen:refusal:{said['name']}" and said["title"]


def test_a_method_that_is_not_taken_names_those_that_are(http: httpx2.Client) -> None:
    assert http.put("/filings").headers["allow"]


def test_only_the_two_probes_leave_no_record_and_say_a_constant(demo: Demo, http: httpx2.Client) -> None:
    assert {"/livez", "/readyz"} == EXEMPT
    for path in EXEMPT:
        answer = http.get(path)
        assert answer.status_code == 200
        assert "request-id" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        assert answer.text in ('{"alive":true}', '{"ready":true}')


def test_a_body_over_the_limit_is_refused_and_recorded(demo: Demo, http: httpx2.Client) -> None:
    answer = http.post(f"/filings/{uuid4()}/start", content=bytes(16 * 2**20 + 1))
    request = _sure(answer, 413)
    assert answer.json()["name"] == "too-large"
    assert len(records_of(demo, request)) == 1


def test_a_length_over_the_limit_is_refused_before_the_body(demo: Demo) -> None:
    host, port = demo.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 30) as line:
        line.sendall(f"POST /filings/{uuid4()}/start HTTP/1.1\r\nhost: x\r\ncontent-length: {10**12}\r\n\r\n".encode())
        head = line.recv(65536).decode()
    assert "application/problem+json" in head
    assert head.startswith("HTTP/1.1 413")
    request = next(x.split(": ")[1] for x in head.split("\r\n") if x.lower().startswith("request-id"))
    assert len(records_of(demo, request)) == 1


def test_refusals_speak_the_readers_language(http: httpx2.Client) -> None:
    said = {
        "": "見つかりません。",
        "en": "Not found.",
        "en-GB,ja;q=0.5": "Not found.",
        "en;q=0.1, ja": "見つかりません。",
        "fr, en;q=0.2": "Not found.",
        "*": "見つかりません。",
        "q=;;,,en;q=nan": "見つかりません。",
    }
    for header, title in said.items():
        answer = http.get("/nowhere", headers={"accept-language": header})
        assert answer.json()["title"] == title, header
        assert answer.json()["text"] == {"ja": "見つかりません。", "en": "Not found."}


BROKEN = {
    "a name twice": b'{"reason": "a", "reason": "b"}',
    "not a number": b'{"reason": NaN}',
    "deep": b"[" * 100_000,
    "not UTF-8": b'{"reason": "\xff"}',
    "NUL": b'{"reason": "a\\u0000b"}',
    "lone surrogate": b'{"reason": "\\ud800"}',
    "undeclared": b'{"reason": "a", "s3cret-name": "CANARY"}',
    "long number": b'{"reason": ' + b"9" * 5000 + b"}",
    "no object": b"[1]",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_body_without_one_meaning_is_refused_and_not_echoed(http: httpx2.Client, name: str) -> None:
    answer = http.post(f"/filings/{uuid4()}/lift", content=BROKEN[name], headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "CANARY" not in answer.text and "s3cret" not in answer.text and "999" not in answer.text


def test_who_may_not_file_has_nothing_read(demo: Demo, people: dict[str, Person]) -> None:
    answer = people["nakamura"].file({"x.txt": b"not a filing"})
    assert answer.status_code == 403
    assert [r["status"] for r in records_of(demo, answer.headers["request-id"])] == [403]


@pytest.mark.parametrize("said", [str(2**62), "3347972708390331494503363974791168", "-1"])
def test_a_number_that_no_row_can_have_is_refused_as_a_field(people: dict[str, Person], said: str) -> None:
    answer = people["nakamura"].ask("GET", "/audit/records", params={"first": said})
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/query/first")
