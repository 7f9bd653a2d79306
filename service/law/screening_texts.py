"""Why a screening says what it says, in Japanese and English: every sentence made from the law's data and the symbols.

Promises: the same matter gives the same words. Not promised: a decision; these words tell of a comparison of symbols.
"""

from collections.abc import Sequence
from datetime import date

from service.errors import Text
from service.law.fields import Item, Order, Requirement

OUTCOMES = {
    "hit": Text("該当", "falls under a specified technology field"),
    "hit_if": Text("答えによる", "falls under one if what is asked holds"),
    "unreadable": Text("読めない記号あり", "a symbol could not be read"),
    "unclassified": Text("分類なし", "not classified"),
    "none": Text("該当なし", "falls under none"),
}
NO_DECISION = Text(
    "これは記号の機械的な照合であって、決定ではありません。法66条の判断は発明ごとに人が行います。",
    "This compares symbols by machine and is no decision: a person decides under Art. 66, invention by invention.",
)
BEFORE = Text(
    "2024年5月1日より前の特許出願には、法66条1項は適用されない（附則2条）。",
    "Art. 66(1) does not apply to applications filed before 1 May 2024 (Suppl. Art. 2).",
)
UNCLASSIFIED = Text(
    "照合できる分類記号がない。職員が分類しなければならない。",
    "There is no symbol to compare. An officer must classify it.",
)
INDEXING = Text(
    "2000番台の記号（インデキシング）である。国際特許分類の項目ではないため照合せず、注記にとどめる。",
    "A symbol of the 2000-series (indexing). It is no place of the IPC: not compared, a remark only.",
)
NO_IPC = Text(
    "CPCのYセクションの記号である。国際特許分類に対応がないため照合せず、注記にとどめる。",
    "A symbol of section Y of the CPC. The IPC has nothing like it: not compared, a remark only.",
)


def _ja(numbers: Sequence[int]) -> str:
    return "、".join(f"第{n}号" for n in numbers)


def _en(numbers: Sequence[int]) -> str:
    return ("item " if len(numbers) == 1 else "items ") + ", ".join(map(str, numbers))


def _unread_en(count: int) -> str:
    return f"{count} {'symbol' if count == 1 else 'symbols'} could not be read"


def unknown(edition: str) -> Text:
    """A readable symbol that the known edition lacks."""
    name = edition.removesuffix(".txt.gz")
    return Text(
        f"手元の版（{name}）にも施行令にもない記号である。ほかの記号と同じく照合した。",
        f"Neither the known edition ({name}) nor the Order has this symbol. It was compared like any other.",
    )


def below(item: Item, code: str) -> Text:
    """A symbol under a listed one in the tree of the IPC."""
    return Text(
        f"第{item.number}号が挙げる{code}の下位の記号である。同号は{code}そのものだけを指すと読む。",
        f"It stands below {code}, which item {item.number} lists; the item is read as that symbol only.",
    )


def same_group(item: Item, main_group: str) -> Text:
    """A symbol that the tree does not have, in the main group of a listed one."""
    return Text(
        f"第{item.number}号が挙げる記号と同じメイングループ{main_group}の記号であり、手元の版にはない。",
        f"Of main group {main_group}, as symbols that item {item.number} lists; the known edition does not have it.",
    )


def half(item: Item, group: int) -> Text:
    """One half of a pair, where only the group `group` (from 0) of the item is matched."""
    rest = [codes for n, codes in enumerate(item.all_of) if n != group]
    return Text(
        f"第{item.number}号の一方に当たる。"
        + "".join(f"{_listed(codes, '又は')}に当たる記号がない。" for codes in rest),
        f"One half of item {item.number}. " + " ".join(f"No symbol of {_listed(codes, ' or ')}." for codes in rest),
    )


def _listed(codes: tuple[str, ...], last: str) -> str:
    """The codes in words; of more than four the first, the last and how many."""
    comma = "、" if last == "又は" else ", "
    if len(codes) > 4:
        return f"{codes[0]} … {codes[-1]} ({len(codes)})"
    return codes[0] if len(codes) == 1 else comma.join(codes[:-1]) + last + codes[-1]


