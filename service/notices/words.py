"""What each notice says in its operative sentence: service/notices/texts/notices.toml. Pure once read."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from service.errors import Text
from service.law.documents import documents

OFFICES = {"jpo": Text("特許庁", "Japan Patent Office"), "pm": Text("内閣府", "Cabinet Office")}
ADDRESSEES = {"applicant": Text("特許出願人", "the applicant"), "requester": Text("申出人", "the requester")}


@cache
def texts() -> Mapping[str, Text]:
    """The operative sentence of each notice by its code. Raises ValueError where codes and documents.toml differ."""
    file = Path(__file__).parent / "texts" / "notices.toml"
    found = {code: Text(row["ja"], row["en"]) for code, row in tomllib.loads(file.read_text("utf-8")).items()}
    if found.keys() != {d.code for d in documents().values() if d.is_notice}:
        raise ValueError("notices.toml and documents.toml name different notices")
    return found
