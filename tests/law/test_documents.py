"""The catalogue of papers: every code of the road is there, every form names its order, every limit exists."""

import re

import pytest

from service.filings.road import ROAD
from service.law.calendar import LAW
from service.law.documents import documents, read_documents
from service.law.limits import limits

PARTIES = {"applicant", "requester", "jpo", "pm", "expert", "business", "claimant"}


def test_every_paper_of_the_road_is_in_the_catalogue() -> None:
    assert {step.document for step in ROAD.steps if step.document} <= documents().keys()


def test_a_paper_goes_from_one_party_to_others_on_a_named_basis() -> None:
    for paper in documents().values():
        assert paper.sender in PARTIES
        assert set(paper.recipients) <= PARTIES - {paper.sender}
        assert paper.recipients
        assert re.match(r"(ESPA|CAO Order) \d+", paper.basis)
        assert paper.title.ja
        assert paper.title.en


def test_a_form_is_named_with_its_order() -> None:  # both orders number their forms 1 to 5
    forms = sorted(paper.form for paper in documents().values() if paper.form)
    assert all(re.match(r"CAO(-METI)? Order Forms? \d", form) for form in forms)
    assert [f for f in forms if "METI" not in f] == [f"CAO Order Form {n}" for n in range(1, 6)]


def test_only_dismissals_are_served_and_limits_are_those_of_the_table() -> None:  # ESPA 85, CAO-METI Order 6(1)
    assert [p.code for p in documents().values() if p.served] == ["DIS-69-4", "DIS-73-8", "DIS-78-7"]
    assert {paper.limit for paper in documents().values() if paper.limit} <= limits().keys()


def test_a_paper_with_an_unknown_limit_does_not_load() -> None:
    text = (LAW / "documents.toml").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="REQ-66-10"):
        read_documents(text.replace('limit = "non_sending_notice_request"', 'limit = "no_such"').encode())
