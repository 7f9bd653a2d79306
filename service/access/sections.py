"""The rule of first assignments: policies/access/sections.toml, a house rule. Pure once read.

Promise: who is given a work holds the post that the table names, and has on this case no work that excludes it; among those the case's id
alone decides (highest SHA-256), so that a holder who comes or goes moves only the cases that were his or become his.
Not promised: an even load.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from service.access.people import ROLES, WORKS


@dataclass(frozen=True)
class Sections:
    """roles: work -> role of those who may be given it. excludes: work -> works that a person must not already have on the case."""

    roles: Mapping[str, str]
    excludes: Mapping[str, frozenset[str]]

    @classmethod
    def parse(cls, text: str) -> "Sections":
        """From the table's TOML. Raises ValueError for an unknown work or role, KeyError for a missing table."""
        table = tomllib.loads(text)
        excludes = {work: frozenset(others) for work, others in table["excludes"].items()}
        works = {*table["work"], *excludes, *(w for others in excludes.values() for w in others)}
        if works - WORKS or set(table["work"].values()) - set(ROLES):
            raise ValueError("sections.toml names an unknown work or role")
        return cls(dict(table["work"]), excludes)

    def choose(
        self, case: UUID, work: str, holders: Iterable[UUID], on_case: Mapping[UUID, Iterable[str]]
    ) -> UUID | None:
        """Who is given `work`: one of `holders` of its role; on_case: works that persons already have on the case. None: nobody may.

        Raises KeyError for a work that the table does not assign.
        """
        role, barred = self.roles[work], self.excludes.get(work, frozenset())
        free = (h for h in set(holders) if not barred.intersection(on_case.get(h, ())))
        return max(free, key=lambda holder: _draw(case, role, holder), default=None)


def _draw(case: UUID, role: str, holder: UUID) -> bytes:
    return hashlib.sha256(b"hozen section\0" + case.bytes + role.encode() + b"\0" + holder.bytes).digest()
