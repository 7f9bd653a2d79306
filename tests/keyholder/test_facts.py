"""A fact is one only as the keyholder sealed it: for this row, person and case, in the present epoch (PROMISES P31)."""

import itertools
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.keyholder import frames
from service.keyholder.facts import (
    KINDS,
    Fact,
    FactRow,
    NotAFact,
    open_any_epoch,
    open_fact,
    seal_fact,
    tag,
)
from service.keyholder.vaults import FileVault
from tests.keyholder.conftest import LABELS, QUICK

VALUES: dict[str, dict[str, Any]] = {
    "subject": {"issuer": "https://id.example", "subject": "p-1"},
    "post": {"office": "cabinet_office", "role": "reviewer"},
    "clearance": {"level": 2},
    "compartment": {"code": "sigma"},
    "assignment": {"work": "review"},
    "grant": {"part": "claims"},
    "party": {"role": "applicant"},
    "contact": {"address": "a" * 64 + "@" + "b" * 115},
    "mandate": {"authority": "commissioner", "scope": "all", "instrument": "order 3"},
    "link": {"link": "divisional", "side": "later", "other": "0b6f6c9e-5a53-4a8e-9d0c-6f3b7f0f2a11"},
}


def fact(kind: str = "clearance", *, epoch: int = 1, person: UUID | None = None, case: UUID | None = None) -> Fact:
    if kind in ("assignment", "party", "link") and case is None:
        case = uuid4()
    start, until = date(2026, 4, 1), date(2031, 3, 31)
    return Fact(uuid4(), person or uuid4(), case, kind, epoch, start, until, VALUES[kind])  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_fact_is_read_back_as_it_was_sealed(vault: FileVault, kind: str) -> None:
    sealed = fact(kind)
    assert open_fact(vault, seal_fact(vault, sealed), 1) == sealed


def test_a_fact_holds_on_its_first_and_last_day(vault: FileVault) -> None:
    one = fact()
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2031, 3, 31), date(2031, 4, 1)]
    assert [one.holds_on(day) for day in days] == [False, True, True, False]
    assert replace(one, until=None).holds_on(date(9999, 1, 1))


def test_a_row_shows_person_and_case_only(vault: FileVault) -> None:
    rows = {kind: seal_fact(vault, fact(kind)) for kind in KINDS}
    assert {len(row.body) for row in rows.values()} == {12 + 256 + 16}
    assert [kind for kind, row in rows.items() if row.tag] == ["subject"]
    for kind, row in rows.items():
        for word in (kind, *map(str, VALUES[kind].values())):
            assert len(word) < 3 or word.encode() not in row.body + (row.tag or b"")


def test_a_subject_is_found_by_a_tag_that_only_the_keyholder_can_make(vault: FileVault, tmp_path: Path) -> None:
    row = seal_fact(vault, fact("subject"))
    assert row.tag == tag(vault, "https://id.example", "p-1")
    assert row.tag != tag(vault, "https://id.examplep", "-1")
    other = FileVault.create(tmp_path / "other", "demo", None, LABELS, (), QUICK)
    assert row.tag != tag(other, "https://id.example", "p-1")


def test_no_row_is_a_fact_with_a_column_or_body_of_another(vault: FileVault) -> None:
    """Every ordered pair of 28 facts, every column moved alone and all subsets of them together."""
    case, person = uuid4(), uuid4()
    facts = [fact(k, person=p, case=c) for k in KINDS for p in (None, person) for c in (None, case)]
    rows = [seal_fact(vault, one) for one in facts]
    columns = ("id", "person", "case_id", "tag", "body")
    tried = 0
    for mine, other in itertools.permutations(rows, 2):
        for count in range(1, len(columns)):
            for moved in itertools.combinations(columns, count):
                forged = replace(mine, **{name: getattr(other, name) for name in moved})
                if forged in (mine, other):
                    continue
                tried += 1
                refused(vault, forged)
    assert tried > 15_000


