"""What may lie in the repository: locks without addresses, no path of a machine, one Makefile that explains itself."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.shared import ROOT

LOCKS = ["requirements.lock", "requirements-dev.lock"]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    assert all(re.match(r"[a-z0-9._-]+==\S+ (; .* )?\\$", pin) for pin in pins)
    assert text.count("--hash=sha256:") >= len(pins)


def test_the_tools_lock_holds_the_services_lock() -> None:
    pins = [{line for line in (ROOT / lock).read_text().splitlines() if "==" in line} for lock in LOCKS]
    assert pins[0] < pins[1]


def test_an_npm_lock_names_no_address() -> None:
    assert [p.name for p in tracked() if p.name == "package-lock.json" and '"resolved"' in p.read_text()] == []


def test_each_target_of_the_makefile_says_what_it_does() -> None:
    rules = re.findall(r"^([a-z][a-z-]*):(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert len(rules) > 5
    assert [name for name, rest in rules if "## " not in rest] == []
    said = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True).stdout
    assert all(f"make {name}" in said for name, _ in rules)


def test_ci_calls_the_tests_and_nothing_else() -> None:
    run = ROOT / ".ci/run"
    assert run.read_text().splitlines()[-1] == "exec make test </dev/null"
    assert run.stat().st_mode & 0o111
