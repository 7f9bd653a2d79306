"""A reader's cases by the last day of what runs next: narrowed and ordered in SQL, then decided one by one.

What must hold: a page is full while the reader has more cases he may know of (T17); nothing of a case, its place in the order included,
depends on what he may not know of it. Who works on a case sees state and day as they stand; an applicant, as he is told (desk/told.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from service import clock
from service.desk.acts import Kind
from service.desk.queue import NEVER, first_due
from service.desk.told import is_told
from service.errors import Refusal, Text, forbidden, invalid
from service.filings.shapes import CaseList, CaseRow
from service.filings.view import Seen, View
from service.keyholder.answers import Answer, Caller
from service.keyholder.calls import Keyholder
from service.law.escalation import earliest, risen
from service.store import Store

BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
RUNNING = "select case_id, limit_name, due from clocks where case_id = any($1) and state = 'running'"


@dataclass(frozen=True)
class Place:
    """Where a row stands: its day (NEVER where nothing runs), microseconds since 1970 until it was recorded, negative, and its id."""

    due: date
    newest: int
    case: UUID

    def __str__(self) -> str:
        """As a URL holds it; it says nothing that the row does not."""
        return f"{self.due.isoformat()}~{self.newest}~{self.case}"

    @classmethod
    def parse(cls, said: str) -> "Place":
        """The place a cursor names. Raises Refusal invalid-field."""
        try:
            due, newest, case = said.split("~")
            place = cls(date.fromisoformat(due), int(newest), UUID(case))
        except ValueError:
            raise _no_cursor() from None
        if str(place) != said or not -(2**62) < place.newest < 2**62:
            raise _no_cursor()
        return place


@dataclass(frozen=True)
class Wanted:
    """Which of his cases: after a place, with a last day from..to, in one state as he sees it; risen: to his own post (escalation.toml)."""

    after: Place | None = None
    due_from: date | None = None
    due_to: date | None = None
    state: str | None = None
    risen: bool = False


class Listing:
    """Lists cases of one kind for one process."""

    def __init__(self, store: Store, keyholder: Keyholder, view: View, kind: Kind, action: str) -> None:
        self._store, self._keyholder, self._view, self._kind, self._action = store, keyholder, view, kind, action

    async def page(self, caller: Caller, wanted: Wanted, limit: int) -> CaseList:
        """A full page of the cases the reader may know of, what is due first first. Raises Refusal not-permitted."""
        decision = await self._keyholder.decide(caller, (self._action, None))
        caller.decided(decision, decision.answers[0], None)
        if not decision.answers[0].allow:
            raise forbidden()
        told = "applicant" in decision.roles
        if wanted.risen:
            lead = earliest(decision.roles)
            if lead is None:
                return CaseList(filings=[], next=None)
            wanted = replace(wanted, due_to=min(wanted.due_to or NEVER, clock.today() + lead))
        found: list[tuple[Place, CaseRow]] = []
        while len(found) <= limit:
            places = await self._narrowed(decision.person, wanted, limit + 1, told=told)
            found += [(place, row) for place, row in await self._decided(caller, places) if _is_wanted(row, wanted)]
            if len(places) <= limit:
                break
            wanted = replace(wanted, after=places[-1])
        # One row more than the page was looked for: what the reader may not know of makes no next page.
        shown = found[:limit]
        return CaseList(filings=[row for _, row in shown], next=str(shown[-1][0]) if len(found) > limit else None)

    async def _narrowed(self, person: UUID, wanted: Wanted, limit: int, *, told: bool) -> list[Place]:
        """told: in the order of what he is told; his state is then looked at row by row, not here."""
        day = "told" if told else "due"
        after = wanted.after
        rows = await self._store.fetch(
            f"select q.{day} as due, q.newest, q.case_id from queue q join cases c on c.id = q.case_id"  # noqa: S608  (one of two words)
            f" where q.person = $1 and c.kind = $2 and (q.{day}, q.newest, q.case_id) > ($3, $4, $5)"
            f" and q.{day} between $6 and $7 and ($8::text is null or c.state = $8)"
            f" order by q.{day}, q.newest, q.case_id limit $9",
            person,
            self._kind.name,
            after.due if after else date.min,
            after.newest if after else -(2**62),
            after.case if after else UUID(int=0),
            wanted.due_from or date.min,
            wanted.due_to or NEVER,
            None if told else wanted.state,
            limit,
        )
        return [Place(r["due"], r["newest"], r["case_id"]) for r in rows]

    async def _decided(self, caller: Caller, places: Sequence[Place]) -> list[tuple[Place, CaseRow]]:
        """The rows he may know of, each as he may see it."""
        if not places:
            return []
        decision = await self._keyholder.decide(caller, *(("read_case", p.case) for p in places))
        known = [(p, a) for p, a in zip(places, decision.answers, strict=True) if a.know and a.allow]
        masked = await self._view.rows([(p.case, a) for p, a in known if is_told(a.work)])
        risen_to = await self._risen([(p, a) for p, a in known if p.case not in masked], decision.roles)
        return [(p, _row(self._kind, p, a, masked.get(p.case), risen_to.get(p.case))) for p, a in known]

    async def _risen(self, rows: Sequence[tuple[Place, Answer]], posts: Sequence[str]) -> Mapping[UUID, date]:
        """Since when a clock of each has risen to one of these posts. A case whose first last day is far off is not looked at."""
        lead = earliest(posts)
        cases = [(p.case, a) for p, a in rows if lead is not None and p.due <= clock.today() + lead]
        if not cases:
            return {}
        ended = {case for case, answer in cases if answer.state in self._kind.road.terminal}
        found: dict[UUID, date] = {}
        for row in await self._store.fetch(RUNNING, [case for case, _ in cases]):
            case = row["case_id"]
            for step in risen(row["limit_name"], row["due"], clock.today(), ended=case in ended):
                if step.post in posts:
                    found[case] = min(step.since, found.get(case, NEVER))
        return found


def _is_wanted(row: CaseRow, wanted: Wanted) -> bool:
    return wanted.state in (None, row.state) and not (wanted.risen and row.risen is None)


def _row(kind: Kind, place: Place, answer: Answer, told: Seen | None, risen_since: date | None) -> CaseRow:
    """A case as its row stands; told: as its applicant is told of it."""
    seen = told or answer
    due = first_due(kind, told.state, told.clocks) if told else place.due
    recorded_at = BEGIN - timedelta(microseconds=place.newest)
    assert (
        seen.state is not None and seen.version is not None and seen.label is not None
    )  # he may know of it: it is there
    return CaseRow(
        id=place.case,
        state=seen.state,
        version=seen.version,
        label=seen.label,
        due=None if due == NEVER else due,
        recorded_at=recorded_at,
        risen=risen_since,
    )


def _no_cursor() -> Refusal:
    return invalid("/query/after", Text("カーソルの値が正しくありません。", "The cursor is none of ours."))
