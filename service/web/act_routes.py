"""One POST for each act of a kind's road, made from the road's own table, and `correct` beside it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response
from fastapi.routing import APIRoute

from service.desk import Done, Kind
from service.filings.bodies import CorrectBody
from service.filings.shapes import DoneShape
from service.filings.words import ActBody
from service.keyholder.answers import Caller
from service.web.house import CallerDep, House, HouseDep, Seen

Perform = Callable[[House, Caller, UUID, str, Any, int | None], Awaitable[Done]]
"""An act on a case by its name, as its body says it, on the version that was seen."""


def add_acts(router: APIRouter, kind: Kind, bodies: Mapping[str, type[ActBody]], perform: Perform) -> None:
    """Every act of the kind's road, but those that have a route of their own on `router` already."""
    own = {route.name for route in router.routes if isinstance(route, APIRoute)}
    case = f"{kind.name}_id"
    for name in sorted({*kind.road.names(), "correct"} - own):
        body = CorrectBody if name == "correct" else bodies.get(name, ActBody)
        router.post(f"/{{{case}}}/{name.replace('_', '-')}", name=name)(_act(kind, case, name, body, perform))


def _act(
    kind: Kind, case: str, name: str, body: type[ActBody], perform: Perform
) -> Callable[..., Awaitable[DoneShape]]:
    async def act(
        house: HouseDep, caller: CallerDep, case_id: UUID, said: ActBody, seen: Seen, response: Response
    ) -> DoneShape:
        done = await perform(house, caller, case_id, name, said, seen)
        response.headers["etag"] = f'"{done.version}"'
        response.status_code = 202 if done.approvals_missing else 200
        return DoneShape(**vars(done))

    act.__annotations__ |= {"said": body, "case_id": Annotated[UUID, Path(alias=case)]}
    act.__doc__ = _told(kind, name)
    return act


def _told(kind: Kind, name: str) -> str:
    """What the contract says of an act: its article, whose it is, its paper."""
    steps = [s for s in kind.road.steps if s.name == name]
    basis = "; ".join(sorted({s.basis for s in steps})) or "house rule"
    papers = ", ".join(sorted({s.document for s in steps if s.document})) or "-"
    return f"`{name}` ({basis}). Whose act: {', '.join(sorted({s.actor for s in steps})) or 'any two in charge'}. Paper: {papers}."
