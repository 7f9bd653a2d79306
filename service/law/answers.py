"""What a person answered to the two questions no symbol can: additional requirement (Order 12(3)), an item's own limit.

Promises: not answered is never "no"; an answer for one item comes before the answer for all; no contradiction is taken.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from service.errors import Refusal, Text

Kind = Literal["additional", "content"]
VALUES: Mapping[Kind, tuple[str, ...]] = {"additional": ("no", "a", "b", "c1", "c2", "yes"), "content": ("yes", "no")}
_ANSWER = re.compile(r"(?:([1-9][0-9]?)\.)?(additional|content)=([a-z0-9]+)")


@dataclass(frozen=True, slots=True)
class Answers:
    """given: (item number or None for all items, kind) -> value of VALUES."""

    given: Mapping[tuple[int | None, Kind], str] = field(default_factory=lambda: MappingProxyType({}))

    def to(self, item: int, kind: Kind) -> str | None:
        """The answer for `item`, or None where there is none."""
        return self.given.get((item, kind), self.given.get((None, kind)))


NOT_ANSWERED = Answers()


def read_answers(texts: Iterable[str]) -> Answers:
    """Answers such as `additional=a`, `content=yes`, `46.content=no`; also several in one text, parted by , or blank.

    Raises Refusal `unknown-answer`, or `contradictory-answers` where one question has two answers.
    """
    given: dict[tuple[int | None, Kind], str] = {}
    for text in re.split("[, ]+", " ".join(texts).strip()):
        if not text:
            continue
        match = _ANSWER.fullmatch(text)
        number = int(match[1]) if match and match[1] else None
        kind: Kind = "additional" if match and match[2] == "additional" else "content"
        if not match or match[3] not in VALUES[kind] or (number is not None and number > 47):
            raise _unknown(text)
        if given.setdefault((number, kind), match[3]) != match[3]:
            raise _contradictory(text)
    return Answers(MappingProxyType(given))


def _unknown(text: str) -> Refusal:
    known = "additional=no|a|b|c1|c2|yes, content=yes|no, 46.content=no"
    return Refusal(
        "unknown-answer",
        422,
        Text(f"答えとして読めません: {text!r}。書き方: {known}", f"Not an answer: {text!r}. Written so: {known}"),
        article="Order 12(1), 12(3)",
    )


def _contradictory(text: str) -> Refusal:
    return Refusal(
        "contradictory-answers",
        422,
        Text(f"同じ問いに別の答えがあります: {text!r}", f"The same question has another answer too: {text!r}"),
        article="Order 12(1), 12(3)",
    )
