"""The courier as it is run, beside the whole service: what its mail, its log, the records and the columns say of why it was sent."""

import email
import email.policy
import os
import time
from itertools import count
from pathlib import Path
from uuid import UUID

import httpx2

from service.demo.client import Person
from service.demo.run import Demo, Process
from tests.attacks.canaries import Marks, search
from tests.mail.sink import Took, certificate, served
from tests.web.filed import TEXT, sent
from tests.web.records import query

MARKS = Marks(26)


def an_hour_later(folder: Path, hours: int) -> None:
    """The courier's clock, which it follows."""
    part = folder / "clock.part"
    part.write_text(f"PT{hours}H")
    part.rename(folder / "clock")


def marked(people: dict[str, Person]) -> str:
    """A filing of sato's that is all marks, of whose sending he was notified."""
    text = TEXT.format(MARKS.latin()).replace("紙の留め具", MARKS.both()).replace("紙を留める留め具", MARKS.both())
    answer = people["sato"].file({"paper.txt": text.encode()}, request_review=MARKS.both())
    assert answer.status_code == 201, answer.text
    case = sent(people, str(answer.json()["case"]))
    people["suzuki"].act(case, "sending_notice_dispatched")
    return case


def environment(demo: Demo, folder: Path, port: int, authority: Path) -> dict[str, str]:
    token = folder / "token"
    with os.fdopen(os.open(token, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(httpx2.post(f"{demo.issuer}/token", params={"person": "courier"}).json()["access_token"])
    said = {
        "COURIER_TOKEN_FILE": token, "SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "SMTP_CA": authority, "MAIL_FROM": "hozen@example.go.jp",
        "MAIL_SHOWS": "https://hozen.example.go.jp", "CLOCK": f"@{folder / 'clock'}",
    }  # fmt: skip
    return {**demo.environment, **{f"HOZEN_{name}": str(value) for name, value in said.items()}}


def test_a_mail_says_that_something_awaits_and_nothing_says_why(
    demo: Demo, people: dict[str, Person], tmp_path: Path
) -> None:
    to = f"{MARKS.latin()}@example.jp"
    case = marked(people)
    (notice,) = people["sato"].get(f"/filings/{case}/notices")["notices"]
    assert people["sato"].ask("PUT", "/me/contact", json={"address": to}).status_code == 200
    query(demo, "delete from mailings")
    took = Took()
    cert, key = certificate(tmp_path)
    log = tmp_path / "courier.log"
    an_hour_later(tmp_path, 0)
    with served(took, cert, key) as port:
        courier = Process(["courier"], environment(demo, tmp_path, port, cert), log)
        try:
            later = count(1)
            while not any(mailed == to for _, mailed, _ in took.mails):
                assert not courier.ended(), log.read_text()
                an_hour_later(tmp_path, next(later))
                time.sleep(1)
            while not query(demo, "select 1 from mailings where person = $1 and sent", people["sato"].id):
                time.sleep(0.1)
        finally:
            courier.stop()
            assert people["sato"].ask("DELETE", "/me/contact").status_code == 204
    (mail,) = [content for _, mailed, content in took.mails if mailed == to]
    read = email.message_from_bytes(mail, policy=email.policy.default)
    secrets = [
        case,
        notice["id"],
        str(people["sato"].id),
        notice["document"],
        notice["title"]["ja"],
        notice["title"]["en"],
    ]
    for said in (mail.decode(), read.get_content(), str(read["subject"])):
        assert [s for s in secrets if s in said or s.replace("-", "") in said] == []
        assert search("mail", said.replace(to, "").encode()) == []
    assert log.read_bytes() == b""
    assert [h for name in demo.processes for h in search(name, (demo.folder / f"{name}.log").read_bytes())] == []
    clear = query(
        demo,
        "select row_to_json(m)::text as said from mailings m union all select row_to_json(d)::text from deliveries d",
    )
    bodies = query(demo, "select body from records")
    assert [h for r in clear for h in search("columns", r["said"].encode())] == []
    assert [h for r in bodies for h in search("records", r["body"])] == []
    assert UUID(case).hex not in {r["body"] for r in bodies if b"give_address" in r["body"]}


def test_a_received_notice_sends_no_mail(demo: Demo, people: dict[str, Person]) -> None:
    case = marked(people)
    (notice,) = people["sato"].get(f"/filings/{case}/notices")["notices"]
    awaited = "select 1 from deliveries where event_id = $1 and received_at is null"
    assert query(demo, awaited, UUID(notice["id"]))
    assert people["sato"].ask("POST", f"/filings/{case}/notices/{notice['id']}/receive").status_code == 200
    assert not query(demo, awaited, UUID(notice["id"]))
