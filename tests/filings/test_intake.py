"""Filing over HTTP: read back before it is legal, confirmed, receipted, provable offline; by upload, in pieces, by hand, on paper."""

import base64
import io
import json
import string
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from service.audit.checkpoint import LogKey
from service.audit.receipt import NotAReceipt, number_of, verify
from service.demo.client import Person
from service.demo.run import Demo
from service.intake.formats import read_bytes
from tests.filings.oracle_receipt import holds
from tests.shared import ROOT
from tests.web.records import query

SAMPLES = ROOT / "service" / "demo" / "samples"
People = dict[str, Person]
TEXT = (SAMPLES / "divisional-gansho.txt").read_bytes()
ENTERED: dict[str, Any] = {
    "title": "磁気の留め具",
    "applicants": ["髙﨑 一郎"],
    "claims": ["磁石を備える留め具。"],
    "description": "【０００１】留め具の説明。",
    "symbols": [{"text": "Ａ４４Ｂ　１／０８"}, {"scheme": "fi", "text": "A44B1/08 Z"}],
    "priority_dates": ["2026-02-03"],
}


def post(person: Person, path: str, files: dict[str, bytes], **form: str) -> Any:
    parts = [("files", (name, data, "application/octet-stream")) for name, data in files.items()]
    return person.ask("POST", path, headers={"idempotency-key": uuid4().hex}, files=parts, data=form)


def count(demo: Demo, table: str) -> int:
    return query(demo, f"select count(*) from {table}")[0][0]


def test_what_was_understood_is_read_back_and_nothing_is_stored(demo: Demo, people: People) -> None:
    before = count(demo, "cases"), count(demo, "parts"), count(demo, "staged_parts")
    told = post(people["sato"], "/filings/read-back", {"a.txt": TEXT}, self_check="true").json()
    assert told["format"] == "jp-text" and told["titles"]["ja"] and told["number"]
    assert told["symbols"][0]["normal"] and told["symbols"][0]["source"]
    assert told["screening"]["outcome"] == "hit"
    assert [d["name"] for d in told["documents"]] == ["a.txt"]
    assert len(told["digest"]) == 64
    assert (count(demo, "cases"), count(demo, "parts"), count(demo, "staged_parts")) == before


def test_nothing_is_filed_that_was_not_confirmed(demo: Demo, people: People) -> None:
    before, waiting = count(demo, "cases"), count(demo, "staged_parts")
    unseen = post(people["sato"], "/filings", {"a.txt": TEXT})
    assert (unseen.status_code, unseen.json()["name"]) == (428, "read-back-needed")
    other = people["sato"].read_back({"a.txt": TEXT + "　".encode()}).json()["digest"]
    differs = post(people["sato"], "/filings", {"a.txt": TEXT}, read_back=other)
    assert (differs.status_code, differs.json()["name"]) == (409, "read-back-differs")
    renamed = people["sato"].read_back({"b.txt": TEXT}).json()["digest"]
    assert post(people["sato"], "/filings", {"a.txt": TEXT}, read_back=renamed).status_code == 409
    as_other = people["sato"].read_back({"a.txt": TEXT}).json()["digest"]
    assert (
        post(people["sato"], "/filings", {"a.txt": TEXT}, read_back=as_other, application="converted").status_code
        == 409
    )
    assert (count(demo, "cases"), count(demo, "staged_parts")) == (before, waiting), "what waited was dropped"


def test_a_filing_gives_a_receipt_that_holds_offline(demo: Demo, people: People, tmp_path: Path) -> None:
    filed = people["sato"].file({"a.txt": TEXT}).json()
    receipt = filed["receipt"]
    key = public(demo)
    held = verify(receipt, key)
    assert holds(receipt, key.line()), "a second reading of the format agrees"
    assert held.record.case is not None and held.record.case.hex == filed["case"].replace("-", "")
    assert held.record.step is not None and held.record.step["happened_on"] == receipt["filed_on"]
    assert receipt["number"] == number_of(held.record.case.bytes)
    assert receipt == people["sato"].get(f"/filings/{filed['case']}/receipt"), "the same receipt, later"
    file, pub, document = tmp_path / "receipt.json", tmp_path / "log.pub", tmp_path / "a.txt"
    file.write_text(json.dumps(receipt))
    pub.write_text(key.line())
    document.write_bytes(TEXT)
    assert command(file, pub, document) == 0
    document.write_bytes(TEXT + b" ")
    assert command(file, pub, document) == 1
    file.write_text(json.dumps({**receipt, "number": "0000-0000-0000"}))
    assert command(file, pub) == 1
    pub.write_text("x")
    assert command(file, pub) == 2


