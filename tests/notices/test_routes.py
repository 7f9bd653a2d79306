"""Notices over HTTP: who is told of them, the same PDF each time, each reading recorded, each provable offline."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from service.demo.client import Person
from service.demo.run import Demo
from tests.filings.oracle_receipt import holds
from tests.filings.test_intake import public
from tests.foreign.asked import passed_on
from tests.web.filed import designated, filed, in_review
from tests.web.records import OF_REQUESTS, query, records_of

People = dict[str, Person]
CANARY = "理由の印ZQX"


def notices(people: People, name: str, case: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = people[name].get(f"/filings/{case}/notices")["notices"]
    return found


def received(people: People, name: str, case: str, notice: str) -> dict[str, Any]:
    answer = people[name].ask("POST", f"/filings/{case}/notices/{notice}/receive")
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def pdf(people: People, name: str, case: str, notice: str) -> bytes:
    answer = people[name].ask("GET", f"/filings/{case}/notices/{notice}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    assert answer.headers["cache-control"] == "no-store"
    return bytes(answer.content)


@pytest.fixture(scope="module")
def tried(demo: Demo) -> dict[str, str]:
    """One designated case for the tests of this module."""
    return {}


@pytest.fixture
def case(people: People, tried: dict[str, str]) -> str:
    if "case" not in tried:
        tried["case"] = designated(people)
        for notice in notices(people, "sato", tried["case"]):
            received(people, "sato", tried["case"], notice["id"])
    return tried["case"]


def test_an_applicant_is_told_of_each_notice_of_his_case_and_of_no_paper_among_the_offices(
    people: People, case: str
) -> None:
    assert [n["document"] for n in notices(people, "sato", case)] == ["NTC-66-3", "NTC-67-9", "NTC-70-1"]


def test_a_notice_is_the_same_file_each_time_and_each_reading_is_a_record(
    people: People, case: str, demo: Demo
) -> None:
    for said in notices(people, "sato", case):
        first, second = (people["sato"].ask("GET", f"/filings/{case}/notices/{said['id']}") for _ in range(2))
        assert first.status_code == second.status_code == 200
        assert first.content == second.content
        [record] = [r for r in records_of(demo, first.headers["request-id"]) if r["what"] in OF_REQUESTS]
        assert (record["outcome"], record["case"]) == ("allowed", case.replace("-", ""))
        assert record["what"] == "read"


def test_a_notice_and_its_receipt_prove_each_other_offline(
    people: People, case: str, demo: Demo, tmp_path: Path
) -> None:
    key, pub = public(demo), tmp_path / "log.pub"
    pub.write_text(key.line())
    files = []
    for said in notices(people, "sato", case):
        receipt = people["sato"].get(f"/filings/{case}/notices/{said['id']}/receipt")
        assert holds(receipt, key.line()), "a second reading of the format agrees"
        paper, proof = tmp_path / f"{said['document']}.pdf", tmp_path / f"{said['document']}.json"
        paper.write_bytes(pdf(people, "sato", case, said["id"]))
        proof.write_text(json.dumps(receipt))
        files.append((paper, proof))
    for paper, proof in files:
        assert verified(proof, pub, paper) == 0
    assert verified(files[0][1], pub, files[1][0]) == 1, "the notice of another act"
    bent = json.loads(files[2][1].read_text())
    bent["manifest"]["reason"] = "別の理由。"
    files[2][1].write_text(json.dumps(bent))
    assert verified(files[2][1], pub, files[2][0]) == 1, "another reason"


def verified(receipt: Path, key: Path, notice: Path) -> int:
    line = [sys.executable, "-m", "service", "verify-receipt", str(receipt), "--key", str(key), "--notice", str(notice)]
    return subprocess.run(line, capture_output=True, check=False).returncode


def test_what_is_not_his_is_not_there(people: People, case: str) -> None:
    notice = notices(people, "sato", case)[-1]["id"]
    other = filed(people)
    for name in ("yamada", "nakamura"):
        for path in ("", f"/{notice}", f"/{notice}/receipt"):
            assert people[name].status(f"/filings/{case}/notices{path}") in (403, 404)
    assert people["sato"].status(f"/filings/{other}/notices/{notice}") == 404
    assert people["sato"].status(f"/filings/{case}/notices/{uuid4()}") == 404
    assert people["sato"].status(f"/confirmations/{case}/notices") == 404


def test_what_passes_between_the_prime_minister_and_the_applicant_is_not_for_the_patent_office(
    people: People, case: str
) -> None:
    assert "NTC-67-9" not in [n["document"] for n in notices(people, "suzuki", case)]
    pre_notice = notices(people, "sato", case)[1]["id"]
    assert people["suzuki"].status(f"/filings/{case}/notices/{pre_notice}") in (403, 404)


def test_a_sending_that_is_not_told_yet_shows_no_notice(people: People) -> None:
    case = filed(people)
    people["suzuki"].act(case, "send", reason="出願人の申出。")
    assert notices(people, "sato", case) == []


def test_no_reason_stands_in_a_column_in_clear(people: People, demo: Demo) -> None:
    case = in_review(people)
    people["tanaka"].act(case, "ask_in_review", reason=CANARY)
    notice = notices(people, "sato", case)[-1]
    assert notice["document"] == "ASK-67-2"
    received(people, "sato", case, notice["id"])
    pdf(people, "sato", case, notice["id"])
    for table in ("events", "records", "parts"):
        assert CANARY not in str(query(demo, f"select t::text from {table} t"))


def test_a_requester_gets_the_answer_to_his_prior_confirmation_as_a_notice(people: People) -> None:
    case = passed_on(people)
    [said] = people["sato"].get(f"/confirmations/{case}/notices")["notices"]
    assert said["document"] == "ANS-79-4"
    path = f"/confirmations/{case}/notices/{said['id']}"
    assert said["addressees"] == [{"person": str(people["sato"].id), "received_at": None}]
    assert people["sato"].ask("POST", f"{path}/receive").status_code == 200
    first, second = (people["sato"].ask("GET", path) for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.content == second.content
    assert people["sato"].get(f"{path}/receipt")["manifest"]["article_66_1"] is True
    assert people["yamada"].status(path) == 404
