"""docs/law.md names places and tests that exist."""

import re
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
