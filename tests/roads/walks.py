"""One case on its way along a road, over HTTP: each row is tried in every way that the law refuses, and then taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

import httpx2

from service.kinds import KINDS
from tests.foreign.asked import form
from tests.moved import People
from tests.roads.hands import asks_mandate, other, said, whose
from tests.web.filed import assign, paper

Row = tuple[str, str, str, str]
"""Kind of case, state, act, state after it."""
Told = tuple[int, str]
"""Status and, of a refusal, its name."""


@dataclass(frozen=True)
class Step:
    """One act of a path. refused: the guard that does not hold yet, where it is to be refused."""

    act: str
    own: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""


@dataclass(frozen=True)
class Path:
    """A case's way. on: the legal date of its paper; application: its kind; back: its last step is taken back by two persons first."""

    kind: str
    steps: Sequence[Step]
    on: date | None = None
    application: str = "ordinary"
    back: bool = False


@dataclass
class Driven:
    """What came of all walks.

    ways: row -> way -> what was told. lost: what was told of acts in states that have them not, by (kind, state, act). guards: (kind,
    state, act, guard) that refused. unlike: what was otherwise than a path says.
    """

    ways: dict[Row, dict[str, Told]] = field(default_factory=dict)
    lost: dict[tuple[str, str, str], Told] = field(default_factory=dict)
    guards: set[tuple[str, str, str, str]] = field(default_factory=set)
    unlike: list[str] = field(default_factory=list)
    taken: set[Row] = field(default_factory=set)


def told_in(answer: httpx2.Response) -> Told:
    return answer.status_code, "" if answer.status_code < 300 else answer.json()["name"]


