"""What one web process has at hand, made once at its start, and how routes reach it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, cast

from fastapi import Depends, Header, Request

from service.audit.writer import BatchedWriter
from service.desk import Desk, Kind
from service.errors import Refusal, Text
from service.filings.listing import Listing
from service.filings.view import View
from service.forms.drafts import Drafts
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.reading import Reading
from service.screening.deciding import ScreeningDesk
from service.store import Store


@dataclass(frozen=True)
class House:
    """The rooms of a running service."""

    store: Store
    keyholder: Keyholder
    desk: Desk
    reading: Reading
    writer: BatchedWriter
    filing: Kind
    view: View
    listing: Listing
    drafts: Drafts

    @cached_property
    def screening(self) -> ScreeningDesk:
        """The screening desk."""
        return ScreeningDesk(self.store, self.keyholder, self.desk, self.reading)

    async def ready(self) -> bool:
        """Whether filings can be taken: the database answers, records become durable, the keyholder is unsealed."""
        try:
            await self.store.fetch("select 1")
            return await self.writer.ready() and not (await self.keyholder.health())["sealed"]
        except Refusal:
            return False


async def the_house(request: Request) -> House:
    return cast(House, request.app.state.house)


async def the_caller(request: Request) -> Caller:
    return cast(Caller, request.scope["caller"])


async def seen_version(
    if_match: Annotated[str | None, Header(description="ETag of the case as you read it. 見ている版")] = None,
) -> int | None:
    """The version in If-Match (`"3"`), or None. Raises Refusal bad-if-match for anything else."""
    if if_match is None:
        return None
    inner = if_match.strip().removeprefix('"').removesuffix('"')
    if not (inner.isascii() and inner.isdigit() and len(inner) <= 9):
        raise Refusal("bad-if-match", 400, Text("If-Matchの値が正しくありません。", "If-Match holds no version."))
    return int(inner)


HouseDep = Annotated[House, Depends(the_house)]
CallerDep = Annotated[Caller, Depends(the_caller)]
Seen = Annotated[int | None, Depends(seen_version)]
Key = Annotated[
    str, Header(pattern=r"^[!-~]{8,128}$", description="Your own key: the same request again makes one. 冪等キー")
]
