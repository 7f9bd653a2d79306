"""The words of a history: rows of the road, entries of a case's past, what clients ask and are told. It imports nothing of the service."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.shared import ROOT


@dataclass(frozen=True)
class Row:
    """One line of the table for one state."""

    source: str
    act: str
    target: str
    guards: tuple[str, ...]
    paper: str | None
    label: str | None
    fact: bool


def _rows() -> Iterable[Row]:
    for said in tomllib.loads((ROOT / "tests/roads/filing.toml").read_text(encoding="utf-8"))["row"]:
        for source in said["from"]:
            target = source if said["to"] == "=" else said["to"]
            guards = tuple(said.get("guards", ()))
            yield Row(
                source, said["act"], target, guards, said.get("paper"), said.get("label"), said.get("fact", False)
            )


ROWS = tuple(_rows())
BY = {key: [r for r in ROWS if (r.source, r.act) == key] for key in {(r.source, r.act) for r in ROWS}}
"""The rows for an act in a state."""
ACTS = sorted({r.act for r in ROWS})
STATES = sorted({r.source for r in ROWS} | {r.target for r in ROWS})


@dataclass(frozen=True)
class Event:
    """One entry of the case's past. of: the entry that a correction stands for."""

    id: str
    version: int
    source: str
    name: str
    target: str
    on: date
    until: date | None
    who: str
    of: str | None = None
    annuls: bool = False
    application: str | None = None


@dataclass(frozen=True)
class Ask:
    """An act as a client sends it: who, which, the version he says he saw, and the body."""

    who: str
    act: str
    seen: int | None
    body: Mapping[str, Any]

    @property
    def words(self) -> str:
        """Everything it says: an approval is of exactly this."""
        return json.dumps([self.act, self.body], sort_keys=True)

    def day(self, name: str) -> date | None:
        said = self.body.get(name)
        return date.fromisoformat(said) if said else None


@dataclass(frozen=True)
class Answer:
    """What a client is told: status, the refusal's name or the state, the version, approvals missing."""

    status: int
    said: str = ""
    version: int = 0
    missing: int = 0


class Refused(Exception):
    """The act is refused, and nothing has changed."""

    def __init__(self, status: int, name: str) -> None:
        self.answer = Answer(status, name)
