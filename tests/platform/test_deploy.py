"""What an operator gets: units that pass systemd's own checks, one role for each user, an example of settings that starts."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from service.embedded import ROLES, SUPERUSER, Server, ensure_database, start
from service.settings import (
    CourierSettings,
    KeyholderSettings,
    Settings,
    StartRefused,
    WebSettings,
    WorkerSettings,
    load,
)
from tests.shared import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted(p.name for p in (DEPLOY / "systemd").glob("*.service"))
SERVICES = ["hozen-courier.service", "hozen-keyholder.service", "hozen-web.service", "hozen-worker.service"]
COURIER = "hozen-courier.service"


def needs(program: str, package: str) -> None:
    if shutil.which(program) is None:
        message = f"no {program} (Debian package {package})"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with a program that is there, for systemd looks."""
    for name in UNITS:
        text = (DEPLOY / "systemd" / name).read_text()
        (tmp_path / name).write_text(text.replace("/opt/hozen/.venv/bin/hozen", "/bin/true"))
    return tmp_path


def settings_of(unit: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", (DEPLOY / "systemd" / unit).read_text(), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def test_systemd_finds_nothing_wrong_with_the_units(units: Path) -> None:
    needs("systemd-analyze", "systemd")
    command = ["systemd-analyze", "verify", "--man=no", *[units / name for name in UNITS]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", UNITS)
def test_each_unit_is_exposed_by_three_of_ten_at_most(units: Path, unit: str) -> None:
    needs("systemd-analyze", "systemd")
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=30", units / unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_process_is_a_user_and_they_share_only_doors() -> None:
    users = {unit: settings_of(unit)["User"] for unit in SERVICES}
    assert users == {unit: [unit.removesuffix(".service")] for unit in SERVICES}
    groups = {
        unit: {*settings_of(unit)["Group"], *settings_of(unit).get("SupplementaryGroups", [])} for unit in SERVICES
    }
    assert groups == {
        "hozen-keyholder.service": {"hozen-ask"},
        "hozen-web.service": {"hozen-edge", "hozen-ask"},
        "hozen-worker.service": {"hozen-worker", "hozen-ask"},
        COURIER: {"hozen-courier", "hozen-ask"},
    }


@pytest.mark.parametrize("unit", UNITS)
def test_no_unit_but_the_couriers_has_a_network_and_none_a_capability_or_a_core_file(unit: str) -> None:
    told = settings_of(unit)
    if unit == COURIER:
        assert (told["IPAddressDeny"], told["IPAddressAllow"], told["SocketBindDeny"]) == (
            ["any"],
            ["localhost"],
            ["any"],
        )
    else:
        assert told["PrivateNetwork"] == ["yes"]
        assert told["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert told["CapabilityBoundingSet"] == [""]
    assert told["LimitCORE"] == ["0"] and told["MemorySwapMax"] == ["0"]


def test_only_the_keyholders_user_sees_the_passphrase_and_the_vault() -> None:
    example = environment()
    assert example["HOZEN_VAULT"].startswith("/var/lib/hozen-keyholder/")
    assert example["HOZEN_PASSPHRASE_FILE"] == "/run/credentials/hozen-keyholder.service/passphrase"
    for unit in SERVICES:
        told = settings_of(unit)
        mine = unit == "hozen-keyholder.service"
        assert ("LoadCredential" in told) is mine
        assert ("hozen-keyholder" in told.get("StateDirectory", [])) is mine
    assert settings_of("hozen-keyholder.service")["StateDirectoryMode"] == ["0700"]


def test_every_user_and_group_of_the_units_is_made() -> None:
    made = re.findall(r"^[ug] (\S+)", (DEPLOY / "sysusers.d/hozen.conf").read_text(), re.MULTILINE)
    named = {
        n for unit in UNITS for key in ("User", "Group", "SupplementaryGroups") for n in settings_of(unit).get(key, [])
    }
    assert named <= set(made)
    needs("systemd-sysusers", "systemd")
    command = ["systemd-sysusers", "--dry-run", DEPLOY / "sysusers.d/hozen.conf"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def environment() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / "env.example").read_text(), re.MULTILINE))


@pytest.mark.parametrize("kind", [WebSettings, WorkerSettings, KeyholderSettings])
def test_the_example_of_settings_starts_every_process(monkeypatch: pytest.MonkeyPatch, kind: type[Settings]) -> None:
    for name in [n for n in os.environ if n.startswith("HOZEN_")]:
        monkeypatch.delenv(name)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    assert load(kind).root == "real"


def test_the_example_has_every_setting_of_the_courier_and_leaves_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("HOZEN_")]:
        monkeypatch.delenv(name)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StartRefused) as off:
        load(CourierSettings)
    assert off.value.name == "setting-missing"
    for name, value in re.findall(r"^# (HOZEN_\w+)=(.*)$", (DEPLOY / "env.example").read_text(), re.MULTILINE):
        monkeypatch.setenv(name, value)
    told = load(CourierSettings)
    assert (told.smtp_tls, told.mail_hours) == ("starttls", "0-23")


