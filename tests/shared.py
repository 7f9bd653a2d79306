"""Where the shared reference material lies: the folder that HOZEN_SHARED names, else `../shared` beside the project.

It is read in place and never copied in. Absent: the test skips and says so; where CI=true, absence is a failure.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def shared(name: str) -> Path:
    """The file or folder `name` of the shared material, or a skip (a failure where CI=true)."""
    base = Path(os.environ.get("HOZEN_SHARED") or ROOT.parent / "shared")
    path = base / name
    if not path.exists():
        message = f"shared material {name!r} is absent (looked in {base.name}/; HOZEN_SHARED names another folder)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message, allow_module_level=True)
    return path