def question_additional(requirements: Sequence[Requirement]) -> Text:
    """Order 12(3), asked."""
    ja = " ".join(f"（{r.name}）{r.text.ja}" for r in requirements)
    en = "; ".join(f"({r.name}) {r.text.en}" for r in requirements)
    return Text(f"次のいずれかの発明か（施行令12条3項）。{ja}", f"Is it one of these (Order 12(3))? {en}")


def question_content(item: Item) -> Text:
    """The limit the item's own words set, asked. Raises ValueError where it sets none."""
    if item.content is None:
        raise ValueError(f"item {item.number} has no content test")
    return Text(
        f"その発明は、{item.content.ja}か（施行令12条1項{item.number}号）。",
        f"Is the invention one {item.content.en} (Order 12(1) item {item.number})?",
    )


def excluded(item: Item, kinds: Sequence[str]) -> Text:
    """Why an item that the symbols match does not count: the answers that were no."""
    ja = {
        "content": f"{item.content.ja if item.content else ''}ではないとの答え",
        "additional": "付加要件に当たらないとの答え",
    }
    en = {
        "content": f"it is answered that the invention is not one {item.content.en if item.content else ''}",
        "additional": "it is answered that no requirement of Order 12(3) holds",
    }
    return Text("、".join(ja[k] for k in kinds) + "による。", "; ".join(en[k] for k in kinds) + ".")


def hit(certain: Sequence[int], settled: Sequence[int], still_open: Sequence[int]) -> Text:
    """certain: items that need no answer or have all yes. settled: items for which 12(2) then asks no requirement."""
    ja = f"{_ja(certain)}に該当する（施行令12条1項）。"
    en = f"It falls under {_en(certain)} (Order 12(1))."
    if settled:
        ja += f"{_ja(settled)}にも当たるが、付加要件のない号に該当する部分には付加要件を要しない（同条2項）。"
        en += f" It also matches {_en(settled)}; what falls under an item without requirement needs none (12(2))."
    if still_open:
        ja += f"{_ja(still_open)}については、なお答えがない。"
        en += f" For {_en(still_open)} an answer is still lacking."
    return Text(ja, en)


def hit_if(items: Sequence[int]) -> Text:
    """Every item found still lacks an answer."""
    return Text(
        f"記号は{_ja(items)}に当たる（施行令12条1項）。問いの答えがすべて肯定なら該当する。",
        f"The symbols match {_en(items)} (Order 12(1)). It falls under an item if all that is asked for it holds.",
    )


def not_readable(count: int) -> Text:
    """No item found, and `count` symbols not read."""
    return Text(
        f"該当する号は見つからないが、読めない記号が{count}件ある。読むまでは「該当なし」と言えない。",
        f"No item was found, but {_unread_en(count)}. Until it is read, nobody can say that there is none.",
    )


def none(order: Order, excluded_items: Sequence[int]) -> Text:
    """No item, or only such as an answer has excluded."""
    ja = f"47号のいずれにも当たらない（施行令12条1項、{order.name}からの版）。"
    en = f"It falls under none of the 47 items (Order 12(1) as in force from {order.name})."
    if excluded_items:
        ja += f"{_ja(excluded_items)}は答えにより除かれた。"
        en += f" The answers exclude {_en(excluded_items)}."
    return Text(ja, en)


def also_unread(count: int) -> Text:
    """Beside what was found, `count` symbols were not read."""
    if not count:
        return Text("", "")
    return Text(
        f"ほかに読めない記号が{count}件ある。",
        f" Besides, {_unread_en(count)}.",
    )


def both_dates(on: date, outcome: str, other: date, other_outcome: str) -> Text:
    """A divisional or converted application, compared under two dates; the first is the one that counts."""
    ja, other_ja = OUTCOMES[outcome].ja, OUTCOMES[other_outcome].ja
    return Text(
        f"分割・変更の出願として二つの日で照合し、厳しい方による（{on}は{ja}、{other}は{other_ja}）。",
        "A divisional or converted application, compared under both dates; the stricter counts "
        f"({on}: {outcome}, {other}: {other_outcome}). ",
    )


def joined(*texts: Text) -> Text:
    """The texts, one after another."""
    return Text("".join(t.ja for t in texts), "".join(t.en for t in texts))
