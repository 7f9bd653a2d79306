"""One reason, many cases (66(7)): each is decided, moved and recorded by itself, and answered by itself.

What must hold: a case that a person must look at is refused (judged-by-itself); the same list sent again moves nothing twice and is
answered as before. Not promised: that the list is done as a whole; what is refused is named, what came before it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from service.errors import Refusal
from service.keyholder.answers import Caller
from service.screening.deciding import ScreeningDesk

MOST = 200
"""Cases in one list."""
ACT = "judge_not_to_send"
BEFORE = (
    "select case_id, version, target from events where person = $1 and name = $2"
    " and (case_id, version) in (select * from unnest($3::uuid[], $4::bigint[]))"
)


@dataclass(frozen=True)
class Judged:
    """What came of one case: its state and version, or the refusal."""

    case: UUID
    state: str | None = None
    version: int | None = None
    refusal: Refusal | None = None


async def judge_not_to_send(
    desk: ScreeningDesk, caller: Caller, reason: str, cases: Sequence[tuple[UUID, int]]
) -> list[Judged]:
    """Judge each (case, version seen) not to be sent. Raises Refusal sign-in-needed, unavailable; then the list may be sent again."""
    decision = await desk.keyholder.who(caller)
    caller.decided(decision, None, None)
    done = await _done_before(desk, decision.person, cases)
    return [done.get(case) or await _one(desk, caller, reason, case, seen) for case, seen in cases]


async def _done_before(desk: ScreeningDesk, person: UUID, cases: Sequence[tuple[UUID, int]]) -> Mapping[UUID, Judged]:
    """Those that this person has judged so on the very version he names."""
    rows = await desk.store.fetch(BEFORE, person, ACT, [c for c, _ in cases], [seen + 1 for _, seen in cases])
    return {r["case_id"]: Judged(r["case_id"], r["target"], r["version"]) for r in rows}


async def _one(desk: ScreeningDesk, caller: Caller, reason: str, case: UUID, seen: int) -> Judged:
    """One case, on a caller of its own: its record is not the request's."""
    try:
        done = await desk.in_bulk(Caller(caller.token, caller.request), case, reason, seen)
    except Refusal as refusal:
        if refusal.status >= 500 or refusal.status == 401:
            raise
        return Judged(case, refusal=refusal)
    return Judged(case, done.state, done.version)
