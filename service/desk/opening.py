"""A new case inside the desk's open transaction: its row, its opening event, its first facts and parts, and the acts that follow by law."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from service import clock
from service.desk.acts import SERVICE, Act, Kind, NewPart
from service.desk.staging import Stage
from service.desk.taking import Taking, entry_of
from service.sealing.wrap import LabelKeys
from service.store import Work
from service.tables import Case, Event


async def opened(
    work: Work,
    keys: LabelKeys,
    kind: Kind,
    acts: Sequence[Act],
    parts: Sequence[NewPart],
    happened_on: date,
    stage: Stage,
) -> Taking:
    """A new case by the first of `acts`, the others taken at once; its parts are those that wait in `stage`, and `parts`."""
    assert stage.case is not None and stage.person is not None
    person = stage.person
    taking = await _begun(work, keys, kind, stage.case, acts[0], happened_on, person)
    await taking.give(stage.facts)
    await stage.move(work)
    for part in parts:
        await taking.seal(part)
    for act in acts[1:]:
        await taking.take(taking.choose(act, happened_on), act, happened_on, person if act.body else SERVICE)
    await taking.derive_clocks()
    return taking


async def _begun(
    work: Work, keys: LabelKeys, kind: Kind, case_id: UUID, first: Act, happened_on: date, person: UUID
) -> Taking:
    """The case row and its opening event, and the opening paper."""
    now = clock.now()
    case = Case(
        id=case_id,
        kind=kind.name,
        state=kind.road.initial,
        version=1,
        label="application",
        recorded_at=now,
        for_person=first.for_person,
    )
    opening = Event(
        id=uuid4(), case_id=case_id, kind=kind.name, version=1, source="", name=kind.opening, target=kind.road.initial,
        happened_on=happened_on, recorded_at=now, person=person, application=first.facts.get("application"),
        record=work.record_id,
    )  # fmt: skip
    await work.insert(case)
    taking = Taking(work, kind, keys, case, [])
    opening.part_id = await taking.seal(NewPart(f"act-{first.name}", first.paper()))
    await work.insert(opening)
    await taking.signal(opening)
    taking.entries.append(entry_of(opening))
    return taking
