"""The labels in 【】 on which Japanese application text hangs, and the entries that they make.

Promises: every line is in exactly one entry but the lines before the first label and the words of a database's screen
(a loss).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from service.intake.filing import Kind
from service.intake.formats.losses import Losses

BLANK = " \t\u3000\u00a0"

APPLICATIONS: dict[str, Kind] = {
    "特許願": "ordinary",
    "翻訳文提出書": "foreign-language",
    "国内書面": "pct-national",
    "国際出願翻訳文提出書": "pct-national",
}
PARTS = (
    "明細書",
    "特許請求の範囲",
    "請求の範囲",
    "要約書",
    "図面",
    "外国語書面",
    "外国語明細書",
    "外国語特許請求の範囲",
    "外国語要約書",
    "外国語図面",
)
OTHER_PAPERS = (
    ("補正", "amendment"),
    ("意見書", "response"),
    ("実用新案", "utility-model"),
    ("通知", "office-notice"),
    ("査定", "office-notice"),
)
PRIORITY = (
    "パリ条約による優先権等の主張",
    "パリ条約による優先権の主張",
    "先の出願に基づく優先権主張",
    "優先権主張番号",
    "優先権主張",
)
PARENT = ("原出願の表示", "分割の表示", "変更の表示", "もとの出願の表示")
SPECIAL: tuple[tuple[str, Kind], ...] = (("36条の2", "foreign-language"), ("44条", "divisional"), ("46条", "converted"))
PARTIES = {
    "発明者": "inventor",
    "特許出願人": "applicant",
    "出願人": "applicant",
    "代理人": "agent",
    "選任した代理人": "agent",
}
NUMBERS = {
    "公開番号": "publication",
    "公表番号": "publication",
    "特許番号": "publication",
    "出願番号": "application",
    "国際出願番号": "international",
    "整理番号": "reference",
}

# matched after the outer blanks are cut: two starred runs of blanks in one pattern would take quadratic time
_LABEL = re.compile(r"(?:[(（][0-9０-９]{2}[)）])?[\s\u3000]{0,40}【([^】\n]{1,40})】(.*)$")
_CLOSE = "閉じる"


@dataclass
class Entry:
    """One label (NFKC), the line it stands in, and the text up to the next label, as written."""

    label: str
    line: int
    value: str
    more: list[str] = field(default_factory=list)

    def text(self) -> str:
        """All lines, outer blanks cut, empty ones left out."""
        lines = (self.value.strip(BLANK), *(line.strip(" \t") for line in self.more))
        return "\n".join(line for line in lines if line)

    def first(self) -> str:
        """What stands in the label's own line."""
        return self.value.strip(BLANK)

    def written(self) -> str:
        """Label and text; a paragraph's number in square brackets."""
        if re.fullmatch(r"[0-9]{4,5}", self.label):
            return f"[{self.label}] {self.text()}"
        return f"【{self.label}】{self.text()}"


def entries(name: str, text: str, losses: Losses) -> Iterator[Entry]:
    """The entries of the text, in order."""
    entry: Entry | None = None
    screen_words = 0
    lines = text.split("\n")
    for at, line in enumerate(lines, 1):
        following = lines[at].strip(BLANK) if at < len(lines) else ""
        if line.strip(BLANK) == _CLOSE or following == _CLOSE:
            screen_words += 1
        elif found := _LABEL.match(line.lstrip()):
            if entry:
                yield entry
            entry = Entry(unicodedata.normalize("NFKC", found[1]).strip(), at, found[2])
        elif entry:
            entry.more.append(line)
    if entry:
        yield entry
    if screen_words:
        losses.add("screen-words-left-out", name)


def under(found: list[Entry], heads: tuple[str, ...]) -> set[int]:
    """The lines of numbers and dates that stand under one of `heads`: they are of another application."""
    inside = False
    lines: set[int] = set()
    for entry in found:
        if entry.label in heads:
            inside = True
        elif entry.label not in ("国名", "出願番号", "出願日", "国際出願番号", "国際出願日", "整理番号"):
            inside = False
        elif inside:
            lines.add(entry.line)
    return lines
