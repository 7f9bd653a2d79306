"""The tree of one edition of the IPC (policies/law/ipc-2023.txt.gz): which symbols it has, and what stands above each.

Promises: every answer comes from the list. Not promised: another edition; what the list lacks may be right in its own.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Edition:
    """groups: main group (F41H3) -> its subgroups in order, dotted by level, between blanks (` 00 .02 `)."""

    name: str
    groups: Mapping[str, str] = field(repr=False)

    def has(self, symbol: str) -> bool:
        """Whether this edition has `symbol` (F41H3/02)."""
        group, _, subgroup = symbol.partition("/")
        listed = self.groups.get(group, "")
        return f".{subgroup} " in listed or f" {subgroup} " in listed

    def above(self, symbol: str) -> tuple[str, ...] | None:
        """The symbols above `symbol` within its main group, nearest first; None where the edition does not have it."""
        group, _, wanted = symbol.partition("/")
        above: list[str] = []
        for dotted in self.groups.get(group, "").split():
            subgroup = dotted.lstrip(".")
            del above[len(dotted) - len(subgroup) :]
            if subgroup == wanted:
                return tuple(f"{group}/{s}" for s in reversed(above))
            above.append(subgroup)
        return None


def read_edition(name: str, content: bytes) -> Edition:
    """The edition that `content` (gzip of UTF-8 text, `#`: remark) lists. Raises ValueError: a line is no group."""
    groups: dict[str, str] = {}
    for line in gzip.decompress(content).decode("utf-8").splitlines():
        if line.startswith("#"):
            continue
        group, _, subgroups = line.partition(" ")
        if not subgroups or group in groups:
            raise ValueError(f"{name}: not a main group with its subgroups: {line[:40]!r}")
        groups[group] = f" {subgroups} "
    return Edition(name, MappingProxyType(groups))
