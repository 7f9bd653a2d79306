"""The form as HTML: each field with its label, help and fault tied to it; nothing that was said escapes its place."""

import re
from datetime import date

from service.forms.checking import check
from service.forms.html import html
from service.forms.schema import forms

DAY = date(2026, 11, 23)
HOSTILE = "\"'><script>alert(1)</script><textarea></textarea>&amp;"


def page(code: str, said: dict[str, object], lang: str = "ja") -> str:
    checked = check(forms().on(code, DAY), said, DAY)
    return html(checked.form, checked.value, checked.faults, lang)  # type: ignore[arg-type]


def test_every_input_has_a_label_and_every_note_that_is_named_is_there() -> None:
    for code in forms().codes():
        told = page(code, {})
        ids = re.findall(r'\bid="([^"]+)"', told)
        assert len(ids) == len(set(ids)), "an id stands once"
        for one in re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', told):
            assert f'<label for="{one}">' in told
        for notes in re.findall(r'aria-describedby="([^"]+)"', told):
            assert set(notes.split()) <= set(ids)
        assert set(re.findall(r'href="#([^"]+)"', told)) - {"form"} <= set(ids), "each fault leads to its field"


def test_a_fault_stands_at_its_field_with_article_and_what_to_do() -> None:
    told = page("cao-meti-2", {"filed_on": "明日"}, "en")
    field = re.search(r'<input[^>]*name="/filed_on"[^>]*>', told)
    assert field and 'aria-invalid="true"' in field[0] and "form-filed_on-fault" in field[0]
    assert "CAO-METI Order 3" in told and "R8.11.23" in told and 'role="alert"' in told


def test_what_was_said_stays_text() -> None:
    told = page("filing", {"title": HOSTILE, "applicants": [HOSTILE], "description": HOSTILE, "language": HOSTILE})
    assert "<script" not in told and told.count("</textarea>") == told.count("<textarea")


def test_nothing_is_judged_in_the_browser() -> None:
    told = re.sub(r"<span.*?</span>", "", page("cao-meti-3", {}))
    assert not re.search(r"\s(required|pattern|maxlength|minlength|max|min)[\s=>]", told)
