"""One normal form for every spelling of a symbol: blanks, full width, lower case, zero padding, ST.8, version, FI, CPC.

Promises: spellings of one symbol give one Symbol; a text is either read or `Unreadable` with the reason. What only
looks like a letter, digit, blank or slash (Cyrillic, zero width, fraction slash, NUL) is never repaired. Not promised:
that any edition has the symbol.
"""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from service.errors import Text

Scheme = Literal["ipc", "fi", "cpc"]
SCHEMES: tuple[Scheme, ...] = ("ipc", "fi", "cpc")

_FULL_WIDTH = {0xFF01 + n: 0x21 + n for n in range(94)}
_BLANKS = dict.fromkeys((0x09, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_PLAIN = _FULL_WIDTH | _BLANKS
_EDGES = " \t\u00a0\u3000"
_RUNS = re.compile(" +")
_NORMAL = re.compile("[A-H][0-9]{2}[A-Z][1-9][0-9]{0,3}/[0-9]{2,6}")
_NAMED = re.compile("(IPC|FI|CPC) ?: ?")

_DATE = "[0-9]{8}"
_TAIL = (
    rf"(?: ?[(\[] ?[0-9]{{4}}\.[0-9]{{2}} ?[)\]]"  # version in brackets
    rf"| {_DATE}(?: ?[ACS])?(?: ?[FL])?(?: ?[AIN])?(?: ?{_DATE} ?[BRVD]?[HMG]?(?:[A-Z]{{2}})?)?"  # ST.8
    r"| [ACS] ?[FL]? ?[AIN])?"  # ST.8 without version
)
_GROUP = "([0-9]{1,4}) ?/ ?([0-9]{2,6})"
_IPC = re.compile(rf"([A-H]) ?([0-9]{{2}}) ?([A-Z]) ?{_GROUP}{_TAIL}")
_CPC = re.compile(rf"([A-HY]) ?([0-9]{{2}}) ?([A-Z]) ?{_GROUP}{_TAIL}")
_FOURTEEN = re.compile(
    "([A-H])([0-9]{2})([A-Z])([0-9]{4}(?!/)|0[0-9]{3}(?=/))/?([0-9]{6})"
)  # A01B0001000000: both numbers padded
_EDITION = re.compile(rf"[1-8] ?([A-H]) ([0-9]{{2}})([A-Z]) {_GROUP}(?: [A-Z-])?")  # before 2006: edition digit first
_FI = re.compile(
    rf"([A-H]) ?([0-9]{{2}}) ?([A-Z]) ?{_GROUP}"
    "(?:[ ,]+([0-9]{3})(?:[ ,@]*([A-Z]))?|[ ,@]+([A-Z]))?(?:[ ,]+([A-Z]{3}))?"
)


class SourceSymbol(Protocol):
    """A symbol as a source gives it: its text, and which scheme the source says it is of."""

    @property
    def text(self) -> str: ...
    @property
    def scheme(self) -> Scheme: ...


class Spelled(NamedTuple):
    """The plain SourceSymbol."""

    text: str
    scheme: Scheme = "ipc"


def spelled(line: str, scheme: Scheme = "ipc") -> list[Spelled]:
    """The symbols of one line, parted by `;`, `；` or `;;`; nothing between two of them is no symbol."""
    pieces = [piece.strip(_EDGES) for piece in line.replace("；", ";").split(";")]
    return [Spelled(piece, scheme) for piece in pieces if piece]


class Symbol(NamedTuple):
    """A readable symbol. symbol: B63G8/28, no blanks, no padding; full: with an FI's subdivision (`B65D81/26 Z`)."""

    symbol: str
    scheme: Scheme
    full: str

    @property
    def main_group(self) -> str:
        """B63G8 of B63G8/28."""
        return self.symbol.partition("/")[0]

    @property
    def indexing(self) -> bool:
        """Whether it is of the 2000-series, whose groups no edition of the IPC has as places of classification."""
        return int(self.main_group[4:]) >= 2000

    @property
    def position(self) -> str:
        """Text that sorts symbols in the order of the IPC; one for each `symbol`."""
        return position(self.symbol)


def position(symbol: str) -> str:
    """`Symbol.position` of a symbol in normal form."""
    group, _, subgroup = symbol.partition("/")
    return f"{group[:4]}{group[4:]:0>4}{subgroup}"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that has no form of a symbol, as it was given, with the reason."""

    text: str
    why: Text


def normalise(text: str, scheme: Scheme = "ipc") -> Symbol | Unreadable:
    """The symbol that `text` spells; a mark before it (`FI:`, `CPC:`, `IPC:`) says another scheme than `scheme`."""
    if _NORMAL.fullmatch(text):
        return Symbol(text, scheme, text)
    plain = _RUNS.sub(" ", text.translate(_PLAIN)).strip(" ")
    if not (plain.isascii() and plain.isprintable()):
        return Unreadable(text, _foreign(plain))
    plain = plain.upper()
    if mark := _NAMED.match(plain):
        scheme, plain = _scheme(mark[1]), plain[mark.end() :]
    return _read(plain, scheme) or Unreadable(text, _no_form(scheme))


def _scheme(mark: str) -> Scheme:
    return next(s for s in SCHEMES if s == mark.lower())


def _read(plain: str, scheme: Scheme) -> Symbol | None:
    """`plain`: ASCII capitals, single blanks. An FI's own subdivision makes it an FI, whatever the source called it."""
    if scheme == "cpc":
        found = _CPC.fullmatch(plain)
        return _symbol(found, "cpc") if found else None
    if found := _FOURTEEN.fullmatch(plain) or _IPC.fullmatch(plain) or _EDITION.fullmatch(plain):
        return _symbol(found, scheme, _unpadded(found[5]))
    if found := _FI.fullmatch(plain):
        return _symbol(found, "fi", further="".join(found[n] or "" for n in (6, 7, 8)), facet=found[9] or "")
    return None


def _unpadded(subgroup: str) -> str:
    """Six digits are the field's full width: zeros at their end are padding (a subgroup is read as decimals, `/40` being `/400000`)."""
    return subgroup[:2] + subgroup[2:].rstrip("0") if len(subgroup) == 6 else subgroup


def _symbol(
    found: re.Match[str], scheme: Scheme, subgroup: str | None = None, further: str = "", facet: str = ""
) -> Symbol:
    section, klass, letter, group = found[1], found[2], found[3], found[4]
    symbol = f"{section}{klass}{letter}{group.lstrip('0') or '0'}/{subgroup or found[5]}"
    return Symbol(symbol, scheme, " ".join(x for x in (symbol, further, facet) if x))


def _foreign(plain: str) -> Text:
    """Names by code point every character that no symbol is written with."""
    marks = ", ".join(dict.fromkeys(f"U+{ord(c):04X}" for c in plain if not (c.isascii() and c.isprintable())))
    return Text(
        f"分類記号に使われない文字があります（{marks}）。似た文字に読み替えません。",
        f"It has characters that no symbol is written with ({marks}). They are not taken for others that look alike.",
    )


def _no_form(scheme: Scheme) -> Text:
    sections = "A-H, Y" if scheme == "cpc" else "A-H"
    return Text(
        f"分類記号の形ではありません（セクション {sections}、数字2桁、英字、グループ1～4桁、/、サブグループ2～6桁）。",
        f"Not the form of a symbol (section {sections}, two digits, letter, group of 1-4 digits, /, subgroup of 2-6).",
    )
