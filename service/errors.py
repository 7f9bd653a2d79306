"""Every refusal by name: its HTTP status, its legal meaning in Japanese and English, where it points and what to do next.

A room raises `Refusal` (or one of its kinds below); the one error handler of `app.py` turns it into an RFC 9457 problem.
A refusal never carries content: texts are fixed here or written by the room from names of fields, dates and articles only.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One sentence in both languages."""

    ja: str
    en: str


class Refusal(Exception):
    """A named refusal.

    name: kebab-case, stable, part of the API. status: HTTP. article: the law it rests on, or None for a house rule.
    pointer: RFC 6901 JSON pointer into the request body, or None. next_step: what the person can do now, or None.
    """

    def __init__(
        self,
        name: str,
        status: int,
        text: Text,
        *,
        article: str | None = None,
        pointer: str | None = None,
        next_step: Text | None = None,
    ) -> None:
        super().__init__(name)
        self.name = name
        self.status = status
        self.text = text
        self.article = article
        self.pointer = pointer
        self.next_step = next_step

    def problem(self, lang: str = "ja") -> dict[str, object]:
        """RFC 9457 problem details; `lang` is `ja` or `en` for the title, both texts are always given."""
        body: dict[str, object] = {
            "type": f"urn:hozen:refusal:{self.name}",
            "title": getattr(self.text, lang),
            "status": self.status,
            "name": self.name,
            "text": {"ja": self.text.ja, "en": self.text.en},
        }
        if self.article:
            body["article"] = self.article
        if self.pointer is not None:
            body["pointer"] = self.pointer
        if self.next_step:
            body["next_step"] = {"ja": self.next_step.ja, "en": self.next_step.en}
        return body


def not_found() -> Refusal:
    """404: absent and hidden look the same (existence is never told to those who may not know)."""
    return Refusal("not-found", 404, Text("見つかりません。", "Not found."))


def unauthenticated() -> Refusal:
    """401: no token, or one that does not hold."""
    return Refusal(
        "sign-in-needed",
        401,
        Text("サインインが必要です。", "Sign-in is needed."),
        next_step=Text("もう一度サインインしてください。", "Sign in again."),
    )


def forbidden(next_step: Text | None = None) -> Refusal:
    """403: the person may know of the thing, but may not do this."""
    return Refusal(
        "not-permitted",
        403,
        Text("この行為は許可されていません。", "You may not do this."),
        next_step=next_step or Text("担当部署の長に相談してください。", "Ask the head of the section in charge."),
    )


def unavailable() -> Refusal:
    """503: something that must be durable or sealed is not to be had now; nothing was done. One fixed body."""
    return Refusal(
        "unavailable",
        503,
        Text("現在処理できません。何も変更されていません。", "Not available now. Nothing was changed."),
        next_step=Text("しばらくしてからもう一度お試しください。", "Try again in a moment."),
    )


def invalid(pointer: str, text: Text, *, article: str | None = None, next_step: Text | None = None) -> Refusal:
    """422: a field of the request does not hold; `pointer` names it."""
    return Refusal("invalid-field", 422, text, pointer=pointer, article=article, next_step=next_step)
