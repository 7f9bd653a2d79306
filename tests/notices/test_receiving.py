"""Receipt of notices over HTTP: who receives, once, provably; and numbers of notices, which have no gaps."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from service import clock
from service.demo.client import Person
from service.demo.run import Demo
from tests.web.filed import filed, in_review, look, tried
from tests.web.records import OF_REQUESTS, query, records_of

People = dict[str, Person]


def asked(people: People) -> tuple[str, str]:
    """A case in review in which the Prime Minister asks, and the path of that notice."""
    case = in_review(people)
    people["tanaka"].act(case, "ask_in_review", reason="資料を求める。")
    notice = people["sato"].get(f"/filings/{case}/notices")["notices"][-1]
    assert notice["document"] == "ASK-67-2"
    return case, f"/filings/{case}/notices/{notice['id']}"


def test_a_notice_opens_to_its_addressee_once_he_confirmed_its_receipt(people: People) -> None:
    _, path = asked(people)
    shut = people["sato"].ask("GET", path)
    assert (shut.status_code, shut.json()["name"]) == (409, "notice-not-received")
    assert people["tanaka"].status(path) == 200, "who gave it is no addressee"
    assert people["sato"].ask("POST", f"{path}/receive").status_code == 200
    assert people["sato"].status(path) == 200


def test_a_receipt_is_one_record_and_a_second_one_tells_the_first_day(people: People, demo: Demo) -> None:
    case, path = asked(people)
    first, second = (people["sato"].ask("POST", f"{path}/receive") for _ in range(2))
    assert first.json() == second.json()
    assert first.json()["person"] == str(people["sato"].id)
    [record] = [r for r in records_of(demo, first.headers["request-id"]) if r["what"] in OF_REQUESTS]
    assert (record["what"], record["action"], record["case"]) == ("act", "receive_notice", case.replace("-", ""))
    [again] = [r for r in records_of(demo, second.headers["request-id"]) if r["what"] in OF_REQUESTS]
    assert again["what"] == "request"


def test_nobody_receives_for_another(people: People) -> None:
    _, path = asked(people)
    for name in ("yamada", "nakamura", "suzuki", "tanaka"):
        assert people[name].ask("POST", f"{path}/receive").status_code in (403, 404), name
    assert people["sato"].get(path.rsplit("/", 1)[0])["notices"][-1]["addressees"][0]["received_at"] is None


def test_the_office_has_proof_of_the_receipt_and_of_its_day(people: People) -> None:
    _, path = asked(people)
    assert people["tanaka"].get(f"{path}/service") == []
    said = people["sato"].ask("POST", f"{path}/receive").json()
    [proof] = people["tanaka"].get(f"{path}/service")
    record: dict[str, Any] = json.loads(base64.b64decode(proof["record"]))
    assert (record["what"], record["action"], record["person"]) == ("act", "receive_notice", people["sato"].id.hex)
    assert proof["person"] == said["person"]
    assert proof["note"]


def numbers(people: People, case: str) -> list[str]:
    """The numbers of the requests for documents in a case, from their papers."""
    parts = [p for p in look(people, "suzuki", case)["parts"] if p["document"] == "ASK-66-6"]
    return [people["suzuki"].get(f"/filings/{case}/parts/{p['id']}")["content"]["number"] for p in parts]


FAILING = (
    "create function out_of_order() returns trigger language plpgsql as $$ begin raise exception using errcode = '53100'; end $$",
    "create trigger out_of_order before insert on deliveries for each row execute function out_of_order()",
)


def test_an_act_that_is_rolled_back_takes_its_number_back(people: People, demo: Demo) -> None:
    first, failing, last = (filed(people) for _ in range(3))
    people["suzuki"].act(first, "ask_documents", reason="資料を求める。")
    for statement in FAILING:
        query(demo, statement)
    try:
        version = look(people, "suzuki", failing)["version"]
        assert tried(people, "suzuki", failing, "ask_documents", version, reason="x").status_code == 503
    finally:
        query(demo, "drop function out_of_order() cascade")
    assert numbers(people, failing) == []
    people["suzuki"].act(last, "ask_documents", reason="資料を求める。")
    [one], [other] = numbers(people, first), numbers(people, last)
    assert int(other.rsplit("-", 1)[1]) == int(one.rsplit("-", 1)[1]) + 1


def test_numbers_have_no_gap_where_acts_run_at_once(people: People, demo: Demo) -> None:
    year = clock.today().year
    before = (query(demo, "select last from registers where office = 'JPO' and year = $1", year) or [{"last": 0}])[0][
        "last"
    ]
    cases = [filed(people) for _ in range(6)]
    versions = {case: look(people, "suzuki", case)["version"] for case in cases}

    def ask(case: str) -> int:
        return tried(people, "suzuki", case, "ask_documents", versions[case], reason="資料を求める。").status_code

    with ThreadPoolExecutor(6) as together:
        statuses = list(together.map(ask, [*cases, *cases]))
    assert sorted(statuses) == [200] * 6 + [412] * 6
    given = sorted(int(n.rsplit("-", 1)[1]) for case in cases for n in numbers(people, case))
    assert given == list(range(before + 1, before + 7))