class Walk:
    """A path under way. scope: the rows that are to be tried in every way."""

    def __init__(self, people: People, path: Path, scope: frozenset[Row], driven: Driven) -> None:
        self._people, self._path, self._scope, self._driven = people, path, scope, driven
        self._left = list(path.steps)
        self._road = KINDS[path.kind].road
        self._address = f"/{path.kind}s/{self._confirmation() if path.kind == 'confirmation' else self._filing()}"
        self._seen: dict[str, Any] = {}
        if path.back:
            self._taken_back()

    @property
    def left(self) -> bool:
        return bool(self._left)

    def unmandated(self) -> str | None:
        """Whose mandate the next row rests on, where it is to be tried without."""
        step, row = self._left[0], self._row()
        new = row is not None and not step.refused and row not in self._driven.ways and asks_mandate(row)
        return whose(step.act) if new else None

    def try_unmandated(self) -> None:
        """The next row, while he has none."""
        step, row = self._left[0], self._row()
        assert row is not None
        self._driven.ways[row] = {"no mandate": told_in(self._do(whose(step.act), step))}

    def go(self) -> None:
        """The next step; a walk that cannot go on ends, and says where."""
        try:
            self._go()
        except AssertionError as wrong:
            self._driven.unlike.append(f"{self._path.kind}, {self._left[0]}: {wrong}")
            self._left.clear()

    def _go(self) -> None:
        """Refused by its guard, or first in every other way and then taken."""
        step, row = self._left[0], self._row()
        self._lose()
        if step.refused:
            self._guarded(step)
        elif row is not None and row not in self._driven.taken:
            self._driven.taken.add(row)
            self._driven.ways.setdefault(row, {}).update(self._refusals(step))
            self._driven.ways[row]["works"] = self._take(step, row)
        else:
            assert told_in(self._do(whose(step.act), step)) == (200, ""), step
            self._moved(step.act)
        del self._left[0]

    def _row(self) -> Row | None:
        """The row of the scope that the next step is to take."""
        kind, act, state = self._path.kind, self._left[0].act, self._look("suzuki")["state"]
        found = [s for s in self._road.rows(state, act) if (kind, state, act, s.target) in self._scope]
        assert len(found) < 2, "none of these rows has several targets"
        return (kind, state, act, str(found[0].target)) if found else None

    def _guarded(self, step: Step) -> None:
        key = self._path.kind, self._look("suzuki")["state"], step.act
        told = told_in(self._do(whose(step.act), step))
        if told != (409, step.refused):
            self._driven.unlike.append(f"{key}: {told}, not {step.refused}")
        self._driven.guards.add((*key, told[1]))

    def _refusals(self, step: Step) -> dict[str, Told]:
        """Each of who may not, or says it wrongly; the case stands as it did."""
        name = whose(step.act)
        version = self._version(name)
        tries = {
            "stranger": self._do("yamada", step, seen=version),
            "other role": self._do(other(step.act), step, seen=version),
            "no version": self._do(name, step, seen=None),
            "stale version": self._do(name, step, seen=version - 1),
            "malformed": self._do(name, step, seen=version, reason=7),
        }
        self._seen.clear()
        if self._version(name) != version:
            self._driven.unlike.append(f"{self._address} {step.act}: a refused act moved the case")
        return {way: told_in(answer) for way, answer in tries.items()}

    def _take(self, step: Step, row: Row) -> Told:
        """The step itself; the case is then where the row says, one version on, with its paper."""
        before = self._look("suzuki")["version"]
        told = told_in(self._do(whose(step.act), step))
        self._moved(step.act)
        after = self._look("suzuki")
        last, document = after["events"][-1], self._road.rows(row[1], row[2])[0].document
        stands = after["state"], after["version"], last["step"], last["document"]
        if told == (200, "") and stands != (row[3], before + 1, row[2], document):
            self._driven.unlike.append(f"{row}: left {stands}")
        return told

    def _lose(self) -> None:
        """Every act that the law has not here, where who does it is on the case: in a state that no walk has looked at, and where no walk
        could try the act before."""
        kind, state = self._path.kind, self._look("suzuki")["state"]
        looked, known = {key[:2] for key in self._driven.lost}, {(key[0], key[2]) for key in self._driven.lost}
        for act in sorted({act for of, _, act, _ in self._scope if of == kind}):
            new = (kind, state) not in looked or (kind, act) not in known
            if new and not self._road.rows(state, act) and self._version(whose(act)):
                self._driven.lost[kind, state, act] = told_in(self._do(whose(act), Step(act)))

    def _do(self, name: str, step: Step, seen: int | None = -1, **wrong: Any) -> httpx2.Response:
        """The act as he does it. seen: -1 for the version he reads."""
        body = {**said(step.act, step.own), **wrong}
        if step.act == "later_filing":
            body["filing"] = own_filing(self._people, name)
        version = self._version(name) if seen == -1 else seen
        headers = {} if version is None else {"if-match": f'"{version}"'}
        path = f"{self._address}/{step.act.replace('_', '-')}"
        return self._people[name].ask("POST", path, headers=headers, json=body)

    def _look(self, name: str) -> Any:
        """The case as he reads it now; nothing where it is not there for him."""
        if name not in self._seen:
            answer = self._people[name].ask("GET", self._address)
            self._seen[name] = answer.json() if answer.status_code == 200 else {"version": 0}
        return self._seen[name]

    def _version(self, name: str) -> int:
        """As he reads it: all officers read the same, and the timer reads no case."""
        if name in ("kato", "worker") and self._path.kind == "filing":
            name = "suzuki"
        version: int = self._look(name)["version"]
        return version

    def _moved(self, act: str) -> None:
        """The case stands otherwise. Whom the rule did not choose for the review is put on the case by the head of it."""
        self._seen.clear()
        kind = KINDS[self._path.kind]
        if kind.name == "filing" and act in kind.assigns and not self._version("tanaka"):
            assign(dict(self._people), self._address.rpartition("/")[2], "tanaka")
            self._seen.clear()

    def _filing(self) -> str:
        entered = {"application": self._path.application}
        if self._path.on is not None:
            entered |= {"happened_on": self._path.on.isoformat(), "date_reason": "紙で受付。"}
        answer = self._people["kato"].file(paper(), party=str(self._people["sato"].id), **entered)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["case"])

    def _confirmation(self) -> str:
        headers = {"idempotency-key": uuid4().hex}
        answer = self._people["sato"].ask("POST", "/confirmations", headers=headers, json={"form": form()})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["case"])

    def _taken_back(self) -> None:
        """Two persons take the last step back: the case is where it was before."""
        seen = self._look("suzuki")
        said = {"event": seen["events"][-1]["id"], "annuls": True, "reason": "誤り。"}
        for name, status in (("kato", 202), ("suzuki", 200)):
            headers = {"if-match": f'"{seen["version"]}"'}
            answer = self._people[name].ask("POST", f"{self._address}/correct", headers=headers, json=said)
            assert answer.status_code == status, answer.text
        self._seen.clear()


def own_filing(people: People, name: str) -> str:
    """A filing of his own, where he is one who files; else one of sato's."""
    who = people[name if name in ("sato", "yamada") else "sato"]
    if not who.filing:
        who.filing = who.file(paper("LATER")).json()["case"]
    return who.filing
