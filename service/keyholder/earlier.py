"""Earlier pre-designation notices of an applicant (ESPA 66(2), second sentence): who made a request for review, and got the notice on it.

What must hold: whoever may send a filing is told, of its applicants, that and when such a notice was given; never on which filing, nor
what it says. A notice counts for who is an applicant of its filing now: for a successor, and no longer for
who gave the right away. Not promised: that the database's owner shows every notice; a row that he hides is not told of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.keyholder import frames
from service.keyholder.acting import Acting
from service.keyholder.gathering import Question
from service.keyholder.refused import Refused, id_of
from service.store import Store

KIND = "filing"
NOTICED = """
with recursive said as (
  select e.id, e.case_id, e.name, e.happened_on, e.annuls from events e
  where e.name in ('request_review', 'give_pre_notice')
  and e.case_id in (select case_id from facts where person = any($1::uuid[]) and case_id <> $2)
  union all
  select c.id, s.case_id, s.name, c.happened_on, c.annuls from said s join events c on c.supersedes = s.id
), stands as (
  select * from said s where not s.annuls and not exists (select from events c where c.supersedes = s.id)
)
select distinct f.person, f.case_id, n.happened_on from facts f
join stands n on n.case_id = f.case_id and n.name = 'give_pre_notice'
where f.person = any($1::uuid[]) and exists (select from stands r where r.case_id = f.case_id and r.name = 'request_review')
order by n.happened_on, f.person
"""
"""Requests and notices as they stand after corrections (service/history.py), of all filings that these persons have facts on."""


@dataclass(frozen=True)
class EarlierNotices:
    """Answers one operation: the earlier notices of a filing's applicants."""

    acting: Acting
    store: Store

    async def earlier_notices(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """Person and day of each. Raises Refused not-found, not-permitted, sign-in-needed. The web records the request."""
        case = id_of(message, "case")
        standing = (await self.acting.decider.stand([Question(tag, case, kind=KIND)]))[0]
        if standing.person is None:
            raise Refused(standing.nobody)
        self.acting.must(standing, "send")
        found = await self._noticed(await self._applicants(case), case)
        return {"notices": [{"person": p.bytes, "day": d.isoformat()} for p, d in found]}

    async def _noticed(self, persons: Sequence[UUID], case: UUID) -> list[tuple[UUID, date]]:
        rows = await self.store.fetch(NOTICED, persons, case)
        of = {other: set(await self._applicants(other)) for other in {r["case_id"] for r in rows}}
        return [(r["person"], r["happened_on"]) for r in rows if r["person"] in of[r["case_id"]]]

    async def _applicants(self, case: UUID) -> list[UUID]:
        held = await self.acting.granting.on_case(case)
        return [f.person for f in held if f.kind == "assignment" and f.values["work"] == "applicant"]
