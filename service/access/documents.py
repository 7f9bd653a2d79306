"""Who a document of a case is for: the table policies/access/documents.toml. Pure once read.

Promise: a document that stands nowhere is for the review alone, the narrowest audience.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

AUDIENCES = ("party", "review_party", "office", "review")
NARROWEST = "review"


@dataclass(frozen=True)
class Documents:
    """audiences: code -> audience. states: those before sending, in which `before` goes first."""

    audiences: Mapping[str, str]
    states: frozenset[str]
    before: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "Documents":
        """From the table's TOML. Raises ValueError for an unknown audience or a code that stands twice, KeyError for a missing table."""
        table = tomllib.loads(text)
        before = dict(table["before_sending"])
        states = frozenset(before.pop("states"))
        return cls(_by_code(table["audience"]), states, _by_code(before))

    def code(self, document: str) -> str:
        """The document's code without its number: `source` of `source.2`."""
        return document.partition(".")[0]

    def audience(self, code: str, state: str) -> str:
        """Who the document is for while its case is in `state`."""
        if state in self.states and code in self.before:
            return self.before[code]
        return self.audiences.get(code, NARROWEST)


def _by_code(lists: Mapping[str, list[str]]) -> dict[str, str]:
    if unknown := set(lists) - set(AUDIENCES):
        raise ValueError(f"no such audience: {', '.join(sorted(unknown))}")
    pairs = [(code, audience) for audience, codes in lists.items() for code in codes]
    if len({code for code, _ in pairs}) != len(pairs):
        raise ValueError("a document stands twice")
    return dict(pairs)
