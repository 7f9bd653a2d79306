"""The answer about the foreign-filing ban as JSON: for the command line and for HTTP. Pure."""

from datetime import date
from typing import Any

from service.law.calendar import law_sha256
from service.law.foreign import Verdict
from service.law.wareki import wareki


def shape(verdict: Verdict) -> dict[str, Any]:
    """The result as JSON. since, until: null where the facts show no such day; era dates beside every ISO date."""
    days = {"on": verdict.on, "since": verdict.since, "until": verdict.until}
    return {
        "on": verdict.on.isoformat(),
        "banned": verdict.banned,
        "since": _iso(verdict.since),
        "until": _iso(verdict.until),
        "rule": verdict.rule.name,
        "basis": verdict.rule.basis,
        "unsettled": verdict.unsettled,
        "applications": [
            {
                "id": part.id,
                "frees": part.rule.frees,
                "rule": part.rule.name,
                "basis": part.rule.basis,
                "three_months_end": _iso(part.three_months),
                "ten_months_end": _iso(part.ten_months),
            }
            for part in verdict.applications
        ],
        "wareki": {name: wareki(day) for name, day in days.items() if day},
        "why": {"ja": verdict.why.ja, "en": verdict.why.en},
        "sha256": {name: law_sha256(name) for name in ("foreign.toml", "holidays.toml", "limits.toml")},
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
