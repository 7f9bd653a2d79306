"""The papers of the procedure by code: who sends what to whom, on which basis and form (documents.toml)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from service.errors import Text
from service.law.calendar import LAW
from service.law.limit_table import limits


@dataclass(frozen=True)
class Document:
    """One paper. sender and recipients: parties of the procedure. limit: name in limits.toml, where one governs it."""

    code: str
    title: Text
    sender: str
    recipients: tuple[str, ...]
    basis: str
    form: str | None
    limit: str | None
    served: bool

    @property
    def is_notice(self) -> bool:
        """Whether the paper goes from an office to an applicant or requester."""
        return self.sender in ("jpo", "pm") and not {"applicant", "requester"}.isdisjoint(self.recipients)


@cache
def documents() -> Mapping[str, Document]:
    """Every paper of policies/law/documents.toml by its code."""
    return read_documents((LAW / "documents.toml").read_bytes())


def read_documents(content: bytes) -> Mapping[str, Document]:
    """The papers that `content` (TOML, UTF-8) describes. Raises ValueError naming one whose limit does not exist."""
    table = tomllib.loads(content.decode("utf-8"))
    for code, row in table.items():
        if row.get("limit") is not None and row["limit"] not in limits():
            raise ValueError(f"documents.toml: {code} names no limit that exists")
    return {
        code: Document(
            code,
            Text(row["ja"], row["en"]),
            row["from"],
            tuple(row["to"]),
            row["basis"],
            row.get("form"),
            row.get("limit"),
            row.get("served", False),
        )
        for code, row in table.items()
    }
