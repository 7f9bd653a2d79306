"""What each process is told by its environment: frozen, checked before anything opens, refused by name.

What must hold: a name that begins with HOZEN_ and that no process knows stops the start (a misspelt setting is never a default); no
secret has a default and none stands in the environment, only the path of its file; a real root never starts with a moved clock.
Not promised: that a file or socket named here exists; the room that opens it says so.
"""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service import clock
from service.errors import Text
from service.mail.address import is_address

PREFIX = "HOZEN_"
SOCKET_BYTES = 100
"""A unix socket's path must be shorter than this (sun_path holds 107 bytes and a final zero)."""


class StartRefused(Exception):
    """The program does not start. name: kebab-case, stable. text: what is wrong, in both languages, without any secret."""

    def __init__(self, name: str, text: Text) -> None:
        super().__init__(f"{name}: {text.ja} / {text.en}")
        self.name = name
        self.text = text


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("絶対パスが必要です / must be an absolute path")
    return path


def _short(path: Path) -> Path:
    if len(os.fsencode(path)) >= SOCKET_BYTES:
        raise ValueError(f"{SOCKET_BYTES} バイト未満のパスが必要です / must be shorter than {SOCKET_BYTES} bytes")
    return _absolute(path)


def _loopback(listen: str) -> str:
    """`host:port` with a loopback address, or the path of a unix socket: TLS and the outside world end before this service."""
    if listen.startswith("/"):
        return str(_short(Path(listen)))
    host, _, port = listen.rpartition(":")
    try:
        if ip_address(host.strip("[]")).is_loopback and 0 <= int(port) <= 65535:
            return listen
    except ValueError:
        pass
    raise ValueError(
        "ループバックの address:port か unix ソケットのパスが必要です / must be a loopback address:port or a socket's path"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _mail_address(said: str) -> str:
    if not is_address(said):
        raise ValueError("電子メールアドレスが必要です / must be a mail address")
    return said


def hours(said: str) -> frozenset[int]:
    """The hours of `0-23` or `9,13,17`. Raises ValueError."""
    found = range(24) if said == "0-23" else [int(hour) for hour in said.split(",")]
    if not all(0 <= hour <= 23 for hour in found):
        raise ValueError("0 から 23 の時が必要です / must be hours from 0 to 23")
    return frozenset(found)


def _hours(said: str) -> str:
    hours(said)
    return said


def _moved(value: str) -> str:
    if not value.startswith("@/"):
        clock.duration(value)
    return value


File = Annotated[Path, AfterValidator(_absolute)]
Socket = Annotated[Path, AfterValidator(_short)]
Listen = Annotated[str, AfterValidator(_loopback)]
Clock = Annotated[str, AfterValidator(_moved)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]


class Process(BaseSettings):
    """What every process of the service needs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True, extra="forbid")

    root: Literal["demo", "real"]
    clock: Clock | None = None


class Settings(Process):
    """What a process with a database role needs. database_host: the folder of PostgreSQL's unix socket (peer, no password)."""

    database_host: Socket
    database_name: str = "hozen"
    database_port: int = 5432

    def database(self, role: str) -> dict[str, Any]:
        """asyncpg's connection arguments for `role`."""
        return {
            "host": str(self.database_host),
            "port": self.database_port,
            "user": role,
            "database": self.database_name,
        }


class Tokens(Settings):
    """Whose tokens hold. jwks: the issuer's public keys, a file."""

    jwks: File
    issuer: str
    audience: str


class WebSettings(Settings):
    """The web: public keys only. public_keys: JSON, label (and compartment) to public key. listen: loopback or a unix socket.

    issuer: of a demo root, whose people its pages let one become; a real root has no use for it here.
    """

    listen: Listen
    keyholder_socket: Socket
    public_keys: File
    issuer: str = ""


class WorkerSettings(Settings):
    """The worker: a named service person. worker_token_file: its token, 0600."""

    keyholder_socket: Socket
    public_keys: File
    worker_token_file: File


class CourierSettings(Process):
    """The courier: a named service person without a database role. Its token and the mail server's password are files, 0600.

    smtp_tls: `none` on loopback alone. smtp_ca: certificates, where the system's are not meant. mail_bounces: the envelope's sender,
    mail_from where left out. mail_shows: the service's address, in each mail. mail_hours: `0-23`, or hours in Japan with commas between.
    """

    keyholder_socket: Socket
    courier_token_file: File
    smtp_host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_tls: Literal["starttls", "implicit", "none"] = "starttls"
    smtp_ca: File | None = None
    smtp_user: str = ""
    smtp_password_file: File | None = None
    mail_from: MailAddress
    mail_bounces: MailAddress | None = None
    mail_shows: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,200}$")]
    mail_hours: Annotated[str, AfterValidator(_hours)] = "0-23"

    @field_validator("smtp_tls")
    @classmethod
    def _in_clear_on_loopback_alone(cls, said: str, others: ValidationInfo) -> str:
        if said == "none" and not _is_loopback(others.data.get("smtp_host", "")):
            raise ValueError("ループバック以外では TLS が必要です / TLS is needed but on a loopback address")
        return said


