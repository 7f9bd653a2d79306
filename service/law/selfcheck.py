"""The self-check page: one HTML file that compares symbols with the 47 items in the browser, and says why.

Promises: it holds all it needs; its own policy (CSP) lets it load and send nothing; it answers what service.law.screening
answers, byte for byte. Not promised: to stay right when the Order changes; it names the files it rests on by their SHA-256.
"""

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

from service.errors import Text
from service.law import screening_texts as texts
from service.law.fields import Item, Law, Order, law

PAGE = Path(__file__).resolve().parent / "page"
SCRIPTS = ("symbols.js", "words.js", "screen.js", "page.js")


def build(by: Law | None = None) -> str:
    """The page for the law `by` (default: this installation's). The same law gives the same page."""
    style = (PAGE / "page.css").read_text("utf-8")
    script = "\n".join((PAGE / name).read_text("utf-8") for name in SCRIPTS)
    parts = {
        "style": style,
        "style_hash": _sha256(style),
        "script": script,
        "script_hash": _sha256(script),
        "law": json.dumps(data(by or law()), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        "no_decision_ja": html.escape(texts.NO_DECISION.ja),
        "no_decision_en": html.escape(texts.NO_DECISION.en),
    }
    page = (PAGE / "page.html").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page)


def data(by: Law) -> dict[str, Any]:
    """What the script needs: both versions of the Order, the tree of the IPC, the fixed sentences, the hashes."""
    return {
        "orders": [_order(order) for order in by.orders],
        "edition": {"name": by.edition.name, "groups": _groups(by)},
        "texts": {
            "before": _both(texts.BEFORE),
            "unclassified": _both(texts.UNCLASSIFIED),
            "indexing": _both(texts.INDEXING),
            "no_ipc": _both(texts.NO_IPC),
            "no_decision": _both(texts.NO_DECISION),
            "outcomes": {name: _both(text) for name, text in texts.OUTCOMES.items()},
        },
        "sha256": dict(by.sha256),
    }


def _groups(by: Law) -> str:
    """The edition's main groups; the dots of the tree only where the Order lists symbols one by one, which is where they count."""
    listed = {group for order in by.orders for group in order.by_main_group}
    lines = (f"{g} {s.strip() if g in listed else s.strip().replace('.', '')}" for g, s in by.edition.groups.items())
    return "\n".join(lines)


def _order(order: Order) -> dict[str, Any]:
    return {
        "name": order.name,
        "amended_by": _both(order.amended_by),
        "items": [_item(item) for item in order.items.values()],
        "headings": [_both(heading.text) for heading in order.headings.values()],
        "requirements": [{"name": r.name, "basis": r.basis} for r in order.requirements],
        "question_additional": _both(texts.question_additional(order.requirements)),
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "item": item.number,
        "text": item.text,
        "all_of": item.all_of,
        "additional": item.additional,
        "without_additional": sorted(item.without_additional),
        "content": _both(item.content) if item.content else None,
        "fields": item.fields,
        "fields_without_additional": item.fields_without_additional,
    }


def _both(text: Text) -> dict[str, str]:
    return {"ja": text.ja, "en": text.en}


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
