"""Chance: the past of a filing up to some state, and the acts that clients then send at once."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tests.attacks.histories_model import WORK, Case, opened
from tests.attacks.histories_words import ACTS, ROWS, STATES, Ask

CAST = tuple(WORK)
KINDS = ("ordinary",) * 6 + ("foreign-language", "divisional")
PAIRS = tuple((state, act) for state in STATES for act in (*ACTS, "correct"))
"""Every state and every act: each history begins with one of these."""
LAW = {(r.source, r.act) for r in ROWS}


MEETS = {"claim": 1, "item": 7}
JUDGED: tuple[list[dict[str, Any]], ...] = (
    [], [MEETS], [{"claim": 1}], [{"claim": 1, "item": 2}], [{"claim": 2, "item": 2, "additional": "no"}],
    [{"passage": "0001", "item": 2, "additional": "b"}], [{"claim": 1, "item": 46, "additional": "a"}],
    [{"claim": 1}, {"claim": 2, "item": 46, "additional": "a", "content": "yes"}],
)  # fmt: skip
"""What is judged of the inventions: no item, one met, one whose question is answered no, or not at all."""


def uuid(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def hand(rng: random.Random, act: str) -> str:
    """Somebody whose act it is."""
    names = [n for n in CAST if act in WORK[n]]
    return "okada" if "okada" in names and rng.random() < 0.1 else rng.choice([n for n in names if n != "okada"])


def body(rng: random.Random, act: str, on: date, *, right: bool) -> dict[str, Any]:
    """What an act says; right: what the law lets it say, mostly."""
    said: dict[str, Any] = {"reason": rng.choice("abc") if act == "correct" else "x"}
    if act == "send":
        said["inventions"] = [MEETS] if right else rng.choice(JUDGED)
    if act == "judge_not_to_send" and rng.random() < 0.5:
        said["inventions"] = [] if right else rng.choice(JUDGED)
        said |= {"unnecessary": ["publicness"]} if rng.random() < 0.3 else {}
    if act == "transfer_right":  # between two who are nobody here: the cast keeps its works
        said |= {"predecessor": uuid(rng), "successor": uuid(rng), "name": "n", "address": "a"}
    if act == "ask_documents" and rng.random() < 0.5:
        said["asked"] = [{"item": 46, "questions": ["additional", "content"]}]
    if act == "correct_classification":
        said["symbols"] = [{"text": "G06F 17/00"}]
    if act in ("give_pre_notice", "designate"):
        said["inventions"] = [{"claim": 1}]
    if act in ("notice_termination", "notice_breach"):
        said["until"] = _day(on, rng.choice((3, 30)) if right else rng.choice((30, 30, 0, -2)))
    if act == "designate":
        said["until"] = _day(on, rng.choice((10, 60, 300)) if right else rng.choice((300, 300, 363, 366, 400, -1)))
        said |= {"compartment": "a"} if rng.random() < 0.5 else {}
    if act == "extend":
        said["until"] = _day(on, rng.choice((150, 360)) if right else rng.choice((300, 360, 400, 900, 5)))
    if act in ("ask_documents", "ask_in_review", "ask_correction") and rng.random() < 0.5:
        said["until"] = _day(on, 14)
    return said


def _day(on: date, days: int) -> str:
    return (on + timedelta(days=days)).isoformat()


@dataclass
class Way:
    """How far every state is from one, by the rows that move."""

    aim: str

    def __post_init__(self) -> None:
        self.far = {self.aim: 0}
        for _ in STATES:
            for row in ROWS:
                if row.target in self.far and row.source not in self.far:
                    self.far[row.source] = self.far[row.target] + 1

    def on(self, source: str, target: str) -> bool:
        return self.far.get(target, 99) < self.far.get(source, 99)


WAYS = {state: Way(state) for state in STATES}


def past(rng: random.Random, today: date, aim: str) -> Case:
    """A filing with a lawful past that leads to the state, where chance finds the way."""
    way, day = WAYS[aim], today - timedelta(days=rng.choice((1, 20, 60, 150, 400)))
    kind = "pct-national" if aim == "OUT_OF_SCOPE_PCT" else rng.choice(KINDS)
    ids = [uuid(rng) for _ in range(3)]
    case = opened(day, day, kind, ids, "sato", asked=rng.random() < 0.5)
    for _ in range(60):
        if case.state == aim and rng.random() < 0.3:
            break
        day = min(today, day + timedelta(days=rng.choice((0, 0, 0, 1, 4, 100 if aim in LATE else 12))))
        case = replace(case, today=day)
        act = _next(rng, case.state, way)
        if act is not None:
            seen = case.version
            name = hand(rng, act)
            ask = Ask(name, act, case.told()[0] if name == "sato" else seen, body(rng, act, day, right=True))
            case = case.does(ask, uuid(rng))[1]
    return replace(case, today=today)


LATE = frozenset({"UNSENT_LAPSED", "EXPIRED"})


def _next(rng: random.Random, state: str, way: Way) -> str | None:
    forward = [r.act for r in ROWS if r.source == state and way.on(state, r.target)]
    stay = [r.act for r in ROWS if r.source == r.target == state]
    if forward and (not stay or rng.random() < 0.5):
        return rng.choice(forward)
    return rng.choice(stay) if stay else None


@dataclass(frozen=True)
class Look:
    """The case as its clients read it before they act.

    told: the version the applicant reads; entries: ids; corrected: those that a correction stands for.
    """

    state: str
    version: int
    told: int
    entries: Sequence[str]
    corrected: Sequence[str] = ()


def wave(rng: random.Random, look: Look, today: date, first: str | None) -> list[Ask | str]:
    """Acts and reads (the reader's name) that are sent at once. first: an act that is among them."""
    if first == "correct" or (first is None and rng.random() < (0.5 if look.corrected else 0.2)):
        return _correcting(rng, look, today)
    acts = [first] if first else []
    acts += [_act(rng, look.state) for _ in range(rng.choice((0, 1, 1, 2, 3)) if first else rng.choice((1, 2, 2, 3)))]
    sent: list[Ask | str] = [_ask(rng, look, act, today) for act in acts]
    if rng.random() < 0.15:
        sent.append(rng.choice(sent))
    if rng.random() < 0.3:
        sent.append(rng.choice(("sato", "kobayashi", "tanaka", "yamada")))
    rng.shuffle(sent)
    return sent


def _act(rng: random.Random, state: str) -> str:
    lawful = [a for s, a in sorted(LAW) if s == state]
    moving = [r.act for r in ROWS if r.source == state != r.target]
    chance = rng.random()
    if moving and chance < 0.45:
        return rng.choice(moving)
    return rng.choice(lawful) if lawful and chance < 0.85 else rng.choice(ACTS)


def _ask(rng: random.Random, look: Look, act: str, today: date) -> Ask:
    name = hand(rng, act) if rng.random() < 0.92 else rng.choice(CAST)
    said = body(rng, act, today, right=rng.random() < 0.6) | _dated(rng, today)
    return Ask(name, act, _seen(rng, look, name), said)


def _seen(rng: random.Random, look: Look, name: str) -> int | None:
    right = look.told if name == "sato" else look.version
    chance = rng.random()
    if chance < 0.8:
        return right
    return None if chance < 0.83 else right + rng.choice((1, 1, -1))


def _dated(rng: random.Random, today: date) -> dict[str, str]:
    chance = rng.random()
    if chance < 0.8:
        return {}
    days = 1 if chance < 0.83 else -rng.choice((1, 2, 30))
    return {"happened_on": _day(today, days)} | ({"date_reason": "y"} if chance < 0.95 else {})


def _correcting(rng: random.Random, look: Look, today: date) -> list[Ask | str]:
    """Two or more persons who correct one entry: mostly the last, mostly with the same words."""
    said: Mapping[str, Any] = _correction(rng, look, today)
    names = rng.sample(("kato", "suzuki", "tanaka", "kobayashi"), rng.choice((2, 2, 3)))
    names += [rng.choice((*names, "okada", "sato"))] if rng.random() < 0.3 else []
    sent: list[Ask | str] = [
        Ask(n, "correct", _seen(rng, look, n), said if rng.random() < 0.85 else _correction(rng, look, today))
        for n in names
    ]
    return sent + ([_ask(rng, look, _act(rng, look.state), today)] if rng.random() < 0.3 else [])


def _correction(rng: random.Random, look: Look, today: date) -> dict[str, Any]:
    if look.corrected and rng.random() < 0.3:
        event = rng.choice(look.corrected)
    else:
        event = look.entries[-1] if look.entries and rng.random() < 0.6 else rng.choice((*look.entries, uuid(rng)))
    said: dict[str, Any] = {"event": event, "reason": rng.choice("aab")}
    if rng.random() < 0.6:
        return said | {"annuls": True}
    return said | ({"happened_on": _day(today, -rng.choice((0, 1, 9, 150)))} if rng.random() < 0.9 else {})
