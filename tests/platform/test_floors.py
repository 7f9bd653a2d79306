"""The floors of the house: every module stands on one, and the linter that keeps them sees what is planted."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.shared import ROOT

LINT = (
    "import sys; from importlinter.cli import lint_imports_command as c; sys.argv = ['lint-imports', '--no-cache']; c()"
)


def floors() -> list[str]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(c for c in config["contracts"] if c["id"] == "floors")["layers"]
    return [name.strip(" ()") for layer in layers for name in layer.split(":")]


def modules() -> list[str]:
    """Every module with code of its own (an empty package stands nowhere)."""
    paths = [p for p in (ROOT / "service").rglob("*.py") if "import " in p.read_text()]
    return sorted(".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for p in paths)


def test_every_module_stands_on_exactly_one_floor() -> None:
    on = {m: [f for f in floors() if m == f or m.startswith(f"{f}.")] for m in modules()}
    assert {m: f for m, f in on.items() if len(f) != 1} == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("service/store.py", "import service.desk"),
        ("service/law/period.py", "import service.store"),
        ("service/filings/acts.py", "import fastapi"),
        ("service/reading.py", "import asyncpg"),
        ("service/desk/taking.py", "import cryptography"),
        ("service/desk/acts.py", "import lxml"),
    ],
)
def test_an_import_of_an_upper_floor_or_by_a_wrong_room_is_found(tmp_path: Path, module: str, line: str) -> None:
    subprocess.run(["cp", "-r", ROOT / "service", ROOT / "pyproject.toml", tmp_path], check=True)
    (tmp_path / module).write_text(f"{line}\n")
    done = subprocess.run([sys.executable, "-c", LINT], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
