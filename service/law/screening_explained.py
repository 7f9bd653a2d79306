"""A screening told to a person, in Japanese and English: what matched, the item word for word, what to answer, what nearly matched.

Promises: the same screening gives the same lines; a character that does not print is shown by its code, never sent to the terminal.
"""

from collections.abc import Iterator
from typing import Any

from service.errors import Text
from service.law import screening_texts as texts
from service.law.screening import Match, Screening


def explained(found: Screening, source: str) -> list[str]:
    """The lines of one screening; the last says that it is no decision."""
    outcome = texts.OUTCOMES[found.outcome]
    shown = found.to_json(source)
    return [
        printable(source),
        f"  {found.outcome}: {outcome.ja} / {outcome.en}",
        *_pair("  ", Text(**found.why)),
        *_version(found),
        *(line for symbol in shown["symbols"] for line in _symbol(symbol)),
        *(line for match in found.items for line in _item(match, found)),
        *(line for match in found.excluded for line in _excluded(match)),
        *_questions(shown["questions"]),
        *(line for near in shown["near"] for line in _pair(f"  ~ {near['symbol']}: ", Text(**near["why"]))),
        *(line for it in shown["unknown"] for line in _pair(f"  ? {it['symbol']}: ", Text(**it["why"]))),
        *(line for u in found.unreadable for line in _pair(f"  ! {printable(u.text)}: ", u.why)),
        *_pair("  ", texts.NO_DECISION),
    ]


def printable(text: str) -> str:
    """`text` with every character that does not print as \\uXXXX."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _pair(lead: str, text: Text) -> Iterator[str]:
    yield lead + text.ja
    yield " " * len(lead) + text.en


def _version(found: Screening) -> Iterator[str]:
    if order := found.order:
        ja = f"基準日 {found.on}、{order.name}からの版（{order.amended_by.ja}）"
        yield from _pair("  ", Text(ja, f"as of {found.on}, in force from {order.name} ({order.amended_by.en})"))


def _symbol(symbol: dict[str, str]) -> Iterator[str]:
    if symbol["source_scheme"] == "ipc":
        yield f"  = {symbol['symbol']}"
    else:
        yield f"  = {symbol['symbol']}  ({symbol['source_scheme'].upper()} {symbol['source_symbol']})"


def _item(match: Match, found: Screening) -> Iterator[str]:
    item, order = match.item, found.order
    if order is None:
        return
    yield from _pair(
        "  * ", Text(f"施行令12条1項{item.number}号「{item.text}」", f"Order 12(1) item {item.number}: {item.codes}")
    )
    yield "      " + " + ".join(", ".join(group) for group in match.matched)
    for number in match.fields:
        heading = order.headings[number].text
        yield f"      [{number}] {heading.ja} / {heading.en} （見出しは参考で公式のものではない / unofficial heading）"


def _questions(questions: list[dict[str, Any]]) -> Iterator[str]:
    """Each question once, with the items that ask it."""
    asking: dict[tuple[str, str], list[str]] = {}
    for question in questions:
        asking.setdefault((question["text"]["ja"], question["text"]["en"]), []).append(str(question["item"]))
    for (ja, en), items in asking.items():
        yield from _pair("  → ", Text(f"[{', '.join(items)}] {ja}", f"[{', '.join(items)}] {en}"))


def _excluded(match: Match) -> Iterator[str]:
    reason = texts.excluded(match.item, match.refused)
    yield from _pair("  - ", Text(f"第{match.item.number}号: {reason.ja}", f"item {match.item.number}: {reason.en}"))
