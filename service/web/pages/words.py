"""The words of the pages in both languages: texts/ja.toml and texts/en.toml, which hold the same keys (a test compares them)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from service.law.documents import documents
from service.law.limit_table import limits

LANGS = ("ja", "en")
FOLDER = Path(__file__).parent / "texts"


@cache
def words(lang: str) -> Mapping[str, Any]:
    """Every table of one language."""
    return tomllib.loads((FOLDER / f"{lang}.toml").read_text("utf-8"))


def word(lang: str, table: str, key: str) -> str:
    """One word: the pages' own, else what the law's tables call a limit or a paper; else the key itself, spelt for people."""
    own: str | None = words(lang)[table].get(key) if table in words(lang) else None
    if own is not None:
        return own
    if table == "limits" and key in limits():
        return str(getattr(limits()[key].title, lang))
    if table == "documents":
        return _paper(lang, key)
    return key.replace("_", " ")


def _paper(lang: str, code: str) -> str:
    """A paper by its code: the law's title of it, else the act it is of, else what stands before its number (`source.1`)."""
    plain, _, number = code.partition(".")
    if plain in documents():
        return str(getattr(documents()[plain].title, lang))
    if plain.startswith("act-"):
        return word(lang, "acts", plain.removeprefix("act-"))
    named: str = words(lang)["documents"].get(plain, plain.replace("_", " "))
    return f"{named} {number}".strip()
