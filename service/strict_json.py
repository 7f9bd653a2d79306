"""One meaning for each JSON text (RFC 8259 with RFC 7493's unique names), whoever sends it.

Refused: a name twice in an object, NaN and infinities (also those that a number too large becomes), bytes that are not UTF-8, halves of
surrogate pairs, nesting beyond MAX_DEPTH, numbers longer than any field takes.
"""

import json
import math
from typing import Any

MAX_DIGITS = 40
"""Characters of a number; no field takes a longer one."""
MAX_DEPTH = 32
"""Objects and lists within one another; no body has so many."""


def loads(body: bytes) -> Any:
    """The value. Raises json.JSONDecodeError, which tells nothing of the body."""
    try:
        said = json.loads(
            body.decode(), object_pairs_hook=_once, parse_constant=_none_of, parse_int=_whole, parse_float=_real
        )
        if b"\\u" in body:
            json.dumps(said, ensure_ascii=False).encode()  # half of a surrogate pair has no bytes: UnicodeEncodeError
    except (ValueError, RecursionError):
        raise json.JSONDecodeError("not one meaning", "", 0) from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _deeper(said, MAX_DEPTH):
        raise json.JSONDecodeError("too deep", "", 0)
    return said


def _deeper(said: Any, most: int) -> bool:
    """Whether there are more than `most` objects and lists within one another."""
    within = [said]
    for _ in range(most + 1):
        inner = [v.values() if isinstance(v, dict) else v for v in within if isinstance(v, dict | list)]
        within = [v for values in inner for v in values]
        if not inner:
            return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) != len(pairs):
        raise ValueError("a name stands twice")
    return said


def _none_of(name: str) -> Any:
    raise ValueError("no number of JSON")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("too long a number")
    return int(digits)


def _real(digits: str) -> float:
    if len(digits) > MAX_DIGITS:
        raise ValueError("too long a number")
    if not math.isfinite(number := float(digits)):
        raise ValueError("too large a number")
    return number
