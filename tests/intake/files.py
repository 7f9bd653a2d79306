"""Where the samples lie, and a second, independent reading of a symbol for the tests' oracles."""

import re
import unicodedata
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "service" / "demo" / "samples"

_WITH_SLASH = re.compile(r"([A-HY])\s*(\d\d)\s*([A-Z])\s*0*(\d{1,4})\s*/\s*(\d{2,6})")
_RUN_TOGETHER = re.compile(r"([A-HY])\s*(\d\d)\s*([A-Z])\s*0*(\d{1,4})(\d\d)(?!\d)")


def plain(symbol: str) -> str:
    """`G06F15/16` from any spelling of the trade; "" from what is no symbol."""
    text = unicodedata.normalize("NFKC", symbol).upper()
    found = _WITH_SLASH.search(text) or _RUN_TOGETHER.search(text)
    return "{}{}{}{}/{}".format(*found.groups()) if found else ""


def samples() -> dict[str, bytes]:
    """Every sample file by name."""
    return {p.name: p.read_bytes() for p in sorted(SAMPLES.iterdir()) if p.suffix in (".xml", ".txt")}


def table() -> list[list[str]]:
    """The rows of the samples' README: filing, format, symbols, expected, note."""
    lines = (SAMPLES / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return rows[1:]
