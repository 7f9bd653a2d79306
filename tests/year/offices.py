"""A year's work as its people do it, over HTTP: each flow with several connections."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

import httpx2

from service.demo.client import Unexpected
from service.demo.confirm import FORM
from service.demo.people import PEOPLE
from service.screening.bulk import MOST
from tests.moved import Kept, Moved
from tests.year.size import Kind

CONNECTIONS = 4
FILING = {
    "title": "折りたたみ自転車",
    "applicants": ["株式会社架空製作所"],
    "description": "【0001】折りたたみ可能なフレームを備える自転車に関する。",
    "claims": ["折りたたみ可能なフレームを備える自転車。"],
    "symbols": [{"scheme": "ipc", "text": "B62K 15/00"}],
}
"""An application that meets no item."""
Step = Callable[[], None]
People = dict[str, Kept]
Seen = tuple[str, int]
"""A case, and its version."""


class Offices:
    """The people of a running service, once for each connection."""

    def __init__(self, moved: Moved) -> None:
        self._moved = moved

    @contextmanager
    def open(self) -> Iterator[None]:
        """The connections, until left."""
        self._idle: SimpleQueue[People] = SimpleQueue()
        clients = [httpx2.Client(base_url=self._moved.address, timeout=120) for _ in range(CONNECTIONS)]
        for http in clients:
            self._idle.put({p.name: Kept(http, self._moved, p.name) for p in PEOPLE})
        try:
            with ThreadPoolExecutor(CONNECTIONS) as self._pool:
                yield
        finally:
            for http in clients:
                http.close()

    def each(self, work: Callable[..., Any], items: Sequence[Any], step: Step) -> list[Any]:
        """`work(people, item)` for each, as many at once as there are connections; what it gave, in the order of the items."""

        def one(item: Any) -> Any:
            people = self._idle.get()
            try:
                return work(people, item)
            finally:
                self._idle.put(people)
                step()

        return list(self._pool.map(one, items))


def file(people: People, kind: Kind) -> Seen:
    """One application filed; one that is sent: with the applicant's own request for review (66(2))."""
    sato = people["sato"]
    told = ok(sato.ask("POST", "/filings/entered/read-back", json={"filing": FILING}))
    said = {"filing": FILING, "read_back": told["digest"]}
    if kind == Kind.SENT:
        said["request_review"] = "審査を求める。Review is asked for."
    done = ok(sato.ask("POST", "/filings/entered", headers={"idempotency-key": uuid4().hex}, json=said))
    return done["case"], done["version"]


def request_notice(people: People, case: Seen) -> Seen:
    """The non-sending notice asked for (66(10)), on the day of the filing; its new version."""
    done = act(people, "sato", "filings", case[0], "request_non_sending_notice", case[1])
    return case[0], done["version"]


def judge(people: People, cases: Sequence[Seen]) -> tuple[int, int]:
    """A list judged not to be sent with one reason (66(7)); what a person must look at, one by one. How many, and of them by one."""
    said = {"reason": "号に該当しない。No item is met.", "cases": [{"case": c, "version": v} for c, v in cases]}
    results = ok(people["suzuki"].ask("POST", "/screening/judge-not-to-send", json=said))["results"]
    alone = [r["case"] for r in results if not r["done"]]
    for case in alone:
        people["suzuki"].act(case, "judge_not_to_send", reason="個別に確認した。Looked at by itself.")
    return len(results), len(alone)


def send(people: People, case: Seen) -> None:
    """One application sent on its applicant's request (66(1)-(2)), and the notice of it dispatched (66(3))."""
    reason = "出願人の申出。The applicant's request."
    done = act(people, "suzuki", "filings", case[0], "send", case[1], reason=reason)
    act(people, "suzuki", "filings", case[0], "sending_notice_dispatched", done["version"])


def give_notice(people: People, case: Seen) -> None:
    """One non-sending notice given (66(10))."""
    people["suzuki"].act(case[0], "give_non_sending_notice")


def ask(people: People, referred: bool) -> tuple[str, int, bool]:
    """One prior confirmation asked for (79(1))."""
    headers = {"idempotency-key": uuid4().hex}
    done = ok(people["sato"].ask("POST", "/confirmations", headers=headers, json={"form": FORM}))
    return done["case"], done["version"], referred


def accept(people: People, case: tuple[str, int, bool]) -> tuple[str, int, bool]:
    """Its papers and fee are in order (CAO-METI Order 5)."""
    done = act(people, "suzuki", "confirmations", case[0], "accept_request", case[1])
    return case[0], done["version"], case[2]


def answer(people: People, case: tuple[str, int, bool]) -> tuple[str, int, bool]:
    """Answered (79(2)), or referred to the Prime Minister (79(3))."""
    number, version, referred = case
    name, said = "answer_not_applicable", {}
    if referred:
        name, said = "refer", {"inventions": [{"claim": 1, "item": 13, "left_out": True}]}
    done = act(people, "suzuki", "confirmations", number, name, version, reason="理由。Reason.", **said)
    return number, done["version"], referred


def answer_referral(people: People, case: tuple[str, int, bool]) -> tuple[str, int, bool]:
    """The Prime Minister's answer to the Commissioner (79(3))."""
    said = {"reason": "理由。Reason.", "clearly_harmless": True}
    done = act(people, "kobayashi", "confirmations", case[0], "answer_referral", case[1], **said)
    return case[0], done["version"], case[2]


def pass_on(people: People, case: tuple[str, int, bool]) -> None:
    """What the requester is told (79(4))."""
    act(people, "suzuki", "confirmations", case[0], "pass_on_answer", case[1])


def act(people: People, name: str, kind: str, case: str, act: str, seen: int, **said: Any) -> Any:
    """An act on the version that was seen. Raises Unexpected."""
    path, headers = f"/{kind}/{case}/{act.replace('_', '-')}", {"if-match": f'"{seen}"'}
    return ok(people[name].ask("POST", path, headers=headers, json=said))


def lists(cases: Sequence[Seen]) -> list[Sequence[Seen]]:
    """As many cases in one list as the service takes."""
    return [cases[n : n + MOST] for n in range(0, len(cases), MOST)]


def ok(answer: httpx2.Response) -> Any:
    """Raises Unexpected."""
    if answer.status_code not in (200, 201):
        raise Unexpected(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}")
    return answer.json()
