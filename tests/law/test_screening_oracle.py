"""Screening against a second implementation, under change of its data, and byte for byte."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.law.answers import read_answers
from service.law.fields import LAW, Law, law, order_of
from service.law.screening import STRICTEST_FIRST, Screening, screen
from service.law.symbols import Spelled
from tests.law import oracle_screening as oracle
from tests.law.screening_sets import neighbours, pool, representatives, sets
from tests.shared import ROOT, shared

VERSIONS = {"2024-05-01": date(2024, 8, 1), "2025-01-01": date(2025, 8, 1)}
ROWS = {version: oracle.from_text(LAW / f"fields-{version}.toml") for version in VERSIONS}
SYMBOLS = st.lists(st.sampled_from(pool(ROWS["2025-01-01"])), max_size=8)


def compared(symbols: list[str], on: date, answers: str = "", by: Law | None = None) -> Screening:
    return screen([Spelled(s) for s in symbols], on, read_answers([answers]), by=by)


def agrees(found: Screening, said: oracle.Said) -> bool:
    shown = found.to_json()
    return (
        [i["item"] for i in shown["items"]] == said.items
        and [i["item"] for i in shown["excluded"]] == said.excluded
        and {(q["item"], q["kind"]) for q in shown["questions"]} == said.lacking
        and {i["item"] for i in shown["items"] if i["additional_requirements"]}
        == {i for i in said.items if "additional" in said.asked[i]}
        and {i["item"] for i in shown["items"] if i["content_test"]}
        == {i for i in said.items if "content" in said.asked[i]}
        and {(n["symbol"], n["item"]) for n in shown["near"] if n["kind"] == "half"} == said.halves
        and found.outcome == said.outcome
    )


def answers_of(text: str) -> dict[str, str]:
    return dict(answer.split("=") for answer in text.split())


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_ten_thousand_sets_are_answered_as_the_words_of_the_order_say(version: str) -> None:
    outcomes = set()
    for symbols, answers in sets(ROWS[version], 10_000, seed=66):
        said = oracle.screen(ROWS[version], symbols, answers_of(answers))
        found = compared(symbols, VERSIONS[version], answers)
        assert agrees(found, said), (symbols, answers)
        outcomes.add(found.outcome)
    assert outcomes == {"hit", "hit_if", "unclassified", "none"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_thousand_sets_are_answered_so_too(version: str) -> None:
    for symbols, answers in sets(ROWS[version], 1000, seed=67):
        said = oracle.screen(ROWS[version], symbols, answers_of(answers))
        assert agrees(compared(symbols, VERSIONS[version], answers), said), (symbols, answers)


@pytest.mark.parametrize("version", VERSIONS)
def test_fields_json_gives_the_same_oracle(version: str) -> None:
    assert oracle.from_json(shared("data/law/fields.json"), f"v{version.replace('-', '_')}") == ROWS[version]


@given(SYMBOLS, st.randoms())
def test_the_order_of_the_symbols_and_their_number_do_not_matter(symbols: list[str], chance: Any) -> None:
    shuffled = [*symbols, *symbols]
    chance.shuffle(shuffled)
    assert compared(shuffled, VERSIONS["2025-01-01"]).line() == compared(symbols, VERSIONS["2025-01-01"]).line()


@given(SYMBOLS, st.sampled_from(pool(ROWS["2025-01-01"])))
def test_a_further_symbol_never_takes_an_item_away(symbols: list[str], further: str) -> None:
    before, after = (compared(s, VERSIONS["2025-01-01"]) for s in (symbols, [*symbols, further]))
    assert {m.item.number for m in before.items} <= {m.item.number for m in after.items}
    if before.outcome in ("hit", "hit_if"):
        assert STRICTEST_FIRST.index(after.outcome) <= STRICTEST_FIRST.index(before.outcome)


@given(SYMBOLS, st.sampled_from(["В64C1/00", "F41G", "F41G7/22\x00"]))
def test_an_unreadable_symbol_hides_no_hit_and_is_never_dropped(symbols: list[str], unreadable: str) -> None:
    before, after = (compared(s, VERSIONS["2025-01-01"]) for s in (symbols, [*symbols, unreadable]))
    assert before.items == after.items
    assert [u.text for u in after.unreadable] == [unreadable]
    assert after.outcome == (before.outcome if before.items else "unreadable")


@given(SYMBOLS)
def test_every_symbol_given_is_in_the_result(symbols: list[str]) -> None:
    shown = compared(symbols, VERSIONS["2025-01-01"]).to_json()
    assert {s["symbol"] for s in shown["symbols"]} == set(symbols)


@given(SYMBOLS, st.sampled_from(["additional=no", "content=no"]))
def test_a_no_only_moves_items_to_the_excluded(symbols: list[str], answer: str) -> None:
    before, after = compared(symbols, VERSIONS["2025-01-01"]), compared(symbols, VERSIONS["2025-01-01"], answer)
    moved = {m.item.number for m in after.items} | {m.item.number for m in after.excluded}
    assert moved == {m.item.number for m in before.items}


@given(SYMBOLS)
def test_below_is_what_the_tree_says(symbols: list[str]) -> None:
    for near in compared(symbols, VERSIONS["2025-01-01"]).near:
        if near["kind"] == "below":
            listed = {c for g in law().orders[1].items[near["item"]].all_of for c in g}
            above = law().edition.above(near["symbol"])
            assert near["symbol"] not in listed
            if above is None:
                assert near["symbol"].split("/")[0] in {c.split("/")[0] for c in listed if "/" in c}
            else:
                assert listed & set(above)


def table(rows: list[oracle.Row]) -> dict[int, list[list[str]]]:
    """For each item: every code of it with what completes the item, and what only looks like the code."""
    cases: dict[int, list[list[str]]] = {}
    for row in rows:
        whole = [representatives(min(group))[0] for group in row.groups]
        cases[row.item] = [[], *([s] for s in whole)]
        for place, group in enumerate(row.groups):
            rest = whole[:place] + whole[place + 1 :]
            cases[row.item] += [
                [s, *rest] for code in sorted(group) for s in (*representatives(code), *neighbours(code))
            ]
    return cases


def mutants(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The item with one thing about it changed, every way there is."""
    for place, group in enumerate(row["all_of"]):
        for code in group:
            for other in other_shapes(code):
                changed = deepcopy(row)
                changed["all_of"][place] = [other if c == code else c for c in group]
                yield changed
            if len(group) > 1:
                changed = deepcopy(row)
                changed["all_of"][place].remove(code)
                yield changed
        yield {**row, "all_of": [g for n, g in enumerate(row["all_of"]) if n != place] or [["A01B1/00"]]}
    if len(row["all_of"]) > 1:
        yield {**row, "all_of": [[c for g in row["all_of"] for c in g]]}
    yield {**row, "additional": not row["additional"], "without_additional": []}
    for code in row.get("without_additional", []):
        yield {**row, "without_additional": [c for c in row["without_additional"] if c != code]}
    if "content" in row:
        yield {k: v for k, v in row.items() if k != "content"}


