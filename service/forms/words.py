"""What a fault is called and what to do about it, in Japanese and English, with the field's own name and limits."""

from collections.abc import Callable

from service.errors import Text
from service.forms.schema import Field, title

Words = Callable[[Field], tuple[str, str, str, str]]
"""What is wrong and what to do: ja, en, ja, en; `{}` stands for the field's name in the first two."""

TYPES = {
    "string": ("文字", "text"),
    "integer": ("整数", "a whole number"),
    "boolean": ("はい・いいえ（true・false）", "yes or no (true or false)"),
    "array": ("一覧", "a list"),
    "object": ("項目の組", "a group of fields"),
}
WORDS: dict[str, Words] = {
    "missing": lambda f: ("「{}」がありません。", "“{}” is wanting.", "この欄を記入してください。", "Fill it in."),
    "wrong-type": lambda f: (
        "「{}」の値の種類が違います。", "“{}” is of another type.",
        f"{_type(f)[0]}で書いてください。", f"Give {_type(f)[1]}.",
    ),
    "too-long": lambda f: (
        "「{}」が長すぎます。", "“{}” is too long.",
        f"{f['maxLength']:,}文字までにしてください。", f"Write at most {f['maxLength']:,} characters.",
    ),
    "spelling": lambda f: (
        "「{}」の書き方が違います。", "“{}” is not written as it must be.",
        "制御文字（1行の欄では改行とタブも）を取り除いてください。",
        "Take out control characters; on one line, line ends and tabs too.",
    ),
    "not-a-choice": lambda f: (
        "「{}」の選択肢にありません。", "“{}” is none of the choices.",
        f"次のいずれかにしてください：{'、'.join(f['enum'])}", f"Choose one of: {', '.join(f['enum'])}",
    ),
    "wrong-value": lambda f: (
        "「{}」の値が違います。", "“{}” has another value than it must have.",
        f"{f['const']}としてください。", f"It is {f['const']}.",
    ),
    "too-few": lambda f: (
        "「{}」が足りません。", "There are too few of “{}”.",
        f"{f['minItems']}件以上記入してください。", f"Give at least {f['minItems']}.",
    ),
    "too-many": lambda f: (
        "「{}」が多すぎます。", "There are too many of “{}”.",
        f"{f['maxItems']:,}件までにしてください。", f"Give at most {f['maxItems']:,}.",
    ),
    "too-small": lambda f: (
        "「{}」が小さすぎます。", "“{}” is too small.",
        f"{f['minimum']:,}以上にしてください。", f"Give {f['minimum']:,} or more.",
    ),
    "too-large": lambda f: (
        "「{}」が大きすぎます。", "“{}” is too large.",
        f"{f['maximum']:,}以下にしてください。", f"Give {f['maximum']:,} or less.",
    ),
    "not-a-date": lambda f: (
        "「{}」は日付として読めません。", "“{}” is no date.",
        "2026-11-23、令和8年11月23日、R8.11.23 のように書いてください。",
        "Write 2026-11-23, 令和8年11月23日 or R8.11.23.",
    ),
    "twice": lambda f: (
        "「{}」に同じものが二度あります。", "Something stands twice in “{}”.",
        "一方を削ってください。", "Take one of them out.",
    ),
    "undeclared": lambda f: (
        "「{}」に様式にない項目があります。", "“{}” holds a name that the form does not have.",
        f"項目は次のとおりです：{'、'.join(f['properties'])}", f"Its names are: {', '.join(f['properties'])}",
    ),
}  # fmt: skip


def fault_words(name: str, field: Field) -> tuple[Text, Text]:
    """What is wrong and what to do. The field's own `x-fix` goes before ours, except for what is wanting or undeclared."""
    ja, en, fix_ja, fix_en = WORDS[name](field)
    if "x-fix" in field and name not in ("missing", "undeclared"):
        fix_ja, fix_en = field["x-fix"]["ja"], field["x-fix"]["en"]
    return Text(ja.format(title(field).ja), en.format(title(field).en)), Text(fix_ja, fix_en)


def _type(field: Field) -> tuple[str, str]:
    return TYPES[field.get("type", "string")]
