"""What the symbols of an application match, what is left to be asked, and what comes of it (Art. 66(1), Order Art. 12)."""

import json
from datetime import date
from typing import Any

import orjson
import pytest

from service.errors import Refusal
from service.law.answers import NOT_ANSWERED, read_answers
from service.law.fields import law
from service.law.screening import Screening, screen
from service.law.symbols import Scheme, Spelled
from tests.shared import shared

OLD, NEW = date(2024, 7, 1), date(2025, 7, 1)


def of(
    *symbols: str, on: date = NEW, answers: str = "", scheme: Scheme = "ipc", also_on: date | None = None
) -> Screening:
    return screen([Spelled(s, scheme) for s in symbols], on, read_answers([answers]), also_on)


def shape(*symbols: str, **how: Any) -> dict[str, Any]:
    return of(*symbols, **how).to_json()


def numbers(found: Screening) -> list[int]:
    return [m.item.number for m in found.items]


def test_the_cases_of_fields_json() -> None:
    cases = json.loads(shared("data/law/fields.json").read_text("utf-8"))["test_cases"]
    for case in cases:
        on = OLD if case["version"] == "v2024_05_01" else NEW
        content = "content=yes" if case["limited_to_answered_yes"] else "content=no"
        found = of(*case["symbols"], on=on, answers=content)
        assert numbers(found) == case["items"], case["note"]
        expected = {"hit, unconditional": "hit", "none": "none"}.get(case["result"], "hit_if")
        assert found.outcome == expected, case["note"]
    assert len(cases) == 18


@pytest.mark.parametrize(("symbols", "on", "answers", "items", "outcome"), [
    (["F41G7/22"], NEW, "", [32], "hit"),
    (["F41H3/00", "B64C1/00"], NEW, "", [14], "hit"),
    (["F41H3/02", "B64C1/00"], NEW, "", [], "none"),
    (["F41H3/00"], NEW, "", [], "none"),
    (["B63G8/28", "B63G8/08"], NEW, "", [13], "hit"),
    (["B63G8/08"], NEW, "", [13], "hit_if"),
    (["B63G8/08"], NEW, "additional=no", [], "none"),
    (["B63G8/28"], NEW, "additional=no", [13], "hit"),
    (["B63C7/26", "B63G8/00", "F41H11/02"], NEW, "", [3, 4, 13, 33], "hit"),
    (["B63C7/26", "B63G8/00", "F41H11/02"], NEW, "additional=no", [4, 33], "hit"),
    (["H10F30/21"], NEW, "", [46], "hit_if"),
    (["H10F30/21"], NEW, "content=yes", [46], "hit_if"),
    (["H10F30/21"], NEW, "additional=c1", [46], "hit_if"),
    (["H10F30/21"], NEW, "content=yes additional=c1", [46], "hit"),
    (["H10F30/21"], NEW, "content=yes,46.content=no", [], "none"),
    (["H10F30/21", "B01D59/10"], NEW, "46.content=no", [1], "hit_if"),
    (["H10F30/21", "B01D59/10"], NEW, "46.content=no content=yes", [1], "hit"),
    (["H01L31/08"], NEW, "", [], "none"),
    (["H01L31/08", "H01L27/14", "H04K3/00"], OLD, "", [45, 46, 47], "hit_if"),
    (["H10F30/21"], OLD, "", [], "none"),
    (["B01D59/10"], NEW, "", [1], "hit_if"),
    (["B01D59/10", "F41G7/22"], NEW, "", [1, 32], "hit"),
    (["H04K3/00"], NEW, "additional=b", [45], "hit"),
    (["G05D1/00", "F42B12/02"], NEW, "", [35], "hit"),
    (["A61K9/00"], NEW, "", [], "none"),
    ([], NEW, "", [], "unclassified"),
    (["F21Y2115/10"], NEW, "", [], "unclassified"),
    (["A61K9/00", "?"], NEW, "", [], "unreadable"),
    (["?"], NEW, "", [], "unreadable"),
    (["?", "B63G8/08"], NEW, "", [13], "hit_if"),
    (["?", "B63G8/08"], NEW, "additional=no", [], "unreadable"),
    (["?", "F41G7/22"], NEW, "", [32], "hit"),
    (["F41G7/22", "?"], date(2024, 4, 30), "", [], "none"),
])  # fmt: skip
def test_the_outcome_is_the_first_that_fits(
    symbols: list[str], on: date, answers: str, items: list[int], outcome: str
) -> None:
    found = of(*symbols, on=on, answers=answers)
    assert (numbers(found), found.outcome) == (items, outcome)


