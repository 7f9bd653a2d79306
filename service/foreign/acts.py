"""Acts on a prior confirmation: a request becomes a case; a body becomes an act; the Prime Minister's answer is passed on as it stands.

What must hold: what is in clear of an act (its digest in the record) stands for words that cannot be guessed, so that a short answer, or
the id of a filing, is not found by trying: each paper holds 128 random bits. A correction, which two persons send alike, holds none.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson

from service import clock
from service.audit.receipt import manifest_bytes
from service.desk import Act, Correction, Desk, Done, NewPart, Stage
from service.errors import Refusal, Text, invalid
from service.filings.acts import screening_bytes
from service.filings.bodies import CorrectBody
from service.filings.kind import FILING
from service.filings.read_back import digest, manifest
from service.filings.view import View
from service.filings.words import ActBody
from service.foreign.kind import CONFIRMATION, OPENING
from service.foreign.road import S
from service.foreign.shapes import LaterFilingBody
from service.history import standing
from service.intake.gate import Verdict
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.law.screening import screen
from service.law.symbols import Spelled
from service.reading import Reading

PAPERS = ("description", "drawings")
"""The papers within Form 3 (Forms 4 and 5), each a part of its own."""
SAID = frozenset({"happened_on", "date_reason", "until"})
FACTS = ("inventions", "ground")
"""What the guards look at of a body."""


@dataclass(frozen=True)
class Asked:
    """What a requester asks (79(1)): Form 3 as it was judged, the symbols he gave, the verdicts on his files, his key."""

    form: Mapping[str, Any]
    symbols: Sequence[Spelled]
    verdicts: Sequence[Verdict]
    key: str
    listed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def manifest(self) -> dict[str, Any]:
        """What the receipt lists."""
        words = {"form": self.form, "symbols": [(s.scheme, s.text) for s in self.symbols]}
        return manifest("prior-confirmation", self.verdicts, words)


async def request(desk: Desk, caller: Caller, stage: Stage, asked: Asked) -> Done:
    """Ask for a confirmation: screened in memory under the Order of the day (the result is the offices'), each paper sealed by itself."""
    said = dict(asked.form["said"])
    contents = {code: said.pop(code) for code in PAPERS if code in said}
    parts = {code: _json({"form": asked.form["form"], "said": content}) for code, content in contents.items()}
    parts["REQ-79-1"] = _json({**asked.form, "said": said})
    parts["screening"] = screening_bytes(screen(asked.symbols, clock.today()), asked.symbols)
    parts["manifest"] = manifest_bytes(asked.manifest)
    return await desk.open_case(
        caller,
        CONFIRMATION,
        Act(OPENING, body=_salted({}), for_person=True),
        (),
        [NewPart(code, content) for code, content in parts.items()],
        stage=stage,
        key=asked.key,
        digest=digest(asked.manifest),
    )


async def perform(desk: Desk, caller: Caller, case: UUID, name: str, body: ActBody, seen: int | None) -> Done:
    """Do the act `name`. Raises Refusal as Desk.perform does."""
    act = act_of(name, body)
    correction = Correction(body.event, body.annuls) if isinstance(body, CorrectBody) else None
    return await desk.perform(caller, case, act, seen, correction, CONFIRMATION.name)


def act_of(name: str, body: ActBody) -> Act:
    """The act that a body says; what the guards look at goes to them as facts, the rest to its sealed paper."""
    said = body.model_dump(mode="json", exclude_none=True)
    facts = {k: said.pop(k) for k in FACTS if k in said}
    paper = {k: v for k, v in said.items() if k not in SAID}
    correcting = isinstance(body, CorrectBody)
    reason = body.date_reason or (body.reason if correcting else None)
    until = getattr(body, "until", None)
    return Act(name, body.happened_on, reason, until, facts=facts, body=paper if correcting else _salted(paper))


@dataclass(frozen=True)
class PassingOn:
    """79(4): what the requester is told is the Prime Minister's own answer, opened by who passes it on and sealed anew."""

    desk: Desk
    view: View
    reading: Reading

    async def pass_on(self, caller: Caller, case: UUID, body: ActBody, seen: int | None) -> Done:
        """Raises Refusal as Desk.perform does; is-the-answer where the answer was taken back meanwhile."""
        act, answer = act_of("pass_on_answer", body), await self._answer(caller, case)
        act = replace(act, facts={"answer_of": answer[0]}, body={**act.body, **answer[1]}) if answer else act
        return await self.desk.perform(caller, case, act, seen, kind=CONFIRMATION.name)

    async def _answer(self, caller: Caller, case: UUID) -> tuple[str, dict[str, Any]] | None:
        """The event and content of the answer that stands; None where there is none for him: the desk then says why."""
        asks = Caller(caller.token, caller.request, beside=True)  # the opening is a record of its own beside the act's
        try:
            seen = await self.view.seen(asks, case, "pass_on_answer")
        except Refusal:
            return None
        found = next((e for e in reversed(standing(seen.entries)) if e.name == "answer_referral"), None)
        part = next((r["part_id"] for r in seen.rows if found and r["id"] == found.id), None)
        if seen.state != S.PM_ANSWERED or found is None or part is None:
            return None
        opened = await self.reading.open(asks, case, part, "work", CONFIRMATION.name)
        said = orjson.loads(opened.content)
        return str(found.id), {"article_66_1": True, "clearly_harmless": said["clearly_harmless"]}


async def later_filing(
    desk: Desk, keyholder: Keyholder, caller: Caller, case: UUID, body: LaterFilingBody, seen: int | None
) -> Done:
    """Name the Japanese application that was filed later, one of his own; which it is stands in the sealed paper alone. Raises Refusal."""
    decision = await keyholder.decide(
        Caller(caller.token, caller.request), ("read_case", body.filing), kind=FILING.name
    )
    answer = decision.answers[0]
    if not (answer.allow and "applicant" in answer.work):
        raise invalid(
            "/filing", Text("あなたの出願ではありません。", "This is no filing of yours."), article="ESPA 78(1)"
        )
    return await perform(desk, caller, case, "later_filing", body, seen)


def _salted(body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, "salt": secrets.token_hex(16)}


def _json(said: Any) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
