"""Losses by name, in both languages: the only place where their sentences stand.

Promises: a loss is never dropped without a trace: after `MOST` of them one last entry says how many more there were.
"""

from service.intake.filing import Loss

MOST = 200

TEXTS: dict[str, tuple[str, str]] = {
    "agent-name-missing": ("代理人の氏名がありません。", "An agent has no name."),
    "ampersand-bare": ("単独の「&」を文字として読みました。", "A bare “&” was read as a character."),
    "bytes-undecodable": (
        "文字コード {} として読めないバイトを置き換えました。",
        "Bytes that are not {} were replaced.",
    ),
    "character-forbidden": (
        "XMLで使えない制御文字を置き換えました。",
        "A control character that XML forbids was replaced.",
    ),
    "claims-in-other-languages": (
        "他の言語の請求の範囲を採りませんでした: {}",
        "Claims in other languages were not taken: {}.",
    ),
    "claims-missing": ("請求の範囲がありません。", "There are no claims."),
    "date-unreadable": ("日付を読めません: {}", "A date cannot be read: {}."),
    "description-missing": ("明細書がありません。", "There is no description."),
    "doctype-not-read": ("DTDを読まずに処理しました。", "The DTD was not read."),
    "drawings-not-given": (
        "参照された図面ファイルがありません: {}",
        "Drawing files that are referred to were not given: {}.",
    ),
    "encoding-extended": ("{} にない文字を {} として読みました。", "Characters outside {} were read as {}."),
    "encoding-unknown": (
        "不明な文字コードの表示です。UTF-8として読みました。",
        "Unknown encoding label; read as UTF-8.",
    ),
    "entity-from-missing-dtd": (
        "DTDにのみ定義された実体を文字に直しました: {}",
        "An entity that only the missing DTD defines was read by its ISO name: {}.",
    ),
    "entity-unknown": ("未知の実体をそのまま残しました: {}", "An unknown entity was kept as text: {}."),
    "kept-differs": (
        "書き出し時に添えた項目が本文と一致しません: {}",
        "Fields kept beside the standard's elements no longer fit them: {}.",
    ),
    "malformed": ("XMLの誤りを越えて読みました。", "A fault in the XML was read over."),
    "number-missing": ("番号がありません。", "There is no number."),
    "part-missing": ("書類がありません: {}", "A part is missing: {}."),
    "part-not-read": ("添付のファイルは読み取りの対象外です: {}", "A file was kept but not read: {}."),
    "party-without-name": ("氏名のない当事者があります: {}", "A party has no name: {}."),
    "prefix-undeclared": ("宣言のない名前空間接頭辞です: {}", "An XML prefix was not declared: {}."),
    "screen-words-left-out": ("画面表示用の語を除きました。", "Words of the database's screen were left out."),
    "special-mention-unread": ("特記事項を解釈できません: {}", "A special mention was not understood: {}."),
    "symbol-of-other-scheme": ("対象外の分類です: {}", "Symbols of another classification were not taken: {}."),
    "symbol-unreadable": ("分類記号として読めません: {}", "This does not read as a classification symbol: {}."),
    "title-missing": ("発明の名称がありません。", "There is no title of the invention."),
    "titles-differ": ("書類の間で発明の名称が異なります。", "The titles in the parts differ."),
    "more-losses": ("このほかに {} 件あります。", "There were {} more."),
}


class Losses:
    """Gathers the losses of one filing, in the order found."""

    def __init__(self) -> None:
        self._found: list[Loss] = []
        self._more = 0

    def add(self, what: str, position: str, *details: object) -> None:
        """Note one loss. position: part and line or byte. details fill the sentence, each cut at 80 characters."""
        if len(self._found) >= MOST:
            self._more += 1
            return
        ja, en = TEXTS[what]
        told = [str(d)[:80] for d in details]
        self._found.append(Loss(what, position, ja.format(*told), en.format(*told)))

    def all(self) -> tuple[Loss, ...]:
        """All losses, the last one telling of those beyond MOST."""
        if not self._more:
            return tuple(self._found)
        ja, en = TEXTS["more-losses"]
        return (
            *self._found,
            Loss("more-losses", "", ja.format(self._more), en.format(self._more)),
        )
