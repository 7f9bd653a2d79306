"""Japanese eras: written and read back, at the borders of the eras, and refused where the day is not in the era."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import Refusal
from service.law.wareki import read_date, short_wareki, wareki

MODERN = st.dates(min_value=date(1873, 1, 1), max_value=date(2117, 12, 31))


@settings(deadline=None)
@given(MODERN)
def test_what_was_written_reads_back_as_the_same_day(day: date) -> None:
    assert read_date(wareki(day)) == read_date(short_wareki(day)) == read_date(day.isoformat()) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和8年11月23日", date(2026, 11, 23)),
        ("令和８年１１月２３日", date(2026, 11, 23)),
        ("R8.11.23", date(2026, 11, 23)),
        ("r08/11/23", date(2026, 11, 23)),
        ("Ｒ８．１１．２３", date(2026, 11, 23)),
        ("令和 8年 11月 23日", date(2026, 11, 23)),
        ("2026年11月23日", date(2026, 11, 23)),
        ("２０２６－１１－２３", date(2026, 11, 23)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("H1.1.8", date(1989, 1, 8)),
        ("大正15年12月24日", date(1926, 12, 24)),
        ("昭和元年12月25日", date(1926, 12, 25)),
        ("明治45年7月29日", date(1912, 7, 29)),
    ],
)
def test_the_ways_people_write_a_date_are_read(text: str, day: date) -> None:
    assert read_date(text) == day


NO_DATES = """
2026-11-31|2026-1-1|2026/11/23|20261123|令和8年2月29日|令和元年4月30日|平成31年5月1日|昭和64年1月8日|令和0年1月1日|R8.13.1|令和8年
明治5年12月3日|8.11.23|X8.11.23|R8.11.23 x|٢٠٢٦-١١-٢٣|tomorrow|0000-01-01
"""


@pytest.mark.parametrize(
    "text", ["", "令和8年11月\u200b23日", "2026-11-23\x00", *NO_DATES.strip().replace("\n", "|").split("|")]
)
def test_what_is_no_date_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refusal, match="unreadable-date"):
        read_date(text)
