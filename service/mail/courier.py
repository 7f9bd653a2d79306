"""The courier: at fixed hours of the day, one mail to each person for whom something awaits, from the addresses that the keyholder gives.

What must hold: it learns an address at a time and nothing else, keeps none, and writes none to its log. A mail's hour is the same for all
and says nothing of an act's. What was not taken is tried again at the next hour; what was taken is told to the keyholder, and nobody is
mailed twice on one day. Not promised: that, where this process ends between the server's word and the keyholder's, there is no double.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from service import clock
from service.errors import Refusal
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.mail.message import message
from service.mail.sending import MailServer, NotTaken

AWAY = 5
"""Mails in a row that found no server; the round then ends."""
LOOK = 1.0
"""Seconds between two looks at the clock, which may be moved, or sleep."""

log = logging.getLogger("hozen.courier")


class Courier:
    """Carries mails. sender: the From address; shows: the service's address, in each mail; token: reads the courier's present token."""

    def __init__(
        self, keyholder: Keyholder, token: Callable[[], str], server: MailServer, sender: str, shows: str
    ) -> None:
        self._keyholder, self._token, self._server = keyholder, token, server
        self._sender, self._shows = sender, shows
        self._taken: set[UUID] = set()

    async def run(self, stop: asyncio.Event, hours: Collection[int]) -> None:
        """A round at each of these hours (Japan), until `stop` is set."""
        while not stop.is_set():
            at = next_hour(clock.now(), hours)
            while clock.now() < at and not stop.is_set():
                await _pause(stop, min(LOOK, (at - clock.now()).total_seconds()))
            if stop.is_set():
                return
            try:
                await self.round(at)
            except Refusal as refusal:
                log.warning("mails: %s; again at the next hour", refusal.name)

    async def round(self, at: datetime) -> int:
        """One mail to each for whom something awaits and who had none today; how many a server took. Raises Refusal."""
        await self._tell()
        taken, away = 0, 0
        found = await self._keyholder.next_mail(self._caller(), None)
        while found is not None and away < AWAY:
            mail, address = found
            if mail not in self._taken:
                fault = await self._handed(mail, address, at)
                taken, away = taken + (fault is None), away + 1 if fault and fault.away else 0
            found = await self._keyholder.next_mail(self._caller(), mail)
        return taken

    async def _handed(self, mail: UUID, address: str, at: datetime) -> NotTaken | None:
        """Give the mail to the server, and its word to the keyholder; or the fault."""
        try:
            await self._server.take(address, message(self._sender, self._shows, address, at, uuid4()))
        except NotTaken as fault:
            log.warning("a mail was not taken: %s; again at the next hour", fault)
            return fault
        self._taken.add(mail)
        await self._tell()
        return None

    async def _tell(self) -> None:
        """Tell the keyholder what was taken; what cannot be told now is kept, and not sent again."""
        for mail in list(self._taken):
            try:
                await self._keyholder.mail_sent(self._caller(), mail)
            except Refusal as refusal:
                if refusal.name != "not-found":
                    log.warning("a mail that was taken is not marked yet: %s", refusal.name)
                    return
            self._taken.discard(mail)

    def _caller(self) -> Caller:
        return Caller(self._token(), uuid4())


def next_hour(now: datetime, hours: Collection[int]) -> datetime:
    """The next full hour after `now` that is one of these, in Japan."""
    at = now.astimezone(clock.JAPAN).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while at.hour not in hours:
        at += timedelta(hours=1)
    return at


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not past the stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
