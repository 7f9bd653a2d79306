"""What OWASP ASVS 5.0 asks of every answer over HTTP (V3, V4, V13, V14, V16): tried on answers of every kind at the running service."""

import json
from uuid import UUID, uuid4

import httpx2
import pytest

from service.demo.client import Person
from service.demo.run import Demo
from tests.shared import ROOT
from tests.web.records import query, records_of

NONE = UUID("6f6b7c0a-3f4e-4d2a-9b57-8d1f6a2e0c41")
"""No case has this id; every process of a session names its tests alike."""
ASKED = [
    ("GET", "/livez"), ("GET", "/readyz"), ("GET", "/filings"), ("GET", f"/filings/{NONE}"), ("GET", "/nowhere"), ("PUT", "/filings"),
    ("POST", "/filings"), ("POST", f"/filings/{NONE}/send"), ("GET", "/audit/log"), ("GET", "/openapi.json"), ("OPTIONS", "/filings"),
]  # fmt: skip


@pytest.fixture(params=ASKED, ids=lambda asked: " ".join(asked))
def answer(request: pytest.FixtureRequest, demo: Demo, people: dict[str, Person]) -> httpx2.Response:
    """One answer of each kind, to a request from another origin."""
    method, path = request.param
    return people["sato"].ask(method, path, headers={"origin": "https://elsewhere.example"})


def test_every_answer_closes_the_browser_round_it(answer: httpx2.Response) -> None:  # V3.2.1, V3.4.1-6, V3.5.8, V14.3.2
    said = answer.headers
    assert said["content-security-policy"] == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert said["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert said["x-content-type-options"] == "nosniff"
    assert said["referrer-policy"] == "no-referrer"
    assert said["cross-origin-resource-policy"] == "same-origin"
    assert said["cross-origin-opener-policy"] == "same-origin"
    assert said["cache-control"] == "no-store"


def test_no_answer_opens_itself_to_another_origin(answer: httpx2.Response) -> None:  # V3.4.2
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_every_answer_names_its_type_and_nothing_of_what_made_it(
    answer: httpx2.Response,
) -> None:  # V4.1.1, V13.4.6, V3.5.6-7
    kind = answer.headers.get("content-type", "")
    assert kind in ("application/json", "application/problem+json") or not answer.content
    assert not {"server", "x-powered-by", "via"} & set(answer.headers)
    if answer.content:
        json.loads(answer.content)


def test_nothing_but_the_entry_of_the_pages_redirects(demo: Demo, people: dict[str, Person]) -> None:  # V4.1.2
    for path in ("/filings/", "//filings", "/FILINGS", "/audit", "/audit/log/"):
        assert people["sato"].ask("GET", f"{demo.address}{path}").status_code in (404, 405), path
    entry = people["sato"].ask("GET", "/")
    assert (entry.status_code, entry.headers["location"]) == (303, "/ja"), (
        "only the entry of the pages leads on, and never off the host"
    )


def test_a_token_counts_in_its_header_alone(demo: Demo, people: dict[str, Person]) -> None:  # V3.5.1-2, V14.2.1
    token = people["sato"]._token()
    with httpx2.Client(base_url=demo.address, timeout=60) as http:
        assert http.get("/filings", headers={"authorization": f"Bearer {token}"}).status_code == 200
        assert (
            http.get("/filings", headers={"cookie": f"token={token}; authorization=Bearer {token}"}).status_code == 401
        )
        for name in ("access_token", "token", "authorization"):
            assert http.get("/filings", params={name: token}).status_code in (401, 422)
        body = http.post("/filings/read-back", data={"access_token": token}, files={"files": b"x"})
        assert body.status_code == 401


def test_acts_are_done_by_post_alone(people: dict[str, Person]) -> None:  # V3.5.3
    for path in (f"/filings/{uuid4()}/send", f"/filings/{uuid4()}/withdraw", "/filings/read-back"):
        for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"):
            assert people["sato"].ask(method, path).status_code == 405, (method, path)
    answer = people["sato"].ask("GET", f"/filings/{uuid4()}/send", headers={"x-http-method-override": "POST"})
    assert answer.status_code == 405
    assert people["sato"].ask("TRACE", "/filings").status_code == 405  # V13.4.4


def test_what_a_proxy_says_of_the_sender_is_believed_of_nobody(demo: Demo, people: dict[str, Person]) -> None:  # V4.1.3
    said = {
        "x-forwarded-for": "192.0.2.7",
        "forwarded": "for=192.0.2.7",
        "x-forwarded-proto": "ftp",
        "x-forwarded-host": "evil.example",
    }
    answer = people["sato"].ask("GET", "/filings", headers=said)
    assert answer.status_code == 200
    assert "evil" not in answer.text + str(answer.headers)
    (record,) = records_of(demo, answer.headers["request-id"])
    assert "192.0.2.7" not in json.dumps(record)


def test_no_documentation_and_no_folder_is_shown(demo: Demo, people: dict[str, Person]) -> None:  # V13.4.1-3, V13.4.5
    for path in ("/docs", "/redoc", "/.git/config", "/.env", "/static", "/metrics", "/debug", "/..%2f..%2fetc/passwd"):
        assert people["sato"].ask("GET", path).status_code == 404, path


def test_a_fault_tells_nothing_of_itself(demo: Demo, people: dict[str, Person]) -> None:  # V16.5.1, V16.5.3-4
    """A column that every list needs is taken away: each answer is a constant, and the service lives."""
    before = people["sato"].ask("GET", "/filings").status_code
    query(demo, "alter table queue rename column newest to recorded")
    try:
        answer = people["sato"].ask("GET", "/filings")
        assert answer.status_code in (500, 503)
        assert not [w for w in ("column", "select", "asyncpg", "Traceback", "recorded") if w in answer.text]
    finally:
        query(demo, "alter table queue rename column recorded to newest")
    assert (before, people["sato"].ask("GET", "/filings").status_code) == (200, 200)


def test_a_parameter_said_twice_has_one_meaning(people: dict[str, Person]) -> None:  # V15.3.7
    answer = people["sato"].ask("GET", "/filings?limit=1&limit=100")
    assert answer.status_code == 422 or len(answer.json()["filings"]) <= 100
    case = uuid4()
    body = b'{"reason":"a","reason":"b"}'
    twice = people["sato"].ask(
        "POST", f"/filings/{case}/withdraw", content=body, headers={"content-type": "application/json"}
    )
    assert twice.status_code == 422


def test_the_code_calls_no_shell_and_evaluates_no_text() -> None:  # V1.2.5, V1.3.2, V1.5.2
    """By the checker that every change passes: bandit's rules are on, and no line of service switches the relevant ones off."""
    import tomllib

    chosen = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "S" in chosen["select"]
    assert not {"S102", "S301", "S302", "S307", "S602", "S604", "S605", "S608"} & set(chosen["ignore"])
    for path in (ROOT / "service").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [rule for rule in ("S102", "S301", "S307", "S602", "S604", "S605") if f"noqa: {rule}" in text], path
        assert "pickle" not in text and "yaml.load" not in text, path