def other_shapes(code: str) -> tuple[str, ...]:
    """One shape wider, one narrower, one beside."""
    if "/" in code:
        return code.partition("/")[0], f"{code}1" if len(code.partition("/")[2]) < 6 else code[:-1]
    if len(code) > 4:
        return code[:4], f"{code}/00", f"{code[:4]}99"
    return (code[:3], f"{code}1") if len(code) == 4 else (f"{code}B",)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_every_change_of_an_item_is_refused_or_noticed_by_the_table_of_cases(version: str) -> None:
    name = f"fields-{version}.toml"
    data = tomllib.loads((LAW / name).read_text())
    cases, on = table(ROWS[version]), VERSIONS[version]
    said = {n: [(s, oracle.screen(ROWS[version], s, {})) for s in sets_] for n, sets_ in cases.items()}
    assert all(agrees(compared(s, on), one) for rows in said.values() for s, one in rows)
    refused, noticed = 0, 0
    for place, row in enumerate(data["items"]):
        for mutant in mutants(row):
            items = [*data["items"][:place], mutant, *data["items"][place + 1 :]]
            try:
                order = order_of(name, {**data, "items": items})
            except ValueError:
                refused += 1
                continue
            by = replace(law(), orders=(order,))
            assert not all(agrees(compared(s, on, by=by), one) for s, one in said[place + 1]), mutant
            noticed += 1
    assert noticed > 500
    assert refused < noticed / 10


PROGRAM = """
import sys
from datetime import date
from service.law.screening import screen
from service.law.symbols import Spelled
from service.law.answers import read_answers
from service.law.fields import LAW
from tests.law import oracle_screening
from tests.law.screening_sets import sets
for symbols, answers in sets(oracle_screening.from_text(LAW / "fields-2025-01-01.toml"), 500, seed=12):
    found = screen([Spelled(s) for s in symbols], date(2025, 8, 1), read_answers([answers]))
    sys.stdout.buffer.write(found.line("x") + b"\\n")
"""


def test_the_same_input_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("4711", "Pacific/Auckland"))
    ]
    assert outputs[0] == outputs[1]
    assert len(outputs[0].splitlines()) == 500
