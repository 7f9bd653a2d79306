"""What the desk checks beside the road: the mandate an act rests on, the version the caller saw, and the legal date he names."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from service import clock
from service.desk import refusals as no
from service.desk.acts import Act, Kind
from service.desk.told import as_told, is_told
from service.history import Entry
from service.keyholder.answers import Answer, Decision
from service.tables import Case


def check_version(kind: Kind, case: Case, entries: Sequence[Entry], seen: int | None, may: Answer) -> None:
    """Optimistic version: what the caller saw is what stands; an applicant saw what he is told of. Raises Refusal 428 or 412."""
    if seen is None:
        raise no.version_needed()
    if is_told(may.work):
        if seen != as_told(kind, entries).version:
            raise no.case_moved_on()
    elif seen != case.version:
        raise no.case_moved_on()


def legal_date(act: Act, backdate: Answer) -> date:
    """The act's legal date in Japan. Raises Refusal date-in-future, date-needs-reason, past-date-not-permitted."""
    today = clock.today()
    if act.happened_on is None or act.happened_on == today:
        return today
    if act.happened_on > today:
        raise no.date_in_future()
    if not backdate.allow:
        raise no.past_date_not_permitted()
    if not act.date_reason:
        raise no.date_needs_reason()
    return act.happened_on


def resting(act: Act, kind: Kind, decision: Decision) -> Act:
    """The act with the mandate it rests on, where it is done for an authority. Raises Refusal no-mandate.

    Permission is decided before; who may not do the act is not told of mandates.
    """
    authority = kind.mandated.get(act.name)
    if authority is None:
        return act
    held = [m for m in decision.mandates if m.covers(authority, act.name)]
    if not held:
        raise no.no_mandate()
    return replace(act, mandate=min(held, key=lambda m: m.id))
