"""schemathesis against the running service as one visitor: what it sent, what broke, what it saw."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.attacks.api import contract
from tests.attacks.canaries import search

REVIEWED = {
    (
        "missing_required_header",
        "GET /filings",
    ): "a cursor that is none is refused before anyone is asked who he is; it tells nothing",
    ("missing_required_header", "GET /confirmations"): "as GET /filings",
    (
        "missing_required_header",
        "POST /mandates",
    ): "so is an act that is not the authority's: the form alone decides it",
    **{
        (
            "negative_data_rejection",
            f"POST /filings/entered{path}",
        ): "a form is made normal before it is judged: null and empty are left out, dates are read in both calendars (T15)"
        for path in ("", "/read-back")
    },
}
"""Findings that stand as they are, each with why."""

PHASES: dict[str, dict[str, Any]] = {
    "fuzz": {"coverage": {"enabled": False}},
    "coverage": {"fuzzing": {"enabled": False}, "stateful": {"enabled": False}, "examples": {"enabled": False}},
}


@dataclass(frozen=True)
class Visitor:
    """Who visits: his token ("" without one), and whether the marked case is hidden from him."""

    name: str
    token: str
    outsider: bool


@dataclass(frozen=True)
class Marked:
    """The case whose content holds a mark, and one of its parts; real ids for visitors who could not draw them."""

    case: str
    part: str
    tag: str = '"2"'


@dataclass
class Seen:
    """What a run saw. over: no more trials are to be made; broken: what went against the contract; statuses: how often."""

    cases: int = 0
    over: bool = False
    broken: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)


def foreign_canary(ctx: Any, response: Any, case: Any) -> None:
    """A mark of the hidden case in an answer to an outsider."""
    hits = search(case.operation.label, response.content)
    hits += search("headers", str(response.headers).encode())
    assert not hits, f"foreign canary: {[h.form for h in hits]}"


def config(address: str, visitor: Visitor, mode: str, examples: int, seed: int) -> SchemathesisConfig:
    """How one run goes: every check but the acceptance of all that is valid (the law refuses much that is well formed)."""
    return SchemathesisConfig.from_dict(
        {
            "base-url": address,
            "seed": seed,
            "continue-on-failure": True,
            "checks": {"positive_data_acceptance": {"enabled": False}},
            "generation": {"max-examples": examples, "no-shrink": True, "database": "none"},
            "phases": PHASES[mode],
            "auth": {"openapi": {"token": {"bearer": visitor.token}}} if visitor.token else {},
        }
    )


def visit(
    address: str, visitor: Visitor, marked: Marked, mode: str, examples: int, seed: int, more: Iterator[int]
) -> Seen:
    """One run, until it has tried everything or `more` ends; each request sent takes one number of `more`."""
    schema = schemathesis.openapi.from_dict(contract(), config=config(address, visitor, mode, examples, seed))
    seen = Seen()
    lead, follow = _guides(marked)
    schemathesis.hook("before_call")(lead)
    schemathesis.hook("after_call")(follow)
    try:
        _watch(seen, from_schema(schema).execute(), visitor, more)
    finally:
        schemathesis.hooks.unregister(lead)
        schemathesis.hooks.unregister(follow)
    return seen


def _watch(seen: Seen, stream: Any, visitor: Visitor, more: Iterator[int]) -> None:
    """Every event of the run."""
    for event in stream:
        if isinstance(event, events.FatalError):
            seen.broken.append(f"{visitor.name}: {event.exception!r}")
        if isinstance(event, events.NonFatalError):
            seen.broken.append(f"{visitor.name}: {event.label}: {event.value!r}")
        if isinstance(event, events.ScenarioFinished):
            _take(seen, visitor, event.recorder)
            if sum(1 for _ in zip(event.recorder.interactions, more, strict=False)) < len(event.recorder.interactions):
                seen.over = True
                stream.stop()


def _take(seen: Seen, visitor: Visitor, recorder: Any) -> None:
    """What one scenario showed."""
    for key, interaction in recorder.interactions.items():
        seen.cases += 1
        response = interaction.response
        if response is None:
            seen.broken.append(f"{visitor.name} {recorder.label}: no answer")
            continue
        seen.statuses[response.status_code] += 1
        seen.operations.add(recorder.cases[key].value.operation.label if key in recorder.cases else recorder.label)
        if visitor.outsider and (hits := search(recorder.label, response.content + str(response.headers).encode())):
            seen.broken.append(f"{visitor.name} {recorder.label}: foreign canary, {hits[0].form}")
    for key, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info and not _reviewed(check, recorder.interactions.get(key)):
                failure = check.failure_info.failure
                seen.broken.append(
                    f"{visitor.name} {failure.operation} {check.name}: {failure.message} {check.failure_info.code_sample}"
                )


def _reviewed(check: Any, interaction: Any) -> bool:
    """A finding that stands; also that what is too large is refused as that (413), which the check does not count as a refusal."""
    too_large = interaction is not None and interaction.response is not None and interaction.response.status_code == 413
    stands = (check.name, check.failure_info.failure.operation) in REVIEWED
    return stands or (check.name == "negative_data_rejection" and too_large)


def _guides(marked: Marked) -> tuple[Callable[..., None], Callable[..., None]]:
    """Two of three well-formed ids become real ones, with the version that was last told; what is drawn to be wrong stays so."""
    count, tag = 0, marked.tag

    def lead(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
        nonlocal count
        count += 1
        if count % 3 == 0 or case.meta is None or not case.meta.generation.mode.is_positive:
            return
        for name, real in (("filing_id", marked.case), ("part_id", marked.part)):
            if _is_id((case.path_parameters or {}).get(name)):
                case.path_parameters[name] = real
        if case.headers is not None and "if-match" in case.headers:
            case.headers["if-match"] = tag

    def follow(context: Any, case: Any, response: Any) -> None:
        nonlocal tag
        if (case.path_parameters or {}).get("filing_id") == marked.case and response.status_code in (200, 202):
            tag = (response.headers.get("etag") or [tag])[0]

    return lead, follow


def _is_id(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


def judged(label: str, response: httpx2.Response, outsider: bool = False) -> bool:
    """Whether an answer, as somebody made it up, would be found wrong."""
    method, _, path = label.partition(" ")
    schema = schemathesis.openapi.from_dict(
        contract(), config=SchemathesisConfig.from_dict({"base-url": "http://127.0.0.1"})
    )
    case = schema[path][method].Case(method=method, path_parameters={"filing_id": str(UUID(int=7))})
    skipped = [schemathesis.checks.positive_data_acceptance, schemathesis.checks.ignored_auth]
    try:
        case.validate_response(
            response, excluded_checks=skipped, additional_checks=[foreign_canary] if outsider else []
        )
    except (AssertionError, BaseExceptionGroup):
        return False
    return True
