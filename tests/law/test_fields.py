"""The data of Order Art. 12: 47 items word for word, with their codes, in two versions."""

import gzip
import json
import tomllib
from datetime import date
from pathlib import Path

import pytest

from service.law.fields import LAW, law, load_order, read_order
from tests.law import oracle_screening as oracle
from tests.shared import shared
from tests.tools.make_ipc_list import text as ipc_text

VERSIONS = ("2024-05-01", "2025-01-01")


def toml(version: str) -> Path:
    return LAW / f"fields-{version}.toml"


def rows(version: str) -> list[oracle.Row]:
    return oracle.from_text(toml(version))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_codes_of_each_item_are_those_its_own_words_name(version: str) -> None:
    order = next(o for o in law().orders if o.name == version)
    for row, item in zip(rows(version), order.items.values(), strict=True):
        assert tuple(map(frozenset, item.all_of)) == row.groups, row.item
        assert (item.content is not None) == row.content


@pytest.mark.parametrize("version", VERSIONS)
def test_12_2_as_its_own_words_say_asks_a_requirement_of_nineteen_items(version: str) -> None:
    order = next(o for o in law().orders if o.name == version)
    asked = oracle.asked_by_12_2(tomllib.loads(toml(version).read_text())["order"]["text_12_2"])
    assert {i.number for i in order.items.values() if i.additional} == asked
    assert asked == {2, 3, 5, 6, *range(8, 14), 17, 18, 23, 24, 40, 41, 45, 46, 47}
    assert order.items[13].without_additional == oracle.FREE_IN_13
    assert [r.name for r in order.requirements] == ["a", "b", "c1", "c2"]


def test_the_two_versions_differ_in_items_45_to_47_only() -> None:
    old, new = law().orders
    assert [n for n in old.items if old.items[n] != new.items[n]] == [45, 46, 47]


@pytest.mark.parametrize(("day", "version"), [
    (date(2024, 4, 30), None),
    (date(2024, 5, 1), "2024-05-01"),
    (date(2024, 12, 31), "2024-05-01"),
    (date(2025, 1, 1), "2025-01-01"),
    (date(2999, 1, 1), "2025-01-01"),
])  # fmt: skip
def test_the_version_is_the_one_in_force_on_the_filing_date(day: date, version: str | None) -> None:  # 66(11)
    order = law().on(day)
    assert (order.name if order else None) == version


def test_every_heading_is_marked_unofficial_and_every_item_stands_under_one() -> None:
    for version in VERSIONS:
        table = tomllib.loads(toml(version).read_text())
        assert all(h["official"] is False and h["ja_confidence"] in ("secondary", "memory") for h in table["headings"])
        fields = {f for i in table["items"] for f in i["fields"] + i.get("fields_without_additional", [])}
        assert fields == set(range(1, 26))


@pytest.mark.parametrize(("old", "new"), [
    ('item = 47', 'item = 48'),
    ('all_of = [["H04K3"]]', 'all_of = [["h04k3"]]'),
    ('all_of = [["H04K3"]]', 'all_of = [[]]'),
    ('all_of = [["H04K3"]]', 'all_of = [["H04K3"], ["H04K3"]]'),
    ('without_additional = ["B63G8/28"', 'without_additional = ["B63G8/29"'),
    ('in_force_from = 2025-01-01', 'in_force_from = 2025-01-02'),
    ('fields = [23]', 'fields = [26]'),
    ('content = { ja = "ウラン又は', 'content = { ja = "トリウム又は'),
])  # fmt: skip
def test_a_file_that_contradicts_itself_does_not_load(old: str, new: str) -> None:
    content = toml("2025-01-01").read_text()
    assert old in content
    with pytest.raises(ValueError, match=r"fields-2025-01-01\.toml"):
        read_order("fields-2025-01-01.toml", content.replace(old, new, 1).encode())


def test_a_folder_without_an_edition_of_the_ipc_is_no_law(tmp_path: Path) -> None:
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / toml("2025-01-01").name).write_bytes(toml("2025-01-01").read_bytes())
    with pytest.raises(ValueError, match="exactly one ipc"):
        load_order(tmp_path)


def test_the_law_cannot_be_changed_once_loaded() -> None:
    order = law().orders[0]
    with pytest.raises(TypeError):
        order.index["A01"] = ()  # type: ignore[index]
    with pytest.raises(AttributeError):
        order.items[1].additional = True  # type: ignore[misc]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_files_say_what_fields_json_says(version: str) -> None:
    path = shared("data/law/fields.json")
    data = json.loads(path.read_text("utf-8"))
    name = f"v{version.replace('-', '_')}"
    table = tomllib.loads(toml(version).read_text())
    assert rows(version) == oracle.from_json(path, name)
    for ours, theirs in zip(table["items"], data[f"order_items_{name}"], strict=True):
        assert (ours["text"], ours["all_of"]) == (theirs["text_ja"], theirs["all_of"])
        assert sorted(ours["fields"] + ours.get("fields_without_additional", [])) == theirs["field"]
        assert ours.get("content", {}).get("ja") == theirs["limited_to_ja"]
    assert [(h["number"], h["ja"]) for h in table["headings"]] == [(f["number"], f["name_ja"]) for f in data["fields"]]


def test_the_list_of_the_ipc_is_made_from_the_table_of_2023() -> None:
    listed = gzip.decompress((LAW / "ipc-2023.txt.gz").read_bytes()).decode()
    assert listed == ipc_text(shared("data/law/ipc_2023.tsv.gz"))


def test_the_tree_is_that_of_the_ipc() -> None:
    edition = law().edition
    assert edition.above("F41H11/138") == ("F41H11/13", "F41H11/12", "F41H11/00")
    assert edition.above("G01S7/533") == ("G01S7/53", "G01S7/526", "G01S7/523", "G01S7/52", "G01S7/00")
    assert edition.above("F41H3/00") == ()
    assert edition.above("H10F30/21") is None
    assert edition.has("F41H3/02")
    assert not edition.has("F41H3/0")
    assert not edition.has("F41H3/2")
    assert not edition.has("F41H33/02")
