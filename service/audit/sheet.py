"""Records as lines that other programs read: CSV (RFC 4180) for a spreadsheet, JSON Lines for a log store. Pure.

Promise: one line for each index, whatever the database holds. A cell begins with none of = + - @, tab, CR, LF or their full-width forms,
and holds only letters, digits, blanks and _ . : / -, so that it is no formula and ends no line; a body that cannot stand so, or is
missing, goes out as a fault under its index and never as its own text. A sound JSON line is the record's exact bytes (its leaf hash
is that of the line). Not promised: that records are those that were signed; a bundle shows that, these forms do not.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

import orjson

TEXTS = (
    "at", "person", "office", "what", "action", "outcome", "reason", "kind", "case", "part", "label", "purpose", "request",
    "cleared_until", "digest", "policy_set", "snapshot", "writer", "id",
)  # fmt: skip
STEP = ("from", "to", "name", "happened_on")
COLUMNS = (
    "index", *TEXTS, "number", "status", "v", "roles", "policies", *(f"step_{name}" for name in STEP), "fault",
)  # fmt: skip
KEYS = len(TEXTS) + 6  # number, status, v, roles, policies, step
CELLS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/- ,\r\n"
JSON = CELLS.replace(b" ", b"").replace(b"\r", b"") + b'"{}[]'
MISSING, UNREADABLE = "missing", "unreadable"

_texts = itemgetter(*TEXTS)
_step = itemgetter(*STEP)


class NotPlain(ValueError):
    """A body among those given cannot stand in the form."""


class Form(NamedTuple):
    """header stands before all lines. write: (index of the first, how many, bodies parted by LF) -> lines; fault: (index, name) -> line."""

    header: bytes
    write: Callable[[int, int, bytes], bytes]
    fault: Callable[[int, str], bytes]


def together(form: Form, first: int, count: int, bodies: bytes) -> bytes:
    """The lines of `count` bodies, parted by LF. Raises NotPlain where one of them is no record or missing: then `apart` tells which."""
    try:
        return form.write(first, count, bodies)
    except (ValueError, KeyError, TypeError):
        raise NotPlain from None


def apart(form: Form, first: int, bodies: Sequence[bytes]) -> bytes:
    """The lines of bodies, each by itself, so that none changes how another is shown; b"" is one that is missing."""
    return b"".join([_alone(form, index, body) for index, body in enumerate(bodies, first)])


def _alone(form: Form, index: int, body: bytes) -> bytes:
    try:
        return together(form, index, 1, body)
    except NotPlain:
        return form.fault(index, UNREADABLE if body else MISSING)


def _csv(first: int, count: int, bodies: bytes) -> bytes:
    """What is not plain is found by the lines that come of it, and raises ValueError, KeyError, TypeError."""
    read = bodies.replace(b":null,", b':"",').split(b"\n")  # a plain text holds no comma, so that none is changed
    lines = [
        f"{n},{','.join(_texts(r))},{r['number']},{r['status']},{r['v']},{' '.join(r['roles'])},{' '.join(r['policies'])},"
        f"{','.join(_step(r['step'])) if r['step'] else ',,,'},\r\n"
        for n, body in enumerate(read, first)
        if len(r := orjson.loads(body)) == KEYS
    ]
    out = "".join(lines).encode()
    if len(lines) != count or out.count(b",") != count * (len(COLUMNS) - 1) or out.translate(None, CELLS):
        raise NotPlain
    if b"\\" in bodies or b",-" in out:  # without an escape no text holds CR or LF; a line begins with its index
        raise NotPlain
    return out


def _json(_: int, count: int, bodies: bytes) -> bytes:
    """Raises ValueError, TypeError for what is not plain."""
    rows = [orjson.loads(body) for body in bodies.split(b"\n")]
    if bodies.translate(None, JSON) or [(type(r), len(r)) for r in rows] != [(dict, KEYS)] * count:
        raise NotPlain
    return bodies + b"\n"


def _csv_fault(index: int, fault: str) -> bytes:
    return f"{index}{',' * (len(COLUMNS) - 1)}{fault}\r\n".encode()


def _json_fault(index: int, fault: str) -> bytes:
    return b'{"fault":"%b","index":%d}\n' % (fault.encode(), index)


FORMS = {"csv": Form(",".join(COLUMNS).encode() + b"\r\n", _csv, _csv_fault), "jsonl": Form(b"", _json, _json_fault)}