def test_every_flipped_bit_is_refused(vault: FileVault) -> None:
    row = seal_fact(vault, fact("subject"))
    assert row.tag is not None
    for bit in range(len(row.body) * 8):
        refused(vault, replace(row, body=flipped(row.body, bit)))
    for bit in range(len(row.tag) * 8):
        refused(vault, replace(row, tag=flipped(row.tag, bit)))
    for bit in range(128):
        refused(vault, replace(row, id=UUID(bytes=flipped(row.id.bytes, bit))))
        refused(vault, replace(row, person=UUID(bytes=flipped(row.person.bytes, bit))))
    for body in (b"", row.body[:11], row.body[:-1], row.body + b"\x00", os.urandom(284)):
        refused(vault, replace(row, body=body))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(body=st.binary(max_size=400), named=st.none() | st.binary(max_size=40))
def test_a_forged_body_is_no_fact(vault: FileVault, body: bytes, named: bytes | None) -> None:
    refused(vault, FactRow(uuid4(), uuid4(), None, named, body))


def test_a_fact_of_another_root_is_none(vault: FileVault, tmp_path: Path) -> None:
    other = FileVault.create(tmp_path / "other", "demo", None, LABELS, (), QUICK)
    refused(other, seal_fact(vault, fact()))


def test_bytes_that_the_keyholder_sealed_for_another_purpose_are_no_fact(vault: FileVault) -> None:
    one = fact()
    row = seal_fact(vault, one)
    for purpose in ("state", "cursor", "mark"):
        for context in (b"", b"fact"):
            refused(vault, replace(row, body=vault.seal(purpose, b"\x00" * 256, context)))


def test_a_fact_put_back_after_the_epoch_rose_is_none(vault: FileVault) -> None:
    old = seal_fact(vault, fact(epoch=1))
    for epoch in (0, 2, 3):
        with pytest.raises(NotAFact):
            open_fact(vault, old, epoch)
    assert open_any_epoch(vault, old).epoch == 1
    again = seal_fact(vault, replace(open_any_epoch(vault, old), epoch=2))
    assert open_fact(vault, again, 2).values == {"level": 2}
    with pytest.raises(NotAFact):
        open_fact(vault, again, 1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "admin"}, "no kind"),
        ({"until": date(2026, 3, 31)}, "not end before"),
        ({"kind": "assignment", "case_id": None}, "one case"),
        ({"kind": "party", "case_id": None}, "one case"),
        ({"kind": "subject", "values": {"issuer": "x"}}, "issuer"),
        ({"kind": "subject", "values": {"issuer": "x", "subject": 3}}, "issuer"),
    ],
)
def test_a_fact_that_cannot_be_is_not_made(change: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        replace(fact(), **change)


def test_the_values_of_a_fact_do_not_change_under_the_hand() -> None:
    given_values = {"level": 1}
    one = replace(fact(), values=given_values)
    given_values["level"] = 3
    assert one.values == {"level": 1}
    with pytest.raises(TypeError):
        one.values["level"] = 3  # type: ignore[index]


def test_a_value_that_no_body_can_hold_is_refused(vault: FileVault) -> None:
    with pytest.raises(frames.BadFrame):
        seal_fact(vault, replace(fact(), values={"level": 1.5}))  # type: ignore[dict-item]


def refused(vault: FileVault, row: FactRow) -> None:
    with pytest.raises(NotAFact):
        open_any_epoch(vault, row)


def flipped(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def test_a_link_is_as_long_as_an_assignment_and_names_the_other_filing_in_its_body_alone(vault: FileVault) -> None:
    row = seal_fact(vault, fact("link", case=uuid4()))
    assert len(row.body) == len(seal_fact(vault, fact("assignment")).body)
    other = str(VALUES["link"]["other"])
    assert other.encode() not in row.body and UUID(other) not in (row.person, row.case_id)