def public(demo: Demo) -> LogKey:
    """The log's key, as an auditor gets it."""
    import httpx2

    with httpx2.Client(base_url=demo.address, timeout=60) as http:
        said = Person(http, demo.issuer, "nakamura").get("/audit/log")
    return LogKey.parse(said["key"])


def command(file: Path, key: Path, *documents: Path) -> int:
    options = [part for document in documents for part in ("--document", str(document))]
    line = [sys.executable, "-m", "service", "verify-receipt", str(file), "--key", str(key), *options]
    return subprocess.run(line, cwd=ROOT, capture_output=True, check=False).returncode


@pytest.mark.parametrize("where", ["number", "manifest", "record", "note"])
def test_every_changed_statement_of_a_receipt_is_found(demo: Demo, people: People, where: str) -> None:
    receipt = people["sato"].file({"a.txt": TEXT}).json()["receipt"]
    key, other = public(demo), people["sato"].file({"b.txt": TEXT}).json()["receipt"]
    assert not changed(receipt, key, where, receipt[where])
    assert changed(receipt, key, where, other[where]), "that of another filing"
    if where == "record":
        data = base64.b64decode(receipt["record"])
        for at in range(0, len(data), 7):
            bent = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            assert changed(receipt, key, where, base64.b64encode(bent).decode())
    if where == "note":
        for at in range(len(receipt["note"])):
            bent = receipt["note"][:at] + ("A" if receipt["note"][at] != "A" else "B") + receipt["note"][at + 1 :]
            assert changed(receipt, key, where, bent), at
        # Only one base64 text of the signature counts: its last letter holds bits that a lax reader drops.
        text = receipt["note"].rstrip("=\n")
        for letter in set(B64) - {text[-1]}:
            assert changed(receipt, key, where, text[:-1] + letter + receipt["note"][len(text) :]), letter
        assert changed(receipt, key, where, text + "\n"), "padding left out"


B64 = string.ascii_letters + string.digits + "+/"


def changed(receipt: dict[str, Any], key: LogKey, where: str, to: Any) -> bool:
    try:
        verify({**receipt, where: to}, key)
    except NotAReceipt:
        return True
    return False


def test_a_receipt_is_for_who_may_read_the_case(people: People) -> None:
    case = people["sato"].file({"a.txt": TEXT}).json()["case"]
    assert people["yamada"].status(f"/filings/{case}/receipt") == 404
    assert people["nakamura"].status(f"/filings/{case}/receipt") == 404
    assert people["sato"].status(f"/filings/{uuid4()}/receipt") == 404


def test_a_form_is_filed_like_a_document(people: People) -> None:
    told = people["sato"].ask("POST", "/filings/entered/read-back", json={"filing": ENTERED, "self_check": True})
    assert told.status_code == 200, told.text
    assert [s["normal"] for s in told.json()["symbols"]] == ["A44B1/08", "A44B1/08 Z"]
    assert told.json()["applicants"] == ["髙﨑 一郎"], "an old-form name stays as written"
    headers = {"idempotency-key": uuid4().hex}
    body = {"filing": ENTERED, "read_back": told.json()["digest"]}
    filed = people["sato"].ask("POST", "/filings/entered", headers=headers, json=body)
    assert filed.status_code == 201, filed.text
    assert filed.json()["receipt"]["manifest"]["documents"][0]["name"] == "entered.json"
    assert people["sato"].part(filed.json()["case"], "title") == {"ja": "磁気の留め具"}
    assert people["sato"].ask("POST", "/filings/entered", headers=headers, json=body).json() == filed.json()
    unseen = people["sato"].ask("POST", "/filings/entered", headers=headers, json={"filing": ENTERED})
    assert unseen.status_code == 428


