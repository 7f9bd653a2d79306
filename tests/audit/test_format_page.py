"""The page that a stranger would write a verifier from says what the program does."""

import re

from service.audit import leaf, verify
from service.audit.checkpoint import LogKey
from tests.audit import logs, opinion
from tests.shared import ROOT

PAGE = (ROOT / "docs/audit-format.md").read_text()


def test_the_example_on_the_page_is_the_log_it_says_it_is() -> None:
    key_line, data = re.findall(r"```\n(test\.example/hozen\+.*\n)\n(\{.*?\n)```", PAGE, re.DOTALL)[0]
    assert data.encode() == logs.Log(logs.records(2)).bundle()
    assert opinion.holds(data.encode(), LogKey.parse(key_line).public)


def test_every_key_of_a_record_stands_on_the_page_and_no_other() -> None:
    table = PAGE.split("| key | value | meaning |")[1].split("\n\n")[0]
    named = [key for row in table.splitlines()[2:] for key in re.findall(r"`([a-z_]+)`", row.split("|")[1])]
    assert sorted(named) == sorted(leaf.GRAMMAR) == sorted(verify.FIELDS)
    assert f"exactly these {len(named)} keys" in PAGE


def test_every_kind_of_record_stands_on_the_page() -> None:
    for word in leaf.REQUESTS | leaf.OPERATIONS | leaf.OUTCOMES:
        assert f"`{word}`" in PAGE
