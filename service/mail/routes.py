"""HTTP of one's own mail address: entered, read and ended by its person alone. A mail says that something awaits, and no more."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from service.desk.trail import of_request
from service.errors import Refusal, Text
from service.filings.words import Body
from service.keyholder.answers import Caller
from service.mail.address import LONGEST, PATTERN, is_address
from service.tables import FactRow
from service.web.house import CallerDep, House, HouseDep
from service.web.strict import StrictRoute

router = APIRouter(prefix="/me", tags=["mail"], route_class=StrictRoute)


class ContactBody(Body):
    """Where you want to be told that something awaits you."""

    address: Annotated[str, StringConstraints(max_length=1000)] = Field(
        description=f"ASCII, at most {LONGEST} characters; sealed. 電子メールアドレス",
        json_schema_extra={"pattern": PATTERN, "maxLength": LONGEST},
    )


class ContactShape(BaseModel):
    """Your address, or null."""

    address: str | None


@router.get("/contact", name="read-contact")
async def read_contact(house: HouseDep, caller: CallerDep) -> ContactShape:
    """Your mail address, as you entered it. 自己の連絡先"""
    caller.decided(await house.keyholder.who(caller), None, None)
    return ContactShape(address=await house.keyholder.contact(caller))


@router.put("/contact", name="keep-contact")
async def keep_contact(house: HouseDep, caller: CallerDep, said: ContactBody) -> ContactShape:
    """Enter your mail address, in place of an older one; a mail there says that something awaits you here, no more. 連絡先の登録"""
    if not is_address(said.address):
        raise _no_address()
    await _changed(house, caller, said.address, "put-keep-contact", 200)
    return ContactShape(address=said.address)


@router.delete("/contact", status_code=204, name="end-contact")
async def end_contact(house: HouseDep, caller: CallerDep) -> None:
    """End your mail address: nothing is mailed to you any more; what awaits you still lies here. 連絡先の抹消"""
    await _changed(house, caller, None, "delete-end-contact", 204)


async def _changed(house: House, caller: Caller, address: str | None, action: str, status: int) -> None:
    """The keyholder ends what stood; what it made is stored with the record of the request. Raises Refusal."""
    caller.decided(await house.keyholder.who(caller), None, None)
    made = await house.keyholder.change_contact(caller, address)
    async with house.store.transaction() as work:
        for f in made:
            await work.insert(FactRow(id=f.id, person=f.person, case_id=f.case_id, tag=f.tag, body=f.body))
        await work.record(of_request(caller, action, status))
    caller.recorded = True


def _no_address() -> Refusal:
    return Refusal(
        "no-mail-address",
        422,
        Text(
            "電子メールアドレスとして使えません。",
            "This cannot be used as a mail address.",
        ),
        pointer="/address",
        next_step=Text(
            f"半角英数字のアドレス（{LONGEST} 文字以内、例 taro@example.jp）を入力してください。",
            f"Enter an address in ASCII of at most {LONGEST} characters, as taro@example.jp.",
        ),
    )
