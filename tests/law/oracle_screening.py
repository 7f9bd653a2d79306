"""A second screening, written from the words of the Order and from fields.json, that imports nothing of service.law.

It reads plain IPC symbols only (no spellings) and answers with sets and names; slow and simple on purpose.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

DIGITS = {**{k: str(n) for n, k in enumerate("〇一二三四五六七八九")}, "／": "/"}
FREE_IN_13 = {"B63G8/28", "B63G8/30", "B63G8/32", "B63G8/33"}


@dataclass(frozen=True)
class Row:
    """One item: groups that must all be met, whether 12(2) asks a requirement, whether the words limit the content."""

    item: int
    groups: tuple[frozenset[str], ...]
    additional: bool
    content: bool


def from_text(toml: Path) -> list[Row]:
    """The items as their verbatim words say, and 12(2) as its own words say; the lists of codes are not looked at."""
    table = tomllib.loads(toml.read_text("utf-8"))
    asked = asked_by_12_2(table["order"]["text_12_2"])
    rows = []
    for number, row in enumerate(table["items"], 1):
        words, _, limit = row["text"].partition("に該当する技術の分野")
        groups = tuple(frozenset(codes_in(part)) for part in words.split("に該当し、かつ、"))
        rows.append(Row(number, groups, number in asked, limit.startswith("のうち、")))
    return rows


def from_json(path: Path, version: str) -> list[Row]:
    """The items of fields.json; version: v2024_05_01 or v2025_01_01."""
    rows = json.loads(path.read_text("utf-8"))[f"order_items_{version}"]
    return [
        Row(r["item"], tuple(map(frozenset, r["all_of"])), bool(r["additional_requirements"]), bool(r["limited_to_ja"]))
        for r in rows
    ]


def codes_in(words: str) -> list[str]:
    """The symbols in Japanese words: Ｂ六三Ｇ八／二八 is B63G8/28."""
    without_agreement = re.sub(r"（.*）|\(.*\)", "", words)
    found = re.findall(
        "[Ａ-Ｈ][〇一二三四五六七八九]{2}[Ａ-Ｚ]?[〇一二三四五六七八九]*(?:／[〇一二三四五六七八九]+)?",
        without_agreement,
    )
    return ["".join(DIGITS.get(c) or chr(ord(c) - 0xFEE0) for c in code) for code in found]


def asked_by_12_2(words: str) -> set[int]:
    """The items that 12(2) lists before its last parenthesis: 第八号から第十二号まで is 8 to 12."""
    listed = words.split("に掲げる技術の分野（")[0].split("前項")[1]
    listed = re.sub("（.*?）", "", listed)
    asked: set[int] = set()
    for part in re.split("、|及び", listed):
        ends = [number(n) for n in re.findall("第([一二三四五六七八九十]+)号", part)]
        asked |= set(range(ends[0], ends[-1] + 1))
    return asked


def number(kanji: str) -> int:
    """四十七 is 47."""
    tens, has_ten, ones = kanji.rpartition("十")
    value = int(DIGITS[ones]) if ones else 0
    return value + (10 * int(DIGITS[tens]) if tens else 10) if has_ten else value


def under(symbol: str, code: str) -> bool:
    """Whether `symbol` falls under `code`, by the code's shape."""
    if "/" in code:
        return symbol == code
    rest = symbol[len(code) :]
    return symbol.startswith(code) and (len(code) < 5 or rest.startswith("/"))


@dataclass
class Said:
    """What the oracle says."""

    items: list[int]
    excluded: list[int]
    asked: dict[int, set[str]]
    lacking: set[tuple[int, str]]
    halves: set[tuple[str, int]]
    outcome: str


def screen(rows: Iterable[Row], symbols: Iterable[str], answers: Mapping[str, str], unread: int = 0) -> Said:
    """answers: `additional`, `content`, `46.content` ... -> value."""
    symbols = set(symbols)
    said = Said([], [], {}, set(), set(), "")
    certain = False
    for row in rows:
        met = [{s for s in symbols for code in group if under(s, code)} for group in row.groups]
        if not all(met):
            said.halves |= {(s, row.item) for some in met for s in some if len(met) > 1}
            continue
        asked = {"additional"} if row.additional and not (row.item == 13 and symbols & FREE_IN_13) else set()
        asked |= {"content"} if row.content else set()
        given = {k: answers.get(f"{row.item}.{k}", answers.get(k)) for k in asked}
        said.asked[row.item] = asked
        if "no" in given.values():
            said.excluded.append(row.item)
            continue
        said.items.append(row.item)
        missing = {(row.item, k) for k, v in given.items() if v is None}
        said.lacking |= missing
        certain = certain or not missing
    order = [(certain, "hit"), (said.items, "hit_if"), (unread, "unreadable"), (not symbols, "unclassified")]
    said.outcome = next((name for fits, name in order if fits), "none")
    return said
