"""The one message: equal for all in length, and byte for byte but for four headers."""

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from service import clock
from service.mail.address import LONGEST
from service.mail.courier import next_hour
from service.mail.message import message

SENDER, SHOWS = "hozen@example.go.jp", "https://hozen.example.go.jp"
TOS = ["t@e.jp", "taro.yamada@mail.example.co.jp", "a" * 64 + "@" + "b" * 63 + "." + "c" * 48 + ".jp"]
DAYS = [datetime(2026, 1, 1, 0, tzinfo=clock.JAPAN), datetime(2026, 12, 31, 23, tzinfo=clock.JAPAN)]
VARIES = re.compile(rb"^(To|Date|Message-ID|X-Padding): .*\r\n", re.MULTILINE)


def made(to: str, at: datetime = DAYS[0]) -> bytes:
    return message(SENDER, SHOWS, to, at, uuid4())


def test_all_messages_are_equal_in_length_and_but_for_four_headers_byte_for_byte() -> None:
    all_of_them = [made(to, at) for to in TOS for at in DAYS]
    assert len(TOS[-1]) == LONGEST
    assert len({len(m) for m in all_of_them}) == 1
    assert len({VARIES.sub(b"", m) for m in all_of_them}) == 1
    assert all(len(VARIES.findall(m)) == 4 for m in all_of_them)


def test_it_says_in_both_languages_that_something_awaits_and_where() -> None:
    read = email.message_from_bytes(made(TOS[1]), policy=email.policy.default)
    assert read["to"] == TOS[1] and read["from"] == f"Hozen <{SENDER}>"
    assert read["subject"] == "保全：お知らせがあります / Hozen: something awaits you"
    text = read.get_content()
    assert "Something awaits you in Hozen" in text and "あなた宛てのもの" in text and SHOWS in text
    assert read["date"].datetime == DAYS[0]


def test_it_is_seven_bit_lines_of_lawful_length() -> None:
    for line in made(TOS[-1]).split(b"\r\n"):
        assert line.isascii() and len(line) < 998 and b"\n" not in line and b"\r" not in line


@pytest.mark.parametrize("to", ["", "a@b.jp\r\nBcc: c@d.jp", "a@b.jp, c@d.jp", "x" * LONGEST + "@b.jp"])
def test_what_is_no_address_gets_no_message(to: str) -> None:
    with pytest.raises(ValueError, match="no mail address"):
        made(to)


def test_rounds_are_at_full_hours_in_japan_of_those_that_were_set() -> None:
    now = datetime(2026, 11, 24, 0, 59, 59, tzinfo=UTC)  # 09:59:59 in Japan
    assert next_hour(now, range(24)).isoformat() == "2026-11-24T10:00:00+09:00"
    assert next_hour(now + timedelta(seconds=1), range(24)).isoformat() == "2026-11-24T11:00:00+09:00"
    assert next_hour(now, {9, 17}).isoformat() == "2026-11-24T17:00:00+09:00"
    assert next_hour(now, {9}).isoformat() == "2026-11-25T09:00:00+09:00"
