"""Which files make one filing: those that share a folder and the name before `_JPOXMLDOC01-` or `_procedure`.

Promises: every file is in exactly one group; the order of groups and files is that given. Names are compared, never
opened.
"""

import re
from collections.abc import Iterable, Mapping

from service.intake.filing import ReadFiling
from service.intake.formats import read_filing, read_records
from service.intake.formats.refused import Refused

_OF_A_FILING = re.compile(
    r"(?P<prefix>.*?)_?(?:JPOXMLDOC[0-9]{2}-.*|procedure\.xml|[0-9]{6,}-jp(?:mngt|ntce)\.xml)",
    re.IGNORECASE,
)


def key(name: str) -> tuple[str, str] | None:
    """Folder and prefix of a file of a JPO filing; None for a file that stands alone."""
    folder, _, base = name.replace("\\", "/").rpartition("/")
    found = _OF_A_FILING.fullmatch(base)
    return (folder, found["prefix"]) if found else None


def group(names: Iterable[str]) -> list[list[str]]:
    """The names, one list for each filing or file that stands alone."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        groups.setdefault(key(name) or ("", "", name), []).append(name)
    return list(groups.values())


def read_files(
    files: Mapping[str, bytes],
) -> list[tuple[list[str], ReadFiling | Refused]]:
    """Every filing of `files` (name -> bytes) with the names it was read from, or the refusal; nothing is left out."""
    told: list[tuple[list[str], ReadFiling | Refused]] = []
    for names in group(files):
        if key(names[0]) is None:
            told += [(names, record) for record in read_records(names[0], files[names[0]])]
            continue
        try:
            told.append((names, read_filing({n: files[n] for n in names})))
        except Refused as refusal:
            told.append((names, refusal))
    return told
