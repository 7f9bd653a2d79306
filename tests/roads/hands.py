"""Whose act each step is in the running demo, what he says, and the people themselves, who keep a token while it lasts."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from service.kinds import KINDS
from tests.attacks.access_words import OF_APPLICANT, OF_DECISION, OF_INTAKE, OF_REVIEW, OF_SCREENING, OF_TIME
from tests.moved import People

WHY = "理由。Reason."
MEETS = {"claim": 1, "item": 7}
"""One invention that meets one item whole."""
FORMALITIES = frozenset({"start", "exclude_pct", "transfer_right"})
"""Of the Patent Office, but decided by nobody: no mandate is asked."""


def whose(act: str) -> str:
    """Who does the act in the demo. Raises StopIteration for an act that is nobody's."""
    hands = {
        "sato": OF_APPLICANT, "kato": OF_INTAKE, "suzuki": OF_SCREENING, "tanaka": OF_REVIEW, "kobayashi": OF_DECISION, "worker": OF_TIME,
    }  # fmt: skip
    return next(name for name, acts in hands.items() if act in acts)


def other(act: str) -> str:
    """Somebody on the case whose act it is not."""
    return "suzuki" if whose(act) == "sato" else "sato"


@contextmanager
def without_mandates(people: People, names: Iterable[str]) -> Iterator[None]:
    """These have no mandate, until left."""
    officer, ended = people["yoshida"], []
    for name in sorted(names):
        for mandate in people[name].get("/mandates"):
            assert officer.ask("DELETE", f"/facts/{mandate['id']}").status_code == 204
            ended.append((name, mandate))
    yield
    for name, mandate in ended:
        said = {"person": str(people[name].id), "authority": mandate["authority"], "instrument": mandate["instrument"]}
        assert officer.ask("POST", "/mandates", json=said).status_code == 201


def asks_mandate(row: tuple[str, str, str, str]) -> bool:
    """Who decides for the Commissioner or the Prime Minister has one; a mere date is no decision."""
    steps = KINDS[row[0]].road.rows(row[1], row[2])
    return all(str(s.actor) in ("jpo", "pm") and not s.fact for s in steps) and row[2] not in FORMALITIES


def said(act: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """What the law lets the act say, and what it says besides or instead."""
    return {"reason": WHY, **SAID.get(act, {}), **own}


SAID: Mapping[str, Mapping[str, Any]] = {
    "send": {"inventions": [MEETS]},
    "correct_classification": {"symbols": [{"text": "A44B 1/08"}]},
    "ask_documents": {"asked": [{"item": 7, "questions": ["content"]}]},
    "give_pre_notice": {"inventions": [{"claim": 1}]},
    "transfer_right": {
        "predecessor": "0d7c6c0e-5c1e-4c54-9d1e-0d2b3a7d8f11",
        "successor": "0d7c6c0e-5c1e-4c54-9d1e-0d2b3a7d8f12",
        "name": "承継人",
        "address": "東京都",
    },
    "notice_breach": {"until": "2026-08-20"},
    "notice_termination": {"until": "2026-08-20"},
    "reject_on_formality": {"ground": "fee"},
    "refer": {"inventions": [{"claim": 1, "item": 13, "left_out": True}]},
    "answer_referral": {"clearly_harmless": True},
}
"""The transfer is between two who are nobody here: the cast keeps its works."""
