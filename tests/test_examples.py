"""The examples of the pages are run: every `$ hozen ...` of a console block prints what the page says it prints."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def examples() -> list[tuple[str, str, list[str]]]:
    """(page, command, lines shown) of every example; a line `...` stands for any lines."""
    found = []
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, *shown = part.splitlines()
                found.append((page.name, command, shown))
    return found


@pytest.mark.parametrize(("page", "command", "shown"), examples())
def test_an_example_prints_what_its_page_shows(page: str, command: str, shown: list[str]) -> None:
    words = shlex.split(command)
    assert words[0] == "hozen", "only our own command stands in a console block"
    ran = subprocess.run(
        [sys.executable, "-m", "service", *words[1:]], capture_output=True, text=True, check=False, cwd=ROOT
    )
    pattern = "".join(r"(?:.*\n)*" if line.strip() == "..." else re.escape(line) + r"\n" for line in shown)
    assert re.fullmatch(pattern, ran.stdout), f"{page}: {ran.stdout}{ran.stderr}"


def test_the_readme_shows_real_examples() -> None:
    assert any(page == "README.md" for page, _, _ in examples())
