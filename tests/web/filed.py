"""A filing of a test's own, as small as one can be, and its way along the road."""

from typing import Any

import httpx2

from service.demo.client import Person

TEXT = (
    "【書類名】特許願\n【整理番号】{}\n【あて先】特許庁長官殿\n【発明の名称】紙の留め具\n"
    "【特許請求の範囲】\n【請求項１】\n紙を留める留め具。\n"
)
People = dict[str, Person]


def paper(number: str = "T1") -> dict[str, bytes]:
    """The documents of the small filing."""
    return {"paper.txt": TEXT.format(number).encode()}


def filed(people: People, **form: str) -> str:
    """A case of sato's, in primary review, with his request for review unless told otherwise."""
    answer = people["sato"].file(paper(), **{"request_review": "公開により安全を損なうおそれ。", **form})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case"])


def sent(people: People, case: str | None = None) -> str:
    """A case that the examiner has sent; the notice of it is not dispatched yet."""
    case = case or filed(people)
    people["suzuki"].act(case, "send", reason="出願人の申出。")
    return case


def in_review(people: People, case: str | None = None) -> str:
    """A case under review, both reviewers on it, the applicant notified."""
    case = sent(people, case)
    people["suzuki"].act(case, "sending_notice_dispatched")
    assign(people, case, "tanaka")
    people["tanaka"].act(case, "receive")
    return case


def designated(people: People, case: str | None = None) -> str:
    """A designated case."""
    case, said = in_review(people, case), {"reason": "理由。", "inventions": [{"claim": 1, "passage": "0001"}]}
    people["tanaka"].act(case, "hear_applicant", reason="意見を聴いた。")
    people["tanaka"].act(case, "give_pre_notice", **said)
    people["tanaka"].act(case, "pre_notice_received")
    people["sato"].act(case, "file_document", reason="提出する。")
    until = people["kobayashi"].get(f"/filings/{case}")["events"][0]["happened_on"].replace("2026", "2027")
    people["kobayashi"].act(case, "designate", until=until[:8] + "01", compartment="a", **said)
    return case


def assign(people: People, case: str, name: str, work: str = "review") -> None:
    """The head of the review unit puts a person on the case."""
    fact = {"kind": "assignment", "person": str(people[name].id), "case": case, "values": {"work": work}}
    assert people["watanabe"].ask("POST", "/facts", json=fact).status_code == 201


def look(people: People, name: str, case: str) -> Any:
    """The case as a person sees it."""
    return people[name].get(f"/filings/{case}")


def rows(people: People, name: str, **wanted: Any) -> list[dict[str, Any]]:
    """All rows of a person's list."""
    found: list[dict[str, Any]] = []
    page = people[name].get("/filings", limit=100, **wanted)
    while True:
        found += page["filings"]
        if page["next"] is None:
            return found
        page = people[name].get("/filings", limit=100, after=page["next"], **wanted)


def row_of(people: People, name: str, case: str) -> dict[str, Any]:
    """The case's row in a person's list."""
    return next(r for r in rows(people, name) if r["id"] == case)


def tried(people: People, name: str, case: str, act: str, version: int | None, **said: Any) -> httpx2.Response:
    """An act on the version named, whatever comes of it."""
    headers = {} if version is None else {"if-match": f'"{version}"'}
    return people[name].ask("POST", f"/filings/{case}/{act.replace('_', '-')}", headers=headers, json=said)
