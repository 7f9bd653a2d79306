"""docs/law.md names places and tests that exist, and every paragraph of the everyday articles."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.findall(r"`((?:tests|service|policies)/[^`]+)`", (ROOT / "docs" / "law.md").read_text(encoding="utf-8"))


def test_every_place_and_test_that_the_page_on_the_law_names_exists() -> None:
    assert len(NAMED) > 50
    for name in NAMED:
        path, _, function = name.partition("::")
        assert (ROOT / path).is_file(), name
        if function:
            assert re.search(rf"^(async )?def {function}\(", (ROOT / path).read_text(encoding="utf-8"), re.M), name


def test_every_row_about_the_law_names_a_test() -> None:
    rows = re.findall(r"^\|(.+)\|$", (ROOT / "docs" / "law.md").read_text(encoding="utf-8"), re.M)
    facts = [row for row in rows if not set(row) <= set("-|") and not row.endswith("test ")]
    assert facts
    assert [row for row in facts if "::" not in row] == []


PARAGRAPHS = {"ESPA 66": 11, "ESPA 78": 7, "ESPA 79": 7, "CAO-METI Order": {1: 2, 2: 4, 3: 4, 4: 1, 5: 6, 6: 3, 7: 1}}
"""How many each has, as published (the Act as of 1 June 2026, the Order as of 1 May 2024). An article of one paragraph has no number."""


def every_paragraph() -> Iterator[str]:
    """As the page spells them."""
    for article, count in PARAGRAPHS.items():
        if isinstance(count, int):
            yield from (f"{article}({n})" for n in range(1, count + 1))
        else:
            yield from (
                f"{article} {a}({n})" if last > 1 else f"{article} {a}"
                for a, last in count.items()
                for n in range(1, last + 1)
            )


def named_in(said: str) -> Iterator[str]:
    """The paragraphs that a cell names: "ESPA 66(6), 67(2)", "CAO-METI Order 5(2)-(4)"; "whole" names none."""
    law = ""
    for one in re.split(r", |; ", said.partition(" (")[0] if said.startswith("- ") else said):
        found = re.fullmatch(r"(?:- )?(ESPA |CAO-METI Order )?(\d+)(?:\((\d+)\)(?:-\((\d+)\))?)?", one.strip())
        if found is None:
            law = ""
            continue
        law = found[1] or law
        if law and found[3]:
            yield from (f"{law}{found[2]}({n})" for n in range(int(found[3]), int(found[4] or found[3]) + 1))
        elif law:
            yield f"{law}{found[2]}"


def test_every_paragraph_of_the_everyday_articles_has_its_row_or_its_reason() -> None:
    page = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    rows = {p for row in re.findall(r"^\| ([^|]+) \|.*::.*\|$", page, re.M) for p in named_in(row)}
    items = re.findall(r"^- (?:.+\n(?:  .+\n)*)", page, re.M)
    left = {p for item in items if "not for this system, because" in item for p in named_in(item)}
    assert set(every_paragraph()) - rows - left == set()
    assert rows & left == set()


def test_what_a_cell_names_is_read_as_it_is_meant() -> None:
    assert list(named_in("ESPA 66(6), 67(2)")) == ["ESPA 66(6)", "ESPA 67(2)"]
    assert list(named_in("CAO-METI Order 5(2)-(4)")) == [f"CAO-METI Order 5({n})" for n in (2, 3, 4)]
    assert list(named_in("ESPA 79(5), 79(6), Order 16")) == ["ESPA 79(5)", "ESPA 79(6)"]
    assert list(named_in("ESPA 79, whole")) == ["ESPA 79"]
    assert list(named_in("- CAO-METI Order 2(2), 7 (a reason, 3(1)): no.")) == [
        "CAO-METI Order 2(2)",
        "CAO-METI Order 7",
    ]
