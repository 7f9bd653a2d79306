"""Draws docs/assurance.md: each promise with its harness and last figures and what they do not show; benchmarks; ASVS in sums.

The figures are those of docs/figures/, which `make figures` copies from build/ after `make attack` and `make bench`.
"""

import csv
import json
import shutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.shared import ROOT

FIGURES = ROOT / "docs" / "figures"
HEAD = """\
# Assurance

Drawn by `make docs` from `docs/assurance.toml`, `docs/asvs.csv` and the figures of the last full runs (`docs/figures/`); a test fails when
this page is stale. Full numbers: `make attack`; the benchmarks: `make bench`; then `make figures docs`. Every harness has an oracle that
shares no code with what it judges, and its zero stands beside planted faults of its class that it must find.

"at most": the failure rate that so many trials without a failure leave possible at 95 % (3/n).
"""


def assurance() -> str:
    """docs/assurance.md."""
    return "\n".join([HEAD, *_promises(), "", *_benchmarks(), "", *_asvs()]) + "\n"


LEAST_PLANTED = 20
"""Planted faults without which a zero means nothing (HOUSE 7.13)."""


def copy_figures() -> None:
    """Take over the figures of build/. An attack that failed, or that ran without its planted faults, is named and left out."""
    FIGURES.mkdir(exist_ok=True)
    if (bench := ROOT / "build" / "bench.json").exists():
        shutil.copy(bench, FIGURES / bench.name)
    if (attack := ROOT / "build" / "attack.json").exists():
        said = json.loads(attack.read_text())
        fit = {n: f for n, f in said.items() if not f["failures"] and f["caught"] == f["planted"] >= LEAST_PLANTED}
        for name in said.keys() - fit.keys():
            print(f"left out {name}: {said[name]}")
        (FIGURES / attack.name).write_text(json.dumps(fit, indent=1) + "\n")


def promises() -> dict[str, Any]:
    """The table of promises."""
    return tomllib.loads((ROOT / "docs" / "assurance.toml").read_text(encoding="utf-8"))


def _figures(name: str) -> dict[str, Any]:
    path = FIGURES / name
    said: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return said


def _promises() -> Iterator[str]:
    found = _figures("attack.json")
    yield "## Promises under attack\n"
    for name, row in promises().items():
        yield f"**{name}. {row['promise']}** [`{row['harness']}`](../{row['harness']})  "
        yield f"{_told(found.get(name))} Not shown: {row['not_shown']}\n"


def _told(said: dict[str, Any] | None) -> str:
    if said is None:
        return "No full run is on record."
    bound = f", at most {said['bound95']:.2g}" if said["bound95"] else ""
    return (
        f"{said['trials']:,} trials, {said['failures']} failures{bound}; planted faults found: {said['caught']} of"
        f" {said['planted']}; seed {said['seed']}."
    )


def _benchmarks() -> Iterator[str]:
    yield "## Benchmarks\n"
    yield "More is better; a ratio under its goal is marked. Ratios of interleaved rounds; absolute times mean little.\n"
    yield "| row | ratio | goal | least - most of the rounds | against |"
    yield "|---|---|---|---|---|"
    for name, said in _figures("bench.json").items():
        mark = "" if said["ratio"] >= said["goal"] else " **under**"
        rounds = f"{min(said['rounds']):.2f} - {max(said['rounds']):.2f}"
        yield f"| `{name}` | {said['ratio']:.2f}{mark} | {said['goal']} | {rounds} | {said['against']} |"


def asvs() -> list[dict[str, str]]:
    """Our columns of the ASVS 5.0 table: req_id, class (A, D, C, N), mechanism, test, reason."""
    path = ROOT / "docs" / "asvs.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _asvs() -> Iterator[str]:
    rows = asvs()
    count = Counter(r["class"] for r in rows)
    yield "## OWASP ASVS 5.0\n"
    yield (
        f"{len(rows)} requirements in [asvs.csv](asvs.csv): {count['A']} apply and have a live test, {count['D']} are for the deployment,"
        f" {count['C']} come with a feature that is not here yet, {count['N']} are about what Hozen does not have."
    )
