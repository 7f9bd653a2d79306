"""What is read back to an applicant before his filing becomes legal, and what his receipt will list. Pure.

What must hold: the digest stands for everything that was understood and everything that was given; who names it has been told exactly this.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import orjson

from service.audit.receipt import manifest_bytes
from service.errors import Refusal, Text, invalid
from service.forms.rules import RULES
from service.intake.filing import ReadFiling
from service.intake.gate import Verdict
from service.law.screening import screen
from service.law.symbols import Symbol, normalise


@dataclass(frozen=True)
class Understood:
    """An application as it was read or entered. application: its kind, as named or else as read; original: filing date of the original."""

    filing: ReadFiling
    application: str
    original: date | None
    verdicts: Sequence[Verdict]

    def must_have_its_original(self, day: date) -> None:
        """Raises Refusal invalid-field where an original's date is given of what has no original, or one after `day`, the legal date."""
        said = {
            "application": self.application,
            "original_filed_on": self.original.isoformat() if self.original else None,
        }
        for rule in (RULES["original_of_a_divisional"], RULES["not_in_the_future"]):
            if next(rule.find(said, day), None):
                raise invalid("/original_filed_on", rule.text)


def read_back(what: Understood, check_on: date | None) -> dict[str, Any]:
    """What was understood and what was not; with `check_on`, the self-check of the symbols under the Order in force that day.

    `digest`: SHA-256, hex, over all of it but the self-check: filing names it.
    """
    filing = what.filing
    said: dict[str, Any] = {
        "format": filing.format,
        "application": what.application,
        "original_filed_on": what.original,
        "number": filing.number,
        "numbers": dict(filing.numbers),
        "titles": dict(filing.titles),
        "applicants": list(filing.applicants),
        "inventors": list(filing.inventors),
        "agents": list(filing.agents),
        "filing_date": filing.filing_date,
        "priority_dates": list(filing.priority_dates),
        "symbols": [_symbol(s.scheme, s.source, s.text) for s in filing.symbols],
        "claims": len(filing.claims),
        "description": len(filing.description),
        "abstract": filing.abstract,
        "drawings": [asdict(d) for d in filing.drawings],
        "losses": [asdict(x) for x in filing.losses],
        "documents": [document(v) for v in what.verdicts],
    }
    said["digest"] = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
    if check_on is not None:
        said["screening"] = screen(filing.symbols, check_on, also_on=what.original).to_json()
    return said


def _symbol(scheme: Any, source: str, text: str) -> dict[str, Any]:
    """A symbol as the file spells it and as it is matched; normal is null where it is not read."""
    found = normalise(text, scheme)
    return {"scheme": scheme, "source": source, "normal": found.full if isinstance(found, Symbol) else None}


def document(verdict: Verdict) -> dict[str, Any]:
    """One document as the receipt lists it."""
    return {
        "name": verdict.name, "media_type": verdict.media_type, "size": verdict.size, "sha256": verdict.sha256,
        "checks": list(verdict.checks), "gate": verdict.gate,
    }  # fmt: skip


def manifest(application: str, verdicts: Sequence[Verdict], said: Mapping[str, Any]) -> dict[str, Any]:
    """What was filed, for the receipt: the documents, and a digest of the words that were said with them."""
    words = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return {
        "application": application,
        "documents": [document(v) for v in verdicts],
        "said": hashlib.sha256(words).hexdigest(),
    }


def digest(manifest: Mapping[str, Any]) -> bytes:
    """SHA-256 of the manifest: the record names it, and an idempotency key stands for it."""
    return hashlib.sha256(manifest_bytes(manifest)).digest()


def must_be_confirmed(confirmed: str | None, told: str) -> None:
    """Raises Refusal read-back-needed (428) where nothing was confirmed, read-back-differs (409) where something else was."""
    if confirmed is None:
        raise Refusal(
            "read-back-needed",
            428,
            Text("読み取り結果の確認が必要です。", "What was read must be confirmed before it is filed."),
            pointer="/read_back",
            next_step=Text(
                "POST /filings/read-back に同じ書類を送り、結果を確かめ、その digest を read_back に入れてください。",
                "Send the same documents to POST /filings/read-back, look at the answer, and send its digest as read_back.",
            ),
        )
    if confirmed != told:
        raise Refusal(
            "read-back-differs",
            409,
            Text("確認された内容と今回の書類が異なります。", "What was confirmed is not what was sent now."),
            pointer="/read_back",
            next_step=Text("もう一度読み取り結果を確認してください。", "Have it read back and confirm it again."),
        )
