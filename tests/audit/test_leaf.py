"""A record has one encoding and no room for content."""

import dataclasses
import json
import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audit import leaf
from tests.audit import logs
from tests.shared import shared

TEXTS = (
    "what",
    "action",
    "outcome",
    "office",
    "kind",
    "label",
    "purpose",
    "reason",
    "policy_set",
    "snapshot",
    "digest",
)


def a_record(**changes: Any) -> leaf.Record:
    rng = random.Random(5)
    record = logs.complete(logs.a_draft(rng), id=logs.some_id(rng), writer=logs.some_id(rng), number=7, at=logs.START)
    return dataclasses.replace(record, **changes)


def test_a_record_comes_back_from_its_bytes_as_it_was() -> None:
    for body in logs.records(200):
        assert leaf.encode(leaf.decode(body)) == body


def test_the_bytes_are_sorted_ascii_json_without_spaces() -> None:
    body = leaf.encode(a_record())
    assert body.isascii()
    assert json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode() == body
    assert leaf.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_roles_and_policies_are_stored_sorted_once() -> None:
    body = json.loads(leaf.encode(a_record(roles=("b", "a", "b"), policies=("z", "y"))))
    assert (body["roles"], body["policies"]) == (["a", "b"], ["y", "z"])


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize(
    "content",
    ["発明の名称", "量子", "An apparatus", "a b", "2026-123456", "JP2026123456", "a" * 65, "tab\t", "a\n", "", "=cmd()", "a,b", "é",
     "\ud800", "\x00", "-a", "a-", 'a"', "a\\u0041", "特願２０２６", "ａ", "１"],
)  # fmt: skip
def test_content_and_numbers_do_not_fit_into_any_text_field(field: str, content: str) -> None:
    with pytest.raises(leaf.NotARecord, match=field) as refused:
        leaf.encode(a_record(**{field: content}))
    assert not content or content not in str(refused.value), "an error never repeats the value"


@given(st.sampled_from(TEXTS), st.text(min_size=1))
def test_only_short_ascii_tokens_fit(field: str, text: str) -> None:
    try:
        body = leaf.encode(a_record(**{field: text}))
    except leaf.NotARecord:
        return
    assert text.isascii()
    assert not any(c.isspace() for c in text)
    assert len(text) <= 64
    assert leaf.encode(leaf.decode(body)) == body


def test_the_naughty_strings_stay_out_or_are_plain_tokens() -> None:
    strings: list[str] = json.loads(shared("vectors/blns/blns.json").read_text())
    assert len(strings) == 515
    for text in strings:
        for field in TEXTS:
            try:
                leaf.encode(a_record(**{field: text}))
            except leaf.NotARecord:
                continue
            assert all(part.isalnum() and part.isascii() for part in text.replace(".", "_").split("_"))


@pytest.mark.parametrize(
    "changes",
    [{"number": 0}, {"number": 10**15}, {"number": True}, {"number": "1"}, {"status": 99}, {"status": 600}, {"status": ["200"]},
     {"office": {}},
     {"at": logs.START.replace(tzinfo=None)},
     {"roles": ("ok", "not ok")}, {"policies": tuple(f"p{n}" for n in range(65))}, {"step": {}}, {"step": {"from": "A"}},
     {"step": {"from": "A", "to": "B", "name": "c", "happened_on": "2026-02-30"}},
     {"step": {"from": "A", "to": "B", "name": "c", "happened_on": "2026-02-28", "why": "x"}},
     {"step": {"from": "A", "to": "発明", "name": "c", "happened_on": "2026-02-28"}}],
)  # fmt: skip
def test_a_field_outside_its_grammar_is_refused_by_name(changes: dict[str, Any]) -> None:
    with pytest.raises(leaf.NotARecord, match=next(iter(changes))):
        leaf.encode(a_record(**changes))


@pytest.mark.parametrize(("good", "alike"), [(200, 200.0), (404, 404.0)])
def test_a_value_that_only_equals_a_good_one_is_refused_after_it_too(good: int, alike: float) -> None:
    leaf.encode(a_record(status=good))
    with pytest.raises(leaf.NotARecord, match="status"):
        leaf.encode(a_record(status=alike))


def test_a_bad_draft_is_refused_before_it_has_a_place() -> None:
    draft = logs.a_draft(random.Random(1))
    leaf.check(draft)
    with pytest.raises(leaf.NotARecord, match="purpose"):
        leaf.check(dataclasses.replace(draft, purpose="because I want to read it"))


def test_every_other_encoding_of_a_record_is_refused() -> None:
    body = leaf.encode(a_record(cleared_until=date(2030, 1, 1)))
    said = json.loads(body)
    others = [
        json.dumps(said).encode(),
        json.dumps(said, separators=(",", ":"), sort_keys=False).encode()[::-1],
        json.dumps(dict(reversed(said.items())), separators=(",", ":")).encode(),
        body + b"\n",
        b" " + body,
        b"\xef\xbb\xbf" + body,
        body.replace(b'"v":1', b'"v":1.0'),
        body.replace(b'"v":1', b'"v":true'),
        body.replace(b'"number":7', b'"number":07'),
        body.replace(b'"number":7', b'"number":7e0'),
        body.replace(b'"number":7', b'"number":7,"number":7'),
        body.replace(b'"kind"', b'"kin\\u0064"'),
        body.replace(b'"kind"', b'"extra":null,"kind"'),
        body.replace(b',"v":1', b""),
        body.replace(said["id"].encode(), said["id"].upper().encode()),
        b"null",
        b"[" * 100_000,
        body.decode().encode("utf-16"),
    ]
    for other in others:
        assert other != body
        with pytest.raises(leaf.NotARecord):
            leaf.decode(other)


def test_every_flipped_bit_of_a_record_is_refused_or_another_record() -> None:
    body = leaf.encode(a_record())
    for place in range(len(body) * 8):
        changed = bytearray(body)
        changed[place // 8] ^= 1 << place % 8
        try:
            assert leaf.encode(leaf.decode(bytes(changed))) == changed
        except leaf.NotARecord:
            continue