def test_a_result_has_these_keys_and_names_the_files_it_rests_on() -> None:
    found = shape("B63G8/08", "H10F30/99", "?")
    assert list(found) == [
        "source", "on", "order", "symbols", "items", "excluded", "near", "unknown", "unreadable", "questions",
        "outcome", "why", "sha256",
    ]  # fmt: skip
    assert list(found["items"][0]) == ["item", "fields", "matched", "additional_requirements", "content_test", "basis"]
    assert list(found["near"][0]) == ["symbol", "item", "kind", "why"]
    assert list(found["questions"][0]) == ["item", "kind", "text"]
    assert set(found["sha256"]) == {"fields-2024-05-01.toml", "fields-2025-01-01.toml", "ipc-2023.txt.gz"}
    assert found["why"].keys() == {"ja", "en"}
    assert found["order"] == "2025-01-01"


def test_before_the_first_of_may_2024_there_is_no_order() -> None:  # Suppl. Art. 2
    found = shape("F41G7/22", "?", on=date(2024, 4, 30))
    assert (found["order"], found["items"], found["questions"], found["near"]) == (None, [], [], [])
    assert "附則2条" in found["why"]["ja"]
    assert found["symbols"][0]["symbol"] == "F41G7/22"
    assert len(found["unreadable"]) == 1


def test_item_13_has_two_parts() -> None:  # 12(2)
    assert shape("B63G8/28")["items"][0] == {
        "item": 13,
        "fields": [8],
        "matched": [["B63G8/28"]],
        "additional_requirements": False,
        "content_test": None,
        "basis": "ESPA 66(1); Order 12(1) item 13",
    }
    other = shape("B63G8/08", answers="additional=b")["items"][0]
    assert (other["fields"], other["additional_requirements"]) == ([12], True)
    assert other["basis"] == "ESPA 66(1); Order 12(1) item 13; 12(2); 12(3)(ii)"
    assert shape("B63G8/08", "B63G8/33")["items"][0]["fields"] == [8, 12]


def test_items_40_46_and_47_ask_both_questions() -> None:
    found = shape("G01J1/02", "H10F30/21", "H10F39/10")
    assert [(q["item"], q["kind"]) for q in found["questions"]] == [
        (n, kind) for n in (40, 46, 47) for kind in ("additional", "content")
    ]
    assert "国立研究開発法人" in found["questions"][0]["text"]["ja"]
    assert "量子ドット" in found["questions"][1]["text"]["ja"]


def test_an_item_answered_with_no_is_excluded_with_the_reason() -> None:
    found = shape("G01J1/02", "B63G8/08", answers="content=no")
    assert [e["item"] for e in found["excluded"]] == [40]
    assert found["excluded"][0]["reason"]["ja"] == "量子ドット又は超格子に関するものではないとの答えによる。"
    assert [i["item"] for i in found["items"]] == [13]
    both = shape("G01J1/02", answers="content=no additional=no")["excluded"][0]["reason"]["en"]
    assert "Order 12(3)" in both
    assert "quantum dots" in both


def test_precedence_changes_the_outcome_and_says_so_but_never_the_list() -> None:  # 12(2), last parenthesis
    found = shape("B63C7/26", "B63G8/00", "F41H11/02")
    assert [i["item"] for i in found["items"]] == [3, 4, 13, 33]
    assert found["outcome"] == "hit"
    assert "第3号、第13号にも当たるが" in found["why"]["ja"]


def test_an_answer_for_one_item_settles_nothing_for_another() -> None:
    found = shape("B63G8/08", "H10F30/21", answers="13.additional=a")
    assert found["outcome"] == "hit"
    assert found["why"]["ja"] == "第13号に該当する（施行令12条1項）。第46号については、なお答えがない。"
    assert [(q["item"], q["kind"]) for q in found["questions"]] == [(46, "additional"), (46, "content")]


def test_near_tells_of_a_symbol_below_a_listed_one_and_of_half_a_pair() -> None:
    near = shape("F41H3/02", "B64C1/00")["near"]
    assert [(n["symbol"], n["item"], n["kind"]) for n in near if n["item"] == 14] == [
        ("F41H3/02", 14, "below"),
        ("B64C1/00", 14, "half"),
    ]
    assert ("B63G8/42", 13, "below") in {(n["symbol"], n["item"], n["kind"]) for n in shape("B63G8/42")["near"]}
    assert shape("G01S7/28")["near"] == []  # same main group, but the tree knows that it is not below a listed one
    assert [n["kind"] for n in shape("H10F30/999")["near"]] == ["below"]  # the tree does not know it: same main group
    assert [n["item"] for n in shape("B64C1/00", "F41H3/00")["near"] if n["item"] == 14] == []


