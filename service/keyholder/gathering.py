"""What a batch of decisions rests on: one statement, one snapshot, for all that waits.

What must hold: facts, case and part of one question come from the same statement; a row that is no authentic fact of the person's present
epoch is not there; a row that is not what was asked for is not there. A person is known only through the one authentic fact that binds the
token's subject to him; where two bind it to two persons, to nobody. The case's label is never laxer than the keyholder itself last gave it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service.access.decide import Ask
from service.access.people import PersonFacts, Relation, person_from, relation_to
from service.access.things import SERVICE, CaseThing, PartThing, Thing
from service.keyholder.facts import Fact, FactRow, NotAFact, open_any_epoch, open_fact
from service.keyholder.state import LabelGiven, State
from service.keyholder.vaults import Vault
from service.store import Store

SMALL = 64 * 1024
"""Sealed bytes up to this length go with the data key."""

GATHER = f"""
with question as (
  select * from unnest($1::bytea[], $2::uuid[], $3::uuid[], $4::bool[]) with ordinality as q (tag, case_id, part_id, content, n)
)
select q.n, p.id as part, p.case_id as part_case, p.document, p.version as part_version, p.label as part_label,
  p.compartment as part_compartment, p.key_id, p.size_class, case when q.content then p.wrapped end as wrapped,
  case when q.content and octet_length(p.sealed) <= {SMALL} then p.sealed end as sealed,
  c.id as case_id, c.kind, c.state, c.version, c.label, c.compartment,
  f.ids, f.persons, f.cases, f.tags, f.bodies