class KeyholderSettings(Tokens):
    """The keyholder. home: its own small store. passphrase_file: opens the vault; a real root must name one."""

    home: File
    keyholder_socket: Socket
    vault: File
    public_keys: File
    passphrase_file: File | None = None


class RunSettings(BaseSettings):
    """`hozen run`, always a demo root, and the tests. pg: whose PostgreSQL programs; run_port: 0 is any free one."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True, extra="forbid")

    home: File | None = None
    pg: Literal["system", "wheel"] | None = None
    docs: Path | None = None
    shared: Path | None = None
    run_port: int = 0
    clock: Clock | None = None


KINDS: tuple[type[BaseSettings], ...] = (WebSettings, WorkerSettings, CourierSettings, KeyholderSettings, RunSettings)
NAMES = frozenset(PREFIX + field.upper() for kind in KINDS for field in kind.model_fields)

S = TypeVar("S", bound=BaseSettings)


def load(kind: type[S]) -> S:
    """The settings of one process, from the environment; moves the clock where a demo root asks for it.

    Raises StartRefused: setting-unknown, setting-missing, setting-wrong, clock-in-real-root, passphrase-missing, telemetry-refused.
    """
    _refuse_unknown(os.environ)
    try:
        settings = kind()
    except ValidationError as error:
        raise _refused(kind, error) from None
    _refuse_together(settings)
    moved: str | None = getattr(settings, "clock", None)
    if moved:
        clock.move(moved)
    return settings


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    unknown = sorted(name for name in environment if re.match(PREFIX, name, re.IGNORECASE) and name not in NAMES)
    if unknown:
        names = ", ".join(unknown)
        raise StartRefused("setting-unknown", Text(f"不明な設定です: {names}", f"Unknown setting: {names}"))


def _refused(kind: type[BaseSettings], error: ValidationError) -> StartRefused:
    """pydantic's errors in our own words: names and reasons, never a value."""
    found = [(PREFIX + str(e["loc"][0]).upper(), e) for e in error.errors(include_url=False, include_input=False)]
    process = kind.__name__.removesuffix("Settings").lower()
    missing = ", ".join(name for name, e in found if e["type"] == "missing")
    if missing:
        return StartRefused(
            "setting-missing", Text(f"{process} に必要な設定がありません: {missing}", f"{process} needs: {missing}")
        )
    wrong = "; ".join(f"{name} ({e['msg'].removeprefix('Value error, ')})" for name, e in found)
    return StartRefused("setting-wrong", Text(f"設定が正しくありません: {wrong}", f"wrong setting: {wrong}"))


def _refuse_together(settings: BaseSettings) -> None:
    """What no field alone can see: a real root's clock, passphrase and telemetry."""
    if not isinstance(settings, Process) or settings.root != "real":
        return
    if settings.clock is not None:
        raise StartRefused(
            "clock-in-real-root",
            Text("本番のルートでは HOZEN_CLOCK を使えません。", "A real root never starts with HOZEN_CLOCK."),
        )
    if isinstance(settings, KeyholderSettings) and settings.passphrase_file is None:
        raise StartRefused(
            "passphrase-missing",
            Text("本番のルートには HOZEN_PASSPHRASE_FILE が必要です。", "A real root needs HOZEN_PASSPHRASE_FILE."),
        )
    if "FASTAPI_OTEL_AUTO_CONFIGURE" in os.environ:
        raise StartRefused(
            "telemetry-refused",
            Text(
                "FASTAPI_OTEL_AUTO_CONFIGURE は内容を外へ送り得るため使えません。",
                "FASTAPI_OTEL_AUTO_CONFIGURE may send content outside and is refused.",
            ),
        )
