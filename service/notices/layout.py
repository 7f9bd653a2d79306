"""A notice as HTML: Japanese first, then an English reading copy marked as such. Pure; what a person wrote is escaped, always.

What stands in it: number of the case, name of the paper, article, both spellings of its day, the last day it sets, what the act says
(reasons, inventions, items asked, the Prime Minister's answer), for whom the person acted. What does not: names, addresses, the title of
the invention, which no act's paper holds and no rendering opens a second part for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from html import escape
from typing import Any

from service.errors import Text
from service.law.documents import documents
from service.law.wareki import wareki
from service.notices.words import ADDRESSEES, OFFICES, texts

FAMILY = "Noto Sans CJK JP"
STYLE = f"""
@page {{ size: A4; margin: 25mm 22mm; @top-center {{ content: element(mark) }}
  @bottom-center {{ content: counter(page) " / " counter(pages); font: 9pt "{FAMILY}" }} }}
body {{ font: 10.5pt/1.7 "{FAMILY}"; margin: 0 }}
.mark {{ position: running(mark); text-align: center; font-weight: normal; font-size: 9pt; border: 0.6pt solid #000; padding: 1mm }}
.right {{ text-align: right }} h1 {{ font-size: 14pt; font-weight: normal; text-align: center; margin: 8mm 0 }}
dt {{ margin-top: 2mm }} dd {{ margin: 0 0 0 8mm; white-space: pre-wrap; overflow-wrap: anywhere }}
.copy {{ break-before: page }} .note {{ border: 0.6pt solid #000; padding: 1mm 2mm }}
"""
ACTS_FOR = {
    "commissioner": Text("特許庁長官", "the Commissioner"),
    "prime_minister": Text("内閣総理大臣", "the Prime Minister"),
}
REGISTERS = {"JPO": "特保", "CAO": "府保"}
"""How a register's numbers begin; our own, no office has told its own."""
QUESTIONS = {
    "additional": Text("付加要件", "additional requirement"),
    "content": Text("号の限定", "the item's own limit"),
}


@dataclass(frozen=True)
class Notice:
    """The canonical data of one notice. number: of its case, as receipts spell it; basis: article of its step; said: the act's paper,
    whose `number` is the notice's own, in its office's register."""

    code: str
    number: str
    day: date
    basis: str
    mark: Text
    said: Mapping[str, Any] = field(default_factory=dict)


def html(notice: Notice) -> str:
    """The whole document. Raises KeyError for a code that is no notice."""
    paper, said = documents()[notice.code], texts()[notice.code]
    copy = '<p class="note">Reading copy. The Japanese text is the notice. 参考訳（正文は日本語）</p>'
    mark = f'<div class="mark">{escape(notice.mark.ja)} / {escape(notice.mark.en)}</div>'
    return (
        f'<html lang="ja"><head><meta charset="utf-8"><title>{escape(paper.title.ja)}</title><style>{STYLE}</style></head>'
        f"<body>{mark}{_page(notice, paper.title.ja, said.ja, 'ja')}"
        f'<section class="copy" lang="en">{copy}{_page(notice, paper.title.en, said.en, "en")}</section></body></html>'
    )


def _page(notice: Notice, title: str, sentence: str, lang: str) -> str:
    """One language's text."""
    paper = documents()[notice.code]
    addressee = next(ADDRESSEES[r] for r in paper.recipients if r in ADDRESSEES)
    day = f"{wareki(notice.day)}（{notice.day.isoformat()}）" if lang == "ja" else notice.day.isoformat()
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in _rows(notice, lang))
    to = f"{addressee.ja}　殿" if lang == "ja" else f"To {addressee.en}"
    return (
        f'<p class="right">{escape(_number(notice, lang))}<br>{escape(day)}</p><p>{escape(to)}</p>'
        f'<p class="right">{escape(_of(OFFICES[paper.sender], lang))}{escape(_acts_for(notice, lang))}</p>'
        f"<h1>{escape(title)}</h1><p>{escape(sentence)}</p><dl>{rows}</dl>"
    )


def _number(notice: Notice, lang: str) -> str:
    """Code and number of the paper: office, year of entry, running number of its register."""
    office, year, number = str(notice.said["number"]).split("-")
    if lang == "en":
        return f"{notice.code} {office} {year} No. {number}"
    return f"{notice.code} {REGISTERS[office]}{year}年第{number}号"


def _acts_for(notice: Notice, lang: str) -> str:
    """The mandate line: for whom the person who acted did so."""
    mandate = notice.said.get("mandate")
    who = ACTS_FOR.get(mandate["acts_for"]) if isinstance(mandate, Mapping) else None
    if who is None:
        return ""
    return f"（{who.ja}のために）" if lang == "ja" else f", for {who.en}"


def _rows(notice: Notice, lang: str) -> Iterable[tuple[str, str]]:
    """Name and value of what stands under the sentence."""
    said = notice.said
    yield _of(Text("整理番号", "Number of the case"), lang), notice.number
    yield _of(Text("根拠", "Basis"), lang), notice.basis
    for at, invention in enumerate(said.get("inventions") or (), 1):
        yield _of(Text(f"発明 {at}", f"Invention {at}"), lang), _invention(invention, lang)
    for asked in said.get("asked") or ():
        yield _of(Text(f"{asked['item']}号", f"Item {asked['item']}"), lang), _asked(asked, lang)
    if "clearly_harmless" in said:
        harmless = Text("支障がないことが明らか", "clearly harmless"), Text("明らかではない", "not clearly harmless")
        yield (
            _of(Text("内閣総理大臣の回答", "Answer of the Prime Minister"), lang),
            _of(harmless[not said["clearly_harmless"]], lang),
        )
    if said.get("reason"):
        yield _of(Text("理由又は内容", "Reasons or content"), lang), str(said["reason"])
    if said.get("until"):
        until = date.fromisoformat(said["until"])
        yield _of(Text("末日", "Last day"), lang), wareki(until) if lang == "ja" else until.isoformat()


def _invention(said: Mapping[str, Any], lang: str) -> str:
    parts = []
    if said.get("claim"):
        parts.append(_of(Text(f"請求項{said['claim']}", f"claim {said['claim']}"), lang))
    if said.get("passage"):
        parts.append(str(said["passage"]))
    if said.get("item"):
        parts.append(_of(Text(f"令第12条第1項第{said['item']}号", f"item {said['item']} of Order 12(1)"), lang))
    return "; ".join(parts)


def _asked(said: Mapping[str, Any], lang: str) -> str:
    questions = [_of(QUESTIONS[q], lang) for q in said["questions"]]
    return "; ".join([*questions, *([str(said["documents"])] if said.get("documents") else [])])


def _of(text: Text, lang: str) -> str:
    return text.ja if lang == "ja" else text.en
