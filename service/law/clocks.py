"""Which facts start, meet and stop which clock: [clocks], [alerts] and [reasons] of limits.toml, checked.

What must hold: a clock names a limit that exists, and alerts that exist; a table that contradicts itself does not load.
service/deadlines.py derives the clocks of a case from these rules; nothing is derived here.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from service.errors import Text
from service.law.calendar import LAW
from service.law.limit_table import read_limits

PAST = ("overdue", "over")
KEYS = {
    "limit", "start", "latest", "day", "chain", "last_day", "needs", "met", "stopped", "met_within", "stopped_within",
    "hold", "later_of", "past", "alerts",
}  # fmt: skip


@dataclass(frozen=True)
class ClockRule:
    """One row of [clocks.KIND]. Names of events throughout; `start_table` is "66_4" or "78_3", alerts are days before.

    latest: the latest standing start event counts; else each starts a clock of its own. chain: (first, next) limit.
    """

    name: str
    limit: str
    start: tuple[str, ...]
    latest: bool
    start_table: str | None
    chain: tuple[str, str] | None
    last_day: str | None
    needs: str | None
    met: tuple[str, ...]
    stopped: tuple[str, ...]
    met_within: tuple[str, ...]
    stopped_within: tuple[str, ...]
    hold: tuple[str, str] | None
    later_of: tuple[str, str] | None
    past: str
    alerts: tuple[int, ...]


@cache
def clock_rules() -> Mapping[str, tuple[ClockRule, ...]]:
    """The rules of every kind of case that has clocks, by kind."""
    return read_clocks((LAW / "limits.toml").read_bytes())


@cache
def ended_states() -> Mapping[str, frozenset[str]]:
    """The states in which nothing runs any more, by kind of case."""
    table = tomllib.loads((LAW / "limits.toml").read_text(encoding="utf-8"))["ended"]
    return {kind: frozenset(states) for kind, states in table.items()}


@cache
def reasons() -> Mapping[tuple[str, str], Text]:
    """Why a state has no running clock of its own, by (kind, state)."""
    table = tomllib.loads((LAW / "limits.toml").read_text(encoding="utf-8"))["reasons"]
    return {
        (kind, state): Text(row["ja"], row["en"]) for kind, states in table.items() for state, row in states.items()
    }


def read_clocks(content: bytes) -> Mapping[str, tuple[ClockRule, ...]]:
    """The rules that `content` (TOML, UTF-8) describes. Raises ValueError naming the row that does not hold."""
    known = set(read_limits(content))
    table = tomllib.loads(content.decode("utf-8"))
    return {
        kind: tuple(_rule(name, row, known, table["alerts"]) for name, row in rows.items())
        for kind, rows in table["clocks"].items()
    }


def _rule(name: str, row: Mapping[str, Any], known: set[str], alerts: Mapping[str, list[int]]) -> ClockRule:
    chain, later = row.get("chain", ()), row.get("later_of", ())
    wrong = not row.keys() <= KEYS or row["past"] not in PAST or (("day" in row) == ("start" in row))
    if wrong or row.get("day", "66_4") not in ("66_4", "78_3") or not {row["limit"], *chain, *later[:1]} <= known:
        raise ValueError(f"limits.toml: clock {name} does not hold together")
    return ClockRule(
        name=name,
        limit=row["limit"],
        start=tuple(row.get("start", ())),
        latest=row.get("latest", True),
        start_table=row.get("day"),
        chain=(chain[0], chain[1]) if chain else None,
        last_day=row.get("last_day"),
        needs=row.get("needs"),
        met=tuple(row.get("met", ())),
        stopped=tuple(row.get("stopped", ())),
        met_within=tuple(row.get("met_within", ())),
        stopped_within=tuple(row.get("stopped_within", ())),
        hold=(row["hold"][0], row["hold"][1]) if "hold" in row else None,
        later_of=(later[0], later[1]) if later else None,
        past=row["past"],
        alerts=tuple(alerts[row.get("alerts", "usual")]),
    )
