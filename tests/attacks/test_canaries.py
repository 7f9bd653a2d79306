"""No content lies in clear: marks in every field that a person can fill are searched byte by byte wherever the service leaves bytes."""

import base64
import contextlib
import os
import random
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from service import clock, embedded
from service.demo.client import Person
from service.demo.people import PEOPLE
from service.demo.run import DATABASE, Demo, running
from service.law import limits
from service.settings import RunSettings
from tests.attacks.canaries import FORMS, KANJI, LATIN, Hit, Marks, files_under, of_processes, search, search_files

pytestmark = pytest.mark.slow

FILING = """【書類名】特許願
【整理番号】{0}
【特記事項】{1}
【提出日】令和８年４月１日
【あて先】特許庁長官殿
【国際特許分類】{2}
【発明者】
【住所又は居所】{3}
【氏名】{4}
【特許出願人】
【識別番号】{5}
【氏名又は名称】{6}
【代理人】
【識別番号】{7}
【氏名又は名称】{8}
【書類名】明細書
【発明の名称】{9}
【技術分野】
【０００１】
{10}
【発明を実施するための形態】
【０００２】
{11}
【図面の簡単な説明】
【図１】{12}
【書類名】特許請求の範囲
【請求項１】
{13}
【書類名】要約書
【要約】
【課題】{14}
【解決手段】{15}
"""
FIELDS = 16


class Told:
    """Every answer that is not content: bodies and headers are searched too."""

    def __init__(self) -> None:
        self.refusals: list[tuple[int, bytes]] = []
        self.allowed = 0

    def note(self, answer: httpx2.Response) -> httpx2.Response:
        if answer.status_code >= 400:
            head = b"\n".join(k + b": " + v for k, v in answer.headers.raw)
            self.refusals.append((answer.status_code, head + b"\n\n" + answer.content))
        else:
            self.allowed += 1
        return answer


@pytest.fixture(scope="module")
def marked(reachable_tmp: Path) -> Iterator[tuple[Demo, Path]]:
    """A demo of this module's own, whose processes have a temporary folder of their own."""
    temporary = reachable_tmp / "canary-tmp"
    temporary.mkdir(mode=0o777)
    before, os.environ["TMPDIR"] = os.environ.get("TMPDIR"), str(temporary)
    try:
        with running(RunSettings(home=reachable_tmp / "canary-home", pg=os.environ.get("HOZEN_PG") or None)) as demo:
            yield demo, temporary
    finally:
        os.environ.pop("TMPDIR")
        if before is not None:
            os.environ["TMPDIR"] = before


