"""Japanese text: a 願書 with its 明細書, 特許請求の範囲 and 要約書 as one text, or a publication copied from a database's page.

Everything hangs on labels in 【】. Labels are compared in NFKC; values stay as written. A symbol line without subclass takes it from
the line before (old editions). Papers of other procedures are refused by the 書類名 they give themselves.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from service.intake.filing import Drawing, Kind, ReadFiling, Scheme, Symbol
from service.intake.formats import refused
from service.intake.formats.losses import Losses
from service.intake.formats.values import to_date

FORMAT = "jp-text"

_LABEL = re.compile(r"^[\s\u3000]*(?:[(（][0-9０-９]{2}[)）])?[\s\u3000]*【([^】\n]{1,40})】(.*)$")
_SUBCLASS = re.compile(r"([A-H][0-9]{2}[A-Z])\s*(?=[0-9])")
_GROUP = re.compile(r"([0-9]{1,4})\s*/\s*([0-9]{2,6})")
_BLANK = " \t\u3000\u00a0"
_CLOSE = "閉じる"

_APPLICATIONS: dict[str, Kind] = {
    "特許願": "ordinary",
    "翻訳文提出書": "foreign-language",
    "国内書面": "pct-national",
    "国際出願翻訳文提出書": "pct-national",
}
_PARTS = (
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
_OTHERS = (
    ("補正", "amendment"),
    ("意見書", "response"),
    ("実用新案", "utility-model"),
    ("通知", "office-notice"),
    ("査定", "office-notice"),
)
_SPECIAL: tuple[tuple[str, Kind], ...] = (
    ("36条の2", "foreign-language"),
    ("44条", "divisional"),
    ("46条", "converted"),
)
_PARTIES = {
    "発明者": "inventor",
    "特許出願人": "applicant",
    "出願人": "applicant",
    "代理人": "agent",
    "選任した代理人": "agent",
}
_PRIORITY = (
    "パリ条約による優先権等の主張",
    "パリ条約による優先権の主張",
    "先の出願に基づく優先権主張",
    "優先権主張番号",
    "優先権主張",
)
_PARENT = ("原出願の表示", "分割の表示", "変更の表示", "もとの出願の表示")
_NUMBERS = {
    "公開番号": "publication",
    "特許番号": "publication",
    "公表番号": "publication",
    "出願番号": "application",
    "国際出願番号": "international",
    "整理番号": "reference",
}
_CLAIMS_END = ("書類名", "発明の詳細な説明", "要約", "要約書", "図面の簡単な説明", "技術分野")


@dataclass
class _Entry:
    label: str
    line: int
    value: str
    more: list[str] = field(default_factory=list)

    def text(self) -> str:
        return "\n".join(x for x in (s.strip(" \t") for s in (self.value.strip(_BLANK), *self.more)) if x)

    def first(self) -> str:
        return self.value.strip(_BLANK)


def is_japanese_application(text: str) -> bool:
    """Whether the text has the labels that this reader hangs on."""
    return any(label in text for label in ("【書類名】", "【発明の名称】", "【出願番号】"))


def read(name: str, text: str, losses: Losses) -> ReadFiling:
    """The one application of the text. Raises NotAnApplication for other papers, and for text without its labels."""
    entries = list(_entries(name, text, losses))
    kind = _kind(name, entries, losses)
    title = next((e.text() for e in entries if e.label == "発明の名称"), "")
    numbers = _numbers(entries)
    parties, priority = _parties(entries)
    filed = next(
        (e for e in entries if e.label in ("出願日", "提出日") and e.line not in priority),
        None,
    )
    priorities = [e for e in entries if e.label == "優先日" or e.line in priority]
    return ReadFiling(
        format=FORMAT,
        kind=kind,
        number=next(
            (numbers[k] for k in ("publication", "application", "international", "reference") if k in numbers),
            None,
        ),
        numbers=numbers,
        titles={"ja": title.replace("\n", "")} if title else {},
        applicants=parties["applicant"],
        inventors=parties["inventor"],
        agents=parties["agent"],
        symbols=(
            *_symbols(name, entries, "ipc", losses),
            *_symbols(name, entries, "fi", losses),
        ),
        filing_date=next(iter(_dates(name, _filed(entries, of_others), losses)), None),
        priority_dates=tuple(_dates(name, priorities, losses)),
        drawings=tuple(
            Drawing(e.label[1:], "") for e in _section(entries, ("図面の簡単な説明",)) if e.label.startswith("図")
        ),
        claims=tuple(_claims(entries)),
        abstract="\n".join(_written(e) for e in _section(entries, ("要約",), keep_first=True)),
        description="\n".join(_written(e) for e in _description(entries)),
    )


def _entries(name: str, text: str, losses: Losses) -> Iterator[_Entry]:
    entry: _Entry | None = None
    left_out = False
    lines = text.split("\n")
    for at, line in enumerate(lines, 1):
        following = lines[at].strip(_BLANK) if at < len(lines) else ""
        if line.strip(_BLANK) == _CLOSE or following == _CLOSE:
            left_out = True
        elif found := _LABEL.match(line):
            if entry:
                yield entry
            entry = _Entry(unicodedata.normalize("NFKC", found[1]).strip(), at, found[2])
        elif entry:
            entry.more.append(line)
    if entry:
        yield entry
    if left_out:
        losses.add("screen-words-left-out", name)


def _kind(name: str, entries: list[_Entry], losses: Losses) -> Kind:
    called = [unicodedata.normalize("NFKC", e.first()) for e in entries if e.label == "書類名"]
    if called and not (called[0] in _APPLICATIONS or called[0] in _PARTS):
        raise refused.not_an_application(next((k for word, k in _OTHERS if word in called[0]), "procedure-paper"))
    if not any(e.label in ("書類名", "発明の名称", "出願番号") for e in entries):
        raise refused.not_an_application("unknown-text")
    kind: Kind = _APPLICATIONS.get(called[0], "ordinary") if called else "ordinary"
    for entry in entries:
        told = unicodedata.normalize("NFKC", entry.text())
        if entry.label == "特記事項":
            special = next((k for words, k in _SPECIAL if words in told), None)
            kind = special or kind
            if special is None:
                losses.add("special-mention-unread", f"{name} line {entry.line}", told)
        elif entry.label == "分割の表示":
            kind = "divisional"
        elif entry.label == "変更の表示":
            kind = "converted"
    return kind


def _numbers(entries: list[_Entry], of_others: set[int]) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in entries:
        kind = _NUMBERS.get(entry.label)
        if kind and entry.line not in of_others and (value := re.split(r"[(（]", entry.first())[0].strip(_BLANK)):
            found.setdefault(kind, value)
    return found


def _parties(entries: list[_Entry]) -> dict[str, tuple[str, ...]]:
    """The names by role: a name belongs to the party label before it."""
    found: dict[str, list[str]] = {"applicant": [], "inventor": [], "agent": []}
    role = ""
    for entry in entries:
        if entry.label in _PARTIES:
            role = _PARTIES[entry.label]
        elif entry.label in ("書類名", "発明の名称") or entry.label in _PRIORITY:
            role = ""
        elif role and entry.label in ("氏名", "氏名又は名称", "名称") and entry.first():
            found[role].append(entry.first())
    return {role: tuple(names) for role, names in found.items()}


def _of_others(entries: list[_Entry], heads: tuple[str, ...]) -> set[int]:
    """The lines of numbers and dates that stand under one of `heads`: they are of another application."""
    inside = False
    lines: set[int] = set()
    for entry in entries:
        if entry.label in heads:
            inside = True
        elif entry.label not in ("国名", "出願番号", "出願日", "国際出願番号", "国際出願日", "整理番号"):
            inside = False
        elif inside:
            lines.add(entry.line)
    return lines


def _filed(entries: list[_Entry], of_others: set[int]) -> list[_Entry]:
    """The entry that gives the filing date: the application's own, the international one, else the day of submission."""
    for label in ("出願日", "国際出願日", "提出日"):
        if found := [e for e in entries if e.label == label and e.line not in of_others]:
            return found[:1]
    return []


