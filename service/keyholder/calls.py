"""What web and worker ask of the keyholder, typed; its refusals become ours.

Promise: a caller gets an answer of the keyholder or a Refusal, never half of one. Every decision about a case or a part comes from here:
the web process holds neither private keys nor policies nor a way to read the facts that open content.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from service.errors import Refusal, Text, forbidden, invalid, not_found, unauthenticated, unavailable
from service.keyholder.answers import (
    Answer,
    Caller,
    Decision,
    FactValues,
    Hand,
    Linked,
    Mandate,
    Party,
    Released,
    Rewrapped,
)
from service.keyholder.client import KeyholderClient, KeyholderRefused, KeyholderUnavailable
from service.keyholder.frames import BadFrame

ASKS = 200
"""Questions in one frame."""


class Keyholder:
    """The keyholder's operations over one client."""

    def __init__(self, client: KeyholderClient) -> None:
        self._client = client

    async def decide(self, caller: Caller, *asks: tuple[str, UUID | None], kind: str | None = None) -> Decision:
        """Decide (action, case) pairs for the person behind the token; None stands for the service itself. Not recorded there.

        kind: a case of another kind answers as what is not there.
        """
        said = await self._ask(
            "decide",
            caller,
            asks=[{"action": a, "case": c.bytes if c else None} for a, c in asks],
            kind=kind,
        )
        return _decision(said)

    async def who(self, caller: Caller) -> Decision:
        """The person behind the token. Raises Refusal sign-in-needed."""
        return _decision(await self._ask("who", caller))

    async def know_parts(self, caller: Caller, case: UUID, parts: Sequence[UUID]) -> list[bool]:
        """Which of the case's parts the person may know of, in order."""
        known: list[bool] = []
        for start in range(0, len(parts), ASKS):
            asks = [{"action": "know", "case": case.bytes, "part": p.bytes} for p in parts[start : start + ASKS]]
            known += [a.know for a in _decision(await self._ask("decide", caller, asks=asks)).answers]
        return known

    async def read(
        self, caller: Caller, part: UUID, purpose: str, case: UUID | None = None, kind: str | None = None
    ) -> Released:
        """Release one part's data key: decided and durably recorded before the answer. With `case`, only if it is one of the case's parts;
        with `kind`, only of a case of this kind.

        Raises Refusal not-found, not-permitted, sign-in-needed, unavailable; `caller.recorded` says whether the keyholder recorded it.
        """
        asked: dict[str, Any] = {
            "token": caller.token,
            "request": caller.request.bytes,
            "part": part.bytes,
            "purpose": purpose,
            "kind": kind,
            "beside": caller.beside,
        }
        try:
            said = await self._client.call("read", **asked, case=case.bytes if case else None)
        except KeyholderRefused as refused:
            caller.recorded = isinstance(refused.detail, dict) and refused.detail.get("recorded") is True
            raise refusal(refused.error) from None
        except (KeyholderUnavailable, BadFrame):
            raise unavailable() from None
        caller.recorded = True
        case = UUID(bytes=said["case"])
        return Released(
            said["key"],
            said["sealed"],
            case,
            said["kind"],
            said["document"],
            said["version"],
            said["label"],
            said["compartment"],
            said["state"],
        )

    async def read_draft(self, caller: Caller, draft: UUID) -> tuple[UUID, int, bytes]:
        """The person, the revision and the data key of his own draft. Raises Refusal not-found, not-permitted, sign-in-needed."""
        said = await self._ask("read_draft", caller, draft=draft.bytes)
        return UUID(bytes=said["person"]), said["revision"], said["key"]

    async def open_case(self, caller: Caller, kind: str, party: UUID | None) -> tuple[UUID, UUID, list[FactValues]]:
        """A fresh case id, the person, and the first facts of the case."""
        said = await self._ask("open_case", caller, kind=kind, party=party.bytes if party else None)
        return UUID(bytes=said["case"]), UUID(bytes=said["person"]), _facts(said)

    async def assign(self, caller: Caller, case: UUID, works: tuple[str, ...], action: str) -> list[FactValues]:
        """First assignments by the section's rule, for the act `action`."""
        return _facts(await self._ask("assign", caller, case=case.bytes, works=list(works), action=action))

    async def parties(self, caller: Caller, case: UUID) -> list[Party]:
        """Who is a party to the case, whatever the day, for whoever sees it. Raises Refusal not-found, not-permitted."""
        return [_party(p) for p in (await self._ask("parties", caller, case=case.bytes))["parties"]]

    async def change_parties(
        self,
        caller: Caller,
        case: UUID,
        action: str,
        ends: Sequence[Mapping[str, Any]],
        gives: Sequence[Mapping[str, Any]],
    ) -> list[FactValues]:
        """End rights on the applicant's side, then give others: whose right ends has none when this answers.

        Raises Refusal not-found, not-permitted.
        """
        return _facts(
            await self._ask("change_parties", caller, case=case.bytes, action=action, ends=[*ends], gives=[*gives])
        )

    async def earlier_notices(self, caller: Caller, case: UUID) -> list[tuple[UUID, date]]:
        """Who of the filing's applicants got a pre-designation notice on an earlier request of his, and when (66(2)).

        Raises Refusal not-found, not-permitted.
        """
        said = await self._ask("earlier_notices", caller, case=case.bytes)
        return [(UUID(bytes=n["person"]), date.fromisoformat(n["day"])) for n in said["notices"]]

    async def links(self, caller: Caller, case: UUID) -> list[Linked]:
        """The filing's links to filings that he sees too; of others nothing. Raises Refusal not-found, not-permitted."""
        return [
            Linked(f["link"], f["side"], UUID(bytes=f["other"]), date.fromisoformat(f["since"]))
            for f in (await self._ask("links", caller, case=case.bytes))["links"]
        ]

    async def link_cases(self, caller: Caller, case: UUID, other: UUID, link: str) -> list[FactValues]:
        """The link as a fact under each of two filings; none where it stands already. Raises Refusal not-found, not-permitted, invalid."""
        return _facts(await self._ask("link_cases", caller, case=case.bytes, other=other.bytes, link=link))

    async def attest(self, caller: Caller, fact: dict[str, Any]) -> list[FactValues]:
        """A new fact, on the granter's own token."""
        return _facts(await self._ask("attest", caller, fact=fact))

    async def contact(self, caller: Caller) -> str | None:
        """The caller's own mail address, or None. Raises Refusal not-permitted, sign-in-needed."""
        found: str | None = (await self._ask("contact", caller))["address"]
        return found

    async def change_contact(self, caller: Caller, address: str | None) -> list[FactValues]:
        """End the caller's address, and make the new one where one is given; none where it stands already. Raises Refusal not-permitted."""
        return _facts(await self._ask("change_contact", caller, address=address))

    async def next_mail(self, caller: Caller, after: UUID | None) -> tuple[UUID, str] | None:
        """The next mail of today for the courier: its id and the address; None at the end. Raises Refusal not-permitted, sign-in-needed."""
        said = await self._ask("next_mail", caller, after=after.bytes if after else None)
        return None if said["mail"] is None else (UUID(bytes=said["mail"]), said["address"])

    async def mail_sent(self, caller: Caller, mail: UUID) -> None:
        """A server took this mail. Raises Refusal not-found, not-permitted, sign-in-needed."""
        await self._ask("mail_sent", caller, mail=mail.bytes)

    async def hands(self, caller: Caller, case: UUID) -> list[Hand]:
        """Who works on the case, for whoever may reassign it. Raises Refusal not-found, not-permitted."""
        said = await self._ask("hands", caller, case=case.bytes)
        return [Hand(UUID(bytes=h["id"]), UUID(bytes=h["person"]), h["kind"], h["work"]) for h in said["hands"]]

    async def receipt(self, caller: Caller, case: UUID, record: UUID) -> tuple[bytes, str]:
        """The bytes of the record of an act on the case, and the signed note over it. Raises Refusal not-found, not-permitted."""
        said = await self._ask("receipt", caller, case=case.bytes, record=record.bytes)
        return said["record"], said["note"]

    async def stays(self, caller: Caller, after: int, limit: int) -> list[dict[str, Any]]:
        """Stay events after a number, each with its signed note (None: not signed). Raises Refusal not-permitted, sign-in-needed."""
        said = await self._ask("stays", caller, after=after, limit=limit)
        return [
            {
                "number": s["number"],
                "case": UUID(bytes=s["case"]),
                "event": s["what"],
                "day": s["day"],
                "note": s["note"] or None,
            }
            for s in said["stays"]
        ]

    async def revoke(self, caller: Caller, fact: UUID) -> None:
        """End a fact at once: every older copy of the person's facts is void when this returns."""
        await self._ask("revoke", caller, fact=fact.bytes)

    async def relabel(
        self,
        caller: Caller,
        case: UUID,
        action: str,
        label: str,
        compartment: str | None,
    ) -> list[Rewrapped]:
        """Every part's data key wrapped to the new label; data keys never leave the keyholder."""
        said = await self._ask(
            "relabel",
            caller,
            case=case.bytes,
            action=action,
            label=label,
            compartment=compartment,
        )
        return [Rewrapped(UUID(bytes=p["id"]), UUID(bytes=p["key_id"]), p["wrapped"]) for p in said["parts"]]

    async def sign(self, caller: Caller, size: int, leaves: list[bytes]) -> str:
        """The signed checkpoint over the log grown by `leaves`."""
        note: str = (await self._ask("sign", caller, size=size, leaves=leaves))["note"]
        return note

    async def log_size(self, caller: Caller) -> int:
        """The size of the log the keyholder last signed."""
        size: int = (await self._ask("log", caller))["size"]
        return size

    async def public_keys(self) -> dict[str, Any]:
        """The public keys of all labels, as the file has them."""
        keys: dict[str, Any] = (await self._call("keys"))["keys"]
        return keys

    async def health(self) -> dict[str, Any]:
        """Sealed or not, size of the log, kind of root."""
        return await self._call("health")

    async def _ask(self, op: str, caller: Caller, **fields: Any) -> dict[str, Any]:
        return await self._call(op, token=caller.token, request=caller.request.bytes, **fields)

    async def _call(self, op: str, **fields: Any) -> dict[str, Any]:
        try:
            return await self._client.call(op, **fields)
        except KeyholderRefused as refused:
            raise refusal(refused.error) from None
        except (KeyholderUnavailable, BadFrame):
            raise unavailable() from None


