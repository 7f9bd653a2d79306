"""What a new version of the fields would change: newest results of open cases, compared once more under a file that is not in force.

What must hold: nothing is activated and nothing is stored; a file that does not hold together is refused by name. Not promised: that an
open case would be judged so: newly added fields do not touch pending applications (66(11)); it is a forecast.
"""

import tomllib
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from uuid import UUID

from service.errors import Refusal, Text, forbidden
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.law.fields import Law, law, read_order
from service.law.screening import screen
from service.law.symbols import Spelled
from service.store import Store

OPEN = (
    "select distinct on (c.id) c.id as case, p.id as part from cases c join parts p on p.case_id = c.id"
    " where c.kind = 'filing' and c.state = 'PRIMARY_REVIEW' and c.id > $1"
    " and (p.document = 'screening' or p.document like 'screening.%')"
    " order by c.id, p.recorded_at desc, p.document desc limit $2"
)


@dataclass(frozen=True)
class Change:
    """One case whose outcome or items would be others."""

    case: str
    old: str
    new: str
    old_items: tuple[int, ...]
    new_items: tuple[int, ...]


def new_law(path: str, data: bytes) -> Law:
    """The law with this file as its only version. Raises Refusal fields-refused."""
    try:
        order = read_order(PurePath(path).name, data)
    except (ValueError, KeyError, TypeError, AttributeError, tomllib.TOMLDecodeError) as fault:
        said = f"{type(fault).__name__}: {fault}"
        raise Refusal(
            "fields-refused",
            422,
            Text(f"この版のファイルは使えません: {said}", f"This file is no version of the fields: {said}"),
            article="Order 12(1)",
        ) from None
    return Law((order,), law().edition, {})


def change(by: Law, case: str, result: dict[str, Any]) -> Change | None:
    """What the new version makes of a case's newest result; None where nothing changes."""
    symbols = [Spelled(s["text"], s["scheme"]) for s in result["given"]]
    found = screen(symbols, by.orders[0].in_force_from, by=by)
    old = tuple(i["item"] for i in result["items"])
    new = tuple(m.item.number for m in found.items)
    if (result["outcome"], old) == (found.outcome, new):
        return None
    return Change(case, result["outcome"], found.outcome, old, new)


async def open_results(
    store: Store, keyholder: Keyholder, caller: Caller, after: UUID, limit: int
) -> list[dict[str, UUID]]:
    """A page of the open cases with the part that holds the newest result, by case id. Raises Refusal not-permitted."""
    decision = await keyholder.decide(caller, ("screen_what_if", None))
    caller.decided(decision, decision.answers[0], None)
    if not decision.answers[0].allow:
        raise forbidden()
    return [dict(r) for r in await store.fetch(OPEN, after, limit)]