def _dates(name: str, entries: list[_Entry], losses: Losses) -> Iterator[date]:
    for entry in entries:
        if found := to_date(entry.first()):
            yield found
        elif entry.first():
            losses.add("date-unreadable", f"{name} line {entry.line}", entry.first())


def _symbols(name: str, entries: list[_Entry], scheme: Scheme, losses: Losses) -> Iterator[Symbol]:
    for entry in entries:
        if not (entry.label.startswith("国際特許分類") if scheme == "ipc" else entry.label == "FI"):
            continue
        subclass = ""
        for at, line in enumerate((entry.value, *entry.more), entry.line):
            source = line.strip(_BLANK)
            if not source:
                continue
            plain = unicodedata.normalize("NFKC", source).strip().upper()
            if found := _SUBCLASS.search(plain):
                subclass = found[1]
            elif not (_GROUP.match(plain) and subclass):
                losses.add("symbol-unreadable", f"{name} line {at}", source)
                yield Symbol(scheme, source, source)
                continue
            yield Symbol(scheme, source, source if found else f"{subclass} {source}")


def _section(entries: list[_Entry], labels: tuple[str, ...], *, keep_first: bool = False) -> Iterator[_Entry]:
    """The entries under the first of `labels`, up to the next part or (for the abstract) the claims."""
    inside = False
    for entry in entries:
        if inside and entry.label in (
            "書類名",
            "特許請求の範囲",
            "発明の詳細な説明",
            "符号の説明",
        ):
            return
        if inside or entry.label in labels:
            if inside or keep_first:
                yield entry
            inside = True


def _claims(entries: list[_Entry]) -> Iterator[str]:
    claim: list[str] = []
    inside = False
    for entry in entries:
        if re.fullmatch(r"請求項[0-9]+", entry.label):
            if claim:
                yield "\n".join(claim)
            claim, inside = [entry.text()], True
        elif inside and entry.label in _CLAIMS_END:
            inside = False
        elif inside:
            claim.append(_written(entry))
    if claim:
        yield "\n".join(claim)


def _description(entries: list[_Entry]) -> Iterator[_Entry]:
    """The entries of the 明細書: by its 書類名, or from 発明の詳細な説明 of a page to its end."""
    inside = False
    for entry in entries:
        if entry.label == "書類名":
            inside = entry.first() == "明細書"
        elif entry.label in ("発明の詳細な説明", "技術分野"):
            inside = True
        elif entry.label in ("特許請求の範囲", "要約"):
            inside = False
        elif inside and entry.label == "発明の名称":
            continue
        if inside and entry.label != "書類名":
            yield entry


def _written(entry: _Entry) -> str:
    if re.fullmatch(r"[0-9]{4,5}", entry.label):
        return f"[{entry.label}] {entry.text()}"
    return f"【{entry.label}】{entry.text()}"
