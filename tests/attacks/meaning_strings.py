"""What may be said in a text, by a rule of its own, and texts that are easily taken for others."""

import re

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def kept(text: str, most: int) -> str | None:
    """As the service must give it back: letter by letter, without blanks at its ends. None: it must be refused."""
    inner = text.strip()
    return None if not inner or len(inner) > most or CONTROL.search(inner) else inner


OURS = (
    "一行目\r\n二行目",
    "\r",
    "a%20b%0d%0ac",
    "タブ\tと\u3000全角",
    "𠮷野家",
    "葛\U000e0100城",
    "\u3164",
    "は" * 999,
    "\ufeff題",
)

ALIKE = (
    "ー一", "ニ二", "カ力", "エ工", "ロ口", "へヘ", "りリ", "べベ", "ぺペ", "タ夕", "ト卜", "ハ八", "ミ三", "オ才", "チ千", "ノ丿", "崎﨑",
    "高髙", "吉𠮷", "辺邊", "斎齋", "神\ufa19", "福\ufa1b", "ｶカ", "Ａａ", "Aа", "‐-", "〜～", "０o", "·・", "Å\u212b", "µμ",
)  # fmt: skip
"""Pairs of letters that look alike; two applicants differ by one of them."""
COMPOSED = (("ガ", "カ\u3099"), ("é", "e\u0301"), ("パ", "ハ\u309a"), ("가", "\u1100\u1161"))

SPELLINGS = (
    "B63G 8/00", "B63G8/00", "b63g 8/00", "Ｂ６３Ｇ　８／００", "B63G 008/00", "B63G0008000000", "B63G 8/00 (2006.01)", "B63G\u30008/00",
    "B63G 8 / 00", "  B63G 8/00 ", "B63G\u00a08/00", "B63G   8/00        20060101AFI20260101BHJP",
)  # fmt: skip
