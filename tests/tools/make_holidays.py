"""Write policies/law/holidays.toml anew from the kept library `holidays`.

`python -m tests.tools.make_holidays FIRST LAST ANNOUNCED`

FIRST, LAST: years of the table. ANNOUNCED: the last year whose equinox days the Official Gazette has announced.
The library is a tool of the workshop, not of the service: the service reads only the written table.
"""

import sys
from importlib.metadata import version
from pathlib import Path

import holidays

TARGET = Path(__file__).resolve().parents[2] / "policies" / "law" / "holidays.toml"
KEYS = {
    "New Year's Day": ("new_years_day", "元日"),
    "Coming of Age Day": ("coming_of_age_day", "成人の日"),
    "Foundation Day": ("foundation_day", "建国記念の日"),
    "Emperor's Birthday": ("emperors_birthday", "天皇誕生日"),
    "Vernal Equinox Day": ("vernal_equinox_day", "春分の日"),
    "Showa Day": ("showa_day", "昭和の日"),
    "Constitution Day": ("constitution_day", "憲法記念日"),
    "Greenery Day": ("greenery_day", "みどりの日"),
    "Children's Day": ("childrens_day", "こどもの日"),
    "Marine Day": ("marine_day", "海の日"),
    "Mountain Day": ("mountain_day", "山の日"),
    "Respect for the Aged Day": ("respect_for_the_aged_day", "敬老の日"),
    "Autumnal Equinox Day": ("autumnal_equinox_day", "秋分の日"),
    "Sports Day": ("sports_day", "スポーツの日"),
    "Culture Day": ("culture_day", "文化の日"),
    "Labor Thanksgiving Day": ("labor_thanksgiving_day", "勤労感謝の日"),
    "Substitute Holiday": ("substitute_holiday", "振替休日（祝日法3条2項）"),
    "National Holiday": ("citizens_holiday", "国民の休日（祝日法3条3項）"),
}
HEAD = """\
# Closed days of the State's offices: Act on Holidays of Administrative Organs (Act 91 of 1988) 1(1).
# [days]: holidays of the Act on National Holidays (Act 178 of 1948), substitute (3(2)) and citizens' (3(3)) included.
# Saturdays, Sundays and [office] are added by service/law/calendar.py. Written by tests/tools/make_holidays.py from
# the library `holidays` {version}; tests/law/test_calendar.py compares every day with `jpholiday`. After
# `announced_through` the equinox days are calculated: the Gazette announces them in February of the year before.
first_year = {first}
last_year = {last}
announced_through = {announced}

[office] # Holidays Act 1(1)(iii), month-day, both inclusive, over the turn of the year
from = "12-29"
to = "01-03"
ja = "12月29日から1月3日まで（休日法1条1項3号）"
en = "29 December to 3 January (Holidays Act 1(1)(iii))"

"""


def text(first: int, last: int, announced: int) -> str:
    """The whole file for the years first..last."""
    days = holidays.country_holidays("JP", years=range(first, last + 1), language="en_US")
    lines = [HEAD.format(version=version("holidays"), first=first, last=last, announced=announced), "[names]\n"]
    shown = {
        "Substitute Holiday": "Substitute Holiday (National Holidays Act 3(2))",
        "National Holiday": "Citizens' Holiday (National Holidays Act 3(3))",
    }
    lines += [f'{key} = {{ ja = "{ja}", en = "{shown.get(en, en)}" }}\n' for en, (key, ja) in KEYS.items()]
    lines += ["\n[days]\n"]
    lines += [f'{day.isoformat()} = "{KEYS[days[day]][0]}"\n' for day in sorted(days)]
    return "".join(lines)


if __name__ == "__main__":
    TARGET.write_text(text(*(int(argument) for argument in sys.argv[1:4])), encoding="utf-8")
