"""Who a document of a case is for: the table policies/access/documents.toml. Pure once read.

Promise: a document that stands nowhere is for the review alone, the narrowest audience.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

AUDIENCES = ("party", "review_party", "office", "review", "quality")
NARROWEST = "review"
BEFORE_SENDING = "screening"
"""What stands behind the full stop in the name of a document that was written before its case was sent."""


@dataclass(frozen=True)
class Documents:
    """audiences: code -> audience. before: the same for what was written before the case was sent, as the document's name says."""

    audiences: Mapping[str, str]
    before: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "Documents":
        """From the table's TOML. Raises ValueError for an unknown audience or a code that stands twice, KeyError for a missing table."""
        table = tomllib.loads(text)
        return cls(_by_code(table["audience"]), _by_code(table["before_sending"]))

    def code(self, document: str) -> str:
        """The document's code without its number or phase: `source` of `source.2`, `proposal` of `proposal.screening`."""
        return document.partition(".")[0]

    def audience(self, document: str) -> str:
        """Who the document is for: by its whole name, which never changes, and by nothing else."""
        code, _, phase = document.partition(".")
        if phase == BEFORE_SENDING and code in self.before:
            return self.before[code]
        return self.audiences.get(code, NARROWEST)


def _by_code(lists: Mapping[str, list[str]]) -> dict[str, str]:
    if unknown := set(lists) - set(AUDIENCES):
        raise ValueError(f"no such audience: {', '.join(sorted(unknown))}")
    pairs = [(code, audience) for audience, codes in lists.items() for code in codes]
    if len({code for code, _ in pairs}) != len(pairs):
        raise ValueError("a document stands twice")
    return dict(pairs)
