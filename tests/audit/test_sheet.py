"""CSV and JSON Lines of the record: one line for every index, nothing that a spreadsheet or a log reader would obey."""

import csv
import io
import json
import random

import pytest

from service.audit.sheet import COLUMNS, FORMS, NotPlain, apart, together
from tests.audit.logs import records

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://x\",\"y\")", "=cmd|' /C calc'!A0", "\t=1", "\r=1", "\n=1", "＝1", "＋1",
    "－1", "＠A1", "\uff1d1", "=IMPORTXML(A1)", "+cmd|' /C'!A0", "-2+3", "@x", "\u2212 1", " =1", "\u00a0=1", "\"=1", "';=1", "|calc",
]  # fmt: skip
FORMULA_BEGINS = tuple("=+-@\t\r\n＝＋－＠")
INJECTIONS = [
    "a\nb",
    "a\r\nb",
    "a\u2028b",
    "a\u2029b",
    "a\x85b",
    "a\x1b[2Jb",
    "a\x00b",
    "a\vb",
    "a,b",
    'a"b',
    "a\\nb",
    "a\u202eb",
]


def lines_of(form: str, first: int, bodies: list[bytes]) -> bytes:
    """As an export makes them: all at once where that goes."""
    try:
        return together(FORMS[form], first, len(bodies), b"\n".join(bodies))
    except NotPlain:
        return apart(FORMS[form], first, bodies)


def parsed(data: bytes) -> list[list[str]]:
    """RFC 4180 by hand: a second reader, which shares nothing with the module csv. Raises ValueError for what the RFC does not allow."""
    rows, row, cell, state = [], [], "", "start"
    text = data.decode("ascii")
    for at, c in enumerate(text):
        if state == "lf" and c != "\n":
            raise ValueError(f"CR without LF before {at}")
        if state == "lf":
            rows, row, cell, state = [*rows, [*row, cell]], [], "", "start"
        elif state == "quoted":
            state, cell = ("quote", cell) if c == '"' else ("quoted", cell + c)
        elif c == '"' and state in ("start", "quote"):
            state, cell = "quoted", cell + ('"' if state == "quote" else "")
        elif c == ",":
            row, cell, state = [*row, cell], "", "start"
        elif c == "\r":
            state = "lf"
        elif c in '"\n' or state == "quote":
            raise ValueError(f"{c!r} at {at}")
        else:
            state, cell = "plain", cell + c
    if state != "start" or row:
        raise ValueError("the last line has no end")
    return rows


def both(first: int, bodies: list[bytes]) -> list[list[str]]:
    """The rows below the header, on which both parsers agree, each with every column and no cell that is a formula."""
    data = FORMS["csv"].header + lines_of("csv", first, bodies)
    rows = list(csv.reader(io.StringIO(data.decode("ascii"), newline=""), strict=True))
    assert rows == parsed(data) and rows[0] == list(COLUMNS)
    assert len(rows) == len(bodies) + 1
    for row in rows:
        assert len(row) == len(COLUMNS)
        assert not [cell for cell in row if cell[:1] in FORMULA_BEGINS]
    return rows[1:]


def with_value(body: bytes, name: str, value: object) -> bytes:
    return json.dumps(
        json.loads(body) | {name: value}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def test_a_row_says_what_the_record_says() -> None:
    bodies = records(300)
    for n, (row, body) in enumerate(zip(both(7, bodies), bodies, strict=True)):
        told, said = dict(zip(COLUMNS, row, strict=True)), json.loads(body)
        assert told.pop("index") == str(7 + n) and told.pop("fault") == ""
        step = said.pop("step") or dict.fromkeys(("from", "to", "name", "happened_on"), "")
        assert [told.pop(f"step_{name}") for name in ("from", "to", "name", "happened_on")] == [
            step[name] for name in ("from", "to", "name", "happened_on")
        ]
        plain = {k: " ".join(v) if isinstance(v, list) else "" if v is None else str(v) for k, v in said.items()}
        assert told == plain


def test_a_json_line_is_the_records_own_bytes() -> None:
    bodies = records(50)
    assert lines_of("jsonl", 0, bodies) == b"".join(body + b"\n" for body in bodies)


@pytest.mark.parametrize("value", FORMULAS + INJECTIONS)
def test_a_text_that_something_would_obey_is_a_fault_under_its_index_and_harms_no_other_line(value: str) -> None:
    bodies = records(9)
    for name in json.loads(bodies[4]):
        changed = [*bodies[:4], with_value(bodies[4], name, value), *bodies[5:]]
        rows = both(0, changed)
        assert rows[4][0] == "4" and rows[4][-1] == "unreadable" and not any(rows[4][1:-1])
        assert rows[:4] + rows[5:] == both(0, bodies)[:4] + both(0, bodies)[5:]
        lines = lines_of("jsonl", 0, changed).split(b"\n")
        assert len(lines) == 10 and lines[9] == b""
        assert [json.loads(line) for line in lines[:4] + lines[5:9]] == [json.loads(b) for b in bodies[:4] + bodies[5:]]
        assert all(32 <= byte < 127 and byte != 92 for line in lines for byte in line)


def test_what_is_missing_or_no_record_stands_as_a_fault_in_both_forms() -> None:
    body = records(1)[0]
    for wrong in (
        b"", b"{", b"[]", b"null", b"{}", b"1", b"\xff", body + body, body + b"\n" + body, body[:-1], body + b",", b"x" * 9000,
        with_value(body, "more", "x"), with_value(body, "office", ["a"]), with_value(body, "roles", [["a"]]),
        with_value(body, "step", {"from": "A"}), with_value(body, "number", {"a": 1}),
    ):  # fmt: skip
        fault = "unreadable" if wrong else "missing"
        assert [row[-1] for row in both(3, [body, wrong, body])] == ["", fault, ""]
        lines = lines_of("jsonl", 3, [body, wrong, body]).splitlines()
        assert lines[0] == lines[2] == body
        assert (
            json.loads(lines[1]) == {"fault": fault, "index": 4} or lines[1] == wrong
        )  # an object of as many keys is no harm here


def test_bodies_cannot_be_cut_so_that_two_make_another_record() -> None:
    body = records(1)[0]
    at = body.index(b'"roles":[') + 9
    for cut in (at, body.index(b'"office"'), body.index(b'"at":"') + 8):
        rows = both(0, [body, body[:cut], body[cut:], body + b"," + body])
        assert [row[-1] for row in rows] == ["", "unreadable", "unreadable", "unreadable"]


def test_any_byte_changed_leaves_one_line_for_each_index() -> None:
    rng, bodies = random.Random(11), records(5)
    for _ in range(2000):
        body = bytearray(bodies[2])
        body[rng.randrange(len(body))] = rng.choice((rng.randrange(256), *b'",{}[]\n\r=-\\ '))
        changed = [*bodies[:2], bytes(body), *bodies[3:]]
        rows = both(0, changed)
        assert [row[0] for row in rows] == list("01234")
        lines = lines_of("jsonl", 0, changed).split(b"\n")
        assert len(lines) == 6 and all(isinstance(json.loads(line), dict) for line in lines[:5])
