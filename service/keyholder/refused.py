"""The named refusals of the keyholder's protocol, and the reading of a request's fields: what is not of its type is `invalid`."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

Value = TypeVar("Value")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


class Refused(Exception):
    """A refusal by name: sign-in-needed, not-found, not-permitted, invalid, log-behind, unavailable.

    recorded: the keyholder has made the request's own record durable, so that nobody else writes one.
    """

    def __init__(self, name: str, *, recorded: bool = False) -> None:
        super().__init__(name)
        self.name = name
        self.recorded = recorded


def value_of(message: Mapping[str, Any], name: str, kind: type[Value]) -> Value:
    """A field of exactly this type (a bool is no int). Raises Refused invalid."""
    value = message.get(name)
    if type(value) is not kind:
        raise Refused("invalid")
    return value


def id_of(message: Mapping[str, Any], name: str) -> UUID:
    """A field of 16 bytes. Raises Refused invalid."""
    value = value_of(message, name, bytes)
    if len(value) != 16:
        raise Refused("invalid")
    return UUID(bytes=value)


def id_or_none(message: Mapping[str, Any], name: str) -> UUID | None:
    """A field of 16 bytes, or None where it is absent or nil. Raises Refused invalid."""
    return None if message.get(name) is None else id_of(message, name)


def text_or_none(message: Mapping[str, Any], name: str) -> str | None:
    """A text, or None where it is absent or nil. Raises Refused invalid."""
    return None if message.get(name) is None else value_of(message, name, str)


def word_of(message: Mapping[str, Any], name: str) -> str:
    """A field that holds one word: the name of an action, a kind, a label. Raises Refused invalid."""
    word = value_of(message, name, str)
    if not WORD.fullmatch(word):
        raise Refused("invalid")
    return word