@pytest.fixture
def operators(reachable_tmp: Path) -> Iterator[Server]:
    """A server as an operator's, with the users `nobody` and root in the place of two of the service's."""
    home = Path(tempfile.mkdtemp(dir=reachable_tmp)) / "home"
    home.parent.chmod(0o711)
    server = start(home)
    yield server
    server.stop()
    shutil.rmtree(home.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
async def test_the_peer_map_lets_each_user_be_its_own_role_and_no_other(operators: Server) -> None:
    needs("psql", "postgresql-client")
    await ensure_database(operators, "hozen")
    connection = await asyncpg.connect(**operators.dsn(SUPERUSER, "postgres"))
    idents = (DEPLOY / "postgresql/pg_ident.conf").read_text().replace("hozen-web ", "nobody ")
    lay(operators, "pg_ident.conf", f"{idents}\nhozen root {SUPERUSER}\n")
    lay(
        operators,
        "pg_hba.conf",
        (DEPLOY / "postgresql/pg_hba.conf").read_text() + "local postgres hozen peer map=hozen\n",
    )
    await connection.fetchval("select pg_reload_conf()")
    assert await connection.fetch("select * from pg_hba_file_rules where error is not null") == []
    assert await connection.fetch("select * from pg_ident_file_mappings where error is not null") == []
    await connection.close()
    operators.socket_dir.chmod(0o711)
    (operators.socket_dir / ".s.PGSQL.5432").chmod(0o777)
    let_in = {role: enters(operators, "nobody", role, "hozen") for role in (*ROLES, SUPERUSER)}
    assert let_in == {
        "hozen_owner": False,
        "hozen_web": True,
        "hozen_worker": False,
        "hozen_keyholder": False,
        "hozen": False,
    }
    assert not enters(operators, "nobody", "hozen_web", "postgres")
    assert not any(enters(operators, "postgres", role, "hozen") for role in ROLES)


def lay(server: Server, name: str, text: str) -> None:
    server.account.run("/usr/bin/tee", server.data / name, text=text)


def enters(server: Server, user: str, role: str, database: str) -> bool:
    command = ["psql", "-X", "-h", server.socket_dir, "-U", role, "-d", database, "-Atc", "select current_user"]
    done = subprocess.run(
        command, user=user, group="nogroup", extra_groups=[], cwd="/", capture_output=True, text=True, check=False
    )
    return done.returncode == 0 and done.stdout.strip() == role


async def test_the_roles_file_makes_the_roles_that_the_service_knows(operators: Server) -> None:
    connection = await asyncpg.connect(**operators.dsn(SUPERUSER, "postgres"))
    for _ in range(2):
        await connection.execute((DEPLOY / "postgresql/roles.sql").read_text())
    rows = await connection.fetch(
        "select rolname, rolsuper, rolcreatedb, rolcreaterole, rolcanlogin from pg_roles where rolname like 'hozen\\_%'"
    )
    await connection.close()
    assert {tuple(r) for r in rows} == {(role, False, False, False, True) for role in ROLES}
