"""SECURITY.md lists every column of the database, what it tells its owner and why; and says where nothing is promised."""

import re

import pytest

from tests.shared import ROOT
from tests.store.databases import Database

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
LIST = PAGE.partition("## What a database owner learns")[2]
COLUMNS = """select table_name, column_name, udt_name from information_schema.columns where table_schema = 'public'"""
SEALED = {
    ("parts", "wrapped"),
    ("parts", "sealed"),
    ("staged_parts", "wrapped"),
    ("staged_parts", "sealed"),
    ("drafts", "wrapped"),
    ("drafts", "sealed"),
    ("facts", "body"),
}
FREE_TEXT = {"text", "json", "jsonb", "xml", "hstore"}


def listed() -> dict[tuple[str, str], tuple[str, str]]:
    """(table, column) -> what it tells, why it is in clear."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for section in LIST.split("\n### ")[1:]:
        table = re.match(r"`(\w+)`", section)
        assert table, section[:40]
        for column, tells, why in re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", section, re.MULTILINE):
            assert (table[1], column) not in found, f"{table[1]}.{column} stands twice"
            found[table[1], column] = tells, why
    return found


async def test_every_column_of_the_database_is_listed_and_no_other(database: Database) -> None:
    rows = await (await database.connect()).fetch(COLUMNS)
    stored = {(r["table_name"], r["column_name"]) for r in rows}
    assert stored - listed().keys() == set(), "columns that SECURITY.md does not tell of"
    assert listed().keys() - stored == set(), "columns that SECURITY.md tells of and the database has not"


def test_every_column_says_what_it_tells_and_why_it_is_in_clear() -> None:
    for key, (tells, why) in listed().items():
        assert (why == "-") is ("*sealed*" in tells) is (key in SEALED), key


async def test_no_column_is_made_for_prose(database: Database) -> None:
    """Words stand in short varchar columns, content in bytes; nothing is made to hold a document in clear."""
    rows = await (await database.connect()).fetch(COLUMNS)
    assert [(r["table_name"], r["column_name"]) for r in rows if r["udt_name"] in FREE_TEXT] == []
    clear = {(r["table_name"], r["column_name"]) for r in rows if r["udt_name"] == "bytea"} - SEALED
    assert clear == {
        ("facts", "tag"), ("approvals", "digest"), ("idempotency_keys", "tag"), ("idempotency_keys", "digest"),
        ("records", "body"), ("leaves", "hash"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "limit",
    [
        "The keyholder's host.", "The web process.", "The database owner can always delete.", "The tail of the log.",
        "What is not authenticated in a case's row.", "Facts about persons.", "Freshness of parts.", "Guessing.",
        "Traffic and counts.", "After release.", "Erasure.", "The demo.",
    ],
)  # fmt: skip
def test_each_limit_is_said(limit: str) -> None:
    assert f"**{limit}**" in PAGE.partition("## What we do not promise")[2].partition("\n## ")[0]


def test_every_place_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:service|tests|policies|migrations|docs)/[\w./-]*)`", PAGE)
    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).exists()] == []
