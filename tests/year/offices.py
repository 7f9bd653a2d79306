"""A year's work as its people do it, over HTTP: whole halves of a year, each flow with several connections."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

import httpx2

from service.demo.client import Person, Unexpected
from service.demo.confirm import FORM
from service.demo.people import PEOPLE
from service.demo.run import Demo
from service.screening.bulk import MOST

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
People = dict[str, Person]
Seen = tuple[str, int]
"""A case, and its version."""


class Offices:
    """The people of a running demo, once for each connection."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo

    @contextmanager
    def open(self) -> Iterator[None]:
        """The connections, until left."""
        self._idle: SimpleQueue[People] = SimpleQueue()
        clients = [httpx2.Client(base_url=self._demo.address, timeout=60) for _ in range(CONNECTIONS)]
        for http in clients:
            self._idle.put({p.name: Person(http, self._demo.issuer, p.name) for p in PEOPLE})
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


def file(people: People, requested: bool) -> Seen:
    """One application filed; `requested`: with the applicant's own request for review (66(2))."""
    sato = people["sato"]
    told = _ok(sato.ask("POST", "/filings/entered/read-back", json={"filing": FILING}))
    said = {"filing": FILING, "read_back": told["digest"]}
    if requested:
        said["request_review"] = "審査を求める。Review is asked for."
    done = _ok(sato.ask("POST", "/filings/entered", headers={"idempotency-key": uuid4().hex}, json=said))
    return done["case"], done["version"]


def judge(people: People, cases: Sequence[Seen]) -> tuple[int, int]:
    """A list judged not to be sent with one reason (66(7)); what a person must look at, one by one. How many, and of them by one."""
    said = {"reason": "号に該当しない。No item is met.", "cases": [{"case": c, "version": v} for c, v in cases]}
    results = _ok(people["suzuki"].ask("POST", "/screening/judge-not-to-send", json=said))["results"]
    alone = [r["case"] for r in results if not r["done"]]
    for case in alone:
        people["suzuki"].act(case, "judge_not_to_send", reason="個別に確認した。Looked at by itself.")
    return len(results), len(alone)


def send(people: People, case: Seen) -> None:
    """One application sent on its applicant's request (66(1)-(2))."""
    people["suzuki"].act(case[0], "send", reason="出願人の申出。The applicant's request.")


def notice(people: People, case: Seen) -> None:
    """One non-sending notice, asked for and given (66(10))."""
    people["sato"].act(case[0], "request_non_sending_notice")
    people["suzuki"].act(case[0], "give_non_sending_notice")


def confirm(people: People, _: int) -> None:
    """One prior confirmation asked for (79(1))."""
    _ok(people["sato"].ask("POST", "/confirmations", headers={"idempotency-key": uuid4().hex}, json={"form": FORM}))


def lists(cases: Sequence[Seen]) -> list[Sequence[Seen]]:
    """As many cases in one list as the service takes."""
    return [cases[n : n + MOST] for n in range(0, len(cases), MOST)]


def _ok(answer: httpx2.Response) -> Any:
    if answer.status_code not in (200, 201):
        raise Unexpected(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}")
    return answer.json()
