"""Japanese text: a 願書 with its 明細書, 特許請求の範囲 and 要約書 as one text, or a publication copied from a
database's page.

Everything hangs on labels in 【】 (jp_labels). Labels are compared in NFKC; values stay as written. A symbol line
without subclass takes it from the line before (old editions). Papers of other procedures are refused by the 書類名
they give themselves.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date

from service.intake.filing import Drawing, Kind, ReadFiling, Scheme, Symbol
from service.intake.formats import refused
from service.intake.formats.jp_labels import (
    APPLICATIONS,
    BLANK,
    NUMBERS,
    OTHER_PAPERS,
    PARENT,
    PARTIES,
    PARTS,
    PRIORITY,
    SPECIAL,
    Entry,
    entries,
    under,
)
from service.intake.formats.losses import Losses
from service.intake.formats.values import reads_as_symbol, to_date

FORMAT = "jp-text"

_SUBCLASS = re.compile(r"([A-H][0-9]{2}[A-Z])\s*(?=[0-9])")
_GROUP = re.compile(r"[0-9]{1,4}\s*/\s*[0-9]{2,6}")
_CLAIMS_END = ("書類名", "発明の詳細な説明", "要約", "要約書", "図面の簡単な説明", "技術分野")


def is_japanese_application(text: str) -> bool:
    """Whether the text has the labels that this reader hangs on."""
    return any(label in text for label in ("【書類名】", "【発明の名称】", "【出願番号】"))


def read(name: str, text: str, losses: Losses) -> ReadFiling:
    """The one application of the text. Raises NotAnApplication for other papers, and for text without its labels."""
    found = list(entries(name, text, losses))
    kind = _kind(name, found, losses)
    priority = under(found, PRIORITY)
    of_others = priority | under(found, PARENT)
    numbers = _numbers(found, of_others)
    parties = _parties(found)
    title = next((e.text() for e in found if e.label == "発明の名称"), "")
    priorities = (e for e in found if e.label == "優先日" or (e.label == "出願日" and e.line in priority))
    figures = (e for e in _section(found, "図面の簡単な説明") if e.label.startswith("図"))
    kinds = ("publication", "application", "international", "reference")
    return ReadFiling(
        format=FORMAT,
        kind=kind,
        number=next((numbers[k] for k in kinds if k in numbers), None),
        numbers=numbers,
        titles={"ja": title.replace("\n", "")} if title else {},
        applicants=parties["applicant"],
        inventors=parties["inventor"],
        agents=parties["agent"],
        symbols=(*_symbols(name, found, "ipc", losses), *_symbols(name, found, "fi", losses)),
        filing_date=next(_dates(name, _filed(found, of_others), losses), None),
        priority_dates=tuple(_dates(name, priorities, losses)),
        drawings=tuple(Drawing(e.label[1:], "") for e in figures),
        claims=tuple(_claims(found)),
        abstract="\n".join(e.written() for e in _section(found, "要約", with_head=True)),
        description="\n".join(e.written() for e in _description(found)),
    )


def _kind(name: str, found: list[Entry], losses: Losses) -> Kind:
    called = next((unicodedata.normalize("NFKC", e.first()) for e in found if e.label == "書類名"), "")
    if called and called not in APPLICATIONS and called not in PARTS:
        raise refused.not_an_application(next((k for word, k in OTHER_PAPERS if word in called), "procedure-paper"))
    if not any(e.label in ("書類名", "発明の名称", "出願番号") for e in found):
        raise refused.not_an_application("unknown-text")
    kind: Kind = APPLICATIONS.get(called, "ordinary")
    for entry in found:
        if entry.label == "特記事項":
            kind = _special(name, entry, losses) or kind
        elif entry.label == "分割の表示":
            kind = "divisional"
        elif entry.label == "変更の表示":
            kind = "converted"
    return kind


def _special(name: str, entry: Entry, losses: Losses) -> Kind | None:
    told = unicodedata.normalize("NFKC", entry.text())
    kind = next((k for words, k in SPECIAL if words in told), None)
    if kind is None:
        losses.add("special-mention-unread", f"{name} line {entry.line}", told)
    return kind


def _numbers(found: list[Entry], of_others: set[int]) -> dict[str, str]:
    numbers: dict[str, str] = {}
    for entry in found:
        kind = NUMBERS.get(entry.label)
        if kind and entry.line not in of_others and (value := re.split(r"[(（]", entry.first())[0].strip(BLANK)):
            numbers.setdefault(kind, value)
    return numbers


def _parties(found: list[Entry]) -> dict[str, tuple[str, ...]]:
    """The names by role: a name belongs to the party label before it."""
    names: dict[str, list[str]] = {"applicant": [], "inventor": [], "agent": []}
    role = ""
    for entry in found:
        if entry.label in PARTIES:
            role = PARTIES[entry.label]
        elif entry.label in ("書類名", "発明の名称") or entry.label in PRIORITY:
            role = ""
        elif role and entry.label in ("氏名", "氏名又は名称", "名称") and entry.first():
            names[role].append(entry.first())
    return {role: tuple(told) for role, told in names.items()}


def _filed(found: list[Entry], of_others: set[int]) -> list[Entry]:
    """The entry that gives the filing date: its own, the international one, else the day of submission."""
    for label in ("出願日", "国際出願日", "提出日"):
        if own := [e for e in found if e.label == label and e.line not in of_others]:
            return own[:1]
    return []


def _dates(name: str, found: Iterable[Entry], losses: Losses) -> Iterator[date]:
    for entry in found:
        if told := to_date(entry.first()):
            yield told
        elif entry.first():
            losses.add("date-unreadable", f"{name} line {entry.line}", entry.first())


def _symbols(name: str, found: list[Entry], scheme: Scheme, losses: Losses) -> Iterator[Symbol]:
    for entry in found:
        if not (entry.label.startswith("国際特許分類") if scheme == "ipc" else entry.label == "FI"):
            continue
        subclass = ""
        for at, line in enumerate((entry.value, *entry.more), entry.line):
            if not (source := line.strip(BLANK)):
                continue
            plain = unicodedata.normalize("NFKC", source).strip().upper()
            if own := _SUBCLASS.search(plain):
                subclass = own[1]
            text = f"{subclass} {source}" if not own and subclass and _GROUP.match(plain) else source
            if not reads_as_symbol(text):
                losses.add("symbol-unreadable", f"{name} line {at}", source)
            yield Symbol(scheme, source, text)


def _section(found: list[Entry], head: str, *, with_head: bool = False) -> Iterator[Entry]:
    """The entries under `head`, up to the next part, the claims, the description or the list of signs."""
    inside = False
    for entry in found:
        if inside and entry.label in ("書類名", "特許請求の範囲", "発明の詳細な説明", "符号の説明"):
            return
        if inside or (with_head and entry.label == head):
            yield entry
        inside = inside or entry.label == head


def _claims(found: list[Entry]) -> Iterator[str]:
    claim: list[str] = []
    inside = False
    for entry in found:
        if re.fullmatch(r"請求項[0-9]+", entry.label):
            if claim:
                yield "\n".join(claim)
            claim, inside = [entry.text()], True
        elif inside and entry.label in _CLAIMS_END:
            inside = False
        elif inside:
            claim.append(entry.written())
    if claim:
        yield "\n".join(claim)


def _description(found: list[Entry]) -> Iterator[Entry]:
    """The entries of the 明細書: by its 書類名, or from 発明の詳細な説明 of a page to its end."""
    inside = False
    for entry in found:
        if entry.label == "書類名":
            inside = entry.first() == "明細書"
            continue
        if entry.label in ("発明の詳細な説明", "技術分野"):
            inside = True
        elif entry.label in ("特許請求の範囲", "要約"):
            inside = False
        if inside and entry.label != "発明の名称":
            yield entry
