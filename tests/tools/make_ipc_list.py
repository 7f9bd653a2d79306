"""Writes policies/law/ipc-2023.txt.gz from the shared table of the IPC edition 2023.01, whose titles give the tree.

One line per main group: its name, then its subgroups in the order of their digits, each with its dots, as in the IPC.
A table whose titles and order do not give one and the same tree is refused.

    python -m tests.tools.make_ipc_list
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.shared import ROOT, shared

TARGET = ROOT / "policies" / "law" / "ipc-2023.txt.gz"
HEADER = """\
# The International Patent Classification, edition 2023.01 (WIPO): every main group with its subgroups, without titles.
# One dot a level, as in the IPC: a subgroup stands below the nearest one before it that has one dot less.
# Not in it: symbols of other editions (H10F, groups that are gone), the 2000-series. By tests/tools/make_ipc_list.py.
"""


def table(path: Path) -> dict[str, dict[str, str]]:
    """Main group -> subgroup -> title path (parts joined by `;;`)."""
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            group, subgroup = row["ipc"].split("/")
            groups[group][subgroup] = row["title"]
    return groups


def with_dots(titles: dict[str, str]) -> Iterator[str]:
    """Each subgroup with its dots: its parent is the nearest before it whose title is the longest beginning of it."""
    nearest: dict[str, str] = {}
    above: list[str] = []
    for subgroup in sorted(titles, key=lambda s: s.ljust(6, "0")):
        parts = titles[subgroup].split(";;")
        beginnings = (";;".join(parts[:n]) for n in range(len(parts) - 1, 0, -1))
        parent = next((nearest[b] for b in beginnings if b in nearest), None)
        above = above[: above.index(parent) + 1] if parent else []
        if (parent is None) != (subgroup == "00"):
            raise ValueError(f"no place in the tree for /{subgroup} {titles[subgroup]!r}")
        yield "." * len(above) + subgroup
        above.append(subgroup)
        nearest[titles[subgroup]] = subgroup


def text(path: Path) -> str:
    """The whole list."""
    groups = table(path)
    order = sorted(groups, key=lambda g: (g[:4], int(g[4:])))
    return HEADER + "".join(f"{group} {' '.join(with_dots(groups[group]))}\n" for group in order)


if __name__ == "__main__":
    TARGET.write_bytes(gzip.compress(text(shared("data/law/ipc_2023.tsv.gz")).encode(), 9, mtime=0))
