"""What is refused, by name: documents that are no application, and files that no reader should touch.

Promises: a refusal's words are fixed here; nothing from the file is repeated in them.
"""

from service.errors import Refusal, Text


class Refused(Refusal):
    """A file that was not read: too large, too deep, hostile or unreadable. HTTP 422 unless told."""

    def __init__(self, name: str, ja: str, en: str, *, status: int = 422) -> None:
        super().__init__(name, status, Text(ja, en))


class NotAnApplication(Refused):
    """A document that is understood, and is no patent application or publication of one; `name` says what it is."""


_KINDS: dict[str, tuple[str, str]] = {
    "amendment": ("手続補正書です。特許出願ではありません。", "A written amendment, not an application."),
    "response": ("意見書等の応答書面です。特許出願ではありません。", "A reply to the office, not an application."),
    "procedure-paper": (
        "その他の手続書面です。特許出願ではありません。",
        "Another paper of a procedure, not an application.",
    ),
    "office-notice": (
        "特許庁からの通知です。特許出願ではありません。",
        "A notice from the office, not an application.",
    ),
    "dispatch-record": ("発送管理の記録です。特許出願ではありません。", "A record of dispatch, not an application."),
    "procedure-receipt": (
        "手続の受領記録です。特許出願ではありません。",
        "A receipt of another procedure, not an application.",
    ),
    "utility-model": (
        "実用新案登録出願です。特許出願ではありません。",
        "A utility model application, not a patent application.",
    ),
    "gazette-amendment": (
        "補正の公報です。出願の全文を含みません。",
        "A gazette of an amendment; it does not hold an application.",
    ),
    "cn-publication": (
        "中国の公報形式です。この形式は受け付けません。",
        "A Chinese publication; this format is not accepted.",
    ),
    "us-aps-text": (
        "米国APSテキスト形式です。この形式は受け付けません。",
        "USPTO APS text; this format is not accepted.",
    ),
    "sequence-listing": ("配列表です。特許出願ではありません。", "A sequence listing, not an application."),
    "xml-schema": ("XMLスキーマです。", "An XML schema."),
    "dtd": ("文書型定義（DTD）です。", "A document type definition (DTD)."),
    "table": ("表形式のデータです。", "A table of data."),
    "json": ("JSONデータです。", "JSON data."),
    "html": ("HTML文書です。", "An HTML page."),
    "pdf": ("PDFです。文書としては読み取りません。", "A PDF; its text is not read as an application."),
    "archive": ("圧縮ファイルです。", "An archive."),
    "image": ("画像ファイルです。", "An image."),
    "unknown-xml": ("知られていない形式のXMLです。", "XML of a form that is not known here."),
    "unknown-text": ("特許願と読めないテキストです。", "Text that does not read as an application."),
    "unknown-binary": ("知られていない形式のファイルです。", "A file of a form that is not known here."),
    "empty-file": ("空のファイルです。", "An empty file."),
}


def not_an_application(what: str) -> NotAnApplication:
    """The refusal of a document of the kind `what` (KeyError for a kind that is not in the table)."""
    return NotAnApplication(what, *_KINDS[what])


def too_large(limit: int) -> Refused:
    """413: more bytes than one part may have."""
    mib = limit // 2**20
    return Refused(
        "too-large",
        f"1つの書類の上限（{mib} MiB）を超えています。",
        f"A part may have at most {mib} MiB.",
        status=413,
    )


def too_deep() -> Refused:
    """Nested deeper, or with longer runs of text, than any real document."""
    return Refused(
        "too-deep",
        "XMLの入れ子または文字列が大きすぎます。",
        "The XML is nested too deep or has too long a run of text.",
    )


def too_many_elements(limit: int) -> Refused:
    """More elements than any real document."""
    return Refused(
        "too-many-elements",
        f"XMLの要素が{limit}を超えています。",
        f"The XML has more than {limit} elements.",
    )


def too_many_records(limit: int) -> Refused:
    """More documents in one file than any weekly file has; those before it were read."""
    return Refused(
        "too-many-records",
        f"1つのファイルの文書が{limit}を超えています。",
        f"A file may hold at most {limit} documents.",
    )


def entity_declared() -> Refused:
    """The document declares entities of its own (expansion bombs, external files)."""
    return Refused(
        "entity-declared",
        "文書内で実体を宣言するXMLは受け付けません。",
        "XML that declares entities of its own is not accepted.",
    )


def not_xml() -> Refused:
    """Begins like XML and has no root that can be read."""
    return Refused("not-readable-xml", "XMLとして読めません。", "This cannot be read as XML.")


def more_than_one() -> Refused:
    """The parts of one request hold more than one application."""
    return Refused(
        "more-than-one-filing",
        "複数の出願が含まれています。1件ずつ提出してください。",
        "The parts hold more than one application; file them one by one.",
    )
