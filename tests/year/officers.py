"""Ten examiners at their queues at once: the page, the case, its screening, the judgment, as a person does it, until the queues are empty.

Each case stands in the queues of two of them, so that two come upon the same one: who was too late (412, 409) goes on to the next. The
nine beside the demo's examiner are made by its security officer, over HTTP, with a post, a mandate and a token of the demo's issuer.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2

from service.demo.client import Person
from tests.moved import Kept, Moved, at
from tests.year.offices import ok

OFFICERS, PAGE = 10, 20
A_DAY, HOURS = 1_200, 8
"""Decisions of a day of the public size (300,000 a year), and a day's hours."""
LATE = (412, 409)
MADE = [(f"examiner-{n}", UUID(int=0x7E4A0000 + n, version=4)) for n in range(1, OFFICERS)]


class Examiner(Person):
    """One who is not of the demo's cast."""

    def __init__(self, http: httpx2.Client, moved: Moved, name: str, number: UUID) -> None:
        self._http, self._issuer, self.name, self.id = http, moved.issuer, name, number
        self._kept = moved.token(name)

    def _token(self) -> str:
        return self._kept


@dataclass
class Worked:
    """What one officer did. decided: cases; late: how often another was before him; seconds: of each decision, and of each page."""

    decided: list[str] = field(default_factory=list)
    late: int = 0
    seconds: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)


def prepare(moved: Moved, count: int, file: Callable[[dict[str, Kept]], str], step: Callable[[], None]) -> list[str]:
    """Nine more examiners, and as many cases, each in two queues."""
    with at(moved) as people:
        examiners = [people["suzuki"].id, *(number for _, number in MADE)]
        for name, number in MADE:
            _made(people["yoshida"], moved.issuer, name, number)
        cases = []
        for _ in range(count):
            cases.append(file(dict(people)))
            hands = people["takahashi"].get("/facts", case=cases[-1])
            first = next(UUID(h["person"]) for h in hands if h["work"] == "screening")
            second = examiners[(examiners.index(first) + 1) % OFFICERS]
            _attested(people["takahashi"], "assignment", second, cases[-1], work="screening")
            step()
        return cases


def _made(officer: Person, issuer: str, name: str, number: UUID) -> None:
    _attested(officer, "subject", number, issuer=issuer, subject=name)
    _attested(officer, "post", number, office="jpo", role="screening_examiner")
    said = {"person": str(number), "authority": "commissioner", "instrument": "専決規程（例） / delegation (invented)"}
    ok(officer.ask("POST", "/mandates", json=said))


def _attested(officer: Person, kind: str, person: UUID, case: str | None = None, **values: Any) -> None:
    said = {"kind": kind, "person": str(person), "values": values} | ({"case": case} if case else {})
    ok(officer.ask("POST", "/facts", json=said))


def at_work(moved: Moved, cases: Sequence[str], step: Callable[[], None]) -> list[Worked]:
    """All ten at once, until no case of theirs waits. Raises what any of them met."""
    wanted, done = frozenset(cases), [Worked() for _ in range(OFFICERS)]
    faults: list[BaseException] = []

    def one(number: int) -> None:
        try:
            with httpx2.Client(base_url=moved.address, timeout=120) as http:
                who = Examiner(http, moved, *MADE[number - 1]) if number else Kept(http, moved, "suzuki")
                _work(who, wanted, done[number], step)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(OFFICERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return done


def _work(who: Person, wanted: frozenset[str], done: Worked, step: Callable[[], None]) -> None:
    """His queue from its top, page after page, until a page has nothing that waits."""
    while True:
        began = time.perf_counter()
        page = who.get("/filings", state="PRIMARY_REVIEW", limit=PAGE)
        done.pages.append(time.perf_counter() - began)
        waiting = [row["id"] for row in page["filings"] if row["id"] in wanted]
        for case in waiting:
            if _decide(who, case, done):
                step()
        if not waiting:
            return


def _decide(who: Person, case: str, done: Worked) -> bool:
    """The case, its screening, the judgment; whether it was his."""
    began = time.perf_counter()
    read = who.ask("GET", f"/filings/{case}")
    shown = ok(read)
    part = next(p["id"] for p in shown["parts"] if p["document"] == "screening")
    assert ok(who.ask("GET", f"/filings/{case}/parts/{part}"))["content"]["outcome"] == "none"
    said = {"reason": "号に該当しない。No item is met."}
    path = f"/filings/{case}/judge-not-to-send"
    answer = who.ask("POST", path, headers={"if-match": read.headers["etag"]}, json=said)
    if answer.status_code in LATE:
        done.late += 1
        return False
    ok(answer)
    done.decided.append(case)
    done.seconds.append(time.perf_counter() - began)
    return True
