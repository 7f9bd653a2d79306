"""Notices as PDF: one for each paper to an applicant, the same bytes from the same data, nothing fetched, what a person wrote is text."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from service.errors import Refusal, Text
from service.law.documents import documents
from service.notices import render
from service.notices.layout import Notice, html
from service.notices.words import texts

MARK = Text("保全対象発明", "PRESERVATION-DESIGNATED INVENTION")
SAID = {
    "reason": "国家及び国民の安全を損なう事態を生ずるおそれが大きい。",
    "inventions": [{"claim": 1, "passage": "0010", "item": 13}],
    "until": "2027-04-01",
    "number": "CAO-2026-7",
    "mandate": {"id": "x", "acts_for": "prime_minister", "instrument": "y"},
}
NOTICE = Notice("NTC-70-1", "ABCD-EFGH-JKMN", date(2026, 4, 1), "ESPA 70(1)", MARK, SAID)
AGAIN = """
import hashlib
from tests.notices.test_render import NOTICE
from service.notices.render import pdf
print(hashlib.sha256(pdf(NOTICE)).hexdigest())
"""


def test_every_paper_of_an_office_to_an_applicant_or_requester_has_its_text() -> None:
    assert texts().keys() == {code for code, paper in documents().items() if paper.is_notice}
    assert {"NTC-66-3", "NTC-67-9", "NTC-70-1", "ANS-79-4", "DIS-69-4"} <= texts().keys()
    assert not {"NTC-66-8", "NTC-69-3", "REQ-66-2", "RPT-10-1-h", "DEC-80-3"} & texts().keys()


@pytest.mark.parametrize("code", sorted(texts()))
def test_every_notice_is_laid_out_in_both_languages(code: str) -> None:
    said = html(Notice(code, "ABCD", date(2026, 4, 1), "ESPA", MARK, {"reason": "理由。", "number": "JPO-2026-12"}))
    titles = documents()[code].title.ja, documents()[code].title.en
    for text in (*titles, "令和8年4月1日（2026-04-01）", "特保2026年第12号", "JPO 2026 No. 12", "Reading copy"):
        assert text.replace("'", "&#x27;") in said


def test_the_same_notice_is_the_same_bytes_in_every_process() -> None:
    found = {hashlib.sha256(render.pdf(NOTICE)).hexdigest() for _ in range(2)}
    for seed in ("1", "77"):
        root = Path(__file__).parents[2]
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        done = subprocess.run(
            [sys.executable, "-c", AGAIN], env=env, cwd=root, capture_output=True, text=True, check=True
        )
        found.add(done.stdout.strip())
    assert len(found) == 1


def test_a_notice_is_a4_has_two_pages_and_no_time_of_making() -> None:
    with pikepdf.open(BytesIO(render.pdf(NOTICE))) as made:
        assert len(made.pages) == 2
        assert [round(float(x)) for x in made.pages[0].MediaBox] == [0, 0, 595, 842]
        assert {"/CreationDate", "/ModDate"}.isdisjoint(made.docinfo.keys())


def test_another_reason_is_another_file() -> None:
    other = Notice(NOTICE.code, NOTICE.number, NOTICE.day, NOTICE.basis, MARK, SAID | {"reason": "別の理由。"})
    assert render.pdf(other) != render.pdf(NOTICE)


PLANTED = [
    "<img src='file:///etc/passwd'>",
    "<link rel=attachment href='file:///etc/passwd'>",
    "<style>@import url(file:///etc/passwd)</style>",
    "</dd></dl><object data='http://example.invalid/'></object>",
    "<a href='javascript:1'>x</a>",
]


@pytest.mark.parametrize("planted", PLANTED)
def test_what_a_person_wrote_is_text_wherever_it_stands(planted: str) -> None:
    said = {
        "number": f"JPO-{planted.replace('-', '')}-1",
        "reason": planted,
        "inventions": [{"passage": planted}],
        "asked": [{"item": 1, "questions": ["content"], "documents": planted}],
    }
    notice = Notice("ASK-66-6", planted, date(2026, 4, 1), planted, Text(planted, planted), said)
    assert planted not in html(notice)
    assert render.pdf(notice).startswith(b"%PDF")


@pytest.mark.parametrize("planted", PLANTED[:4])
def test_a_template_that_names_something_outside_is_not_rendered(planted: str) -> None:
    with pytest.raises(RuntimeError, match="outside itself"):
        render.pdf_of(f"<html><body>{planted}</body></html>")


def test_without_its_font_a_notice_is_refused_by_name_and_not_set_in_another() -> None:
    with pytest.raises(Refusal) as refused:
        render.pdf_of("<html><body style='font-family: monospace'>x</body></html>")
    assert (refused.value.name, refused.value.status) == ("notices-not-renderable", 503)
