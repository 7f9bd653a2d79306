"""Every row of the everyday roads (screening, sending, non-sending notice, prior confirmation) over the HTTP of a running service.

Each works where the law has it, and is refused by name in each way that it must be. The rows are those of the road tables: one that no
path of tests/roads/paths.py takes fails here, and so does a guard that no path meets. That every order of such acts holds too, with races,
is P25's (tests/attacks/test_histories.py, test_confirmations.py).
"""

import pytest

from service.filings.kind import UNSENT
from service.kinds import KINDS
from service.workflow import Step
from tests.moved import at, service_on
from tests.roads.hands import asks_mandate, without_mandates
from tests.roads.paths import PATHS, TODAY
from tests.roads.walks import Driven, Row, Told, Walk
from tests.shared import ROOT

pytestmark = pytest.mark.slow

OF_FILING = UNSENT | {"SENT", "WITHDRAWN", "ABANDONED"}
"""Until the review has it, or it ended before."""
REFUSED: dict[str, Told] = {
    "stranger": (404, "not-found"),
    "other role": (403, "not-permitted"),
    "no version": (428, "version-needed"),
    "stale version": (412, "case-moved-on"),
    "malformed": (422, "invalid-field"),
    "no mandate": (403, "no-mandate"),
}
OTHERWISE: dict[tuple[str, str], Told] = {("later_filing", "other role"): (422, "invalid-field")}
"""Whoever is no applicant has no filing of his own to name."""
ELSEWHERE = {
    ("filing", "PRIMARY_REVIEW", "judge_not_to_send", "judged-by-itself"): "tests/screening/test_bulk.py",
    ("confirmation", "PM_ANSWERED", "pass_on_answer", "is-the-answer"): "tests/foreign/test_road.py",
    ("filing", "OUT_OF_SCOPE_PCT", "notice_breach", "pm-told-of-pct-hit"): "tests/filings/test_rules.py",
    ("filing", "OUT_OF_SCOPE_PCT", "find_dismissal_proper", "pm-told-of-pct-hit"): "tests/filings/test_rules.py",
}
"""Guards that no single act here can meet, and where they are tried: in a list; in a race with a correction; before he is told of it nobody
who acts for the Prime Minister is on the case."""


def rows() -> list[tuple[Row, Step]]:
    """The rows of these roads, from the tables themselves."""
    return [
        ((kind.name, str(s.source), s.name, str(s.target)), s)
        for kind in KINDS.values()
        for s in kind.road.steps
        if kind.name == "confirmation" or s.source in OF_FILING or s.name == "sending_notice_dispatched"
    ]


ROWS = rows()
SCOPE = frozenset(row for row, _ in ROWS)


@pytest.fixture(scope="module")
def driven() -> Driven:
    """Every path walked to its end, all of them a step at a time, so that a mandate is taken away once for many."""
    found = Driven()
    with service_on(TODAY) as moved, at(moved) as people:
        moved.stop("worker")  # the paths let time pass themselves
        walks = [Walk(people, path, SCOPE, found) for path in PATHS]
        while left := [walk for walk in walks if walk.left]:
            tried = {walk: name for walk in left if (name := walk.unmandated())}
            with without_mandates(people, set(tried.values())):
                for walk in tried:
                    walk.try_unmandated()
            for walk in left:
                walk.go()
    return found


@pytest.mark.parametrize("row", sorted(SCOPE), ids="-".join)
def test_a_row_works_and_is_refused_by_name_in_each_way(driven: Driven, row: Row) -> None:
    kind, _, act, _ = row
    assert row in driven.ways, "no path of tests/roads/paths.py takes this row"
    wanted = {way: OTHERWISE.get((act, way), told) for way, told in REFUSED.items()}
    if not asks_mandate(row):
        del wanted["no mandate"]
    assert driven.ways[row] == {**wanted, "works": (200, "")}
    lost = {told for (of, _, name), told in driven.lost.items() if (of, name) == (kind, act)}
    everywhere = all(KINDS[kind].road.rows(state, act) for state in KINDS[kind].road.states)
    assert lost == (set() if everywhere else {(409, "step-not-lawful")}), "in a state whose law has it not"


def test_every_row_is_taken_and_every_guard_met_and_a_refused_act_moves_nothing(driven: Driven) -> None:
    assert driven.unlike == []
    assert driven.taken == SCOPE
    met = {(*row[:3], guard.name) for row, step in ROWS for guard in step.guards} - driven.guards
    assert met == set(ELSEWHERE)
    assert all((ROOT / path).is_file() for path in ELSEWHERE.values())
