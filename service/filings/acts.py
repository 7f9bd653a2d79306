"""Acts on a filing, as the desk takes them: what a body says becomes an `Act`; a filed document becomes a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from service import clock
from service.audit.receipt import manifest_bytes
from service.desk import Act, Correction, Desk, Done, Kind, NewPart, Stage
from service.filings.bodies import CorrectBody, TransferBody
from service.filings.kind import FILING
from service.filings.read_back import digest
from service.filings.words import ActBody
from service.intake.filing import ReadFiling, content_parts
from service.keyholder.answers import Caller
from service.law.screening import Outcome, Screening, screen
from service.law.screening_desk import desk_rules
from service.law.symbols import SourceSymbol


@dataclass(frozen=True)
class Filed:
    """What an applicant files. application: the kind he names, else the one that was read. manifest: see read_back.py."""

    filing: ReadFiling
    application: str
    manifest: Mapping[str, Any]
    happened_on: date | None = None
    date_reason: str | None = None
    review: Mapping[str, Any] | None = None
    key: str = ""
    original: date | None = None
    """Filing date of the original, of a divisional or converted application."""


async def file(desk: Desk, kind: Kind, caller: Caller, stage: Stage, filed: Filed) -> Done:
    """File an application: screened in memory, then into primary review (66(1)) or out of scope (66(5)).

    Its documents wait in `stage`, sealed, as `source.1`, `source.2` and so on; what was read of them is sealed part by part here.
    """
    contents = {code: said for code, said in content_parts(filed.filing).items() if not code.startswith("source.")}
    found = screen(filed.filing.symbols, filed.happened_on or clock.today(), also_on=filed.original)
    contents["screening"] = screening_bytes(found, filed.filing.symbols, filed.original)
    contents["manifest"] = manifest_bytes(filed.manifest)
    first = Act(
        kind.opening,
        filed.happened_on,
        filed.date_reason,
        facts={"application": filed.application},
        body={"format": filed.filing.format},
        for_person=needs_person(found.outcome, requested=filed.review is not None),
    )
    parts = [NewPart(code, content) for code, content in contents.items()]
    return await desk.open_case(
        caller, kind, first, _following(filed), parts, stage=stage, key=filed.key, digest=digest(filed.manifest)
    )


def screening_bytes(found: Screening, symbols: Sequence[SourceSymbol], also_on: date | None = None) -> bytes:
    """One result as it is kept: JSON, with the symbols as given and the other day (a sealed part; never a decision)."""
    given = [{"scheme": s.scheme, "text": s.text} for s in symbols]
    return orjson.dumps({**found.to_json(), "also_on": also_on, "given": given}, option=orjson.OPT_SORT_KEYS)


def needs_person(outcome: Outcome, *, requested: bool) -> bool:
    """Whether a person must look: at all but plain misses, at what the applicant asked for (66(2)), at a blind sample of the misses."""
    return outcome != "none" or requested or desk_rules().drawn()


async def perform(desk: Desk, caller: Caller, case: UUID, name: str, body: ActBody, seen: int | None) -> Done:
    """Do the act `name`."""
    act, correction = act_of(name, body)
    return await desk.perform(caller, case, act, seen, correction, FILING.name)


def act_of(name: str, body: ActBody) -> tuple[Act, Correction | None]:
    """The act that a body says; what only its kind of body has goes to the guards as facts, the rest to its sealed paper."""
    said = body.model_dump(mode="json", exclude_none=True)
    facts: dict[str, Any] = {k: said.pop(k) for k in ("inventions", "unnecessary", "asked") if k in said}
    if said.pop("earlier_notice", False):
        facts["earlier_notice"] = True
    correction = Correction(body.event, body.annuls) if isinstance(body, CorrectBody) else None
    act = Act(
        name,
        body.happened_on,
        body.date_reason or (body.reason if correction else None),
        getattr(body, "until", None),
        getattr(body, "compartment", None),
        facts,
        _paper(said),
        moves=body.moves() if isinstance(body, TransferBody) else None,
    )
    return act, correction


def _paper(said: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in said.items() if k not in ("happened_on", "date_reason", "until", "compartment")}


def _following(filed: Filed) -> Sequence[Act]:
    """What follows at once: the applicant's request (66(2)), then review begins, or the application is out of scope."""
    facts = {"application": filed.application}
    asked = [Act("request_review", body=filed.review)] if filed.review else []
    return [*asked, Act("exclude_pct" if filed.application == "pct-national" else "start", facts=facts)]
