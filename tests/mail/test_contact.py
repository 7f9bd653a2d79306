"""A person's mail address: his alone to enter, read and end; sealed at one length; in no log, no record and no clear column."""

from collections.abc import Iterator
from typing import Any

import pytest

from service.demo.client import Person
from service.demo.run import Demo
from service.mail.address import LONGEST, is_address
from tests.web.records import query, records_of

People = dict[str, Person]
CANARY = "qzkanaryxj"
GOOD = [
    "taro@example.jp",
    "t@e.jp",
    "taro.yamada+hozen@mail.example.co.jp",
    "o'neil_x=y@xn--eckwd4c7c.example",
    "a" * 64 + "@" + "b" * 63 + "." + "c" * 48 + ".jp",
]
BAD = [
    "", " ", "taro", "taro@", "@example.jp", "taro@example", "taro@example.jp ", " taro@example.jp", "taro@example.jp\n",
    "taro@example.jp\r\nrcpt to:<x@y.jp>", "taro@example.jp\r", "ta ro@example.jp", "taro@exa mple.jp", "taro@@example.jp",
    "taro@example..jp", ".taro@example.jp", "taro.@example.jp", "ta..ro@example.jp", "taro@-example.jp", "taro@example-.jp",
    "taro@example.jp.", "taro@example.1", "taro@[127.0.0.1]", "<taro@example.jp>", "taro@example.jp,jiro@example.jp",
    "taro%example.jp@relay.jp", "relay!taro@example.jp", '"taro"@example.jp', "taro@例え.jp", "太郎@example.jp",
    "taro@example.jp\x00", "taro\u212a@example.jp", "a" * 65 + "@example.jp", "a@" + "b" * 64 + ".jp",
    "a" * 64 + "@" + "b" * 63 + "." + "c" * 49 + ".jp",
]  # fmt: skip


@pytest.mark.parametrize("said", GOOD, ids=range(len(GOOD)))
def test_an_address_of_the_grammar_is_taken(said: str) -> None:
    assert is_address(said) and len(said) <= LONGEST


@pytest.mark.parametrize("said", BAD, ids=range(len(BAD)))
def test_what_could_be_more_than_one_address_or_command_is_none(said: str) -> None:
    assert not is_address(said)


def kept(people: People, name: str) -> Any:
    return people[name].get("/me/contact")["address"]


def ended(people: People) -> None:
    for name in ("sato", "yamada", "suzuki"):
        assert people[name].ask("DELETE", "/me/contact").status_code == 204


@pytest.fixture(autouse=True)
def nobody_mailed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nobody has an address before and after a test of the demo."""
    people = request.getfixturevalue("people") if "people" in request.fixturenames else None
    if people:
        ended(people)
    yield
    if people:
        ended(people)


def test_a_person_enters_changes_reads_and_ends_his_address_and_no_other_does(people: People) -> None:
    assert kept(people, "sato") is None
    for said in ("one@example.jp", "two@example.jp", "two@example.jp"):
        assert people["sato"].ask("PUT", "/me/contact", json={"address": said}).json() == {"address": said}
        assert kept(people, "sato") == said
    assert kept(people, "yamada") is None and kept(people, "suzuki") is None
    for _ in range(2):
        assert people["sato"].ask("DELETE", "/me/contact").status_code == 204
    assert kept(people, "sato") is None


def test_a_wrong_address_is_refused_by_name_at_its_field(people: People) -> None:
    for said in ("jiro", "jiro@example.jp\r\nBcc: x@y.jp", "次郎@example.jp"):
        refused = people["sato"].ask("PUT", "/me/contact", json={"address": said})
        problem = refused.json()
        assert (refused.status_code, problem["name"], problem["pointer"]) == (422, "no-mail-address", "/address")
        assert problem["next_step"]["ja"] and said not in refused.text
    assert people["sato"].ask("PUT", "/me/contact", json={"address": 1}).status_code == 422
    assert kept(people, "sato") is None


@pytest.mark.parametrize("name", ["yoshida", "yamamoto", "nakamura", "courier", "worker", "examination"])
def test_who_has_no_cases_keeps_no_address(people: People, name: str) -> None:
    for method, said in (("GET", None), ("PUT", {"address": "a@example.jp"}), ("DELETE", None)):
        assert people[name].ask(method, "/me/contact", json=said).status_code == 403


def test_a_security_officer_enters_no_address_for_anybody(people: People) -> None:
    fact = {"kind": "contact", "person": str(people["sato"].id), "values": {"address": "a@example.jp"}}
    assert people["yoshida"].ask("POST", "/facts", json=fact).status_code == 422


def test_every_address_is_sealed_at_one_length_and_is_one_fact(demo: Demo, people: People) -> None:
    mine = "select id, octet_length(body), body from facts where person = $1 and case_id is null and tag is null"
    before = {r[0] for r in query(demo, mine, people["yamada"].id)}
    lengths = set()
    for said in ("t@e.jp", GOOD[-1]):
        assert people["yamada"].ask("PUT", "/me/contact", json={"address": said}).status_code == 200
        new = [r for r in query(demo, mine, people["yamada"].id) if r[0] not in before]
        assert len(new) == 1, "the older address is ended"
        lengths.add(new[0][1])
        assert said.encode() not in new[0][2]
    assert len(lengths) == 1


def test_an_address_stands_in_no_record_and_no_log(demo: Demo, people: People) -> None:
    answer = people["suzuki"].ask("PUT", "/me/contact", json={"address": f"{CANARY}@example.jp"})
    wrong = people["suzuki"].ask("PUT", "/me/contact", json={"address": f"{CANARY}@"})
    assert (answer.status_code, wrong.status_code) == (200, 422)
    own = records_of(demo, answer.headers["request-id"])
    assert [(r["what"], r["action"], r["outcome"]) for r in own if r["what"] == "request"] == [
        ("request", "put-keep-contact", "allowed")
    ]
    assert [(r["what"], r["action"]) for r in own if r["what"] == "attest"] == [("attest", "change_contact")]
    logs = [p.read_bytes() for p in demo.folder.glob("*.log")]
    bodies = [r[0] for r in query(demo, "select body from records")]
    assert len(logs) >= 3 and bodies
    assert [t for t in (*logs, *bodies) if CANARY.encode() in t] == []