def test_a_clerk_enters_a_paper_filing_under_the_day_of_its_receipt(people: People) -> None:
    body = {"filing": ENTERED, "party": str(people["sato"].id)}
    headers = {"idempotency-key": uuid4().hex}
    dated = {"happened_on": "2026-11-02", "date_reason": "書面で受領。"}
    filed = people["kato"].ask("POST", "/filings/entered", headers=headers, json={**body, **dated})
    assert filed.status_code == 201, filed.text
    assert filed.json()["receipt"]["filed_on"] == "2026-11-02"
    seen = people["sato"].get(f"/filings/{filed.json()['case']}")
    assert seen["events"][0]["happened_on"] == "2026-11-02"
    refused = people["sato"].ask("POST", "/filings/entered", headers=headers, json={**body, **dated})
    assert refused.status_code == 428, "an applicant confirms what was read, whatever day he names"


def test_documents_come_in_one_archive_or_one_by_one(people: People) -> None:
    files = {p.name: p.read_bytes() for p in SAMPLES.glob("bicycle-rack*")}
    assert len(files) == 3
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    one_by_one = people["sato"].read_back(files)
    assert one_by_one.status_code == 200, one_by_one.text
    together = people["sato"].read_back({"filing.zip": packed.getvalue()})
    assert together.json() == one_by_one.json()
    filed = people["sato"].file({"filing.zip": packed.getvalue()}).json()
    parts = people["sato"].get(f"/filings/{filed['case']}")["parts"]
    assert sorted(p["document"] for p in parts if p["document"].startswith("source")) == [
        "source.1",
        "source.2",
        "source.3",
    ]


def test_a_missing_part_is_in_the_loss_report(people: People) -> None:
    files = {p.name: p.read_bytes() for p in SAMPLES.glob("bicycle-rack*") if "appb" not in p.name}
    losses = people["sato"].read_back(files).json()["losses"]
    assert "part-missing" in [x["what"] for x in losses]


def test_for_whom_it_is_filed_is_said_before_the_documents(people: People) -> None:
    kato = people["kato"]
    parts = [
        ("files", ("a.txt", TEXT, "text/plain")),
        ("party", (None, str(people["sato"].id))),
        ("files", ("b.txt", TEXT, "text/plain")),
    ]
    answer = kato.ask("POST", "/filings", headers={"idempotency-key": uuid4().hex}, files=parts)
    assert (answer.status_code, answer.json().get("pointer")) == (422, "/party")


def test_a_filing_is_exported_as_st96_for_who_may_read_it(people: People) -> None:
    case = people["sato"].file({"a.txt": TEXT}).json()["case"]
    answer = people["sato"].ask("GET", f"/filings/{case}/export")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/xml")
    assert answer.headers["marking"] == "UNPUBLISHED PATENT APPLICATION"
    (read,) = read_bytes("a.txt", TEXT)
    (back,) = read_bytes("a.xml", answer.content)
    assert (back.titles, back.symbols, back.claims, back.description) == (
        read.titles,
        read.symbols,
        read.claims,
        read.description,
    )
    assert people["yamada"].status(f"/filings/{case}/export") == 404
    assert people["nakamura"].status(f"/filings/{case}/export") == 404


def test_a_refused_document_is_a_record_with_its_name(demo: Demo, people: People) -> None:
    waiting = count(demo, "staged_parts")
    answer = post(people["sato"], "/filings", {"a.txt": TEXT, "tool.exe": b"MZ\x90\x00" + bytes(100)})
    assert answer.status_code == 422, answer.text
    bodies = [
        json.loads(r[0])
        for r in query(
            demo,
            "select body from records where position($1::bytea in body) > 0",
            answer.headers["request-id"].encode(),
        )
    ]
    said = [(b["what"], b["action"], b["outcome"], b["reason"]) for b in bodies if b["what"] == "refusal"]
    assert said == [("refusal", "file", "refused", answer.json()["name"])]
    assert count(demo, "staged_parts") == waiting