from question q
left join parts p on p.id = q.part_id and (q.case_id is null or p.case_id = q.case_id)
left join cases c on c.id = coalesce(p.case_id, case when q.part_id is null then q.case_id end)
left join lateral (
  select array_agg(f.id) as ids, array_agg(f.person) as persons, array_agg(f.case_id) as cases, array_agg(f.tag) as tags,
    array_agg(f.body) as bodies
  from facts b join facts f on f.person = b.person
  where b.tag = q.tag and (f.case_id is null or f.case_id = c.id)
) f on true
order by q.n
"""  # noqa: S608  (a number of ours)

CASE_COLUMNS = ("case_id", "kind", "state", "version", "label", "compartment")
PART_COLUMNS = (
    "part",
    "part_case",
    "document",
    "part_version",
    "part_label",
    "part_compartment",
    "key_id",
    "size_class",
)
NOTHING: Mapping[str, Any] = dict.fromkeys((*PART_COLUMNS, "wrapped", "sealed", *CASE_COLUMNS))
"""The row of what is not there."""


@dataclass(frozen=True)
class Question:
    """Who asks (tag of the token's subject), about which case or part (both None: the service), and whether content is wanted.

    Both: the part, only if it is one of the case's. kind: a case of another kind is not there. request: of which request of a batch; a
    fact that stands in the rows of several questions of one request, byte for byte, is opened once for them.
    """

    tag: bytes
    case: UUID | None = None
    part: UUID | None = None
    content: bool = False
    request: int = 0
    kind: str | None = None


Opened = dict[tuple[int, FactRow], Fact | None]
"""Facts of one statement's rows by request and row, None for what is no fact; it lives as long as the rows do."""


@dataclass(frozen=True)
class Gathered:
    """What the database had for one question: the row, the person, and his facts that hold today (his own and those on this case).

    epoch: the person's, in which the facts were opened. given: the label that the keyholder last gave the case, where that protects.
    stale: no person, but a binding of an older epoch; busy: because his facts are being sealed anew.
    """

    row: Mapping[str, Any]
    person: UUID | None
    facts: tuple[Fact, ...]
    epoch: int = 0
    given: LabelGiven | None = None
    stale: bool = False
    busy: bool = False

    def label(self, label: str, compartment: str | None) -> tuple[str, str | None]:
        """The label that counts: what a row claims, or what the keyholder gave, where that protects."""
        return (self.given.label, self.given.compartment) if self.given else (label, compartment)


class Gatherer:
    """Asks the database and opens facts."""

    def __init__(self, store: Store, vault: Vault, state: State) -> None:
        self._store, self._vault, self._state = store, vault, state

    def holds(self, person: UUID, epoch: int) -> bool:
        """The person lost nothing since his facts were opened in `epoch`."""
        return self._state.epoch(person) == epoch

    async def gather(self, questions: Sequence[Question], today: date) -> list[Gathered]:
        """One Gathered for each question, in order. Raises Refusal unavailable when the database is away or too slow."""
        found = await self._ask(questions, today)
        # An epoch that rose after the statement was run makes its rows stale; one more look finds those sealed anew.
        if again := [i for i, gathered in enumerate(found) if gathered.stale]:
            for i, gathered in zip(again, await self._ask([questions[i] for i in again], today), strict=True):
                found[i] = gathered
        return found

    async def _ask(self, questions: Sequence[Question], today: date) -> list[Gathered]:
        rows = await self._store.fetch(
            GATHER,
            [q.tag for q in questions],
            [q.case for q in questions],
            [q.part for q in questions],
            [q.content for q in questions],
        )
        by_number: dict[int, list[Any]] = {}
        for row in rows:
            by_number.setdefault(row["n"], []).append(row)
        opened: Opened = {}
        return [self._gathered(q, by_number.get(n, []), opened, today) for n, q in enumerate(questions, 1)]

    def _gathered(self, question: Question, rows: Sequence[Any], opened: Opened, today: date) -> Gathered:
        row = rows[0] if len(rows) == 1 and _answers(rows[0], question) else NOTHING
        given = None if row["case_id"] is None else self._state.label_given(row["case_id"])
        stored = list(_fact_rows(rows[0])) if rows else []
        for r in stored:
            if (question.request, r) not in opened:
                opened[question.request, r] = self._open(r)
        facts = [(r, f) for r in stored if (f := opened[question.request, r]) is not None and f.holds_on(today)]
        persons = {f.person for r, f in facts if f.kind == "subject" and r.tag == question.tag}
        if len(persons) != 1:
            stale = () if persons else [r.person for r in stored if r.tag == question.tag and self._was_fact(r)]
            busy = any(self._state.under_way(p) is not None for p in stale)
            return Gathered(row, None, (), given=given, stale=bool(stale), busy=busy)
        person = persons.pop()
        return Gathered(row, person, tuple(f for _, f in facts if f.person == person), self._state.epoch(person), given)

    def _open(self, row: FactRow) -> Fact | None:
        try:
            return open_fact(self._vault, row, self._state.epoch(row.person))
        except NotAFact:
            return None

    def _was_fact(self, row: FactRow) -> bool:
        try:
            return open_any_epoch(self._vault, row).epoch < self._state.epoch(row.person)
        except NotAFact:
            return False


@dataclass(frozen=True)
class Standing:
    """A person as his facts of today make him, his relation to one case, and the thing in question (None: it is not there)."""

    row: Any
    person: PersonFacts | None
    relation: Relation
    thing: Thing | None
    today: date
    epoch: int
    given: LabelGiven | None
    busy: bool
    mandates: tuple[Fact, ...] = ()

    def ask(self, action: str) -> Ask | None:
        """The question whether he may do `action`, or None where there is nobody or nothing to ask about."""
        if self.person is None or self.thing is None:
            return None
        return Ask(self.person, action, self.thing, today=self.today, relation=self.relation)

    def label(self, label: str, compartment: str | None) -> tuple[str, str | None]:
        """The label that counts: what a row claims, or what the keyholder gave, where that protects."""
        return (self.given.label, self.given.compartment) if self.given else (label, compartment)

    @property
    def nobody(self) -> str:
        """The refusal of a person who is not there."""
        return "unavailable" if self.busy else "sign-in-needed"


def standing_of(gathered: Gathered, question: Question, today: date) -> Standing:
    """Who asks and about what, of what was gathered for the question."""
    row, given = gathered.row, gathered.given
    person, relation = None, Relation()
    if gathered.person is not None:
        person = person_from(gathered.person, gathered.facts, today)
        relation = relation_to(gathered.person, gathered.facts, row["case_id"], today)
    mandates = tuple(f for f in gathered.facts if f.kind == "mandate" and f.case_id is None)
    thing = _thing(gathered, question)
    return Standing(row, person, relation, thing, today, gathered.epoch, given, gathered.busy, mandates)


def _thing(gathered: Gathered, question: Question) -> Thing | None:
    row = gathered.row
    if question.part is not None:
        if row["part"] is None or row["case_id"] is None:
            return None
        return PartThing(row["document"], *gathered.label(row["part_label"], row["part_compartment"]), row["state"])
    if question.case is not None:
        return None if row["case_id"] is None else case_of(gathered)
    return SERVICE


def case_of(found: "Gathered | Standing") -> CaseThing:
    """The case of a gathered row."""
    row = found.row
    return CaseThing(row["kind"], row["state"], *found.label(row["label"], row["compartment"]))


def _answers(row: Any, question: Question) -> bool:
    """The row is about what was asked: the database is not trusted to have answered the question that it was given."""
    if question.kind is not None and row["kind"] not in (None, question.kind):
        return False
    if question.part is None:
        return row["part"] is None and row["case_id"] in (None, question.case)
    if row["part"] is None:
        return row["case_id"] is None
    case = row["case_id"]
    return row["part"] == question.part and row["part_case"] == case and question.case in (None, case)


def _fact_rows(row: Any) -> Iterable[FactRow]:
    if row["ids"] is None:
        return ()
    columns = zip(row["ids"], row["persons"], row["cases"], row["tags"], row["bodies"], strict=True)
    return (
        FactRow(i, person, case, bytes(tag) if tag else None, bytes(body)) for i, person, case, tag, body in columns
    )
