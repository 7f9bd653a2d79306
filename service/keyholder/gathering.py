"""What a batch of decisions rests on: one statement, one snapshot, for all that waits.

What must hold: facts, case and part of one question come from the same statement; a row that is no authentic fact of the person's present
epoch is not there. A person is known only through the authentic fact that binds the token's subject to him.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service.keyholder.facts import Fact, FactRow, NotAFact, open_fact
from service.keyholder.state import State
from service.keyholder.vaults import Vault
from service.store import Store

SMALL = 64 * 1024
"""Sealed bytes up to this length go with the data key."""

GATHER = f"""
with question as (select * from unnest($1::bytea[], $2::uuid[], $3::uuid[], $4::bool[]) with ordinality as q (tag, case_id, part_id, content, n))
select q.n, p.id as part, p.case_id as part_case, p.document, p.version as part_version, p.label as part_label,
  p.compartment as part_compartment, p.key_id, p.size_class, case when q.content then p.wrapped end as wrapped,
  case when q.content and octet_length(p.sealed) <= {SMALL} then p.sealed end as sealed,
  c.id as case_id, c.kind, c.state, c.version, c.label, c.compartment,
  f.ids, f.persons, f.cases, f.tags, f.bodies
from question q
left join parts p on p.id = q.part_id and (q.case_id is null or p.case_id = q.case_id)
left join cases c on c.id = coalesce(p.case_id, case when q.part_id is null then q.case_id end)
left join lateral (
  select array_agg(f.id) as ids, array_agg(f.person) as persons, array_agg(f.case_id) as cases, array_agg(f.tag) as tags, array_agg(f.body) as bodies
  from facts b join facts f on f.person = b.person
  where b.tag = q.tag and (f.case_id is null or f.case_id = c.id)
) f on true
order by q.n
"""  # noqa: S608  (a number of ours)


@dataclass(frozen=True)
class Question:
    """Who asks (tag of the token's subject), about which case or part (both None: the service), and whether content is wanted."""

    tag: bytes
    case: UUID | None = None
    part: UUID | None = None
    content: bool = False


@dataclass(frozen=True)
class Gathered:
    """What the database had for one question: the row, the person, and his facts that hold today (his own and those on this case)."""

    row: Any
    person: UUID | None
    facts: tuple[Fact, ...]


class Gatherer:
    """Asks the database and opens facts."""

    def __init__(self, store: Store, vault: Vault, state: State) -> None:
        self._store, self._vault, self._state = store, vault, state

    async def gather(self, questions: Sequence[Question], today: date) -> list[Gathered]:
        """One Gathered for each question, in order. Raises Refusal unavailable when the database is away or too slow."""
        rows = await self._store.fetch(
            GATHER, [q.tag for q in questions], [q.case for q in questions], [q.part for q in questions], [q.content for q in questions]
        )
        return [self._gathered(question, row, today) for question, row in zip(questions, rows, strict=True)]

    def _gathered(self, question: Question, row: Any, today: date) -> Gathered:
        facts = tuple(f for f in self._open(_fact_rows(row)) if f.holds_on(today))
        binding = next((f for f in facts if f.kind == "subject" and self._binds(f, question.tag, row)), None)
        if binding is None:
            return Gathered(row, None, ())
        return Gathered(row, binding.person, tuple(f for f in facts if f.person == binding.person))

    def _binds(self, fact: Fact, tag: bytes, row: Any) -> bool:
        return any(i == fact.id and t == tag for i, t in zip(row["ids"], row["tags"], strict=True))

    def _open(self, rows: Iterable[FactRow]) -> Iterable[Fact]:
        for row in rows:
            try:
                yield open_fact(self._vault, row, self._state.epoch(row.person))
            except NotAFact:
                continue


def _fact_rows(row: Any) -> Iterable[FactRow]:
    if row["ids"] is None:
        return ()
    columns = zip(row["ids"], row["persons"], row["cases"], row["tags"], row["bodies"], strict=True)
    return (FactRow(i, person, case, bytes(tag) if tag else None, bytes(body)) for i, person, case, tag, body in columns)
