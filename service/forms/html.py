"""A form as HTML, drawn from its schema: one fragment without a script, the fields named by their pointers (post.py reads them back).

What must hold: every field has its label, its help and its fault are tied to it (aria-describedby), the faults stand first as links to
their fields, every word that was said is escaped. Nothing is judged in the browser: there is one verdict, the server's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from service.forms.checking import Fault
from service.forms.schema import Field, Form, title

Lang = Literal["ja", "en"]
WORDS = {
    "needed": {"ja": "必須", "en": "required"},
    "yes": {"ja": "はい", "en": "Yes"},
    "no": {"ja": "いいえ", "en": "No"},
    "choose": {"ja": "選んでください", "en": "Choose"},
    "faults": {"ja": "直していただく欄があります", "en": "These fields must be mended"},
    "more": {"ja": "ほかにもあります。", "en": "There are more."},
}
SPARE = 1
"""Blank rows below the rows of a list; blank rows count for nothing."""


def html(
    form: Form,
    values: Mapping[str, Any],
    faults: Sequence[Fault] = (),
    lang: Lang = "ja",
    reopened: Sequence[str] | None = None,
) -> str:
    """The form's fields as one fragment, to be put into a <form method=post>. values: what was said so far.

    reopened: of a form that was returned, the pointers of the fields that may be changed; the others are shown and sent as they are.
    """
    drawing = _Drawing(lang, faults, reopened)
    return "\n".join([*drawing.summary(), *drawing.group_fields(form.schema, values, "")])


@dataclass(frozen=True)
class _Drawing:
    lang: Lang
    faults: Sequence[Fault]
    reopened: Sequence[str] | None = None

    def fixed(self, at: str) -> bool:
        """The field was not reopened."""
        return self.reopened is not None and not any(at == r or at.startswith(f"{r}/") for r in self.reopened)

    def word(self, name: str) -> str:
        return escape(WORDS[name][self.lang])

    def summary(self) -> Iterator[str]:
        """Every fault first, each a link to its field."""
        if not self.faults:
            return
        yield '<div class="faults" role="alert" tabindex="-1" id="faults">'
        yield f"<h2>{self.word('faults')}</h2>\n<ul>"
        for f in self.faults:
            yield f'<li><a href="#{_id(f.pointer)}">{self._fault(f)}</a></li>'
        yield "</ul>\n</div>"

    def _fault(self, fault: Fault) -> str:
        text, fix = getattr(fault.text, self.lang), getattr(fault.fix, self.lang)
        return f"{escape(text)}{escape(fix)} <small>({escape(fault.article)})</small>"

    def group_fields(self, group: Field, values: Any, at: str) -> Iterator[str]:
        """The fields of a group."""
        said = values if isinstance(values, Mapping) else {}
        for name, field in group["properties"].items():
            yield from self.field(field, said.get(name), f"{at}/{name}", needed=name in group.get("required", ()))

    def field(self, field: Field, said: Any, at: str, *, needed: bool, label: str | None = None) -> Iterator[str]:
        """One field of any type."""
        name = escape(label or getattr(title(field), self.lang)) + (
            f' <span class="needed">{self.word("needed")}</span>' if needed else ""
        )
        kind = field.get("type")
        if kind == "object":
            yield from self._set(field, at, name, self.group_fields(field, said, at))
        elif kind == "array":
            yield from self._set(field, at, name, self._rows(field, said, at))
        elif kind == "boolean":
            yield from self._set(field, at, name, self._yes_or_no(said, at))
        else:
            yield '<div class="field">'
            yield f'<label for="{_id(at)}">{name}</label>'
            yield from self._notes(field, at)
            yield self._input(field, said, at, needed=needed)
            yield "</div>"

    def _set(self, field: Field, at: str, name: str, inner: Iterator[str]) -> Iterator[str]:
        yield f'<fieldset id="{_id(at)}"{self._described(field, at)}>\n<legend>{name}</legend>'
        yield from self._notes(field, at)
        yield from inner
        yield "</fieldset>"

    def _rows(self, field: Field, said: Any, at: str) -> Iterator[str]:
        rows = list(said) if isinstance(said, list) else []
        rows += [None] * (0 if self.fixed(at) else min(SPARE, max(0, field["maxItems"] - len(rows))))
        item = field["items"]
        for index, row in enumerate(rows):
            label = f"{getattr(title(item), self.lang)} {index + 1}"
            yield from self.field(item, row, f"{at}/{index}", needed=False, label=label)

    def _yes_or_no(self, said: Any, at: str) -> Iterator[str]:
        for value, word in (("true", "yes"), ("false", "no")):
            chosen = " checked" if said is (value == "true") or said == value else ""
            if self.fixed(at) and not chosen:
                continue
            one = f"{_id(at)}-{value}"
            box = f'<input type="radio" id="{one}" name="{escape(at)}" value="{value}"{chosen}>'
            yield f'<label for="{one}">{box} {self.word(word)}</label>'

    def _input(self, field: Field, said: Any, at: str, *, needed: bool) -> str:
        shared = f'id="{_id(at)}" name="{escape(at)}"{self._described(field, at)}' + (
            ' aria-required="true"' if needed else ""
        )
        shared += " readonly" if self.fixed(at) and "enum" not in field else ""
        text = escape(str(said)) if isinstance(said, str | int) else ""
        if "enum" in field:
            return f"<select {shared}>\n{self._options(field, said, fixed=self.fixed(at))}\n</select>"
        if field.get("x-lines"):  # the first line end behind the tag is not the text's (HTML 13.2.6.4.7)
            return f'<textarea {shared} rows="{field["x-lines"]}">\n{text}</textarea>'
        mode = ' inputmode="numeric"' if field.get("type") == "integer" else ""
        return f'<input type="text" {shared} value="{text}"{mode} autocomplete="off">'

    def _options(self, field: Field, said: Any, *, fixed: bool) -> str:
        options = [] if fixed and said else [f'<option value="">{self.word("choose")}</option>']
        for value, words in field["x-choices"].items():
            chosen = " selected" if said == value else ""
            if fixed and not chosen:
                continue
            options.append(f'<option value="{escape(value)}"{chosen}>{escape(words[self.lang])}</option>')
        return "\n".join(options)

    def _notes(self, field: Field, at: str) -> Iterator[str]:
        """Help and faults, to which the field points."""
        if "x-help" in field:
            yield f'<p class="help" id="{_id(at)}-help">{escape(field["x-help"][self.lang])}</p>'
        if mine := self._mine(at):
            yield f'<p class="fault" id="{_id(at)}-fault">{" ".join(self._fault(f) for f in mine)}</p>'

    def _described(self, field: Field, at: str) -> str:
        notes = [f"{_id(at)}-help"] if "x-help" in field else []
        mine = self._mine(at)
        notes += [f"{_id(at)}-fault"] if mine else []
        said = f' aria-describedby="{" ".join(notes)}"' if notes else ""
        return said + (
            ' aria-invalid="true"' if mine and field.get("type") not in ("object", "array", "boolean") else ""
        )

    def _mine(self, at: str) -> list[Fault]:
        return [f for f in self.faults if f.pointer == at]


def _id(pointer: str) -> str:
    """A pointer as an id of the page; that of the form itself is `form`."""
    return "form" + pointer.replace("/", "-")