def refusal(name: str) -> Refusal:
    """Our refusal for a name of the protocol; an unknown name is taken as unavailable (fail closed)."""
    makers: dict[str, Callable[[], Refusal]] = {
        "not-found": not_found,
        "not-permitted": forbidden,
        "sign-in-needed": unauthenticated,
        "invalid": lambda: invalid("", Text("内容が正しくありません。", "What was said does not hold.")),
    }
    return makers.get(name, unavailable)()


def _facts(said: dict[str, Any]) -> list[FactValues]:
    return [
        FactValues(
            UUID(bytes=f["id"]),
            UUID(bytes=f["person"]),
            UUID(bytes=f["case_id"]) if f["case_id"] else None,
            f["tag"],
            f["body"],
        )
        for f in said["facts"]
    ]


def _party(said: dict[str, Any]) -> Party:
    return Party(
        UUID(bytes=said["person"]),
        said["work"],
        UUID(bytes=said["represents"]) if said["represents"] else None,
        date.fromisoformat(said["from"]),
        date.fromisoformat(said["until"]) if said["until"] else None,
    )


def _decision(said: dict[str, Any]) -> Decision:
    answers = tuple(
        Answer(
            a["know"],
            a["allow"],
            tuple(a["policies"]),
            a["snapshot"].hex(),
            frozenset(a["work"]),
            a.get("state"),
            a.get("version"),
            a.get("label"),
        )
        for a in said.get("answers", ())
    )
    cleared = date.fromordinal(said["cleared_until"]) if said["cleared_until"] else None
    return Decision(
        UUID(bytes=said["person"]),
        said["office"],
        tuple(said["roles"]),
        cleared,
        said["policy_set"].hex(),
        answers,
        tuple(
            Mandate(UUID(bytes=m["id"]), m["authority"], m["scope"], m["instrument"]) for m in said.get("mandates", ())
        ),
    )
