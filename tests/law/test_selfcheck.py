"""The self-check page answers as the service does, byte for byte, and can send nothing."""

import base64
import hashlib
import json
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.law.answers import read_answers
from service.law.fields import LAW, law
from service.law.screening import screen
from service.law.selfcheck import build
from service.law.symbols import Spelled, spelled
from tests.law import oracle_screening as oracle
from tests.law.screening_sets import sets
from tests.law.test_symbols import SPELLINGS, st8
from tests.shared import ROOT

RUN = Path(__file__).parent / "selfcheck_run.cjs"
DAYS = ("2024-04-30", "2024-05-01", "2024-12-31", "2025-01-01", "2026-11-23")
ODD = [
    *SPELLINGS, "B63G8/001", "G01S7/52004", "B64C2201/024", "Y02E10/72", "B65D81/26 R", "B01D53/14,311@Z", "FI:F41H3/00 101A",
    "CPC:B63G8/001", "\u0412\u200964C1/00", "F41G7/22\x00", "F\u200b41G7/22", "F41G7\u204422", "\U0001f680", "\uff5e", "\ufb00",
    "F41G", "-", "", " ", '"\\\n\t\b\f\x7f', "F41G7/9999", "H10F30/999", "F41G0/00", "F41G0000/000000", "C12N2310/10 ZNA",
]  # fmt: skip


def spelling(symbol: str, chance: random.Random) -> str:
    """`symbol` as some source might spell it."""
    group, subgroup = symbol[4:].split("/")
    ways = [symbol, symbol.lower(), f"{symbol[:4]}\u00a0{group:>3}/{subgroup}", f"{symbol} (2006.01)"]
    ways += [st8(symbol), f"{symbol[:4]}{group:0>4}{subgroup:0<6}"] if len(group) < 4 else [st8(symbol)]
    return chance.choice(ways)


def cases(count: int) -> Iterator[dict[str, Any]]:
    """`count` sets: those of the oracle's table, spelled in many ways, with odd texts among them, on days about the changes."""
    chance = random.Random(7)
    for number, (symbols, answers) in enumerate(sets(oracle.from_text(LAW / "fields-2025-01-01.toml"), count, seed=66)):
        given = [[spelling(s, chance), chance.choice(["ipc", "ipc", "cpc", "fi"])] for s in symbols]
        if number % 4 == 0:
            given += [[chance.choice(ODD), chance.choice(["ipc", "cpc", "fi"])] for _ in range(chance.randint(1, 3))]
        also_on = chance.choice(DAYS) if number % 5 == 0 else None
        given_answers = dict(a.split("=") for a in answers.split())
        yield {"symbols": given, "on": chance.choice(DAYS), "answers": given_answers, "also_on": also_on}


def by_python(case: dict[str, Any]) -> bytes:
    also = case["also_on"]
    return screen(
        [Spelled(text, scheme) for text, scheme in case["symbols"]],
        date.fromisoformat(case["on"]),
        read_answers(f"{k}={v}" for k, v in case["answers"].items()),
        date.fromisoformat(also) if also else None,
    ).line("x")


def by_page(page: str, file: Path) -> list[bytes]:
    """What the page's script answers to the case file. Fails where node is missing: the page would be untested."""
    node = shutil.which("node")
    assert node, "node is needed: the page's script is a second implementation and must be compared with the first"
    html = file.with_suffix(".html")
    html.write_text(page, "utf-8")
    ran = subprocess.run([node, str(RUN), str(html), str(file)], capture_output=True)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.split(b"\n")[:-1]


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_the_page_answers_ten_thousand_sets_as_the_service_does(tmp_path: Path, count: int) -> None:
    made = list(cases(count))
    file = tmp_path / "cases.jsonl"
    file.write_text("".join(json.dumps(case) + "\n" for case in made))
    answers = by_page(build(), file)
    assert len(answers) == len(made)
    outcomes = set()
    for case, answer in zip(made, answers, strict=True):
        assert answer.decode() == by_python(case).decode(), case
        outcomes.add(json.loads(answer)["outcome"])
    assert outcomes == {"hit", "hit_if", "unreadable", "unclassified", "none"}


def test_the_page_parts_lines_as_the_command_does(tmp_path: Path) -> None:
    lines = ["F41G7/22;;F42B15/01 ； B64C1/00;", "", " ;\u3000; ", "\u200b", "a;b；c"]
    page = build()
    node = shutil.which("node")
    assert node
    script = re.findall(r"<script>([\s\S]*?)</script>", page)[0]
    program = f"{script}\nconsole.log(JSON.stringify({json.dumps(lines)}.map(spelled)))"
    out = subprocess.run([node, "-e", program], capture_output=True, check=True).stdout
    assert json.loads(out) == [[s._asdict() for s in spelled(line)] for line in lines]


def test_the_comparison_notices_another_law(tmp_path: Path) -> None:
    order = law().orders[1]
    items = {**order.items, 32: replace(order.items[32], all_of=(("F41G5",),))}
    other = replace(law(), orders=(law().orders[0], replace(order, items=items)))
    file = tmp_path / "cases.jsonl"
    case = {"symbols": [["F41G7/22", "ipc"]], "on": "2025-02-01", "answers": {}, "also_on": None}
    file.write_text(json.dumps(case) + "\n")
    assert by_page(build(other), file) != [by_python(case)]
    assert by_page(build(), file) == [by_python(case)]


def test_the_page_is_whole_and_its_policy_lets_nothing_out() -> None:
    page = build()
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    style = re.findall(r"<style>([\s\S]*?)</style>", page)[0]
    script = re.findall(r"<script>([\s\S]*?)</script>", page)[0]
    assert policy == [
        f"default-src 'none'; script-src '{csp(script)}'; style-src '{csp(style)}'; base-uri 'none'; form-action 'none'"
    ]
    assert not re.search(r"https?:|//[a-z]|\bsrc=|\bhref=|@import|url\(|\son[a-z]+=", page)
    assert not re.search(
        r"fetch|XMLHttp|WebSocket|EventSource|sendBeacon|import\(|Storage|cookie|eval|innerHTML|indexedDB", script
    )
    assert all(hash_ in page for hash_ in law().sha256.values())
    assert len(page.encode()) < 500_000


def csp(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def test_the_same_law_gives_the_same_page() -> None:
    assert build() == build()


def test_the_page_in_docs_is_not_stale() -> None:
    page = ROOT / "docs" / "selfcheck.html"
    if not page.exists():
        pytest.fail("docs/selfcheck.html is missing: make docs")
    assert page.read_text("utf-8") == build(), "make docs"
