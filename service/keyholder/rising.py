"""Whom a mail tells that a clock has risen to his post (policies/law/escalation.toml), where he sees the case and was not mailed since.

What must hold: a post and a work on the case count as the keyholder itself sealed them; that a clock runs, and until when, is the
database's word, by which nobody learns or opens anything. What rose while no mail went out is told for a week afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service.keyholder.facts import Fact
from service.keyholder.granting import ROWS, Granting
from service.law.escalation import ladder
from service.store import Store

RISING = """
select q.person, array_agg(r.post) as posts, array_agg(k.case_id) as cases
from unnest($3::text[], $4::int[], $5::text[]) as r (limit_name, days, post)
join clocks k on k.limit_name = r.limit_name and k.state = 'running' and k.due between $1::date - r.days - 6 and $1::date - r.days
join queue q on q.case_id = k.case_id
where q.person > $2
and not exists (select from mailings m where m.person = q.person and m.sent and m.day >= k.due + r.days)
group by q.person order by q.person limit 2000
"""
THEIRS = ROWS + "person = any($1::uuid[]) and tag is null and case_id = any($2::uuid[])"


@dataclass(frozen=True)
class Rising:
    """Looks for them in the order of pseudonyms."""

    store: Store
    granting: Granting

    async def after(self, person: UUID, today: date) -> Sequence[Any]:
        """The next persons for whom it may be so, each with the posts and the cases in question."""
        rungs = [(limit, rung.days, rung.post) for limit, rungs in ladder().items() for rung in rungs]
        limits, days, posts = zip(*rungs, strict=True)
        return await self.store.fetch(RISING, today, person, list(limits), list(days), list(posts))

    async def told(self, rows: Sequence[Any], own: Mapping[UUID, Sequence[Fact]], today: date) -> set[UUID]:
        """Those who hold the post and have work on the case. own: their facts that are about no case."""
        posts = {
            (f.person, f.values.get("role"))
            for facts in own.values()
            for f in facts
            if f.kind == "post" and f.holds_on(today)
        }
        persons, cases = [row["person"] for row in rows], [case for row in rows for case in row["cases"]]
        works = {
            (f.person, f.case_id)
            for f in self.granting.authentic(await self.store.fetch(THEIRS, persons, cases))
            if f.kind == "assignment" and f.holds_on(today)
        }
        return {
            row["person"]
            for row in rows
            for post, case in zip(row["posts"], row["cases"], strict=True)
            if (row["person"], post) in posts and (row["person"], case) in works
        }
