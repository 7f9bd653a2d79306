"""Opens the courier from its settings. Nothing is decided here."""

from contextlib import AsyncExitStack
from pathlib import Path

from service import settings as s
from service.errors import Text
from service.keyholder import files
from service.keyholder.calls import Keyholder
from service.keyholder.client import KeyholderClient
from service.mail.courier import Courier
from service.mail.sending import MailServer
from service.opening import service_token
from service.starting import secret, told_to_stop


async def run_courier(settings: s.CourierSettings) -> None:
    """The courier, until it is told to stop. Raises StartRefused smtp-password-refused."""
    stop = told_to_stop()
    async with AsyncExitStack() as stack:
        server = MailServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_tls,
            settings.mail_bounces or settings.mail_from,
            settings.smtp_ca,
            settings.smtp_user,
            _password(settings.smtp_password_file),
        )
        client = KeyholderClient(settings.keyholder_socket)
        stack.push_async_callback(client.close)
        courier = Courier(
            Keyholder(client),
            lambda: service_token(settings.courier_token_file, "courier"),
            server,
            settings.mail_from,
            settings.mail_shows,
        )
        await courier.run(stop, s.hours(settings.mail_hours))


def _password(path: Path | None) -> str:
    """Raises StartRefused smtp-password-refused."""
    if path is None:
        return ""
    try:
        return secret(path)
    except (OSError, ValueError, files.NotPrivate) as fault:
        why = type(fault).__name__
        raise s.StartRefused(
            "smtp-password-refused",
            Text(f"SMTP のパスワードを使えません: {why}", f"The SMTP password cannot be used: {why}"),
        ) from None
