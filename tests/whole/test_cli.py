"""`hozen run` whatever happens to it: its last line is the summary, its processes end with it, and the next run works."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli import app

pytestmark = pytest.mark.slow

PATIENCE = 60.0


@pytest.fixture
def home(reachable_tmp: Path) -> Path:
    return reachable_tmp / "cli-home"


def environment(home: Path, **changed: str) -> dict[str, str]:
    return {**os.environ, "HOZEN_HOME": str(home)} | {f"HOZEN_{k}": v for k, v in changed.items()}


def once(home: Path, **changed: str) -> tuple[int, dict[str, Any], str]:
    """Status, summary and stderr of `hozen run --once --json`; nothing else on stdout begins with a brace."""
    done = subprocess.run(
        [sys.executable, "-m", "service", "run", "--once", "--json"],
        env=environment(home, **changed),
        capture_output=True,
        text=True,
        check=False,
    )
    *before, last = done.stdout.splitlines()
    assert not [line for line in before if line.startswith("{")]
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(last), done.stderr


@pytest.fixture
def walking(home: Path) -> Iterator["subprocess.Popen[str]"]:
    """A demo in the midst of its walk."""
    command = [sys.executable, "-m", "service", "run", "--json"]
    process = subprocess.Popen(
        command, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert any(line.startswith("PostgreSQL") for line in process.stderr)
    yield process
    process.kill()
    process.communicate()


def children(process: "subprocess.Popen[str]") -> list[Path]:
    """The /proc folders of its processes: issuer, keyholder, web, worker."""
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(found) == 4
    return [Path("/proc") / number for number in found]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_walk_leaves_no_process_and_says_so(
    walking: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    started = children(walking)
    walking.send_signal(number)
    out, err = walking.communicate()
    assert walking.returncode == 130
    assert json.loads(out.splitlines()[-1]) == {"ok": False, "refused": "interrupted"}
    assert "Traceback" not in err
    assert not any(folder.exists() for folder in started)


def test_a_second_run_of_a_home_is_refused_and_a_killed_one_hinders_none(
    walking: "subprocess.Popen[str]", home: Path, tmp_path: Path
) -> None:
    status, said, err = once(home)
    assert (status, said) == (2, {"ok": False, "refused": "demo-runs"})
    assert "demo-runs: " in err
    started = children(walking)
    walking.kill()
    end = time.monotonic() + PATIENCE
    while any(folder.exists() for folder in started):
        assert time.monotonic() < end, "orphans"
        time.sleep(0.05)
    (tmp_path / "a.bin").write_bytes(b"nothing that is a patent document")
    status, said, _ = once(home, DOCS=str(tmp_path))
    assert (status, said["ok"], said["filed"]) == (0, True, 0)  # refused documents only: the rest of the walk holds


def test_a_start_that_is_refused_says_why_in_its_last_line(home: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wrong = {"RUN_PORT": str(taken.getsockname()[1])}
        assert once(home, **wrong)[:2] == (2, {"ok": False, "refused": "port-taken"})
    assert once(home, DOCS=str(tmp_path / "no"))[:2] == (2, {"ok": False, "refused": "docs-absent"})
    assert once(home, DOCS=str(tmp_path))[:2] == (2, {"ok": False, "refused": "docs-empty"})
    assert once(home, NO_SUCH="1")[:2] == (2, {"ok": False, "refused": "setting-unknown"})


@pytest.mark.parametrize("name", ["run", "web", "worker", "keyholder", "init", "migrate", "audit export"])
def test_every_command_tells_its_exit_codes(name: str) -> None:
    told = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "200"})
    assert told.exit_code == 0
    assert "Exit codes" in told.stdout


def test_a_refusal_of_the_command_line_names_the_command_as_it_is_typed() -> None:
    done = subprocess.run([sys.executable, "-m", "service", "frobnicate"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Try 'hozen --help'" in done.stderr