async def test_no_mark_lies_anywhere_in_clear(
    marked: tuple[Demo, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo, temporary = marked
    seed = random.randrange(10**6)
    marks, told, bundle = Marks(seed), Told(), tmp_path / "bundle"
    with httpx2.Client(base_url=demo.address, timeout=60) as http:
        people = {p.name: Person(http, demo.issuer, p.name) for p in PEOPLE}
        case = file_with_marks(people, marks, told)
        whole_road(people, case, marks, told)
        refusals(people, demo, case, marks, told)
        crashes(demo, people, case, marks, told)
        _await_log(people)
        people["nakamura"].download("/audit/bundle", bundle)
    hits, files, size = await everywhere(demo, temporary, bundle)
    for status, answer in told.refusals:
        hits += search(f"answer {status}", answer)
    with capsys.disabled():
        print(
            f"\ncanaries: n={marks.made} seed={seed}; {told.allowed} acts and reads, {len(told.refusals)} refusals, 3 crashes; "
            f"{len(FORMS)} forms searched in {files} files, {size >> 20} MiB"
        )
    assert marks.made >= 100
    assert hits == [], f"seed {seed}: {hits}"
    await _planted(demo, temporary, bundle)


def test_every_form_of_a_mark_is_found_wherever_it_begins() -> None:
    for form, raw in FORMS.items():
        assert any(h.form == form for h in search("", os.urandom(50) + raw + os.urandom(50))), form
    for word in (LATIN, KANJI):
        for pad in range(7):
            text = "あ" * pad + "x" * pad + word + "い"
            assert search("", base64.b64encode(text.encode())), (word, pad)
            assert search("", text.encode("utf-16-le").hex().encode())


def file_with_marks(people: dict[str, Person], marks: Marks, told: Told) -> str:
    """A filing with a mark in each field, in its file's name, in its request and in its idempotency key."""
    fields = [marks.latin() if n in (5, 7) else marks.both() for n in range(FIELDS)]
    files = [("files", (f"{marks.latin()}.txt", FILING.format(*fields).encode(), "text/plain"))]
    read_back = told.note(people["sato"].ask("POST", "/filings/read-back", files=files, data={"self_check": "true"}))
    answer = people["sato"].ask(
        "POST",
        "/filings",
        headers={"idempotency-key": marks.latin(), "user-agent": marks.latin(), "x-forwarded-for": marks.latin()},
        files=files,
        data={"request_review": marks.both(), "read_back": read_back.json()["digest"]},
    )
    assert told.note(answer).status_code == 201, answer.text
    case: str = answer.json()["case"]
    shown = people["sato"].get(f"/filings/{case}")
    for part in shown["parts"]:
        told.note(people["sato"].ask("GET", f"/filings/{case}/parts/{part['id']}"))
    assert LATIN in str(people["sato"].part(case, "title"))
    return case


def whole_road(people: dict[str, Person], case: str, marks: Marks, told: Told) -> None:
    """Every act with a mark in each of its words, up to the end notice."""
    today, last = clock.today(), limits.due("designation", clock.today()).due
    fact = {"kind": "assignment", "person": str(people["tanaka"].id), "case": case, "values": {"work": "review"}}
    named: dict[str, Any] = {"inventions": [{"claim": 1, "passage": marks.both()}]}
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("suzuki", "ask_documents", {}),
        ("sato", "answer_demand", {}),
        ("suzuki", "send", {}),
        ("suzuki", "sending_notice_dispatched", {}),
        ("watanabe", "", {}),
        ("tanaka", "receive", {}),
        ("tanaka", "ask_in_review", {}),
        ("tanaka", "hear_applicant", {}),
        ("tanaka", "give_pre_notice", named),
        ("tanaka", "pre_notice_received", {"date_reason": marks.both()}),
        ("sato", "file_document", {}),
        ("tanaka", "ask_correction", {}),
        ("sato", "correct_document", {}),
        ("kobayashi", "designate", {**named, "until": (last - timedelta(days=30)).isoformat(), "compartment": "a"}),
        ("tanaka", "hear_applicant", {}),
        ("kobayashi", "extend", {"until": limits.due("designation", today).due.isoformat()}),
        ("kobayashi", "lift", {}),
        ("kobayashi", "notify_end", {}),
    ]
    for person, step, said in steps:
        if step == "":
            assert told.note(people[person].ask("POST", "/facts", json=fact)).status_code == 201
            continue
        people[person].act(case, step, reason=marks.both(), **said)
        told.allowed += 1
        shown = told.note(people[person].ask("GET", f"/filings/{case}")).json()
        for part in shown["parts"][-2:]:
            told.note(people[person].ask("GET", f"/filings/{case}/parts/{part['id']}"))


def refusals(people: dict[str, Person], demo: Demo, case: str, marks: Marks, told: Told) -> None:
    """Marks where they do not belong: wrong fields, wrong types, broken bodies, headers, addresses, tokens."""
    sato, path = people["sato"], f"/filings/{case}/withdraw"
    seen = {"if-match": '"1"'}
    bodies: list[Any] = [
        {marks.latin(): marks.kanji()},
        {"reason": [marks.both()]},
        {"happened_on": marks.both()},
        {"happened_on": "2020-01-01", "date_reason": marks.both()},
        {"until": marks.latin(), "event": marks.latin(), "items": [marks.latin()], "inventions": marks.kanji()},
        {"reason": marks.both() * 500},
        [marks.both()],
        marks.both(),
    ]
    for act in ("withdraw", "designate", "send", "correct", "extend"):
        for body in bodies:
            told.note(sato.ask("POST", f"/filings/{case}/{act}", headers=seen, json=body))
    broken = [
        b'{"reason":"' + marks.both().encode(),
        marks.both().encode("cp932"),
        b'{"a":"' + marks.latin().encode() + b'\xff"}',
    ]
    for content in broken:
        for kind in ("application/json", f"text/{marks.latin()}", "multipart/form-data; boundary=" + marks.latin()):
            told.note(sato.ask("POST", path, headers={**seen, "content-type": kind}, content=content))
            told.note(
                sato.ask(
                    "POST",
                    "/filings",
                    headers={"content-type": kind, "idempotency-key": marks.latin()},
                    content=content,
                )
            )
    for name, data in _no_filings(marks):
        told.note(sato.file({name: data}, request_review=marks.both()))
    for form in (
        {"application": marks.latin()},
        {"party": marks.latin()},
        {"happened_on": marks.both()},
        {marks.latin(): marks.both()},
    ):
        told.note(sato.file({"a.txt": FILING.format(*[marks.both()] * FIELDS).encode()}, **form))
    addresses = (
        f"/filings/{marks.latin()}",
        f"/{marks.both()}",
        f"/filings?after={marks.both()}",
        f"/audit/records?first={marks.latin()}",
        f"/filings/{case}/parts/{uuid4()}?purpose={marks.latin()}",
        f"/audit/bundle?from={marks.both()}",
    )
    for address in addresses:
        for person in ("sato", "yamada", "nakamura"):
            told.note(people[person].ask("GET", address))
    told.note(
        sato.ask("GET", f"/filings/{case}", headers={"authorization": f"Bearer {marks.latin()}.{marks.latin()}.x"})
    )
    told.note(sato.ask("POST", path, headers={"if-match": marks.latin()}, json={"reason": marks.both()}))
    told.note(sato.ask(marks.latin(), path))
    told.note(
        sato.ask(
            "POST",
            "/facts",
            json={"kind": marks.latin(), "person": marks.latin(), "values": {marks.latin(): marks.kanji()}},
        )
    )
    told.note(people["watanabe"].ask("POST", "/facts", json={"kind": "grant", "person": str(sato.id), "case": case,
                                     "values": {"documents": marks.latin(), "purpose": marks.latin()}}))  # fmt: skip
    for stranger in ("yamada", "yamamoto", "nakamura", "ito"):
        told.note(people[stranger].ask("POST", path, headers=seen, json={"reason": marks.both()}))
    _raw(demo, f"GET /{marks.latin()} HTTP/9.9\r\n{marks.latin()}: {marks.latin()}\r\n\r\n".encode())
    _raw(demo, marks.kanji().encode() + b"\r\n\r\n")
    _raw(demo, f"POST /filings HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{marks.latin()}".encode())


def crashes(demo: Demo, people: dict[str, Person], case: str, marks: Marks, told: Told) -> None:
    """kill -9 of web, keyholder and PostgreSQL while marks are on their way in and out."""
    for target in ("web", "keyholder", "postgres"):
        going = threading.Event()
        sender = threading.Thread(target=_send_on, args=(demo, marks, case, going))
        sender.start()
        going.wait()
        if target == "postgres":
            demo.server.kill()
            sender.join()
            embedded.start(demo.server.home, pg=os.environ.get("HOZEN_PG") or None)
        else:
            demo.processes[target].kill()
            sender.join()
            demo.processes[target].start()
        end = time.monotonic() + 60
        while _status(demo) != 200:
            assert time.monotonic() < end, target
            time.sleep(0.05)
    assert LATIN in str(people["sato"].part(case, "title"))


def _send_on(demo: Demo, marks: Marks, case: str, going: threading.Event) -> None:
    """File and read, one after the other, until something fails; says when the first is done."""
    with httpx2.Client(base_url=demo.address, timeout=20) as http, contextlib.suppress(httpx2.TransportError):
        sato = Person(http, demo.issuer, "sato")
        while True:
            answer = sato.file({f"{marks.latin()}.txt": FILING.format(*[marks.both() for _ in range(FIELDS)]).encode()})
            going.set()
            if answer.status_code != 201 or sato.ask("GET", f"/filings/{case}").status_code != 200:
                return


async def everywhere(demo: Demo, temporary: Path, bundle: Path) -> tuple[list[Hit], int, int]:
    """The database's whole folder after a checkpoint, the demo's folder, temporary files, processes, the bundle."""
    connection = await asyncpg.connect(**demo.server.dsn(embedded.SUPERUSER, DATABASE))
    await connection.execute("checkpoint")
    active = str([dict(r) for r in await connection.fetch("select * from pg_stat_activity")])
    await connection.close()
    postmaster = int((demo.server.data / "postmaster.pid").read_text().split("\n", 1)[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    pids = [postmaster, *map(int, children), *(p.pid for p in demo.processes.values())]
    home = demo.server.home
    paths = [*files_under(home, temporary), bundle, *of_processes(pids)]
    hits, files, size = search_files(paths)
    return hits + search("pg_stat_activity", active.encode()), files, size


async def _planted(demo: Demo, temporary: Path, bundle: Path) -> None:
    """One mark planted on purpose in each kind of place: each is found there."""
    connection = await asyncpg.connect(**demo.server.dsn(embedded.SUPERUSER, DATABASE))
    await connection.execute("create table planted (said text)")
    await connection.execute("insert into planted values ($1)", f"{KANJI} in a row")
    await connection.execute("checkpoint")
    await connection.close()
    (temporary / "left").write_text(f"x{LATIN}")
    with (demo.folder / "web.log").open("a") as log:
        log.write(f"reason={KANJI}\n")
    with bundle.open("ab") as file:
        file.write(LATIN.encode("utf-16-le"))
    hits, _, _ = await everywhere(demo, temporary, bundle)
    sleeper = subprocess.Popen(["sleep", "60"], env={"SAID": KANJI})
    try:
        while not Path(
            f"/proc/{sleeper.pid}/environ"
        ).read_bytes():  # a new program's environment shows a moment after it began
            pass
        hits += search_files(of_processes([sleeper.pid]))[0]
    finally:
        sleeper.kill()
        sleeper.wait()
    found = " ".join(h.where for h in hits)
    for place in ("/base/", "/pg_wal/", "web.log", "canary-tmp/left", "bundle", "/environ"):
        assert place in found, f"a mark planted in {place} is not found"


def _no_filings(marks: Marks) -> Iterator[tuple[str, bytes]]:
    """Files that are refused, or read with losses."""
    mark = marks.both()
    yield f"{marks.latin()}.xml", f"<{marks.latin()}><a>{mark}</b></{marks.latin()}>".encode()
    yield "a.xml", f'<!DOCTYPE a [<!ENTITY {marks.latin()} "{mark}">]><a>&{marks.latin()};</a>'.encode()
    yield "b.xml", f'<?xml version="1.0" encoding="{marks.latin()}"?><a>{mark}</a>'.encode()
    yield "c.xml", f'<a xmlns:x="urn:{marks.latin()}"><x:{marks.latin()} y="{mark}"/></a>'.encode()
    yield "d.txt", mark.encode("cp932") + b"\xff\xfe"
    yield "e.txt", f"【書類名】{mark}\n【発明の名称】{marks.both()}\n".encode()
    yield "f.pdf", b"%PDF-1.4 " + mark.encode()
    yield "g.zip", b"PK\x03\x04" + mark.encode()
    yield (
        "h.txt",
        f"【書類名】特許願\n【提出日】{mark}\n【国際特許分類】{marks.both()}\n【優先日】{marks.both()}\n".encode(),
    )
    yield f"../{marks.latin()}/{marks.kanji()}.txt", mark.encode()


def _raw(demo: Demo, data: bytes) -> None:
    """Bytes that are no HTTP; what comes back is read to its end or for a second."""
    host, port = demo.address.removeprefix("http://").split(":")
    with (
        socket.create_connection((host, int(port)), timeout=1) as line,
        contextlib.suppress(TimeoutError, ConnectionError),
    ):
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        while answer := line.recv(65536):
            assert search("", answer) == []


def _status(demo: Demo) -> int:
    try:
        return httpx2.get(f"{demo.address}/readyz").status_code
    except httpx2.TransportError:
        return 0


def _await_log(people: dict[str, Person]) -> None:
    """Wait until the log holds every record there was."""
    end, needed = time.monotonic() + 60, 0
    while True:
        answer = people["nakamura"].ask("GET", "/audit/log")
        if answer.status_code == 200:
            needed = needed or answer.json()["records"]
            if answer.json()["size"] >= needed:
                return
        assert time.monotonic() < end
