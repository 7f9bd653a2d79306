"""Hands one message to the mail server: over TLS with a certificate that holds, or on loopback.

What must hold: whatever the server says or does, this ends in time, with the server's word that it took the mail or with NotTaken, which
names a kind of fault and a status and never an address or a word of the server's. Nothing is said to a server whose certificate does not
hold. Not promised: that a mail that a server took arrives.
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import aiosmtplib

WITHIN = 60.0
"""Seconds for one mail, whatever the server does."""
Tls = Literal["starttls", "implicit", "none"]


class NotTaken(Exception):
    """The server did not take the mail. Its text: the kind of fault, and the SMTP status where there is one.

    away: the fault was not this mail's: there is no server to speak to.
    """

    def __init__(self, text: str, *, away: bool) -> None:
        super().__init__(text)
        self.away = away


@dataclass(frozen=True)
class MailServer:
    """The operator's mail server. bounces: the envelope's sender. authority: a file of certificates, or None for the system's."""

    host: str
    port: int
    tls: Tls
    bounces: str
    authority: Path | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    within: float = WITHIN

    async def take(self, to: str, message: bytes) -> None:
        """The server has taken the message when this returns. Raises NotTaken."""
        try:
            async with asyncio.timeout(self.within):
                await self._sent(to, message)
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as fault:
            raise NotTaken(_named(fault), away=False) from None
        except Exception as fault:  # a hostile server harms this mail alone
            raise NotTaken(_named(fault), away=True) from None

    async def _sent(self, to: str, message: bytes) -> None:
        smtp = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls == "implicit",
            start_tls=self.tls == "starttls",
            tls_context=None if self.tls == "none" else self._trusted(),
            local_hostname=self.bounces.partition("@")[2],
            timeout=self.within,
        )
        try:
            await smtp.connect()
            if self.user:
                await smtp.login(self.user, self.password)
            await smtp.sendmail(self.bounces, [to], message)
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):  # it has said that it took the mail
                await smtp.quit()
        finally:
            smtp.close()

    def _trusted(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def _named(fault: Exception) -> str:
    """The kind of fault and the server's status: their texts may hold an address."""
    inner = fault.recipients[0] if isinstance(fault, aiosmtplib.SMTPRecipientsRefused) and fault.recipients else fault
    code = getattr(inner, "code", None)
    return type(fault).__name__ + (f" {code}" if isinstance(code, int) else "")