def test_a_symbol_that_no_edition_has_is_compared_and_remarked() -> None:
    found = shape("F41G7/9999")
    assert [i["item"] for i in found["items"]] == [32]
    assert [u["symbol"] for u in found["unknown"]] == ["F41G7/9999"]
    assert shape("H10F30/21")["unknown"] == []  # the Order itself names it


def test_fi_and_cpc_stand_where_their_stem_stands_and_say_so() -> None:  # 12(1): 準じて細分化したもの
    fi = shape("B63G8/28 101A", scheme="fi")
    assert fi["symbols"] == [{"symbol": "B63G8/28", "source_scheme": "fi", "source_symbol": "B63G8/28 101A"}]
    assert fi["outcome"] == "hit"
    cpc = shape("B63G8/001", "G01S7/52004", scheme="cpc")
    assert [s["symbol"] for s in cpc["symbols"]] == ["B63G8/00", "G01S7/52"]
    assert [i["item"] for i in cpc["items"]] == [11, 13]
    assert shape("B63G8/001")["items"] == []  # as an IPC symbol it is its own, and no edition has it
    assert ("B63G8/001", 13) in {(n["symbol"], n["item"]) for n in shape("B63G8/001")["near"]}


def test_the_2000_series_and_section_y_are_remarked_only() -> None:
    found = shape("B64C2201/024", "Y02E10/72", "F41H3/00", scheme="cpc")
    assert [s["symbol"] for s in found["symbols"]] == ["F41H3/00"]
    assert [u["symbol"] for u in found["unknown"]] == ["B64C2201/024", "Y02E10/72"]
    assert found["items"] == []
    assert shape("F21Y2115/10", scheme="fi")["outcome"] == shape("F21Y2115/10")["outcome"] == "unclassified"


def test_ipc_and_fi_of_one_place_are_matched_once() -> None:
    found = screen([Spelled("F41G7/22", "fi"), Spelled("F41G7/22"), Spelled("f41g 7/22")], NEW).to_json()
    assert found["items"][0]["matched"] == [["F41G7/22"]]
    assert [s["source_scheme"] for s in found["symbols"]] == ["fi", "ipc"]


@pytest.mark.parametrize(("symbols", "on", "also", "counts", "outcome"), [
    (["H01L31/08"], NEW, OLD, OLD, "hit_if"),
    (["H10F30/21"], NEW, OLD, NEW, "hit_if"),
    (["H10F30/21"], NEW, date(2020, 1, 1), NEW, "hit_if"),
    (["A61K9/00"], NEW, OLD, NEW, "none"),
    (["F41G7/22"], date(2020, 1, 1), NEW, NEW, "hit"),
    (["H01L31/08", "H04K3/00"], NEW, OLD, OLD, "hit_if"),  # both ask, the older of two items
])  # fmt: skip
def test_a_divisional_is_compared_under_both_dates_and_the_stricter_counts(
    symbols: list[str], on: date, also: date, counts: date, outcome: str
) -> None:
    found = shape(*symbols, on=on, also_on=also)
    assert (found["on"], found["outcome"]) == (counts.isoformat(), outcome)
    assert on.isoformat() in found["why"]["en"]
    assert also.isoformat() in found["why"]["en"]


@pytest.mark.parametrize("text", [
    "additional=maybe", "content=a", "48.content=no", "0.content=no", "content", "content=yes content=no", "46.content=",
    "additional=a additional=b", "content=YES",
])  # fmt: skip
def test_an_answer_that_is_none_or_contradicts_another_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        read_answers([text])


def test_not_answered_is_never_no() -> None:
    assert NOT_ANSWERED.to(46, "content") is None
    assert read_answers(["46.content=no"]).to(40, "content") is None
    assert read_answers(["46.content=no content=yes"]).to(46, "content") == "no"
    assert read_answers([]).given == {}


@pytest.mark.parametrize("symbols", [[], ["A61K9/00", "G06F17/00"], ["B63G8/08"], ["?"], ["F41H3/02"], ["F21Y2115/10"]])
def test_the_line_is_the_json_object_and_nothing_else(symbols: list[str]) -> None:
    for on in (OLD, NEW, date(2020, 1, 1)):
        for found in (of(*symbols, on=on), of(*symbols, on=on, also_on=NEW)):
            assert found.line('a "b"\n') == orjson.dumps(found.to_json('a "b"\n'))


def test_the_law_may_be_given() -> None:
    assert screen([Spelled("F41G7/22")], NEW, by=law()) == screen([Spelled("F41G7/22")], NEW)
