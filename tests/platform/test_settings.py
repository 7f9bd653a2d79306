"""Settings: what is missing, unknown or wrong is named in both languages, and nothing secret is said."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from service import clock
from service.settings import (
    NAMES,
    CourierSettings,
    KeyholderSettings,
    RunSettings,
    Settings,
    StartRefused,
    WebSettings,
    WorkerSettings,
    load,
)

COMMON = {"HOZEN_ROOT": "demo", "HOZEN_DATABASE_HOST": "/run/postgresql"}
TOKENS = {"HOZEN_JWKS": "/etc/hozen/jwks.json", "HOZEN_ISSUER": "https://id.example", "HOZEN_AUDIENCE": "hozen"}
SOCKET = {"HOZEN_KEYHOLDER_SOCKET": "/run/hozen/keyholder", "HOZEN_PUBLIC_KEYS": "/etc/hozen/public.json"}
WEB = {**COMMON, **TOKENS, **SOCKET, "HOZEN_LISTEN": "127.0.0.1:8000"}
WORKER = {**COMMON, **SOCKET, "HOZEN_WORKER_TOKEN_FILE": "/etc/hozen/worker.token"}
KEYHOLDER = {
    **COMMON,
    **TOKENS,
    **SOCKET,
    "HOZEN_HOME": "/var/lib/hozen-keyholder",
    "HOZEN_VAULT": "/var/lib/hozen-keyholder/vault",
}
PROCESSES: list[tuple[type[Settings], dict[str, str]]] = [
    (WebSettings, WEB),
    (WorkerSettings, WORKER),
    (KeyholderSettings, KEYHOLDER),
]


@pytest.fixture(autouse=True)
def still_clock() -> Iterator[None]:
    yield
    clock.set_offset(timedelta(0))


def told(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name in [n for n in os.environ if n.startswith("HOZEN_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def refusal(monkeypatch: pytest.MonkeyPatch, kind: type[Settings], environment: dict[str, str]) -> StartRefused:
    told(monkeypatch, environment)
    with pytest.raises(StartRefused) as found:
        load(kind)
    return found.value


def required(kind: type[Settings]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if field.is_required()]


@pytest.mark.parametrize(("kind", "environment"), PROCESSES)
def test_each_process_starts_with_its_part_and_cannot_be_changed(
    monkeypatch: pytest.MonkeyPatch, kind: type[Settings], environment: dict[str, str]
) -> None:
    told(monkeypatch, environment)
    settings = load(kind)
    assert settings.database("hozen_web")["host"] == "/run/postgresql"
    with pytest.raises(ValidationError):
        settings.root = "real"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("kind", "environment", "missing"),
    [(kind, environment, name) for kind, environment in PROCESSES for name in required(kind)],
)
@pytest.mark.parametrize("empty", [True, False])
def test_a_setting_that_a_process_needs_is_named_when_it_is_missing_or_empty(
    monkeypatch: pytest.MonkeyPatch, kind: type[Settings], environment: dict[str, str], missing: str, empty: bool
) -> None:
    name = f"HOZEN_{missing.upper()}"
    rest = {k: v for k, v in environment.items() if k != name} | ({name: ""} if empty else {})
    found = refusal(monkeypatch, kind, rest)
    assert found.name == "setting-missing"
    assert name in found.text.en and name in found.text.ja


@pytest.mark.parametrize("name", ["HOZEN_LISTENN", "hozen_root", "Hozen_Root", "HOZEN_", "HOZEN_DATABASE_PASSWORD"])
def test_a_name_that_no_process_knows_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    found = refusal(monkeypatch, WebSettings, {**WEB, name: "s3cret"})
    assert found.name == "setting-unknown"
    assert name in found.text.en and name in found.text.ja
    assert "s3cret" not in str(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOZEN_ROOT", "s3cret"),
        ("HOZEN_LISTEN", "0.0.0.0:8000"),
        ("HOZEN_LISTEN", "192.0.2.7:80"),
        ("HOZEN_LISTEN", "localhost:8000"),
        ("HOZEN_LISTEN", "127.0.0.1"),
        ("HOZEN_LISTEN", "127.0.0.1:70000"),
        ("HOZEN_LISTEN", "127.0.0.1:s3cret"),
        ("HOZEN_LISTEN", "/" + "s3cret" * 20),
        ("HOZEN_KEYHOLDER_SOCKET", "/run/" + "s3cret" * 20),
        ("HOZEN_KEYHOLDER_SOCKET", "run/s3cret"),
        ("HOZEN_PUBLIC_KEYS", "s3cret.json"),
        ("HOZEN_DATABASE_HOST", "db.s3cret.example"),
        ("HOZEN_DATABASE_PORT", "s3cret"),
        ("HOZEN_CLOCK", "P1M"),
        ("HOZEN_CLOCK", "s3cret"),
    ],
)
def test_a_wrong_value_is_named_and_never_repeated(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    found = refusal(monkeypatch, WebSettings, {**WEB, name: value})
    assert found.name == "setting-wrong"
    assert name in found.text.en and name in found.text.ja
    assert "s3cret" not in str(found)


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "[::1]:8000", "127.3.2.1:443", "/run/hozen/web"])
def test_the_web_listens_on_loopback_or_a_socket(monkeypatch: pytest.MonkeyPatch, listen: str) -> None:
    told(monkeypatch, {**WEB, "HOZEN_LISTEN": listen})
    assert load(WebSettings).listen == listen


@pytest.mark.parametrize(("kind", "environment"), PROCESSES)
@pytest.mark.parametrize("moved", ["+P95D", "P0D", "@/run/clock"])
def test_a_real_root_refuses_to_start_with_a_moved_clock(
    monkeypatch: pytest.MonkeyPatch, kind: type[Settings], environment: dict[str, str], moved: str
) -> None:
    real = {**environment, "HOZEN_ROOT": "real", "HOZEN_CLOCK": moved, "HOZEN_PASSPHRASE_FILE": "/run/passphrase"}
    assert refusal(monkeypatch, kind, real).name == "clock-in-real-root"
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_real_root_needs_a_passphrase_and_no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    real = {**KEYHOLDER, "HOZEN_ROOT": "real"}
    assert refusal(monkeypatch, KeyholderSettings, real).name == "passphrase-missing"
    real["HOZEN_PASSPHRASE_FILE"] = "/run/passphrase"
    told(monkeypatch, real)
    assert load(KeyholderSettings).passphrase_file == Path("/run/passphrase")
    assert (
        refusal(monkeypatch, KeyholderSettings, {**real, "FASTAPI_OTEL_AUTO_CONFIGURE": "1"}).name
        == "telemetry-refused"
    )


@pytest.mark.parametrize(
    ("setting", "moved"),
    [
        ("+P95D", timedelta(days=95)),
        ("-P1D", timedelta(days=-1)),
        ("P2WT3H", timedelta(days=14, hours=3)),
        ("-PT90S", -timedelta(seconds=90)),
    ],
)
def test_a_demo_root_moves_its_clock(monkeypatch: pytest.MonkeyPatch, setting: str, moved: timedelta) -> None:
    told(monkeypatch, {**WEB, "HOZEN_CLOCK": setting})
    load(WebSettings)
    assert abs(clock.now() - datetime.now(UTC) - moved) < timedelta(minutes=1)


def test_a_clock_file_is_read_again_when_it_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("P0D\n")
    told(monkeypatch, {**WEB, "HOZEN_CLOCK": f"@{file}"})
    load(WebSettings)
    for days in (95, 400):
        new = tmp_path / "new"
        new.write_text(f"+P{days}D\n")
        new.replace(file)
        assert abs(clock.now() - datetime.now(UTC) - timedelta(days=days)) < timedelta(minutes=1)
    file.write_text("tomorrow")
    with pytest.raises(ValueError, match="ISO 8601"):
        clock.now()


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "P1Y", "P1M", "1D", "P-1D", "P1.5D", "p1d", "++P1D", "P1D "])
def test_what_is_no_duration_of_fixed_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        clock.duration(text)


def test_the_run_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, {"HOZEN_DOCS": ""})
    assert load(RunSettings) == RunSettings()
    assert RunSettings().docs is None


def test_no_setting_is_a_secret_itself() -> None:
    assert not [
        n
        for n in NAMES
        if any(word in n for word in ("SECRET", "PASSWORD", "TOKEN", "PASSPHRASE")) and not n.endswith("_FILE")
    ]


COURIER = {
    "HOZEN_ROOT": "real",
    "HOZEN_KEYHOLDER_SOCKET": "/run/hozen/keyholder",
    "HOZEN_COURIER_TOKEN_FILE": "/etc/hozen/courier.token",
    "HOZEN_SMTP_HOST": "mail.example.jp",
    "HOZEN_MAIL_FROM": "hozen@example.jp",
    "HOZEN_MAIL_SHOWS": "https://hozen.example.jp",
}


def test_the_courier_needs_tls_but_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, COURIER)
    assert load(CourierSettings).smtp_tls == "starttls"
    for host in ("mail.example.jp", "192.0.2.1", "localhost.example.jp", "localhost"):
        assert (
            refusal(monkeypatch, CourierSettings, {**COURIER, "HOZEN_SMTP_HOST": host, "HOZEN_SMTP_TLS": "none"}).name
            == "setting-wrong"
        )
    for host in ("127.0.0.1", "::1"):
        told(monkeypatch, {**COURIER, "HOZEN_SMTP_HOST": host, "HOZEN_SMTP_TLS": "none"})
        assert load(CourierSettings).smtp_tls == "none"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_FROM", "hozen"), ("MAIL_FROM", "a@b.jp\r\nBcc: c@d.jp"), ("MAIL_BOUNCES", "<>"), ("MAIL_SHOWS", "hozen.example.jp"),
        ("MAIL_SHOWS", "https://a b"), ("MAIL_HOURS", "24"), ("MAIL_HOURS", "x"), ("MAIL_HOURS", ""), ("SMTP_HOST", "a b"),
        ("SMTP_PORT", "0"), ("SMTP_TLS", "no"), ("SMTP_CA", "relative"),
    ],
    ids=range(12),
)  # fmt: skip
def test_a_wrong_setting_of_the_courier_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    if value == "":
        told(monkeypatch, {**COURIER, f"HOZEN_{name}": value})
        assert load(CourierSettings).mail_hours == "0-23", "empty is left out"
        return
    refused = refusal(monkeypatch, CourierSettings, {**COURIER, f"HOZEN_{name}": value})
    assert refused.name == "setting-wrong" and f"HOZEN_{name}" in str(refused)


def test_a_real_roots_courier_has_no_moved_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(monkeypatch, CourierSettings, {**COURIER, "HOZEN_CLOCK": "P1D"}).name == "clock-in-real-root"
